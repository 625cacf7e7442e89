/**
 * SQL of what grew over time: counters, histograms and summaries, each point a vector whose first item is the number that only
 * grows (the value, the count).
 *
 * A point says what was added between two times. Delta: from its start to its time. Cumulative: from the point before it, as
 * the difference to it; after a reset (the first item is smaller, or the start is another and not before the point before) from its
 * start and in full; a first point in full when its start lies within what is looked at, else it only serves the next one. A point
 * whose start is its own time says where counting began, and adds nothing after a reset.
 *
 * What was added is spread evenly over its time, and so over the steps that it touches: no step depends on how its edges meet
 * the rhythm in which points are sent.
 */
import { lastTimeNs } from '../../base/time.ts';
import type { TimeRange } from '../../engine/engine.ts';
import { int, raw, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { Grid } from './grid.ts';
import type { Reader } from './reader.ts';

/** What points are read from, and how. */
export interface VectorSource {
  readonly table: 'samples' | 'histograms' | 'summaries';
  /** Array(Float64) over the table's columns. */
  readonly vector: Sql;
  /** The first item of the vector, Float64, without the cost of the others. */
  readonly size: Sql;
  /** Array(Float64): vectors are compared and added where it is equal. */
  readonly bounds: Sql;
  readonly condition: Sql;
  readonly cumulative: boolean;
}

/** Of points without bounds. */
export const noBounds = raw("CAST([], 'Array(Float64)')");

/** Sums: the vector is the value alone. */
export function counterSource(cumulative: boolean): VectorSource {
  return { table: 'samples', vector: sql`[value]`, size: sql`value`, bounds: noBounds, condition: sql`is_int != 2`, cumulative };
}

/** Summaries, which have no temporality and count from their start: count and sum. */
export const summarySource: VectorSource = {
  table: 'summaries',
  vector: sql`[toFloat64(count), sum]`,
  size: sql`toFloat64(count)`,
  bounds: noBounds,
  condition: sql`1`,
  cumulative: true,
};

/** What was added in a step by the series of a group that have the same bounds. */
export type StepIncrease = readonly [
  step: number,
  bounds: readonly number[],
  added: readonly number[],
  /** Of the first item, per second of the time that each series' points cover. */
  perSecond: number,
];

export interface IncreaseGroup {
  readonly labels: readonly string[];
  readonly steps: readonly StepIncrease[];
}

/** How far before and after a grid points are looked for that tell about its first and its last step: this, or two steps. */
const marginNs = 10n * 60_000_000_000n;

/** Where points are looked for. */
export function lookAround({ startNs, stepNs, points }: Grid): TimeRange {
  const margin = stepNs * 2n > marginNs ? stepNs * 2n : marginNs;
  const endNs = startNs + stepNs * BigInt(points) + margin;
  return { fromNs: startNs > margin ? startNs - margin : 0n, toNs: endNs < lastTimeNs ? endNs : lastTimeNs };
}

/** The groups to which most was added, at most `limit`. `picked`: as `pickSeries` makes it. */
export async function readIncreases(
  reader: Reader,
  grid: Grid,
  picked: Sql,
  { source, limit }: { readonly source: VectorSource; readonly limit: number },
): Promise<IncreaseGroup[]> {
  const around = lookAround(grid);
  const from = sql`FROM ${raw(source.table)} WHERE series_id IN (SELECT id FROM (${picked})) AND bitAnd(flags, 1) = 0 AND ${source.condition}`;
  const points = sql`SELECT series_id, toUnixTimestamp64Nano(time) AS t, toUnixTimestamp64Nano(start_time) AS s,
    ${source.vector} AS vector, ${source.bounds} AS bounds ${from}`;
  const thin = source.cumulative && grid.stepNs >= thinFromNs && !(await hasHiddenResets(reader, grid, source.size, from));
  const enough = thin ? endsOfSteps(points, grid) : points;
  const added = source.cumulative ? addedByCumulative(enough, around.fromNs) : addedByDelta(points);
  const perSeries = sql`SELECT series_id, bounds, step, sumForEach(arrayMap(x -> x * weight, added)) AS added,
    least(sum(covered), toFloat64(${int(grid.stepNs)})) / 1e9 AS seconds
    FROM (${spreadOverSteps(added, grid)}) GROUP BY series_id, bounds, step`;
  const perGroup = sql`SELECT labels, bounds, step, sumForEach(added) AS added, sum(arrayElement(increase.added, 1) / seconds) AS per_second
    FROM (${perSeries}) AS increase INNER JOIN (${picked}) AS picked ON series_id = id GROUP BY labels, bounds, step`;
  return reader.rows<IncreaseGroup>(
    around,
    sql`SELECT labels, groupArray((step, bounds, added, per_second)) AS steps FROM (${perGroup})
      GROUP BY labels ORDER BY sum(per_second) DESC, labels LIMIT ${raw(String(limit))}`,
  );
}

/** Steps that hold many points of a series are made from its first and its last point in each: what lies between adds up to that. */
const thinFromNs = 5n * 60_000_000_000n;

function stepOfPoint(t: Sql, grid: Grid): Sql {
  return sql`intDiv(${t} - ${int(lookAround(grid).fromNs)}, ${int(grid.stepNs)})`;
}

function endsOfSteps(points: Sql, grid: Grid): Sql {
  return sql`SELECT series_id, bounds, s, end.1 AS t, end.2 AS vector FROM
    (SELECT series_id, bounds, s, arrayDistinct([argMin((t, vector), t), argMax((t, vector), t)]) AS ends
      FROM (${points}) GROUP BY series_id, bounds, s, ${stepOfPoint(sql`t`, grid)}) ARRAY JOIN ends AS end`;
}

/** Whether some series falls within a step though its start stays: then the ends of the step do not tell all. */
async function hasHiddenResets(reader: Reader, grid: Grid, size: Sql, from: Sql): Promise<boolean> {
  const found = await reader.rows(
    lookAround(grid),
    sql`SELECT series_id FROM
      (SELECT series_id, start_time, toUnixTimestamp64Nano(time) AS t, ${size} AS size ${from})
      GROUP BY series_id, start_time, ${stepOfPoint(sql`t`, grid)}
      HAVING deltaSumTimestamp(size, t) - (argMax(size, t) - argMin(size, t)) > 1e-9 * max(abs(size)) LIMIT 1`,
  );
  return found.length > 0;
}

function addedByDelta(points: Sql): Sql {
  return sql`SELECT series_id, bounds, if(s > 0 AND s < t, s, t) AS from_t, t AS to_t, vector AS added FROM (${points})`;
}

function addedByCumulative(points: Sql, fromNs: bigint): Sql {
  const before = sql`SELECT *, lagInFrame(t) OVER ofSeries AS t0, lagInFrame(s) OVER ofSeries AS s0, lagInFrame(vector) OVER ofSeries AS vector0
    FROM (${points}) WINDOW ofSeries AS (PARTITION BY series_id, bounds ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`;
  return sql`SELECT series_id, bounds, t AS to_t,
      t0 = 0 AS is_first, vector[1] < vector0[1] OR (s > s0 AND s >= t0) AS is_reset,
      multiIf(is_first, s, is_reset, greatest(t0, s), t0) AS from_t,
      multiIf(is_reset AND s = t, arrayMap(x -> 0., vector), is_first OR is_reset, vector, arrayMap((x, x0) -> x - x0, vector, arrayResize(vector0, length(vector)))) AS added
    FROM (${before}) WHERE NOT is_first OR (s >= ${int(fromNs)} AND s > 0 AND s < t)`;
}

/** One row for each step that an addition touches, with the share of it (`weight`) and of the step's time (`covered`, ns). */
function spreadOverSteps(added: Sql, { startNs, stepNs, points }: Grid): Sql {
  const [start, step] = [int(startNs), int(stepNs)];
  const stepOf = (t: Sql): Sql => sql`toUInt64(intDiv(greatest(${t} - ${start}, 0), ${step}))`;
  const steps = sql`range(${stepOf(sql`from_t`)}, least(${stepOf(sql`greatest(to_t - 1, from_t)`)} + 1, ${raw(String(points))}))`;
  const overlap = sql`toFloat64(least(to_t, ${start} + (i + 1) * ${step}) - greatest(from_t, ${start} + i * ${step}))`;
  return sql`SELECT series_id, bounds, toUInt32(i) AS step, added,
      if(to_t = from_t, 1., ${overlap} / (to_t - from_t)) AS weight, if(to_t = from_t, toFloat64(${step}), ${overlap}) AS covered
    FROM (SELECT * FROM (${added}) WHERE to_t > ${start} AND from_t < ${start} + ${step} * ${raw(String(points))}) ARRAY JOIN arrayMap(x -> toInt64(x), ${steps}) AS i`;
}
