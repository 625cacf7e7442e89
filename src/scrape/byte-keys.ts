/**
 * Numbers byte strings: 0 for the first, 1 for the next, and the same number for the same bytes. An open-addressing table over
 * one buffer that holds all of them, so that looking one up makes nothing.
 *
 * A slot is two 32-bit words: part of the hash, and the number plus one (0: free). At most half of the slots are used. Keys come
 * from strangers, who could choose them so that all want the same slot: the hash starts from a random number, and a search
 * that takes long all the same is refused.
 */
import { randomBytes } from 'node:crypto';
import { SondeError } from '../base/errors.ts';
import { Hash } from '../base/hash.ts';

const slotsAtFirst = 64;
const bytesAtFirst = 1024;
/** Slots that are looked at for one key. Among a million good hashes no run of used slots is half as long. */
const searchMax = 256;
const seed = randomBytes(8);
const noBytes = new Uint8Array(0);

export class ByteKeys {
  count = 0;
  #slots = new Int32Array(slotsAtFirst * 2);
  /** The bytes of key i end at `#ends[i]`, and start where those before end. */
  #ends = new Int32Array(slotsAtFirst / 2);
  #bytes = new Uint8Array(bytesAtFirst);
  #view = new DataView(this.#bytes.buffer);
  #end = 0;
  readonly #hash = new Hash();
  /** The buffer that was looked at last: a body has many keys. */
  #source: Uint8Array = noBytes;
  #sourceView: DataView = new DataView(noBytes.buffer);
  /** The number that is looked for first. */
  #next = 0;
  /** Where `find` found nothing. */
  #freeAt = 0;
  #freeHash = 0;

  /** Bytes of memory held. */
  get byteLength(): number {
    return this.#slots.byteLength + this.#ends.byteLength + this.#bytes.length;
  }

  /**
   * The number of the bytes `[start, end)` of a buffer, -1 when they are new; `add` may follow. Throws `malformed_body` when too
   * many keys have one hash.
   */
  find(bytes: Uint8Array, start: number, end: number): number {
    if (bytes !== this.#source) {
      this.#source = bytes;
      this.#sourceView = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    // A target lists its series in the same order every time: mostly it is the one behind the last.
    if (this.#next < this.count && this.#equals(this.#next, start, end)) return this.#next++;
    const hash = this.#hash.begin(seed.readInt32LE(0), seed.readInt32LE(4)).addBytes(this.#sourceView, start, end).finish().low;
    const slots = this.#slots;
    const mask = slots.length - 2;
    let at = (hash << 1) & mask;
    for (let searched = 0; ; at = (at + 2) & mask) {
      const found = slots[at + 1] ?? 0;
      if (found === 0) break;
      if (slots[at] === hash && this.#equals(found - 1, start, end)) {
        this.#next = found;
        return found - 1;
      }
      if (++searched > searchMax) throw new SondeError('malformed_body', `Over ${searchMax} series have hashes in a row.`);
    }
    this.#freeAt = at;
    this.#freeHash = hash;
    return -1;
  }

  /** Numbers the bytes for which `find` has just given -1. */
  add(bytes: Uint8Array, start: number, end: number): number {
    const number = this.count++;
    this.#slots[this.#freeAt] = this.#freeHash;
    this.#slots[this.#freeAt + 1] = number + 1;
    this.#append(bytes, start, end);
    if (number === this.#ends.length) {
      const larger = new Int32Array(number * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[number] = this.#end;
    if (this.count * 4 > this.#slots.length) this.#spread();
    return number;
  }

  /** Copies a key into another table, in which it is new, and gives its number there. */
  copyTo(other: ByteKeys, number: number): number {
    const start = this.#start(number);
    const end = this.#ends[number] ?? 0;
    other.find(this.#bytes, start, end);
    return other.add(this.#bytes, start, end);
  }

  /** Lets go of the buffer that was looked at last; the next one is expected to start with the first key. */
  release(): void {
    this.#next = 0;
    this.#source = noBytes;
    this.#sourceView = new DataView(noBytes.buffer);
  }

  #start(number: number): number {
    return number === 0 ? 0 : (this.#ends[number - 1] ?? 0);
  }

  #equals(number: number, start: number, end: number): boolean {
    let own = this.#start(number);
    if ((this.#ends[number] ?? 0) - own !== end - start) return false;
    const ownView = this.#view;
    const source = this.#sourceView;
    let at = start;
    for (const last = end - 4; at <= last; at += 4, own += 4) {
      if (ownView.getInt32(own, true) !== source.getInt32(at, true)) return false;
    }
    for (; at < end; at++, own++) if (ownView.getUint8(own) !== source.getUint8(at)) return false;
    return true;
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const need = this.#end + end - start;
    if (need > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(need, this.#bytes.length * 2));
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    this.#bytes.set(bytes.subarray(start, end), this.#end);
    this.#end = need;
  }

  /** Doubles the slots. */
  #spread(): void {
    const old = this.#slots;
    const slots = new Int32Array(old.length * 2);
    const mask = slots.length - 2;
    for (let from = 0; from < old.length; from += 2) {
      const hash = old[from] ?? 0;
      const found = old[from + 1] ?? 0;
      if (found === 0) continue;
      let at = (hash << 1) & mask;
      while (slots[at + 1] !== 0) at = (at + 2) & mask;
      slots[at] = hash;
      slots[at + 1] = found;
    }
    this.#slots = slots;
  }
}
