/**
 * A label set as byte ranges of one buffer: sorted, checked and hashed without making text.
 *
 * A set is valid as Prometheus has it: names are not empty, none comes twice, all text is UTF-8. An empty value is as good as no
 * label. Sets may come unsorted. Series that follow each other share most labels: one that is what it was at the same place of
 * the set before is neither read, hashed nor checked again, and of one with another value the name is not.
 *
 * The hash of a set is the sum, lane by lane, of a hash of each label, which is made of the hash of its name and that of its value,
 * so that the order does not count. It is part of ids that are stored: it never changes.
 */
import type { Hash } from '../../base/hash.ts';
import { decodeUtf8, isUtf8 } from '../../base/utf8.ts';

/** Labels of one series or exemplar. */
export const labelsMax = 1024;
/** Names and values of one series or exemplar. */
export const labelBytesMax = 65_536;

export const labelRules = {
  count: `there may be at most ${labelsMax} labels`,
  bytes: `names and values of labels may take at most ${labelBytesMax} bytes`,
  utf8: 'names and values of labels must be UTF-8',
  empty: 'the name of a label must not be empty',
  twice: 'a label must not come twice',
  pairs: 'labels must come as pairs of symbols',
  symbol: 'labels must refer to symbols that are there',
} as const;
export type LabelRule = (typeof labelRules)[keyof typeof labelRules];

/** Texts of a request that are referred to by number. */
export interface Symbols {
  readonly count: number;
  /** Start and end of each. */
  readonly places: Int32Array;
  /** The hash of each, unfinished: two words. */
  readonly hashes: Int32Array;
  /** 1 where the bytes are UTF-8. */
  readonly isText: Uint8Array;
}

const textEncoder = new TextEncoder();
const noBytes = new DataView(new ArrayBuffer(0));
const labelsAtFirst = 32;

export class LabelSet {
  /** The buffer in which the texts stand. */
  source: DataView = noBytes;
  count = 0;
  /** The first rule that was broken. */
  broken: LabelRule | undefined;
  /** The hash of the set. */
  low = 0;
  high = 0;
  readonly hash: Hash;
  /** Four positions per label: start and end of its name, start and end of its value. */
  #places = new Int32Array(4 * labelsAtFirst);
  /** Six words per label: its hash, and those of its value and its name, unfinished. */
  #hashes = new Int32Array(6 * labelsAtFirst);
  /** Two words per label that say what it was made from: where its message stands, or the numbers of its symbols. */
  #origins = new Int32Array(2 * labelsAtFirst);
  #bytes = 0;
  #isSorted = true;
  /** How many labels of the set before are still in place. */
  #before = 0;
  /** Whether the label added last has the name of the one at its place of the set before. */
  #isNameKept = true;

  /** `hash` is overwritten by all that is done here. */
  constructor(hash: Hash) {
    this.hash = hash;
  }

  /** Starts a set anew. */
  begin(source: DataView): void {
    this.#before = source === this.source && this.broken === undefined && this.#isSorted ? this.count : 0;
    this.#isNameKept = true;
    this.source = source;
    this.count = 0;
    this.broken = undefined;
    this.low = this.high = 0;
    this.#bytes = 0;
    this.#isSorted = true;
  }

  /**
   * Adds the label at the same place of the set before, if its message and the length of that are the bytes that follow `at`; gives
   * where they end, or 0.
   */
  addSame(at: number, end: number): number {
    const index = this.count;
    if (index >= this.#before) return 0;
    const { source } = this;
    const stop = this.#origins[index * 2 + 1]!;
    let i = this.#origins[index * 2]!;
    let j = at;
    if (stop <= i || stop - i > end - at) return 0;
    for (; i + 4 <= stop; i += 4, j += 4) if (source.getInt32(i) !== source.getInt32(j)) return 0;
    for (; i < stop; i++, j++) if (source.getUint8(i) !== source.getUint8(j)) return 0;
    this.#keep();
    return j;
  }

  /** Adds a label. For `addSame`: its message stands in `[start, end)`, the byte of its length included. */
  add(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number, start = 0, end = 0): void {
    if (valueStart === valueEnd && nameStart !== nameEnd) return;
    const { source, hash } = this;
    const isNameKept = this.#hasName(nameStart, nameEnd);
    if (!isNameKept) {
      hash.begin(0, 0).addBytes(source, nameStart, nameEnd);
      if (hash.hasOther && !isUtf8(source, nameStart, nameEnd)) this.broken ??= labelRules.utf8;
    }
    const { low, high } = hash;
    hash.begin(0, 0).addBytes(source, valueStart, valueEnd);
    if (hash.hasOther && !isUtf8(source, valueStart, valueEnd)) this.broken ??= labelRules.utf8;
    if (!this.#place(nameStart, nameEnd, valueStart, valueEnd, isNameKept)) return;
    if (!isNameKept) this.#setNameHash(low, high);
    this.#setValueHash(hash.low, hash.high);
    this.#setOrigin(start, end);
  }

  /** Adds a label of texts `name` and `value` of a table in which each was checked and hashed. */
  addSymbols(symbols: Symbols, name: number, value: number): void {
    const at = this.count * 2;
    const isNameKept = this.count < this.#before && this.#origins[at] === name;
    if (isNameKept && this.#origins[at + 1] === value) return this.#keep();
    const { places, hashes } = symbols;
    const nameStart = places[name * 2]!;
    const nameEnd = places[name * 2 + 1]!;
    const valueStart = places[value * 2]!;
    const valueEnd = places[value * 2 + 1]!;
    if (valueStart === valueEnd && nameStart !== nameEnd) return;
    if ((symbols.isText[name]! & symbols.isText[value]!) === 0) this.broken ??= labelRules.utf8;
    if (!this.#place(nameStart, nameEnd, valueStart, valueEnd, isNameKept)) return;
    if (!isNameKept) this.#setNameHash(hashes[name * 2]!, hashes[name * 2 + 1]!);
    this.#setValueHash(hashes[value * 2]!, hashes[value * 2 + 1]!);
    this.#setOrigin(name, value);
  }

  /** Makes this the set of texts, names and values in turn. */
  setTexts(labels: readonly string[]): void {
    // A unit of a text takes three bytes at most.
    const bytes = new Uint8Array(labels.reduce((sum, text) => sum + text.length * 3, 0));
    const write = (text: string, at: number): number => at + textEncoder.encodeInto(text, bytes.subarray(at)).written;
    this.begin(new DataView(bytes.buffer));
    let at = 0;
    for (let i = 0; i + 1 < labels.length; i += 2) {
      const middle = write(labels[i]!, at);
      const end = write(labels[i + 1]!, middle);
      this.add(at, middle, middle, end);
      at = end;
    }
  }

  /** Sorts the set and gives the rule that it breaks, if any. */
  finish(): LabelRule | undefined {
    if (this.#bytes > labelBytesMax) this.broken ??= labelRules.bytes;
    if (!this.#isSorted && this.broken === undefined) this.#sort();
    return this.broken;
  }

  /** The hash of a value, unfinished. */
  valueLow(index: number): number {
    return this.#hashes[index * 6 + 2]!;
  }

  valueHigh(index: number): number {
    return this.#hashes[index * 6 + 3]!;
  }

  nameStart(index: number): number {
    return this.#places[index * 4]!;
  }

  nameEnd(index: number): number {
    return this.#places[index * 4 + 1]!;
  }

  valueStart(index: number): number {
    return this.#places[index * 4 + 2]!;
  }

  valueEnd(index: number): number {
    return this.#places[index * 4 + 3]!;
  }

  /** The place of the label with an ASCII name, -1 when there is none. */
  find(name: string): number {
    for (let i = 0; i < this.count; i++) if (this.isNamed(i, name)) return i;
    return -1;
  }

  isNamed(index: number, name: string): boolean {
    const start = this.nameStart(index);
    if (this.nameEnd(index) - start !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (this.source.getUint8(start + i) !== name.charCodeAt(i)) return false;
    return true;
  }

  /** For messages: `{job="node"}`, at most about `charactersMax` long. */
  text(charactersMax: number): string {
    const parts: string[] = [];
    let length = 0;
    for (let i = 0; i < this.count && length < charactersMax; i++) {
      const name = decodeUtf8(this.source, this.nameStart(i), Math.min(this.nameEnd(i), this.nameStart(i) + charactersMax));
      const value = decodeUtf8(this.source, this.valueStart(i), Math.min(this.valueEnd(i), this.valueStart(i) + charactersMax));
      const part = `${name}=${JSON.stringify(value)}`;
      length += part.length;
      parts.push(part);
    }
    const all = parts.join(', ');
    return `{${all.length > charactersMax ? `${all.slice(0, charactersMax)}…` : all}}`;
  }

  /** Adds the label that stands here from the set before. */
  #keep(): void {
    const places = this.#places;
    const hashes = this.#hashes;
    const index = this.count++;
    const at = index * 4;
    this.#bytes += places[at + 1]! - places[at]! + places[at + 3]! - places[at + 2]!;
    this.low = (this.low + hashes[index * 6]!) | 0;
    this.high = (this.high + hashes[index * 6 + 1]!) | 0;
    this.#noteName(index, true);
  }

  /** Whether the label at this place of the set before has the name that stands in `[start, end)`. */
  #hasName(start: number, end: number): boolean {
    if (this.count >= this.#before) return false;
    const { source } = this;
    let at = this.#places[this.count * 4]!;
    if (this.#places[this.count * 4 + 1]! - at !== end - start) return false;
    for (let i = start; i < end; i++, at++) if (source.getUint8(i) !== source.getUint8(at)) return false;
    return true;
  }

  /** Adds the places of a label; false when there are too many. */
  #place(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number, isNameKept: boolean): boolean {
    const index = this.count;
    if (index === labelsMax) {
      this.broken = labelRules.count;
      return false;
    }
    if (index * 4 === this.#places.length) this.#grow();
    const places = this.#places;
    const at = index * 4;
    places[at] = nameStart;
    places[at + 1] = nameEnd;
    places[at + 2] = valueStart;
    places[at + 3] = valueEnd;
    this.count = index + 1;
    this.#bytes += nameEnd - nameStart + valueEnd - valueStart;
    if (nameStart === nameEnd) this.broken ??= labelRules.empty;
    this.#noteName(index, isNameKept);
    return true;
  }

  #setNameHash(low: number, high: number): void {
    const at = (this.count - 1) * 6;
    this.#hashes[at + 4] = low;
    this.#hashes[at + 5] = high;
  }

  /** Makes the hash of the label added last; that of its name is there. */
  #setValueHash(low: number, high: number): void {
    const { hash } = this;
    const hashes = this.#hashes;
    const at = (this.count - 1) * 6;
    hashes[at + 2] = low;
    hashes[at + 3] = high;
    hash
      .begin(hashes[at + 4]!, hashes[at + 5]!)
      .addHash(low, high)
      .finish();
    hashes[at] = hash.low;
    hashes[at + 1] = hash.high;
    this.low = (this.low + hash.low) | 0;
    this.high = (this.high + hash.high) | 0;
  }

  #setOrigin(first: number, second: number): void {
    const at = (this.count - 1) * 2;
    this.#origins[at] = first;
    this.#origins[at + 1] = second;
  }

  /** Compares the name of a label with the one before it; two that stood side by side are in order. */
  #noteName(index: number, isKept: boolean): void {
    const isKnown = isKept && this.#isNameKept;
    this.#isNameKept = isKept;
    if (isKnown || index === 0) return;
    const places = this.#places;
    const at = index * 4;
    const order = compareBytes(this.source, places[at - 4]!, places[at - 3]!, places[at]!, places[at + 1]!);
    if (order > 0) this.#isSorted = false;
    else if (order === 0) this.broken ??= labelRules.twice;
  }

  /** Rare: senders sort. Nothing is as before in the set that follows. */
  #sort(): void {
    const places = this.#places.slice(0, this.count * 4);
    const hashes = this.#hashes.slice(0, this.count * 6);
    const compare = (a: number, b: number): number =>
      compareBytes(this.source, places[a * 4]!, places[a * 4 + 1]!, places[b * 4]!, places[b * 4 + 1]!);
    const order = Array.from({ length: this.count }, (_, i) => i).toSorted(compare);
    this.#origins.fill(-1, 0, this.count * 2);
    order.forEach((from, to) => {
      this.#places.set(places.subarray(from * 4, from * 4 + 4), to * 4);
      this.#hashes.set(hashes.subarray(from * 6, from * 6 + 6), to * 6);
      if (to > 0 && compare(order[to - 1]!, from) === 0) this.broken = labelRules.twice;
    });
    this.#isSorted = true;
  }

  #grow(): void {
    this.#places = doubled(this.#places);
    this.#hashes = doubled(this.#hashes);
    this.#origins = doubled(this.#origins);
  }
}

function doubled(from: Int32Array): Int32Array<ArrayBuffer> {
  const to = new Int32Array(from.length * 2);
  to.set(from);
  return to;
}

/** The order of two byte strings. */
function compareBytes(source: DataView, startA: number, endA: number, startB: number, endB: number): number {
  const shared = Math.min(endA - startA, endB - startB);
  for (let i = 0; i < shared; i++) {
    const difference = source.getUint8(startA + i) - source.getUint8(startB + i);
    if (difference !== 0) return difference;
  }
  return endA - startA - (endB - startB);
}
