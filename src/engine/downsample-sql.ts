/** SQL that makes rows of the tables in model/downsamples.ts. */
import { differs, downsamples, samples1h, samples5m, unpacked } from '../model/downsamples.ts';
import { pointBlock } from '../model/metrics.ts';
import { raw, sql, uint } from './sql.ts';
import type { Sql } from './sql.ts';
import { gridFunctionsSetting } from './statement.ts';

/** Whole buckets: those that end in (fromMs, toMs], both multiples of the width. */
export interface BucketRange {
  readonly fromMs: number;
  readonly toMs: number;
}

const names = Object.keys(samples5m.columns).join(', ');

/**
 * Memory stays small however many series there are: rows come in the order of the groups, the block of a bucket included. Every part that is read holds a block of
 * groups with their samples, and there may be many parts: so blocks are small.
 */
const settings = `SETTINGS optimize_aggregation_in_order = 1, max_block_size = 512, max_threads = 1, ${gridFunctionsSetting} = 1, max_partitions_per_insert_block = 0`;

/** Makes buckets of five minutes from the samples of commits up to `number`. */
export function fillFromSamples(range: BucketRange, number: bigint): Sql {
  const widthMs = downsamples[0].widthMs;
  const bucket = `toDateTime(intDiv(toUnixTimestamp64Milli(time) + ${widthMs - 1}, ${widthMs}) * ${widthMs / 1000}, 'UTC')`;
  const grown = 'arraySum(arrayMap((a, b) -> if(b < a, b, b - a), arrayPopBack(v), arrayPopFront(v)))';
  return sql`INSERT INTO ${raw(samples5m.name)} (${raw(names)})
    SELECT tenant, metric_id, series_id, bucket, ${uint(number)}, length(v), countEqual(arrayMap(x -> isNaN(x), v), 1),
      arraySum(v), ${raw(differs('arrayMin(v)', 'v[1]'))}, ${raw(differs('arrayMax(v)', 'v[-1]'))},
      points[1].1, v[1], points[-1].1, v[-1], ${raw(differs(grown, 'v[-1] - v[1]'))}
    FROM (
      SELECT tenant, metric_id, series_id, ${raw(bucket)} AS bucket,
        timeSeriesGroupArray(toDateTime64(time, 3, 'UTC'), value) AS points, arrayMap(p -> p.2, points) AS v
      FROM samples
      WHERE time >= ${millisecond(range.fromMs + 1)} AND time < ${millisecond(range.toMs + 1)}
        AND bitAnd(flags, 1) = 0 AND batch <= ${uint(number)}
      GROUP BY tenant, metric_id, ${raw(pointBlock)}, series_id, bucket)
    ${raw(settings)}`;
}

/** Makes buckets of an hour from those of five minutes. */
export function fillFromBuckets(range: BucketRange, number: bigint): Sql {
  const widthS = downsamples[1].widthMs / 1000;
  // Of what was counted between the buckets, the way from the last of one to the first of the next is missing in both.
  const between = 'arraySum(arrayMap((a, b) -> if(b < a, b, b - a), arrayPopBack(lasts), arrayPopFront(firsts)))';
  return sql`INSERT INTO ${raw(samples1h.name)} (${raw(names)})
    SELECT tenant, metric_id, series_id, hour, ${uint(number)}, n, nans, total,
      ${raw(differs('least', 'firsts[1]'))}, ${raw(differs('greatest', 'lasts[-1]'))},
      parts[1].2, firsts[1], parts[-1].4, lasts[-1], ${raw(differs(`grown + ${between}`, 'lasts[-1] - firsts[1]'))}
    FROM (
      SELECT tenant, metric_id, series_id,
        toDateTime(intDiv(toUnixTimestamp(bucket) + ${raw(String(widthS - 1))}, ${raw(String(widthS))}) * ${raw(String(widthS))}, 'UTC') AS hour,
        sum(samples) AS n, sum(not_numbers) AS nans, sum(sum) AS total, min(minimum) AS least, max(maximum) AS greatest,
        sum(increase) AS grown, arraySort(p -> p.1, groupArray((bucket, first_time, first, last_time, last))) AS parts,
        arrayMap(p -> p.3, parts) AS firsts, arrayMap(p -> p.5, parts) AS lasts
      FROM (
        SELECT *, ${raw(unpacked)} FROM ${raw(samples5m.name)}
        WHERE bucket > ${second(range.fromMs)} AND bucket <= ${second(range.toMs)}
        ORDER BY tenant, metric_id, series_id, bucket, version DESC LIMIT 1 BY tenant, metric_id, series_id, bucket)
      GROUP BY tenant, metric_id, series_id, hour)
    ${raw(settings)}`;
}

function millisecond(ms: number): Sql {
  return raw(`fromUnixTimestamp64Milli(${Math.floor(ms)}, 'UTC')`);
}

function second(ms: number): Sql {
  return raw(`toDateTime(${Math.floor(ms / 1000)}, 'UTC')`);
}
