/**
 * Series of remote write 1.0 by the bytes of their labels. A sender repeats the labels with every sample, and mostly one series
 * follows another as it did the last time: then a look at the bytes says which series it is, and nothing is parsed or hashed.
 *
 * Only equal bytes of one tenant are the same series. A series is in here when its row is stored for the day that stands with
 * it; rows of series are never taken back, so what is known stays true. When the limit on memory is met, all is forgotten
 * and learned anew.
 *
 * An entry is eight words; its labels stand in one buffer with those of the others:
 *
 *     start of labels | their length | tenant | day | id low | id high | metric id | the entry that followed it last
 *
 * A slot of the hash table is the number of an entry plus one, or 0. At most a fourth of them are used, and few are looked at for
 * one key: series of a sender who makes many keys with one hash stay unknown.
 */
import { Hash } from '../../base/hash.ts';
import type { SeriesKey } from './point-rows.ts';

const entryWords = 8;
const entriesAtFirst = 64;
const labelBytesAtFirst = 128 * entriesAtFirst;
const slotsPerEntry = 4;
/** Among a million good hashes no run of used slots is as long. */
const searchMax = 32;
const tenantsMax = 4096;
const none = -1;
const labelTag = 0x0a;
const sampleTag = 0x12;

export class SeriesIds {
  /** How many series are known. */
  size = 0;
  readonly #bytesMax: number;
  readonly #hash = new Hash();
  /** Keys come from strangers, who could choose them so that all want the same slot. */
  readonly #seed = Math.trunc(Math.random() * 2 ** 32);
  /** Numbers of tenants; none is ever used again. */
  readonly #tenants = new Map<string, number>();
  #tenantsForgotten = 0;
  #entries = new Int32Array(0);
  #slots = new Int32Array(0);
  #labels: DataView<ArrayBuffer> = new DataView(new ArrayBuffer(0));
  #labelsEnd = 0;
  /** Of the request that is being read: its bytes, its tenant, and the entry of the series before. */
  #source: DataView = this.#labels;
  #tenant = 0;
  #last = none;

  /** `bytesMax`: memory that is held at most. */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#forget();
  }

  /** Bytes of memory held. */
  get byteLength(): number {
    return this.#entries.byteLength + this.#slots.byteLength + this.#labels.byteLength;
  }

  /** Begins to read a request. Call `end` when it was read. */
  begin(source: DataView, tenant: string): void {
    this.#source = source;
    this.#last = none;
    if (!this.#tenants.has(tenant)) this.#addTenant(tenant);
    this.#tenant = this.#tenants.get(tenant)!;
  }

  /** Lets go of the bytes of the request. */
  end(): void {
    this.#source = this.#labels;
    this.#last = none;
  }

  /** The entry of the series whose labels begin at `start`, with a sample after them; -1 when there is none. */
  find(start: number, end: number): number {
    const expected = this.#last < 0 ? none : this.#entries[this.#last * entryWords + 7]!;
    if (expected >= 0 && this.#isAt(expected, start, end)) return (this.#last = expected);
    const stop = this.#labelsStop(start, end);
    const slot = stop < 0 ? none : this.#slotOf(start, stop, end);
    return this.#follow(slot < 0 ? none : this.#slots[slot]! - 1);
  }

  /** Bytes of its labels. */
  labelBytes(entry: number): number {
    return this.#entries[entry * entryWords + 1]!;
  }

  /** The day for which its row is stored. */
  day(entry: number): number {
    return this.#entries[entry * entryWords + 3]!;
  }

  idLow(entry: number): number {
    return this.#entries[entry * entryWords + 4]!;
  }

  idHigh(entry: number): number {
    return this.#entries[entry * entryWords + 5]!;
  }

  metricId(entry: number): number {
    return this.#entries[entry * entryWords + 6]!;
  }

  /** Notes a series by its labels, which begin at `start`, with a sample after them. Its row is stored for that day. */
  learn(start: number, end: number, day: number, { idLow, idHigh, metricId }: SeriesKey): void {
    const stop = this.#labelsStop(start, end);
    if (stop < 0 || !this.#makeRoom(stop - start)) return;
    const slot = this.#slotOf(start, stop, end);
    if (slot < 0) return;
    if (this.#slots[slot] === 0) {
      this.#slots[slot] = ++this.size;
      const at = (this.size - 1) * entryWords;
      this.#entries.set([this.#copy(start, stop), stop - start, this.#tenant, day, idLow, idHigh, metricId, none], at);
    }
    const entry = this.#slots[slot]! - 1;
    this.#entries[entry * entryWords + 3] = day;
    this.#follow(entry);
  }

  #addTenant(tenant: string): void {
    if (this.#tenants.size === tenantsMax) {
      this.#tenantsForgotten += tenantsMax;
      this.#tenants.clear();
      this.#forget();
    }
    this.#tenants.set(tenant, this.#tenantsForgotten + this.#tenants.size);
  }

  /** Notes which entry follows which. */
  #follow(entry: number): number {
    if (entry >= 0 && this.#last >= 0) this.#entries[this.#last * entryWords + 7] = entry;
    return (this.#last = entry);
  }

  /** Where a sample begins behind labels, -1 when something else does. Only tags and lengths as short as they can be are followed. */
  #labelsStop(start: number, end: number): number {
    const source = this.#source;
    let at = start;
    while (at + 2 < end && source.getUint8(at) === labelTag) {
      const low = source.getUint8(at + 1);
      if (low < 0x80) at += 2 + low;
      else {
        const high = source.getUint8(at + 2);
        if (high === 0 || high >= 0x80) return none;
        at += 3 + (low & 0x7f) + high * 0x80;
      }
    }
    return at > start && at < end && source.getUint8(at) === sampleTag ? at : none;
  }

  /** Whether the labels of an entry stand at `start`, with a sample after them. */
  #isAt(entry: number, start: number, end: number): boolean {
    const source = this.#source;
    const labels = this.#labels;
    const at = entry * entryWords;
    let own = this.#entries[at]!;
    const stop = start + this.#entries[at + 1]!;
    if (stop >= end || this.#entries[at + 2] !== this.#tenant || source.getUint8(stop) !== sampleTag) return false;
    let from = start;
    for (; from + 8 <= stop; from += 8, own += 8) {
      if (labels.getInt32(own, true) !== source.getInt32(from, true)) return false;
      if (labels.getInt32(own + 4, true) !== source.getInt32(from + 4, true)) return false;
    }
    for (; from < stop; from++, own++) if (labels.getUint8(own) !== source.getUint8(from)) return false;
    return true;
  }

  /** The slot of the labels `[start, stop)`, or the free one where they belong; -1 when none is near. */
  #slotOf(start: number, stop: number, end: number): number {
    const mask = this.#slots.length - 1;
    let slot = this.#hashOf(this.#source, start, stop, this.#tenant) & mask;
    for (let searched = 0; searched < searchMax; searched++, slot = (slot + 1) & mask) {
      const found = this.#slots[slot]!;
      if (found === 0 || this.#isAt(found - 1, start, end)) return slot;
    }
    return none;
  }

  #hashOf(source: DataView, start: number, stop: number, tenant: number): number {
    return this.#hash.begin(this.#seed, tenant).addBytes(source, start, stop).finish().low;
  }

  #copy(start: number, stop: number): number {
    const at = this.#labelsEnd;
    const { buffer, byteOffset } = this.#source;
    new Uint8Array(this.#labels.buffer).set(new Uint8Array(buffer, byteOffset + start, stop - start), at);
    this.#labelsEnd = at + stop - start;
    return at;
  }

  /** Makes room for an entry with so many bytes of labels; false when there can be none. */
  #makeRoom(bytes: number): boolean {
    if (this.#grow(bytes)) return true;
    this.#forget();
    return this.#grow(bytes);
  }

  #grow(bytes: number): boolean {
    const isCrowded = (this.size + 1) * entryWords > this.#entries.length;
    const entryBytes = isCrowded ? this.#entries.byteLength + this.#slots.byteLength : 0;
    const need = this.#labelsEnd + bytes;
    const labelBytes = need > this.#labels.byteLength ? Math.max(need, this.#labels.byteLength * 2) : this.#labels.byteLength;
    if (this.byteLength - this.#labels.byteLength + entryBytes + labelBytes > this.#bytesMax) return false;
    if (labelBytes > this.#labels.byteLength) {
      const larger = new Uint8Array(labelBytes);
      larger.set(new Uint8Array(this.#labels.buffer, 0, this.#labelsEnd));
      this.#labels = new DataView(larger.buffer);
    }
    if (isCrowded) this.#spread();
    return true;
  }

  /** Doubles entries and slots. */
  #spread(): void {
    const entries = new Int32Array(this.#entries.length * 2);
    entries.set(this.#entries);
    this.#entries = entries;
    this.#slots = new Int32Array(this.#slots.length * 2);
    const mask = this.#slots.length - 1;
    for (let entry = 0; entry < this.size; entry++) {
      const at = entry * entryWords;
      let slot = this.#hashOf(this.#labels, entries[at]!, entries[at]! + entries[at + 1]!, entries[at + 2]!) & mask;
      while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
      this.#slots[slot] = entry + 1;
    }
  }

  #forget(): void {
    this.size = 0;
    this.#labelsEnd = 0;
    this.#last = none;
    this.#entries = new Int32Array(entryWords * entriesAtFirst);
    this.#slots = new Int32Array(slotsPerEntry * entriesAtFirst);
    this.#labels = new DataView(new ArrayBuffer(labelBytesAtFirst));
  }
}
