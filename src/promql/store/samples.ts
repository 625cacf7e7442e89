/**
 * Reads points of series and cuts them into samples per series. All reads give rows ordered by series and time, as the list of
 * series is ordered, so that both are walked side by side.
 */
import { absentDouble } from '../../engine/engine.ts';
import type { Columns, Engine, Scope } from '../../engine/engine.ts';
import { raw, sql, uints } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { metricName } from '../../lang/labels.ts';
import type { Matcher } from '../../lang/matchers.ts';
import { sampleKinds } from '../source.ts';
import type { SeriesSamples } from '../source.ts';
import { millisecondsOf } from './milliseconds.ts';
import { runLists } from './runs.ts';
import type { Rows, RunLists } from './runs.ts';
import type { StoredSeries } from './series.ts';

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
  return sql`${ofMetrics} AND series_id IN (${uints(series.map(({ id }) => id))})`;
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

/** Floats of the series. */
export async function readFloats(
  engine: Engine,
  scope: Scope,
  series: readonly StoredSeries[],
  { chosen, withStarts }: { readonly chosen: Sql; readonly withStarts: boolean },
): Promise<ReadonlyMap<StoredSeries, SeriesSamples>> {
  const isOneMetric = series.every(({ metricId }) => metricId === series[0]?.metricId);
  const sinceMs = sinceOf(scope);
  const { rows, columns } = await engine.columns(
    scopeFor(scope, series),
    floatsStatement(chosen, { sinceMs, withStarts, isOneMetric }),
  );
  if (rows === 0) return new Map();
  const timesMs = timesOf(columns, sinceMs);
  const starts = withStarts ? millisecondsOf(columns['start_time'] as BigInt64Array) : undefined;
  const values = columns['sample'] as Float64Array;
  const kinds = kindsOf(values);
  const samples = new Map<StoredSeries, SeriesSamples>();
  const gathered = new Gathered({ timesMs, values, kinds, starts });
  const runs = runLists({ rows, columns }, series);
  for (const [place, one] of series.entries()) {
    const first = runs.first[place] ?? -1;
    if (first === -1) continue;
    const { startsMs, ...rest } = gathered.samplesOf(runs, first);
    const found: SeriesSamples = {
      labels: one.labels,
      ...rest,
      ...(startsMs?.some((ms) => ms !== 0) === true && { startsMs }),
    };
    samples.set(one, one.isDelta ? accumulate(withoutRepeats(found)) : withoutRepeats(found));
  }
  return samples;
}

/**
 * Not ordered, which would cost as much as the reading: the rows of a part come series by series, and those of a series in the order
 * of time. A stale marker comes as the NaN that means no value.
 */
function floatsStatement(chosen: Sql, { sinceMs, withStarts, isOneMetric }: FloatsForm): Sql {
  const columns = [
    ...(isOneMetric ? [] : ['metric_id']),
    'series_id',
    sinceMs === undefined ? 'time' : `toUInt32(toUnixTimestamp64Milli(time) - ${sinceMs}) AS at`,
    ...(withStarts ? ['start_time'] : []),
    'if(bitAnd(flags, 1) = 1, reinterpretAsFloat64(toUInt64(0x7ff0000000000002)), value) AS sample',
  ];
  return sql`SELECT ${raw(columns.join(', '))} FROM samples WHERE ${chosen}`;
}

/** What the answer is made of: a third of the time that a large one takes goes by its bytes. */
interface FloatsForm {
  /** Times come as milliseconds since then in 32 bits; undefined where those are too few. */
  readonly sinceMs: number | undefined;
  readonly withStarts: boolean;
  /** All series are of one metric, which does not come then. */
  readonly isOneMetric: boolean;
}

const nsPerMs = 1_000_000n;

function sinceOf({ time }: Scope): number | undefined {
  if (time === undefined || (time.toNs - time.fromNs) / nsPerMs >= 2n ** 32n) return undefined;
  return Number(time.fromNs / nsPerMs);
}

function timesOf(columns: Columns['columns'], sinceMs: number | undefined): Float64Array {
  if (sinceMs === undefined) return millisecondsOf(columns['time'] as BigInt64Array);
  const since = columns['at'] as Uint32Array;
  const timesMs = new Float64Array(since.length);
  for (let row = 0; row < since.length; row++) timesMs[row] = sinceMs + (since[row] ?? 0);
  return timesMs;
}

/**
 * The rows of a series in the order of time. Runs come from parts, which mostly follow each other in time; where they overlap,
 * each row is a run.
 */
function inOrder(runs: readonly Rows[], timesMs: Float64Array): readonly Rows[] {
  const byStart = (a: Rows, b: Rows): number => (timesMs[a.start] ?? 0) - (timesMs[b.start] ?? 0) || a.start - b.start;
  const sorted = runs.length === 1 ? runs : runs.toSorted(byStart);
  const follows = sorted.every((run, i) => {
    const before = sorted[i - 1];
    return ascends(run, timesMs) && (before === undefined || (timesMs[before.end - 1] ?? 0) <= (timesMs[run.start] ?? 0));
  });
  if (follows) return sorted;
  const rows = runs.flatMap(({ start, end }) =>
    Array.from({ length: end - start }, (_, i) => ({ start: start + i, end: start + i + 1 })),
  );
  return rows.toSorted(byStart);
}

function ascends({ start, end }: Rows, timesMs: Float64Array): boolean {
  for (let row = start + 1; row < end; row++) if ((timesMs[row] ?? 0) < (timesMs[row - 1] ?? 0)) return false;
  return true;
}

interface FloatColumns {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  readonly kinds: Uint8Array;
  readonly starts: Float64Array | undefined;
}

type FloatParts = Pick<SeriesSamples, 'timesMs' | 'values' | 'kinds'> & { readonly startsMs: Float64Array | undefined };

/** The columns of an answer cut into series: where a series has one run, in place, else copied in the order of time into one buffer for all. */
class Gathered {
  readonly #from: FloatColumns;
  #to: FloatColumns | undefined;
  #rows = 0;

  constructor(from: FloatColumns) {
    this.#from = from;
  }

  /** The samples of a series by the first of its runs. */
  samplesOf({ next, starts, ends }: RunLists, first: number): FloatParts {
    const { timesMs } = this.#from;
    const only = { start: starts[first] ?? 0, end: ends[first] ?? 0 };
    if (next[first] === -1 && ascends(only, timesMs)) return cut(this.#from, only.start, only.end);
    const runs: Rows[] = [];
    for (let run = first; run !== -1; run = next[run] ?? -1) runs.push({ start: starts[run] ?? 0, end: ends[run] ?? 0 });
    return this.#copy(inOrder(runs, timesMs));
  }

  #copy(runs: readonly Rows[]): FloatParts {
    const from = this.#from;
    const to = (this.#to ??= emptyLike(from));
    const start = this.#rows;
    let at = start;
    for (const { start: first, end } of runs) {
      copyRows(from.timesMs, first, end, to.timesMs, at);
      copyRows(from.values, first, end, to.values, at);
      copyRows(from.kinds, first, end, to.kinds, at);
      if (from.starts !== undefined && to.starts !== undefined) copyRows(from.starts, first, end, to.starts, at);
      at += end - first;
    }
    this.#rows = at;
    return cut(to, start, at);
  }
}

/** Of fewer rows a loop is done before the call has begun. */
const rowsForCall = 24;

function copyRows(from: Float64Array | Uint8Array, start: number, end: number, to: Float64Array | Uint8Array, at: number): void {
  if (end - start >= rowsForCall) return to.set(from.subarray(start, end), at);
  for (let row = start, place = at; row < end; row++, place++) to[place] = from[row] ?? 0;
}

function emptyLike({ timesMs: { length }, starts }: FloatColumns): FloatColumns {
  return {
    timesMs: new Float64Array(length),
    values: new Float64Array(length),
    kinds: new Uint8Array(length),
    starts: starts && new Float64Array(length),
  };
}

function cut({ timesMs, values, kinds, starts }: FloatColumns, start: number, end: number): FloatParts {
  return {
    timesMs: timesMs.subarray(start, end),
    values: values.subarray(start, end),
    kinds: kinds.subarray(start, end),
    startsMs: starts?.subarray(start, end),
  };
}

/** Stale markers by their bits: any other NaN is a value. */
function kindsOf(values: Float64Array): Uint8Array {
  const kinds = new Uint8Array(values.length);
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let i = 0; i < kinds.length; i++) {
    const isStale = halves[2 * i + 1] === absentDouble.high && halves[2 * i] === absentDouble.low;
    kinds[i] = isStale ? sampleKinds.stale : sampleKinds.float;
  }
  return kinds;
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
