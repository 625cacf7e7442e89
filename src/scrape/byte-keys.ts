/**
 * Numbers byte strings: 0 for the first, 1 for the next, and the same number for the same bytes. An open-addressing table over
 * buffers that hold all of them, so that looking one up makes nothing.
 *
 * The bytes lie one after another in chunks of 4 MiB, of which only the first is ever copied to a larger one: many megabytes would
 * take too long. A key is in one chunk: where it does not fit any more, it begins the next.
 *
 * A slot is two 32-bit words: part of the hash, and the number plus one (0: free). About half of the slots are used at most. Keys come
 * from strangers, who could choose them so that all want the same slot: the hash starts from a random number, and a search
 * that takes long all the same is refused.
 */
import { randomBytes } from 'node:crypto';
import { known } from '../base/assert.ts';
import { SondeError } from '../base/errors.ts';
import { Hash } from '../base/hash.ts';

const slotsAtFirst = 64;
const bytesAtFirst = 1024;
const chunkBits = 22;
const chunkBytes = 1 << chunkBits;
/** Positions are signed 32-bit numbers. */
const bytesMax = 2 ** 31 - 1;
/** Slots that are looked at for one key. Among a million good hashes no run of used slots is half as long. */
const searchMax = 256;
const seed = randomBytes(8);
const noBytes = new Uint8Array(0);

export class ByteKeys {
  count = 0;
  #slots = new Int32Array(slotsAtFirst * 2);
  /** The bytes of key i end before `#ends[i]`, counted over all chunks. */
  #ends = new Int32Array(slotsAtFirst / 2);
  readonly #chunks: DataView[] = [new DataView(new ArrayBuffer(bytesAtFirst))];
  #end = 0;
  readonly #fillMax: number;
  readonly #hash = new Hash();
  /** The buffer that was looked at last: a body has many keys. */
  #source: Uint8Array = noBytes;
  #sourceView: DataView = new DataView(noBytes.buffer);
  /** The number that is looked for first. */
  #next = 0;
  /** Where `find` found nothing. */
  #freeAt = 0;
  #freeHash = 0;

  /** `fillMax`: the part of the slots that may be used. Tables that grow side by side have different ones, to do so in turn. */
  constructor(fillMax = 0.5) {
    this.#fillMax = fillMax;
  }

  /** Bytes of memory held. */
  get byteLength(): number {
    return this.#chunks.reduce((bytes, chunk) => bytes + chunk.byteLength, this.#slots.byteLength + this.#ends.byteLength);
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

  /** Numbers the bytes for which `find` has just given -1, one at least. Throws `too_large` when they are over 4 MiB, or all over 2 GiB. */
  add(bytes: Uint8Array, start: number, end: number): number {
    this.#append(bytes, start, end);
    const number = this.count++;
    this.#slots[this.#freeAt] = this.#freeHash;
    this.#slots[this.#freeAt + 1] = number + 1;
    if (number === this.#ends.length) {
      const larger = new Int32Array(number * 2);
      larger.set(this.#ends);
      this.#ends = larger;
    }
    this.#ends[number] = this.#end;
    if (this.count * 2 > this.#slots.length * this.#fillMax) this.#spread();
    return number;
  }

  /** Copies a key into another table, in which it is new, and gives its number there. */
  copyTo(other: ByteKeys, number: number): number {
    const start = this.#start(number);
    const chunk = this.#chunk(start);
    const bytes = new Uint8Array(chunk.buffer, start % chunkBytes, (this.#ends[number] ?? 0) - start);
    other.find(bytes, 0, bytes.length);
    return other.add(bytes, 0, bytes.length);
  }

  /** Lets go of the buffer that was looked at last; the next one is expected to start with the first key. */
  release(): void {
    this.#next = 0;
    this.#source = noBytes;
    this.#sourceView = new DataView(noBytes.buffer);
  }

  /** Where a key starts: behind the one before, or with the chunk that it ends in. */
  #start(number: number): number {
    const chunkStart = (((this.#ends[number] ?? 0) - 1) >> chunkBits) << chunkBits;
    return number === 0 ? 0 : Math.max(this.#ends[number - 1] ?? 0, chunkStart);
  }

  #chunk(position: number): DataView {
    return known(this.#chunks[position >> chunkBits], 'a chunk for each key');
  }

  #equals(number: number, start: number, end: number): boolean {
    const ownStart = this.#start(number);
    if ((this.#ends[number] ?? 0) - ownStart !== end - start) return false;
    const ownView = this.#chunk(ownStart);
    let own = ownStart % chunkBytes;
    const source = this.#sourceView;
    let at = start;
    for (const last = end - 4; at <= last; at += 4, own += 4) {
      if (ownView.getInt32(own, true) !== source.getInt32(at, true)) return false;
    }
    for (; at < end; at++, own++) if (ownView.getUint8(own) !== source.getUint8(at)) return false;
    return true;
  }

  #append(bytes: Uint8Array, start: number, end: number): void {
    const size = end - start;
    if (size > chunkBytes) throw new SondeError('too_large', `Over the limit of ${chunkBytes} bytes per series: ${size} bytes.`);
    const isNext = (this.#end % chunkBytes) + size > chunkBytes || this.#end === this.#chunks.length * chunkBytes;
    const at = isNext ? this.#chunks.length * chunkBytes : this.#end;
    if (at + size > bytesMax) throw new SondeError('too_large', `Over the limit of ${bytesMax} bytes of all series of a target.`);
    if (isNext) this.#chunks.push(new DataView(new ArrayBuffer(chunkBytes)));
    else this.#growFirst(at + size);
    new Uint8Array(this.#chunk(at).buffer, at % chunkBytes, size).set(bytes.subarray(start, end));
    this.#end = at + size;
  }

  #growFirst(need: number): void {
    const first = this.#chunk(0);
    if (this.#chunks.length > 1 || need <= first.byteLength) return;
    const larger = new Uint8Array(Math.min(Math.max(need, first.byteLength * 2), chunkBytes));
    larger.set(new Uint8Array(first.buffer));
    this.#chunks[0] = new DataView(larger.buffer);
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
