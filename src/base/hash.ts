/**
 * 64-bit hashes as two 32-bit halves, without BigInt. They are stored as ids (resources, scopes, series), so they are a format:
 * the same input gives the same hash in every process and every version, and a test holds known answers.
 *
 * Two lanes take the same words, each a MurmurHash3 of 32 bits with multipliers and rotations of its own (those of its x86 variants),
 * and are mixed into each other at the end. Input is a sequence of words; bytes count as their length, then little-endian
 * words, the last one padded with zeros, so that "ab","c" and "a","bc" differ. Not made to withstand an attacker: whoever may
 * choose the input can make two inputs with one hash.
 */
const textEncoder = new TextEncoder();
const doubleBits = new DataView(new ArrayBuffer(8));

export class Hash {
  /** The lanes while words are added, the halves of the hash after `finish`; signed 32-bit. */
  low = 0;
  high = 0;
  /** Whether some byte since the start of the hash was not ASCII: then text has yet to be checked. */
  hasOther = false;

  /** Starts anew. The seed tells apart what the same words mean in different places. */
  begin(seedLow: number, seedHigh: number): this {
    this.low = seedLow | 0;
    this.high = seedHigh | 0;
    this.hasOther = false;
    return this;
  }

  /** Adds 32 bits. */
  addWord(word: number): this {
    this.low = mixLow(this.low, word);
    this.high = mixHigh(this.high, word);
    return this;
  }

  /** Adds another hash that was not finished, as it stands: half the cost of its two words. */
  addHash(low: number, high: number): this {
    this.low = mixLow(this.low, low);
    this.high = mixHigh(this.high, high);
    return this;
  }

  /** Adds a number as the bits of its double; every NaN counts as the same. */
  addDouble(value: number): this {
    doubleBits.setFloat64(0, Number.isNaN(value) ? Number.NaN : value, true);
    return this.addWord(doubleBits.getInt32(0, true)).addWord(doubleBits.getInt32(4, true));
  }

  /** Adds the bytes `[start, end)` of a buffer, with their length. */
  addBytes(source: DataView, start: number, end: number): this {
    let low = mixLow(this.low, end - start);
    let high = mixHigh(this.high, end - start);
    let at = start;
    let seen = 0;
    for (; at + 4 <= end; at += 4) {
      const word = source.getInt32(at, true);
      seen |= word;
      low = mixLow(low, word);
      high = mixHigh(high, word);
    }
    if (at < end) {
      let word = 0;
      for (let shift = 0; at < end; at++, shift += 8) word |= source.getUint8(at) << shift;
      low = mixLow(low, word);
      high = mixHigh(high, word);
      seen |= word;
    }
    if ((seen & 0x8080_8080) !== 0) this.hasOther = true;
    this.low = low;
    this.high = high;
    return this;
  }

  /** Adds text as its UTF-8 bytes. */
  addText(text: string): this {
    const bytes = textEncoder.encode(text);
    return this.addBytes(new DataView(bytes.buffer, bytes.byteOffset), 0, bytes.length);
  }

  /** Ends: `low` and `high` are the hash. */
  finish(): this {
    const sum = (this.low + this.high) | 0;
    const low = avalanche(sum);
    const high = avalanche((this.high + sum) | 0);
    this.low = (low + high) | 0;
    this.high = (high + this.low) | 0;
    return this;
  }
}

function mixLow(lane: number, word: number): number {
  const scrambled = Math.imul(word, 0xcc9e2d51);
  const mixed = lane ^ Math.imul((scrambled << 15) | (scrambled >>> 17), 0x1b873593);
  return (Math.imul((mixed << 13) | (mixed >>> 19), 5) + 0xe6546b64) | 0;
}

function mixHigh(lane: number, word: number): number {
  const scrambled = Math.imul(word, 0x38b34ae5);
  const mixed = lane ^ Math.imul((scrambled << 18) | (scrambled >>> 14), 0xa1e38b93);
  return (Math.imul((mixed << 17) | (mixed >>> 15), 5) + 0x0bcaa747) | 0;
}

/** Every bit of the input changes every bit of the output with probability one half; no two inputs share an output. */
function avalanche(word: number): number {
  let mixed = word ^ (word >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}
