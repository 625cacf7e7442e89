/**
 * SQL of gauges over time. In a step that has points of a series its value is made from these; in a step between two points it
 * is the last one's, when they are at most five minutes apart; after the last point it holds for as long as the points before it
 * were apart. So a sum over series does not jump with the rhythm in which each is sent.
 */
import { int, raw, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { Grid } from './grid.ts';
import type { Reader } from './reader.ts';
import { isOfSeries } from './series-query.ts';

export type GaugeFunction = 'avg' | 'min' | 'max' | 'sum' | 'last';

export interface GaugeGroup {
  readonly labels: readonly string[];
  readonly steps: readonly (readonly [step: number, value: number | string])[];
}

/** A value holds until the next one, at most so long. */
const holdNs = 5n * 60_000_000_000n;

const ofSeries: Readonly<Record<GaugeFunction, string>> = {
  avg: 'avg(value)',
  min: 'min(value)',
  max: 'max(value)',
  sum: 'avg(value)',
  last: 'argMax(value, t)',
};
const ofGroup: Readonly<Record<GaugeFunction, string>> = {
  avg: 'avg(value)',
  min: 'min(value)',
  max: 'max(value)',
  sum: 'sum(value)',
  last: 'argMax(value, last_t)',
};

/** The groups with the largest sums of values, at most `limit`. `picked`: as `pickSeries` makes it. */
export async function readGauges(
  reader: Reader,
  grid: Grid,
  picked: Sql,
  { fn, limit }: { readonly fn: GaugeFunction; readonly limit: number },
): Promise<GaugeGroup[]> {
  const before = holdNs / grid.stepNs + 1n;
  const fromNs = grid.startNs - before * grid.stepNs;
  const [start, step, lead] = [int(fromNs), int(grid.stepNs), raw(String(before))];
  const points = sql`SELECT series_id, value, toUnixTimestamp64Nano(time) AS t FROM samples
    WHERE ${isOfSeries(picked)} AND bitAnd(flags, 1) = 0 AND is_int != 2`;
  const stepped = sql`SELECT series_id, intDiv(t - ${start}, ${step}) AS i, ${raw(ofSeries[fn])} AS made, argMax(value, t) AS last,
    min(t) AS first_t, max(t) AS last_t, if(count() > 1, intDiv(last_t - first_t, count() - 1), 0) AS interval_in_step
    FROM (${points}) GROUP BY series_id, i`;
  const neighbours = sql`SELECT *, leadInFrame(first_t) OVER ofSeries AS next_t, lagInFrame(last_t) OVER ofSeries AS previous_t
    FROM (${stepped}) WINDOW ofSeries AS (PARTITION BY series_id ORDER BY i ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)`;
  const interval = sql`multiIf(interval_in_step > 0, interval_in_step, previous_t > 0, first_t - previous_t, 0)`;
  const held = sql`SELECT *, multiIf(next_t > 0 AND next_t - last_t <= ${int(holdNs)}, next_t - 1,
      last_t + least(${interval}, ${int(holdNs)})) AS held_t,
    greatest(if(next_t > 0, least(intDiv(held_t - ${start}, ${step}), intDiv(next_t - ${start}, ${step}) - 1), intDiv(held_t - ${start}, ${step})), i) AS last_i
    FROM (${neighbours})`;
  const spread = sql`SELECT series_id, j AS step, if(j = i, made, last) AS value, last_t
    FROM (${held}) ARRAY JOIN range(toUInt64(i), toUInt64(last_i) + 1) AS j`;
  return reader.rows<GaugeGroup>(
    { fromNs, toNs: grid.startNs + grid.stepNs * BigInt(grid.points) + holdNs },
    sql`SELECT labels, groupArray((toUInt32(step - ${lead}), of_group)) AS steps FROM
      (SELECT labels, step, ${raw(ofGroup[fn])} AS of_group FROM (${spread}) AS points
        INNER JOIN (${picked}) AS picked ON series_id = id
        WHERE step >= ${lead} AND step < ${lead} + ${raw(String(grid.points))} GROUP BY labels, step)
      GROUP BY labels ORDER BY sum(abs(of_group)) DESC, labels LIMIT ${raw(String(limit))}`,
  );
}
