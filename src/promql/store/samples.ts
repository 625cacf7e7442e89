/**
 * Reads points of series and cuts them into samples per series. All reads give rows ordered by series and time, as the list of
 * series is ordered, so that both are walked side by side.
 */
import type { Columns, Engine, Scope } from '../../engine/engine.ts';
import { sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { sampleKinds } from '../source.ts';
import type { SeriesSamples } from '../source.ts';
import type { StoredSeries } from './series.ts';

/** Points of one series among the rows of an answer. */
export interface Run {
  readonly series: StoredSeries;
  readonly start: number;
  readonly end: number;
}

/** Bit 0 of the flags: no recorded value, a stale marker. */
const staleFlag = 1;

/** The rows of a table that belong to series `chosen`, a SELECT of (metric_id, id), with `columns` of their own. */
export function pointsOf(table: Sql, columns: Sql, chosen: Sql): Sql {
  return sql`SELECT metric_id, series_id, toFloat64(toUnixTimestamp64Milli(time)) AS at, flags, ${columns} FROM ${table}
    WHERE (metric_id, series_id) IN (${chosen}) ORDER BY metric_id, series_id, time`;
}

/** Floats of the series, by its place in the list. */
export async function readFloats(
  engine: Engine,
  scope: Scope,
  series: readonly StoredSeries[],
  chosen: Sql,
): Promise<ReadonlyMap<StoredSeries, SeriesSamples>> {
  const starts = sql`toFloat64(toUnixTimestamp64Milli(start_time)) AS start`;
  const answer = await engine.columns(scope, pointsOf(sql`samples`, sql`value, ${starts}`, chosen));
  const samples = new Map<StoredSeries, SeriesSamples>();
  if (answer.rows === 0) return samples;
  const { at, value, flags, start } = answer.columns as unknown as FloatColumns;
  for (const run of runsOf(answer, series)) samples.set(run.series, cutFloats(run, { at, value, flags, start }));
  return samples;
}

interface FloatColumns {
  readonly at: Float64Array;
  readonly value: Float64Array;
  readonly flags: Uint32Array;
  readonly start: Float64Array;
}

/** Where the rows of each series are; rows of series that are not in the list are passed over. */
export function* runsOf({ rows, columns }: Columns, series: readonly StoredSeries[]): Generator<Run> {
  if (rows === 0) return;
  const metricIds = columns['metric_id'] as Uint32Array;
  const ids = columns['series_id'] as BigUint64Array;
  const halves = new Uint32Array(ids.buffer, ids.byteOffset, rows * 2);
  let place = 0;
  for (let start = 0; start < rows;) {
    let end = start + 1;
    while (end < rows && sameSeries(metricIds, halves, start, end)) end++;
    const metricId = metricIds[start] ?? 0;
    const id = ids[start] ?? 0n;
    while (place < series.length && isBefore(series[place], metricId, id)) place++;
    const found = series[place];
    if (found !== undefined && found.metricId === metricId && found.id === id) yield { series: found, start, end };
    start = end;
  }
}

function sameSeries(metricIds: Uint32Array, halves: Uint32Array, a: number, b: number): boolean {
  return halves[2 * a] === halves[2 * b] && halves[2 * a + 1] === halves[2 * b + 1] && metricIds[a] === metricIds[b];
}

function isBefore(series: StoredSeries | undefined, metricId: number, id: bigint): boolean {
  if (series === undefined) return false;
  return series.metricId < metricId || (series.metricId === metricId && series.id < id);
}

function cutFloats({ series, start, end }: Run, columns: FloatColumns): SeriesSamples {
  const timesMs = columns.at.subarray(start, end);
  const values = columns.value.subarray(start, end);
  const kinds = new Uint8Array(end - start);
  let hasStart = false;
  for (let i = 0; i < kinds.length; i++) {
    if (((columns.flags[start + i] ?? 0) & staleFlag) === 0) kinds[i] = sampleKinds.float;
    else kinds[i] = sampleKinds.stale;
    hasStart ||= columns.start[start + i] !== 0;
  }
  const samples: SeriesSamples = {
    labels: series.labels,
    timesMs,
    kinds,
    values,
    ...(hasStart && { startsMs: columns.start.subarray(start, end) }),
  };
  return series.isDelta ? accumulate(withoutRepeats(samples)) : withoutRepeats(samples);
}

/**
 * One sample per time: where a series has several, a float before a stale marker, then the greatest value, whatever the order
 * in which they came.
 */
function withoutRepeats(samples: SeriesSamples): SeriesSamples {
  const { timesMs, values, kinds, startsMs } = samples;
  let isRepeated = false;
  for (let i = 1; i < timesMs.length && !isRepeated; i++) isRepeated = timesMs[i] === timesMs[i - 1];
  if (!isRepeated) return samples;
  const kept: number[] = [];
  for (let i = 0; i < timesMs.length; i++) {
    const last = kept.at(-1);
    if (last === undefined || timesMs[last] !== timesMs[i]) kept.push(i);
    else if (ranksAbove(samples, i, last)) kept[kept.length - 1] = i;
  }
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i] ?? 0);
  return {
    labels: samples.labels,
    timesMs: pick(timesMs),
    kinds: Uint8Array.from(kept, (i) => kinds[i] ?? 0),
    values: pick(values),
    ...(startsMs !== undefined && { startsMs: pick(startsMs) }),
  };
}

function ranksAbove({ values, kinds }: SeriesSamples, a: number, b: number): boolean {
  if (kinds[a] !== kinds[b]) return kinds[a] === sampleKinds.float;
  const left = values[a] ?? 0;
  const right = values[b] ?? 0;
  return left > right || (Number.isNaN(right) && !Number.isNaN(left));
}

/**
 * Deltas as the running total of a counter that starts at zero with the first sample read: `rate` and its family see what was
 * added, and no reset. Its level means nothing, as deltas have none.
 */
function accumulate(samples: SeriesSamples): SeriesSamples {
  const values = new Float64Array(samples.values.length);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    if (samples.kinds[i] === sampleKinds.float) total += samples.values[i] ?? 0;
    values[i] = total;
  }
  return { labels: samples.labels, timesMs: samples.timesMs, kinds: samples.kinds, values };
}
