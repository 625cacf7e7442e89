/**
 * Where the rows of each series are in an answer. Rows of a series that follow each other are a run. Lists of series are ordered by
 * (metric, id); so are the rows of an ordered answer, and in one that is not ordered those of each part.
 */
import type { Columns } from '../../engine/engine.ts';
import type { StoredSeries } from './series.ts';

/** Rows that follow each other. */
export interface Rows {
  readonly start: number;
  readonly end: number;
}

/** Points of one series among the rows of an answer. */
export interface Run extends Rows {
  readonly series: StoredSeries;
}

/** In an ordered answer, the rows of each series; rows of series that are not in the list are passed over. */
export function* runsOf(answer: Columns, series: readonly StoredSeries[]): Generator<Run> {
  const keys = keysOf(series);
  const rows = rowKeys(answer);
  let place = 0;
  for (let start = 0, end = 0; start < answer.rows; start = end) {
    end = runEnd(rows, start, answer.rows);
    while (place < series.length && compare(keys, place, rows, start) < 0) place++;
    const found = series[place];
    if (found !== undefined && compare(keys, place, rows, start) === 0) yield { series: found, start, end };
  }
}

/** The runs of each series, as lists in arrays: there are hundreds of thousands. */
export interface RunLists {
  /** By place in the list of series: its first run, -1 when there is none. */
  readonly first: Int32Array;
  /** By run: the next one of its series, -1 after the last. */
  readonly next: readonly number[];
  /** By run: its rows. */
  readonly starts: readonly number[];
  readonly ends: readonly number[];
}

/** The same of an answer that is not ordered, where a series has a run for each part. */
export function runLists(answer: Columns, series: readonly StoredSeries[]): RunLists {
  const keys = keysOf(series);
  const rows = rowKeys(answer);
  const first = new Int32Array(series.length).fill(-1);
  const last = new Int32Array(series.length).fill(-1);
  const next: number[] = [];
  const starts: number[] = [];
  const ends: number[] = [];
  let place = 0;
  for (let start = 0, end = 0; start < answer.rows; start = end) {
    end = runEnd(rows, start, answer.rows);
    place = placeOf(keys, rows, start, place);
    if (place >= series.length || compare(keys, place, rows, start) !== 0) continue;
    const run = starts.length;
    const before = last[place] ?? -1;
    if (before === -1) first[place] = run;
    else next[before] = run;
    last[place] = run;
    next.push(-1);
    starts.push(start);
    ends.push(end);
  }
  return { first, next, starts, ends };
}

/**
 * Metrics and the halves of ids (low, high), of series or of rows: comparing numbers is many times quicker than comparing bigints. An
 * answer about one metric may leave it out.
 */
interface Keys {
  readonly metricIds: Uint32Array | undefined;
  readonly halves: Uint32Array;
}

function keysOf(series: readonly StoredSeries[]): Keys {
  const ids = BigUint64Array.from(series, ({ id }) => id);
  return { metricIds: Uint32Array.from(series, ({ metricId }) => metricId), halves: new Uint32Array(ids.buffer) };
}

function rowKeys({ rows, columns }: Columns): Keys {
  if (rows === 0) return { metricIds: new Uint32Array(), halves: new Uint32Array() };
  const ids = columns['series_id'] as BigUint64Array;
  return {
    metricIds: columns['metric_id'] as Uint32Array | undefined,
    halves: new Uint32Array(ids.buffer, ids.byteOffset, rows * 2),
  };
}

/** Below 0 when key `i` of the first comes before key `j` of the second. */
function compare(a: Keys, i: number, b: Keys, j: number): number {
  return (
    (a.metricIds === undefined || b.metricIds === undefined ? 0 : (a.metricIds[i] ?? 0) - (b.metricIds[j] ?? 0)) ||
    (a.halves[2 * i + 1] ?? 0) - (b.halves[2 * j + 1] ?? 0) ||
    (a.halves[2 * i] ?? 0) - (b.halves[2 * j] ?? 0)
  );
}

function runEnd(rows: Keys, start: number, count: number): number {
  let end = start + 1;
  while (end < count && compare(rows, start, rows, end) === 0) end++;
  return end;
}

/** The first series that does not come before a row: mostly the one after the last that was found. */
function placeOf(keys: Keys, rows: Keys, row: number, last: number): number {
  const count = keys.halves.length / 2;
  let [low, high] = [0, count];
  if (last < count) {
    if (compare(keys, last, rows, row) < 0) low = last + 1;
    else high = last;
  }
  if (low < count && low > 0 && compare(keys, low, rows, row) >= 0) return low;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(keys, middle, rows, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
