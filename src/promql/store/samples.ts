/**
 * Reads points of series and cuts them into samples per series. All reads give rows ordered by series and time, as the list of
 * series is ordered, so that both are walked side by side.
 */
import type { Columns, Engine, Scope } from '../../engine/engine.ts';
import { raw, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { metricName } from '../../lang/labels.ts';
import type { Matcher } from '../../lang/matchers.ts';
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

/** The rows of a table that a condition chooses, with `columns` of their own. */
export function pointsOf(table: Sql, columns: Sql, chosen: Sql): Sql {
  return sql`SELECT metric_id, series_id, toFloat64(toUnixTimestamp64Milli(time)) AS at, flags, ${columns} FROM ${table}
    WHERE ${chosen} ORDER BY metric_id, series_id, time`;
}

/** The condition for rows of some series. Where `isWhole`, they are all that their metrics have. */
export function rowsOf(series: readonly StoredSeries[], isWhole: boolean): Sql {
  const metrics = [...new Set(series.map(({ metricId }) => metricId))];
  const ofMetrics = sql`metric_id IN (${raw(metrics.join(', '))})`;
  if (isWhole) return ofMetrics;
  const ids = series.map(({ id }) => String(id)).join(', ');
  return sql`${ofMetrics} AND series_id IN (${{ type: 'Array(UInt64)', value: `[${ids}]` }})`;
}

/** Up to so many series are read by one thread, which is done before others have begun. */
const smallSeries = 100;

/** The scope of a read of some series. */
export function scopeFor(scope: Scope, series: readonly StoredSeries[]): Scope {
  return series.length > smallSeries ? scope : { ...scope, isSmall: true };
}

/** Whether the series found are all that their metrics have: where the name alone was asked for, of Prometheus's own. */
export function areWhole(series: readonly StoredSeries[], matchers: readonly Matcher[]): boolean {
  return matchers.length === 1 && matchers[0]?.name === metricName && series.every(({ kind }) => kind === 'prometheus');
}

/** Floats of the series, by its place in the list. */
export async function readFloats(
  engine: Engine,
  scope: Scope,
  series: readonly StoredSeries[],
  { chosen, withStarts }: { readonly chosen: Sql; readonly withStarts: boolean },
): Promise<ReadonlyMap<StoredSeries, SeriesSamples>> {
  const columns = withStarts ? raw('value, toFloat64(toUnixTimestamp64Milli(start_time)) AS start') : raw('value');
  const answer = await engine.columns(scopeFor(scope, series), pointsOf(sql`samples`, columns, chosen));
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
  readonly start: Float64Array | undefined;
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
    hasStart ||= (columns.start?.[start + i] ?? 0) !== 0;
  }
  const samples: SeriesSamples = {
    labels: series.labels,
    timesMs,
    kinds,
    values,
    ...(hasStart && columns.start !== undefined && { startsMs: columns.start.subarray(start, end) }),
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
