/** SQL of histograms: points as vectors `[count, sum, buckets…]` for increase-query.ts. */
import { int, raw, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { Grid } from './grid.ts';
import type { ExponentialLayout } from './histogram-quantiles.ts';
import { lookAround } from './increase-query.ts';
import type { VectorSource } from './increase-query.ts';
import type { Reader } from './reader.ts';
import { isOfSeries } from './series-query.ts';

/** Buckets on each side of zero in a merged exponential histogram; wider ones are merged to a lower scale. */
const bucketsMax = 320;
const leastScale = -10;

/** Histograms with explicit bounds. */
export function explicitSource(cumulative: boolean): VectorSource {
  return {
    table: 'histograms',
    vector: sql`arrayConcat([toFloat64(count), sum], arrayMap(x -> toFloat64(x), counts))`,
    size: sql`toFloat64(count)`,
    bounds: raw('bounds'),
    condition: sql`1`,
    cumulative,
  };
}

/** Exponential histograms, each brought to the scale and the indexes of the layout. */
export function exponentialSource({ scale, negative, positive }: ExponentialLayout, cumulative: boolean): VectorSource {
  const dense = (counts: Sql, offset: Sql, { low, high }: ExponentialLayout['positive']): Sql => {
    // Of the point's own, finer buckets those from `index * width` on fall into one.
    const from = (index: string): Sql =>
      sql`greatest(${raw(index)} * toInt64(exp2(greatest(scale - ${int(scale)}, 0))) - ${offset}, 0)`;
    return sql`arrayMap(k -> toFloat64(arraySum(arraySlice(${counts}, ${from('k')} + 1, ${from('(k + 1)')} - ${from('k')}))), range(${int(low)}, ${int(high)}))`;
  };
  const below = dense(raw('negative_counts'), raw('negative_offset'), negative);
  const above = dense(raw('positive_counts'), raw('positive_offset'), positive);
  return {
    table: 'histograms',
    vector: sql`arrayConcat([toFloat64(count), sum], ${below}, [toFloat64(zero_count)], ${above})`,
    size: sql`toFloat64(count)`,
    condition: sql`1`,
    cumulative,
  };
}

interface LayoutRow {
  readonly least_scale: number;
  readonly negative_low: number;
  readonly negative_high: number;
  readonly positive_low: number;
  readonly positive_high: number;
  readonly widest_zero: number;
}

/** The layout that holds all points that a grid looks at: the lowest scale among them, and the indexes in use. */
export async function readExponentialLayout(reader: Reader, grid: Grid, picked: Sql): Promise<ExponentialLayout> {
  // Indexes in units of scale 0 are base-2 logarithms of bounds, which compare across scales.
  const low = (side: string): Sql => raw(`minIf(${side}_offset / exp2(scale), notEmpty(${side}_counts))`);
  const high = (side: string): Sql =>
    raw(`maxIf((${side}_offset + length(${side}_counts)) / exp2(scale), notEmpty(${side}_counts))`);
  const [row] = await reader.rows<LayoutRow>(
    lookAround(grid),
    sql`SELECT minIf(scale, notEmpty(positive_counts) OR notEmpty(negative_counts)) AS least_scale,
      ${low('negative')} AS negative_low, ${high('negative')} AS negative_high,
      ${low('positive')} AS positive_low, ${high('positive')} AS positive_high, max(zero_threshold) AS widest_zero
      FROM histograms WHERE ${isOfSeries(picked)} AND bitAnd(flags, 1) = 0`,
  );
  const side = (lowest: number, highest: number, scale: number): ExponentialLayout['positive'] => ({
    low: Math.floor(lowest * 2 ** scale),
    high: Math.ceil(highest * 2 ** scale),
  });
  for (let scale = row?.least_scale ?? 0; ; scale--) {
    const negative = side(row?.negative_low ?? 0, row?.negative_high ?? 0, scale);
    const positive = side(row?.positive_low ?? 0, row?.positive_high ?? 0, scale);
    const widest = Math.max(negative.high - negative.low, positive.high - positive.low);
    if (widest <= bucketsMax || scale <= leastScale) return { scale, negative, positive, zeroThreshold: row?.widest_zero ?? 0 };
  }
}
