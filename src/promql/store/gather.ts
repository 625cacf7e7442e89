/**
 * Puts the samples of each series together that an answer has in any order: rows of a series that follow each other are a run, as
 * those of a part are, and a series has a run for each part and block of the answer, or more. Every value is copied once, from the bytes
 * as they came into columns that all series share.
 *
 * Columns of the answer: `series_id`, `metric_id` unless all series are of one metric, `at` (milliseconds since `sinceMs`, below 2^31) or `time`,
 * `sample`, where a stale marker is the NaN that means no value, and `start_time` if wanted.
 */
import { known } from '../../base/assert.ts';
import type { Steps } from '../../base/steps.ts';
import { absentDouble } from '../../engine/engine.ts';
import type { Block } from '../../engine/engine.ts';
import { sampleKinds } from '../source.ts';
import { millisecondsAt } from './milliseconds.ts';
import { keysOf } from './runs.ts';
import type { Keys } from './runs.ts';
import type { StoredSeries } from './series.ts';

/** Samples of a series in the order of time; of one time there may be several. */
export interface Gathered {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  /** By `sampleKinds`. */
  readonly kinds: Uint8Array;
  readonly startsMs: Float64Array | undefined;
}

interface BlockViews {
  readonly rows: number;
  readonly ids: DataView;
  readonly metricIds: DataView | undefined;
  readonly times: DataView;
  readonly samples: DataView;
  readonly starts: DataView | undefined;
}

/** The runs of all series, as lists. */
interface Runs {
  /** By place in the list of series: its first run, -1 when there is none. */
  readonly first: Int32Array;
  /** By run: the next one of its series, -1 after the last. */
  readonly next: number[];
  /** By run: its block, and its rows there. */
  readonly blocks: number[];
  readonly starts: number[];
  readonly ends: number[];
}

export class Gathering {
  readonly #blocks: readonly BlockViews[];
  readonly #sinceMs: number | undefined;
  readonly #runs: Runs;
  readonly #timesMs: Float64Array;
  readonly #values: Float64Array;
  readonly #halves: Int32Array;
  readonly #kinds: Uint8Array;
  readonly #startsMs: Float64Array | undefined;
  /** Rows that are copied. */
  #rows = 0;

  private constructor(blocks: readonly BlockViews[], runs: Runs, sinceMs: number | undefined) {
    this.#blocks = blocks;
    this.#sinceMs = sinceMs;
    this.#runs = runs;
    const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
    this.#timesMs = new Float64Array(rows);
    this.#values = new Float64Array(rows);
    this.#halves = new Int32Array(this.#values.buffer);
    this.#kinds = new Uint8Array(rows);
    this.#startsMs = this.#blocks[0]?.starts === undefined ? undefined : new Float64Array(rows);
  }

  /** `series` are ordered by (metric, id); rows of others are passed over. */
  static *of(blocks: readonly Block[], series: readonly StoredSeries[], sinceMs: number | undefined): Steps<Gathering> {
    const views = blocks.map(viewsOf);
    return new Gathering(views, yield* findRuns(views, keysOf(series)), sinceMs);
  }

  /** The samples of the series at a place of the list; to be asked once for each. */
  samplesOf(place: number): Gathered | undefined {
    const first = this.#runs.first[place] ?? -1;
    if (first === -1) return undefined;
    const from = this.#rows;
    let ascends = true;
    for (const run of this.#inOrder(first)) ascends = this.#copy(run, from) && ascends;
    if (!ascends) this.#sort(from);
    const to = this.#rows;
    return {
      timesMs: this.#timesMs.subarray(from, to),
      values: this.#values.subarray(from, to),
      kinds: this.#kinds.subarray(from, to),
      startsMs: this.#startsMs?.subarray(from, to),
    };
  }

  /** The runs of a series by the times that they begin at: parts mostly follow each other, but come in any order. */
  #inOrder(first: number): readonly number[] {
    const { next } = this.#runs;
    const runs = [first];
    for (let run = next[first] ?? -1; run !== -1; run = next[run] ?? -1) runs.push(run);
    if (runs.length === 1) return runs;
    const beginsMs = (run: number): number => this.#timeOf(run);
    return runs.every((run, i) => i === 0 || beginsMs(runs[i - 1] ?? run) <= beginsMs(run))
      ? runs
      : runs.toSorted((a, b) => beginsMs(a) - beginsMs(b) || a - b);
  }

  #timeOf(run: number): number {
    const { times } = this.#block(run);
    const row = this.#runs.starts[run] ?? 0;
    return this.#sinceMs === undefined ? millisecondsAt(times, row) : times.getInt32(row * 4, true);
  }

  #block(run: number): BlockViews {
    return known(this.#blocks[this.#runs.blocks[run] ?? 0], 'the block of a run');
  }

  /** Copies a run behind what there is; gives whether times ascend from the row `from` on. */
  #copy(run: number, from: number): boolean {
    const { times, samples, starts } = this.#block(run);
    const start = this.#runs.starts[run] ?? 0;
    const end = this.#runs.ends[run] ?? 0;
    const [timesMs, halves, kinds, sinceMs] = [this.#timesMs, this.#halves, this.#kinds, this.#sinceMs];
    let at = this.#rows;
    let ascends = true;
    let beforeMs = at === from ? Number.NEGATIVE_INFINITY : (timesMs[at - 1] ?? 0);
    for (let row = start; row < end; row++, at++) {
      const timeMs = sinceMs === undefined ? millisecondsAt(times, row) : sinceMs + times.getInt32(row * 4, true);
      ascends = ascends && timeMs >= beforeMs;
      beforeMs = timeMs;
      timesMs[at] = timeMs;
      // By halves: as a double, a NaN could lose the bits that tell a stale marker from a value. Signed ones are twice as quick.
      const low = samples.getInt32(row * 8, true);
      const high = samples.getInt32(row * 8 + 4, true);
      halves[2 * at] = low;
      halves[2 * at + 1] = high;
      if (high === absentDouble.high && low === absentDouble.low) kinds[at] = sampleKinds.stale;
    }
    if (starts !== undefined) this.#copyStarts(starts, start, end);
    this.#rows = at;
    return ascends;
  }

  #copyStarts(starts: DataView, start: number, end: number): void {
    const startsMs = this.#startsMs;
    if (startsMs === undefined) return;
    for (let row = start, at = this.#rows; row < end; row++, at++) startsMs[at] = millisecondsAt(starts, row);
  }

  /** Sorts the rows from `from` on by time: parts that overlap. */
  #sort(from: number): void {
    const rows = Array.from({ length: this.#rows - from }, (_, i) => from + i);
    rows.sort((a, b) => (this.#timesMs[a] ?? 0) - (this.#timesMs[b] ?? 0) || a - b);
    permute(this.#timesMs, rows, from);
    permute(this.#kinds, rows, from);
    if (this.#startsMs !== undefined) permute(this.#startsMs, rows, from);
    const halves = rows.flatMap((row) => [2 * row, 2 * row + 1]);
    permute(this.#halves, halves, 2 * from);
  }
}

function permute(column: Float64Array | Uint8Array | Int32Array, rows: readonly number[], from: number): void {
  const sorted = rows.map((row) => column[row] ?? 0);
  for (let i = 0; i < sorted.length; i++) column[from + i] = sorted[i] ?? 0;
}

function viewsOf({ rows, columns }: Block): BlockViews {
  const view = (name: string): DataView | undefined => {
    const bytes = columns[name];
    return bytes === undefined ? undefined : new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
  const column = (name: string): DataView => known(view(name), `a column ${name}`);
  return {
    rows,
    ids: column('series_id'),
    metricIds: view('metric_id'),
    times: view('at') ?? column('time'),
    samples: column('sample'),
    starts: view('start_time'),
  };
}

function* findRuns(blocks: readonly BlockViews[], keys: Keys): Steps<Runs> {
  const count = keys.metricIds.length;
  const runs: Runs = { first: new Int32Array(count).fill(-1), next: [], blocks: [], starts: [], ends: [] };
  const last = new Int32Array(count).fill(-1);
  let place = 0;
  for (const [number, block] of blocks.entries()) {
    for (let start = 0, end = 0; start < block.rows; start = end) {
      end = runEnd(block, start);
      place = placeOf(keys, block, start, place);
      if (place >= count || compare(keys, place, block, start) !== 0) continue;
      const run = runs.starts.length;
      const before = last[place] ?? -1;
      if (before === -1) runs.first[place] = run;
      else runs.next[before] = run;
      last[place] = run;
      runs.next.push(-1);
      runs.blocks.push(number);
      runs.starts.push(start);
      runs.ends.push(end);
    }
    yield;
  }
  return runs;
}

function runEnd(block: BlockViews, start: number): number {
  const { rows, ids } = block;
  const low = ids.getInt32(start * 8, true);
  const high = ids.getInt32(start * 8 + 4, true);
  let end = start + 1;
  while (end < rows && ids.getInt32(end * 8, true) === low && ids.getInt32(end * 8 + 4, true) === high) end++;
  return block.metricIds === undefined ? end : metricEnd(block.metricIds, start, end);
}

/** The rows of `[start, end)` that are of the metric of the first: two metrics may have series of one id. */
function metricEnd(metricIds: DataView, start: number, end: number): number {
  const metricId = metricIds.getInt32(start * 4, true);
  let row = start + 1;
  while (row < end && metricIds.getInt32(row * 4, true) === metricId) row++;
  return row;
}

/** Below 0 when the series at a place comes before that of a row. */
function compare({ metricIds, halves }: Keys, place: number, block: BlockViews, row: number): number {
  const ofMetrics = block.metricIds === undefined ? 0 : (metricIds[place] ?? 0) - block.metricIds.getUint32(row * 4, true);
  return (
    ofMetrics ||
    (halves[2 * place + 1] ?? 0) - block.ids.getUint32(row * 8 + 4, true) ||
    (halves[2 * place] ?? 0) - block.ids.getUint32(row * 8, true)
  );
}

/** The first series that does not come before a row: mostly the one after the last that was found. */
function placeOf(keys: Keys, block: BlockViews, row: number, last: number): number {
  const count = keys.metricIds.length;
  let [low, high] = [0, count];
  if (last < count) {
    if (compare(keys, last, block, row) < 0) low = last + 1;
    else high = last;
  }
  if (low < count && low > 0 && compare(keys, low, block, row) >= 0) return low;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compare(keys, middle, block, row) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
