/**
 * Reads points of series and cuts them into samples per series. All reads give rows ordered by series and time, as the list of
 * series is ordered, so that both are walked side by side.
 */
import { absentDouble } from '../../engine/engine.ts';
import type { Columns, Engine, Scope } from '../../engine/engine.ts';
import { raw, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { metricName } from '../../lang/labels.ts';
import type { Matcher } from '../../lang/matchers.ts';
import { sampleKinds } from '../source.ts';
import type { SeriesSamples } from '../source.ts';
import { millisecondsOf } from './milliseconds.ts';
import type { StoredSeries } from './series.ts';

/** Points of one series among the rows of an answer. */
export interface Run {
  readonly series: StoredSeries;
  readonly start: number;
  readonly end: number;
}

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

/** Floats of the series. */
export async function readFloats(
  engine: Engine,
  scope: Scope,
  series: readonly StoredSeries[],
  { chosen, withStarts }: { readonly chosen: Sql; readonly withStarts: boolean },
): Promise<ReadonlyMap<StoredSeries, SeriesSamples>> {
  const { rows, columns } = await engine.columns(scopeFor(scope, series), floatsStatement(chosen, withStarts));
  if (rows === 0) return new Map();
  const timesMs = millisecondsOf(columns['time'] as BigInt64Array);
  const starts = withStarts ? millisecondsOf(columns['start_time'] as BigInt64Array) : undefined;
  const values = columns['sample'] as Float64Array;
  const kinds = kindsOf(values);
  const samples = new Map<StoredSeries, SeriesSamples>();
  const gathered = new Gathered({ timesMs, values, kinds, starts });
  for (const [one, runs] of runsBySeries({ rows, columns }, series)) {
    const { startsMs, ...rest } = gathered.add(inOrder(runs, timesMs));
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
function floatsStatement(chosen: Sql, withStarts: boolean): Sql {
  const value = raw('if(bitAnd(flags, 1) = 1, reinterpretAsFloat64(toUInt64(0x7ff0000000000002)), value) AS sample');
  const columns = withStarts ? sql`time, start_time, ${value}` : sql`time, ${value}`;
  return sql`SELECT metric_id, series_id, ${columns} FROM samples WHERE ${chosen}`;
}

/** Rows of an answer that follow each other. */
interface Rows {
  readonly start: number;
  readonly end: number;
}

/** The runs of rows of each series; those of series that are not in the list are passed over. */
function runsBySeries(answer: Columns, series: readonly StoredSeries[]): Map<StoredSeries, Rows[]> {
  const byId = new Map<bigint, StoredSeries[]>();
  for (const one of series) {
    const same = byId.get(one.id);
    if (same === undefined) byId.set(one.id, [one]);
    else same.push(one);
  }
  const runs = new Map<StoredSeries, Rows[]>();
  for (const { metricId, id, start, end } of allRuns(answer)) {
    const found = byId.get(id)?.find((one) => one.metricId === metricId);
    if (found === undefined) continue;
    const before = runs.get(found);
    if (before === undefined) runs.set(found, [{ start, end }]);
    else before.push({ start, end });
  }
  return runs;
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

/** Where the rows of each series are; rows of series that are not in the list are passed over. */
export function* runsOf(answer: Columns, series: readonly StoredSeries[]): Generator<Run> {
  let place = 0;
  for (const { metricId, id, start, end } of allRuns(answer)) {
    while (place < series.length && isBefore(series[place], metricId, id)) place++;
    const found = series[place];
    if (found !== undefined && found.metricId === metricId && found.id === id) yield { series: found, start, end };
  }
}

/** Runs of rows of one series. */
function* allRuns({ rows, columns }: Columns): Generator<Rows & { readonly metricId: number; readonly id: bigint }> {
  if (rows === 0) return;
  const metricIds = columns['metric_id'] as Uint32Array;
  const ids = columns['series_id'] as BigUint64Array;
  const halves = new Uint32Array(ids.buffer, ids.byteOffset, rows * 2);
  for (let start = 0; start < rows;) {
    let end = start + 1;
    while (end < rows && sameSeries(metricIds, halves, start, end)) end++;
    yield { metricId: metricIds[start] ?? 0, id: ids[start] ?? 0n, start, end };
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

interface FloatColumns {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  readonly kinds: Uint8Array;
  readonly starts: Float64Array | undefined;
}

/** Columns with the rows of one series after another: one buffer each, however many series there are. */
class Gathered {
  readonly #from: FloatColumns;
  readonly #to: FloatColumns;
  #rows = 0;

  constructor(from: FloatColumns) {
    const rows = from.timesMs.length;
    this.#from = from;
    this.#to = {
      timesMs: new Float64Array(rows),
      values: new Float64Array(rows),
      kinds: new Uint8Array(rows),
      starts: from.starts && new Float64Array(rows),
    };
  }

  /** Adds the rows of a series and gives them as columns of their own. */
  add(
    runs: readonly Rows[],
  ): Pick<SeriesSamples, 'timesMs' | 'values' | 'kinds'> & { readonly startsMs: Float64Array | undefined } {
    const from = this.#from;
    const to = this.#to;
    const start = this.#rows;
    for (const run of runs) {
      to.timesMs.set(from.timesMs.subarray(run.start, run.end), this.#rows);
      to.values.set(from.values.subarray(run.start, run.end), this.#rows);
      to.kinds.set(from.kinds.subarray(run.start, run.end), this.#rows);
      to.starts?.set(from.starts?.subarray(run.start, run.end) ?? [], this.#rows);
      this.#rows += run.end - run.start;
    }
    return {
      timesMs: to.timesMs.subarray(start, this.#rows),
      values: to.values.subarray(start, this.#rows),
      kinds: to.kinds.subarray(start, this.#rows),
      startsMs: to.starts?.subarray(start, this.#rows),
    };
  }
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
