/**
 * Functions over ranges worked out from samples in buckets (model/downsamples.ts): a month of rates at hourly steps is then read
 * from 720 rows a series and not from 172,800 samples. A range of whole buckets holds the same samples either way, so the answer
 * is the same.
 */
import { known } from '../../base/assert.ts';
import type { Columns } from '../../engine/engine.ts';
import { raw, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { downsamples, unpacked } from '../../model/downsamples.ts';
import { newSeries, setFloat } from '../evaluate/grid.ts';
import type { GridSeries } from '../evaluate/grid.ts';
import type { Labels } from '../../lang/labels.ts';
import { bucketFunctions, isBucketFunction } from './bucket-functions.ts';
import type { BucketRows } from './bucket-functions.ts';
import type { Leaf } from './leaf.ts';

type Width = (typeof downsamples)[number];

/** The widest buckets that every range of a leaf is made of, and that are worth it; undefined when there are none. */
export function bucketsFor(leaf: Leaf): Width | undefined {
  if (!isBucketFunction(leaf.call)) return undefined;
  return downsamples.findLast(({ widthMs }) => {
    const isWhole = [leaf.startMs, leaf.stepMs, leaf.windowMs].every((ms) => ms % widthMs === 0);
    return isWhole && leaf.steps > 1;
  });
}

/** Rows of the buckets of the series, the newest version of each, ordered by series and time. */
export function bucketsStatement(leaf: Leaf, { table }: Width, chosen: Sql): Sql {
  const from = Math.floor((leaf.startMs - leaf.windowMs) / 1000);
  return sql`SELECT metric_id, series_id, toFloat64(toUnixTimestamp(bucket)) * 1000 AS end, toFloat64(samples) AS samples, not_numbers,
      sum, toFloat64(toUnixTimestamp64Milli(first_time)) AS first_ms, first,
      toFloat64(toUnixTimestamp64Milli(last_time)) AS last_ms, last, ${raw(unpacked)}
    FROM ${raw(table.name)}
    WHERE ${chosen} AND bucket > toDateTime(${raw(String(from))}, 'UTC') AND bucket <= toDateTime(${raw(String(leaf.endMs / 1000))}, 'UTC')
    ORDER BY metric_id, series_id, bucket, version DESC LIMIT 1 BY metric_id, series_id, bucket`;
}

/**
 * The rows; undefined when the samples themselves are needed: where a bucket holds NaN, of which it does not say when, or where
 * values of both signs are added up, which only the evaluator does without loss.
 */
export function bucketRows({ call }: Leaf, { columns }: Columns): BucketRows | undefined {
  const rows = columns as unknown as BucketRows & { readonly not_numbers: Uint32Array };
  if (rows.not_numbers.some((count) => count > 0)) return undefined;
  const adds = call === 'sum_over_time' || call === 'avg_over_time';
  const isMixed = rows.minimum.some((value) => value < 0) && rows.maximum.some((value) => value > 0);
  return adds && isMixed ? undefined : rows;
}

/** The values of one series, whose rows are `[from, to)`, at every step. */
export function overBuckets(
  leaf: Leaf,
  rows: BucketRows,
  from: number,
  to: number,
  labels: Labels,
  dropName: boolean,
): GridSeries {
  const series = newSeries(labels, leaf.steps, dropName);
  const apply = known(bucketFunctions[leaf.call], 'a function over buckets');
  let low = from;
  let high = from;
  for (let step = 0; step < leaf.steps; step++) {
    const endMs = leaf.startMs + step * leaf.stepMs;
    while (high < to && (rows.end[high] ?? 0) <= endMs) high++;
    while (low < high && (rows.end[low] ?? 0) <= endMs - leaf.windowMs) low++;
    if (low === high) continue;
    const value = apply(rows, low, high, leaf.windowMs, endMs);
    if (value !== undefined) setFloat(series, step, value);
  }
  return series;
}
