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
import { isOfSeries } from './series-query.ts';

/** What points are read from, and how. */
export interface VectorSource {
  readonly table: 'samples' | 'histograms' | 'summaries' | 'native_histograms';
  /** Array(Float64) over the table's columns. */
  readonly vector: Sql;
  /** The first item of the vector, Float64, without the cost of the others. */
  readonly size: Sql;
  /** Array(Float64): vectors are compared and added where it is equal. None: all are. */
  readonly bounds?: Sql;
  readonly condition: Sql;
  readonly cumulative: boolean;
}

/** Sums: the vector is the value alone. */
export function counterSource(cumulative: boolean): VectorSource {
  return { table: 'samples', vector: sql`[value]`, size: sql`value`, condition: sql`is_int != 2`, cumulative };
}

/** Summaries, which have no temporality and count from their start: count and sum. */
export const summarySource: VectorSource = {
  table: 'summaries',
  vector: sql`[toFloat64(count), sum]`,
  size: sql`toFloat64(count)`,
  condition: sql`1`,
  cumulative: true,
};

/** Native histograms: count and sum. */
export const nativeSource: VectorSource = {
  table: 'native_histograms',
  vector: sql`[count, sum]`,
  size: sql`count`,
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
  const { bounds = raw("CAST([], 'Array(Float64)')"), vector, cumulative } = source;
  const from = sql`FROM ${raw(source.table)} WHERE ${isOfSeries(picked)} AND bitAnd(flags, 1) = 0 AND ${source.condition}`;
  // Rows are sorted and grouped by a hash of the bounds, which is cheaper than the bounds.
  const shape = source.bounds === undefined ? raw('0') : sql`cityHash64(${bounds})`;
  const points = sql`SELECT series_id, ${shape} AS shape, ${bounds} AS bounds, ${vector} AS vector,
    toUnixTimestamp64Nano(time) AS t, toUnixTimestamp64Nano(start_time) AS s ${from}`;
  const thin = cumulative && grid.stepNs >= thinFromNs && !(await hasHiddenResets(reader, grid, source.size, from));
  const added = cumulative ? addedByCumulative(thin ? endsOfSteps(points, grid) : points, around.fromNs) : addedByDelta(points);
  const perSeries = sql`SELECT series_id, shape, any(bounds) AS of_bounds, step, sumForEach(arrayMap(x -> x * weight, added)) AS of_series,
    least(sum(covered), toFloat64(${int(grid.stepNs)})) / 1e9 AS seconds
    FROM (${spreadOverSteps(added, grid)}) GROUP BY series_id, shape, step`;
  const perGroup = sql`SELECT labels, any(of_bounds) AS of_group, step, sumForEach(of_series) AS added, sum(of_series[1] / seconds) AS per_second
    FROM (${perSeries}) AS increase INNER JOIN (${picked}) AS picked ON series_id = id GROUP BY labels, shape, step`;
  return reader.rows<IncreaseGroup>(
    around,
    sql`SELECT labels, groupArray((step, of_group, added, per_second)) AS steps FROM (${perGroup})
      GROUP BY labels ORDER BY sum(per_second) DESC, labels LIMIT ${raw(String(limit))}`,
  );
}

/** Steps that hold many points of a series are made from its first and its last point in each: what lies between adds up to that. */
const thinFromNs = 5n * 60_000_000_000n;

function stepOfPoint(t: Sql, grid: Grid): Sql {
  return sql`intDiv(${t} - ${int(lookAround(grid).fromNs)}, ${int(grid.stepNs)})`;
}

function endsOfSteps(points: Sql, grid: Grid): Sql {
  const ends = sql`SELECT series_id, shape, s, any(bounds) AS of_ends, min(t) AS first_t, max(t) AS last_t,
    argMin(vector, t) AS first_vector, argMax(vector, t) AS last_vector
    FROM (${points}) GROUP BY series_id, shape, s, ${stepOfPoint(sql`t`, grid)}`;
  return sql`SELECT series_id, shape, s, of_ends AS bounds, t, vector FROM (${ends})
    ARRAY JOIN if(first_t = last_t, [first_t], [first_t, last_t]) AS t, if(first_t = last_t, [first_vector], [first_vector, last_vector]) AS vector`;
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
  return sql`SELECT series_id, shape, bounds, if(s > 0 AND s < t, s, t) AS from_t, t AS to_t, vector AS added FROM (${points})`;
}

function addedByCumulative(points: Sql, fromNs: bigint): Sql {
  const before = sql`SELECT *, lagInFrame(t) OVER ofSeries AS t0, lagInFrame(s) OVER ofSeries AS s0, lagInFrame(vector) OVER ofSeries AS vector0
    FROM (${points}) WINDOW ofSeries AS (PARTITION BY series_id, shape ORDER BY t ROWS BETWEEN 1 PRECEDING AND CURRENT ROW)`;
  return sql`SELECT series_id, shape, bounds, t AS to_t,
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
  return sql`SELECT series_id, shape, bounds, toUInt32(i) AS step, added,
      if(to_t = from_t, 1., ${overlap} / (to_t - from_t)) AS weight, if(to_t = from_t, toFloat64(${step}), ${overlap}) AS covered
    FROM (SELECT * FROM (${added}) WHERE to_t > ${start} AND from_t < ${start} + ${step} * ${raw(String(points))}) ARRAY JOIN arrayMap(x -> toInt64(x), ${steps}) AS i`;
}
