/**
 * Where the rows of each series are in an ordered answer. Rows of a series that follow each other are a run. Lists of series are
 * ordered by (metric, id), and so are the rows.
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

/** The rows of each series; rows of series that are not in the list are passed over. */
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

/** Metrics and the halves of ids (low, high), of series or of rows: comparing numbers is many times quicker than comparing bigints. */
export interface Keys {
  readonly metricIds: Uint32Array;
  readonly halves: Uint32Array;
}

export function keysOf(series: readonly StoredSeries[]): Keys {
  const ids = BigUint64Array.from(series, ({ id }) => id);
  return { metricIds: Uint32Array.from(series, ({ metricId }) => metricId), halves: new Uint32Array(ids.buffer) };
}

function rowKeys({ rows, columns }: Columns): Keys {
  if (rows === 0) return { metricIds: new Uint32Array(), halves: new Uint32Array() };
  const ids = columns['series_id'] as BigUint64Array;
  return {
    metricIds: columns['metric_id'] as Uint32Array,
    halves: new Uint32Array(ids.buffer, ids.byteOffset, rows * 2),
  };
}

/** Below 0 when key `i` of the first comes before key `j` of the second. */
function compare(a: Keys, i: number, b: Keys, j: number): number {
  return (
    (a.metricIds[i] ?? 0) - (b.metricIds[j] ?? 0) ||
    (a.halves[2 * i + 1] ?? 0) - (b.halves[2 * j + 1] ?? 0) ||
    (a.halves[2 * i] ?? 0) - (b.halves[2 * j] ?? 0)
  );
}

function runEnd(rows: Keys, start: number, count: number): number {
  let end = start + 1;
  while (end < count && compare(rows, start, rows, end) === 0) end++;
  return end;
}
