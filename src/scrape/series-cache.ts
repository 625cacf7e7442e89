/**
 * The series of one target, known by their bytes in its bodies, so that a known series costs neither decoding nor relabeling.
 * Two ways of writing one series have two keys and one series.
 *
 * Whatever a target sends, it stays bounded: after each scrape what neither it nor the last good one has seen may be forgotten, and
 * is once that is the larger part.
 */
import type { Steps } from '../base/steps.ts';
import { ByteKeys } from './byte-keys.ts';

/** What a key can be besides the number of a series. */
export const unknownKey = -1;
export const droppedKey = -2;

const forgetFrom = 1024;
const idsFillMax = 0.6;
/** To look at one takes some nanoseconds, to move one some hundred. */
const looksPerStep = 65_536;
const movesPerStep = 2048;

/** A growing column of numbers by the number of their key or series. */
interface Column {
  values: Float64Array;
}

export interface SeriesId {
  readonly idLow: number;
  readonly idHigh: number;
  readonly metricId: number;
}

export class SeriesCache {
  #keys = new ByteKeys();
  /** By key: the series, or `droppedKey`; and the scrape that saw it last. */
  readonly #seriesOf = column(64);
  readonly #keySeen = column(68);
  /** Ids of eight bytes. */
  #ids = new ByteKeys(idsFillMax);
  readonly #idLow = column(73);
  readonly #idHigh = column(79);
  readonly #metricId = column(85);
  readonly #isHistogram = column(91);
  /** By series: the scrape that saw it last, and the time of its last sample in Unix ms. */
  readonly #seen = column(98);
  readonly #lastMs = column(105);
  readonly #idBytes = new Uint8Array(8);
  readonly #idView = new DataView(this.#idBytes.buffer);
  /** The key that was looked up last, when it was not known. */
  #scrape = 0;

  /** Keys that are known. */
  get count(): number {
    return this.#keys.count;
  }

  /** Bytes of memory held, about. */
  get byteLength(): number {
    const columns = [this.#seriesOf, this.#keySeen, this.#idLow, this.#idHigh, this.#metricId, this.#seen, this.#lastMs];
    return columns.reduce((sum, { values }) => sum + values.byteLength, this.#keys.byteLength + this.#ids.byteLength);
  }

  /** Numbers of scrapes rise. */
  begin(scrape: number): void {
    this.#scrape = scrape;
  }

  /** The series of the bytes `[start, end)`, `droppedKey` or `unknownKey`; after that one `addKey` may follow. */
  find(bytes: Uint8Array, start: number, end: number): number {
    const key = this.#keys.find(bytes, start, end);
    if (key < 0) return unknownKey;
    set(this.#keySeen, key, this.#scrape);
    return get(this.#seriesOf, key);
  }

  /** Says what the bytes stand for that `find` did not know. */
  addKey(bytes: Uint8Array, start: number, end: number, series: number): void {
    const key = this.#keys.add(bytes, start, end);
    set(this.#seriesOf, key, series);
    set(this.#keySeen, key, this.#scrape);
  }

  /** The series with this id, made when there is none. */
  series({ idLow, idHigh, metricId }: SeriesId, isHistogram: boolean): number {
    this.#idView.setInt32(0, idLow, true);
    this.#idView.setInt32(4, idHigh, true);
    const known = this.#ids.find(this.#idBytes, 0, 8);
    if (known >= 0) return known;
    const series = this.#ids.add(this.#idBytes, 0, 8);
    set(this.#idLow, series, idLow);
    set(this.#idHigh, series, idHigh);
    set(this.#metricId, series, metricId);
    set(this.#isHistogram, series, isHistogram ? 1 : 0);
    set(this.#seen, series, 0);
    set(this.#lastMs, series, Number.NaN);
    return series;
  }

  /** Fills in the id of a series. */
  readId(series: number, into: { idLow: number; idHigh: number; metricId: number }): void {
    into.idLow = get(this.#idLow, series);
    into.idHigh = get(this.#idHigh, series);
    into.metricId = get(this.#metricId, series);
  }

  isHistogram(series: number): boolean {
    return get(this.#isHistogram, series) === 1;
  }

  /** The scrape that noted a sample last. */
  seenBy(series: number): number {
    return get(this.#seen, series);
  }

  lastMs(series: number): number {
    return get(this.#lastMs, series);
  }

  /** Notes a sample of this scrape. */
  note(series: number, timeMs: number): void {
    set(this.#seen, series, this.#scrape);
    set(this.#lastMs, series, timeMs);
  }

  /** Forgets when series had their last sample: it was not stored. */
  forgetTimes(series: readonly number[]): void {
    for (const one of series) set(this.#lastMs, one, Number.NaN);
  }

  /** Forgets which bytes stand for which series, but not the series: their meaning has changed. */
  forgetKeys(): void {
    this.#keys = new ByteKeys();
  }

  /**
   * Ends a scrape: forgets what neither it nor the scrape `lastGood` has seen, once that is much. Then series have other numbers,
   * and it gives the new one of each old one, -1 for those that are gone; else undefined. Nothing else is done between the steps.
   */
  *end(lastGood: number): Steps<Int32Array | undefined> {
    this.#keys.release();
    const isKept = (scrape: number): boolean => scrape === this.#scrape || scrape === lastGood;
    let kept = 0;
    for (let key = 0; key < this.#keys.count; key++) {
      if (isKept(get(this.#keySeen, key))) kept++;
      if (key % looksPerStep === looksPerStep - 1) yield;
    }
    const isFull = this.#keys.count - kept > Math.max(forgetFrom, kept) || this.#ids.count > 2 * (kept + forgetFrom);
    return isFull ? yield* this.#forget(isKept) : undefined;
  }

  *#forget(isKept: (scrape: number) => boolean): Steps<Int32Array> {
    const numbers = new Int32Array(this.#ids.count).fill(-1);
    const ids = new ByteKeys(idsFillMax);
    for (let series = 0; series < this.#ids.count; series++) {
      if (series % movesPerStep === movesPerStep - 1) yield;
      if (!isKept(get(this.#seen, series))) continue;
      const number = this.#ids.copyTo(ids, series);
      numbers[series] = number;
      for (const one of [this.#idLow, this.#idHigh, this.#metricId, this.#isHistogram, this.#seen, this.#lastMs])
        set(one, number, get(one, series));
    }
    const keys = new ByteKeys();
    for (let key = 0; key < this.#keys.count; key++) {
      if (key % movesPerStep === movesPerStep - 1) yield;
      const series = get(this.#seriesOf, key);
      const renumbered = series < 0 ? series : (numbers[series] ?? -1);
      if (!isKept(get(this.#keySeen, key)) || renumbered === -1) continue;
      const number = this.#keys.copyTo(keys, key);
      set(this.#seriesOf, number, renumbered);
      set(this.#keySeen, number, get(this.#keySeen, key));
    }
    this.#ids = ids;
    this.#keys = keys;
    return numbers;
  }
}

/** Starts with room for some values: columns that start with different numbers are never all copied at the same time. */
function column(rows: number): Column {
  return { values: new Float64Array(rows) };
}

function get({ values }: Column, at: number): number {
  return values[at] ?? 0;
}

function set(one: Column, at: number, value: number): void {
  if (at >= one.values.length) {
    const larger = new Float64Array(Math.max(at + 1, one.values.length * 2));
    larger.set(one.values);
    one.values = larger;
  }
  one.values[at] = value;
}
