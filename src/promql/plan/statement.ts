/** SQL of leaves: the value of every series at every step as one array, and aggregates of those arrays. */
import { and, join, raw, sql, text, texts } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { seriesOf } from '../store/series.ts';
import type { Leaf } from './leaf.ts';

/** The NaN that means no value in an answer: that of a stale marker, which is never a value. */
const absent = 'reinterpretAsFloat64(toUInt64(0x7ff0000000000002))';

/** A series that has ended has no value. */
const unlessStale = 'if(isNull(x) OR reinterpretAsUInt64(assumeNotNull(x)) = 0x7ff0000000000002, NULL, x)';

/** Series that the statements below can not answer for, as one row of counts; all must be zero. */
export function obstacles({ matchers }: Leaf): Sql {
  const chosen = sql`SELECT metric_id, id ${seriesOf(matchers)}`;
  return sql`SELECT
    countIf(resource_id != 0 AND (type IN ('histogram', 'exponential_histogram', 'summary') OR temporality = 1)) AS other_points,
    uniqExactIf(id, resource_id != 0) - uniqExactIf(labels, resource_id != 0) AS same_labels,
    (SELECT count() FROM (SELECT 1 FROM native_histograms WHERE (metric_id, series_id) IN (${chosen}) LIMIT 1)) AS natives
    ${seriesOf(matchers)}`;
}

/** Rows of metric_id, series_id and `grid`, an array of Nullable(Float64), one item per step. */
function grids(leaf: Leaf): Sql {
  const value = leaf.endsStale ? raw(`if(bitAnd(flags, 1) = 1, ${absent}, value)`) : raw('value');
  const conditions = [sql`(metric_id, series_id) IN (SELECT metric_id, id ${seriesOf(leaf.matchers)})`];
  if (!leaf.endsStale) conditions.push(raw('bitAnd(flags, 1) = 0'));
  const call = sql`${raw(callOf(leaf))}(toDateTime64(time, 3, 'UTC'), ${value})`;
  return sql`SELECT metric_id, series_id, ${leaf.endsStale ? sql`arrayMap(x -> ${raw(unlessStale)}, ${call})` : call} AS grid
    FROM samples WHERE ${and(conditions)} GROUP BY metric_id, series_id`;
}

function callOf({ gridFunction, startMs, endMs, stepMs, steps, windowMs }: Leaf): string {
  const step = steps === 1 ? '0' : decimal(stepMs);
  return `${gridFunction}(${decimal(startMs)}, ${decimal(endMs)}, ${step}, ${decimal(windowMs)})`;
}

/** Seconds with three decimals, as a literal that the functions take. */
function decimal(ms: number): string {
  const whole = Math.floor(ms / 1000);
  return `'${whole}.${String(ms - whole * 1000).padStart(3, '0')}'::Decimal64(3)`;
}

/** Every series with its labels and values. */
export function seriesStatement(leaf: Leaf): Sql {
  return sql`SELECT name, labels, ${raw(dense('grid'))} AS points FROM (${grids(leaf)}) AS points
    ANY INNER JOIN (SELECT metric_id, id, name, labels ${seriesOf(leaf.matchers)} LIMIT 1 BY metric_id, id) AS chosen
    ON points.metric_id = chosen.metric_id AND points.series_id = chosen.id`;
}

function dense(array: string): string {
  return `arrayMap(x -> ifNull(x, ${absent}), ${array})`;
}

export interface Grouping {
  /** Labels to keep, or with `without` to leave out. */
  readonly labels: readonly string[];
  readonly without: boolean;
}

/** What is worked out of the arrays of a group. */
const aggregates = {
  /** And beside the sum that of the absolute values, by which one knows how exact the sum is. */
  sum: `${dense('sumForEach(grid)')} AS points, ${dense('sumForEach(arrayMap(x -> abs(x), grid))')} AS magnitudes`,
  avg: `${dense('sumForEach(grid)')} AS points, ${dense('sumForEach(arrayMap(x -> abs(x), grid))')} AS magnitudes,
    arrayMap(n -> toFloat64(n), countForEach(grid)) AS counts`,
  min: `${dense('minForEach(grid)')} AS points`,
  max: `${dense('maxForEach(grid)')} AS points`,
  count: `arrayMap(n -> if(n = 0, ${absent}, toFloat64(n)), countForEach(grid)) AS points`,
  group: `arrayMap(n -> if(n = 0, ${absent}, 1.), countForEach(grid)) AS points`,
} as const;

export type FusedOperator = keyof typeof aggregates;

export function isFused(operator: string): operator is FusedOperator {
  return operator in aggregates;
}

/** Groups of series with their aggregate: `keys` and `values`, the labels of a group, beside the arrays. */
export function groupsStatement(leaf: Leaf, operator: FusedOperator, grouping: Grouping): Sql {
  const outcome = raw(aggregates[operator]);
  if (!grouping.without && grouping.labels.length === 0) {
    return sql`SELECT []::Array(String) AS keys, []::Array(String) AS values, ${outcome} FROM (${grids(leaf)}) HAVING count() > 0`;
  }
  const { keys, values } = groupLabels(grouping);
  return sql`SELECT keys, values, ${outcome} FROM (${grids(leaf)}) AS points
    ANY INNER JOIN (SELECT metric_id, id, ${keys} AS keys, ${values} AS values
      ${seriesOf(leaf.matchers)} LIMIT 1 BY metric_id, id) AS chosen
    ON points.metric_id = chosen.metric_id AND points.series_id = chosen.id
    GROUP BY keys, values`;
}

function groupLabels({ labels, without }: Grouping): { keys: Sql; values: Sql } {
  if (without) {
    const kept = sql`mapFilter((k, v) -> NOT has(${texts(labels)}, k), labels)`;
    return {
      keys: sql`arrayMap(k -> toString(k), mapKeys(${kept}))`,
      values: sql`mapValues(${kept})`,
    };
  }
  const values = labels.map((label) => sql`labels[${text(label)}]`);
  return { keys: sql`${texts(labels)}`, values: sql`[${join(values, ', ')}]` };
}
