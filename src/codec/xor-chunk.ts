/**
 * XOR chunks of Prometheus (tsdb/docs/format/chunks.md): the number of samples in two bytes, then a stream of bits, the highest of
 * each byte first. Times are differences of differences; a value is its XOR with the one before, without the zeros around it
 * (Pelkonen et al., "Gorilla", VLDB 2015).
 *
 *     first sample     time as a signed varint, value in 64 bits
 *     second           difference of times as a varint, value
 *     further ones     0 · 10 + 14 bits · 110 + 17 · 1110 + 20 · 1111 + 64: difference of differences; value
 *     value            0: as before · 10: the bits where the last window was · 11 + 5 bits leading zeros + 6 bits length: a window
 */

/** Prometheus cuts its chunks at so many samples. */
export const chunkSamplesMax = 120;

/**
 * The samples `[start, end)` as a chunk, at most 65,535. Times are whole milliseconds and ascend; the bits of values are kept,
 * those of NaN too.
 */
export function encodeXorChunk(timesMs: Float64Array, values: Float64Array, start: number, end: number): Uint8Array {
  const writer = new BitWriter(2 + 10 + (end - start) * 19);
  writer.bits(end - start, 16);
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  const window: Window = { leading: 0xff, trailing: 0 };
  let delta = 0;
  for (let i = start; i < end; i++) {
    const timeMs = timesMs[i]!;
    if (i === start) writer.varint(timeMs < 0 ? -2 * timeMs - 1 : 2 * timeMs);
    else {
      const next = timeMs - timesMs[i - 1]!;
      if (i === start + 1) writer.varint(next);
      else writeDelta(writer, next - delta);
      delta = next;
    }
    const low = halves[2 * i]!;
    const high = halves[2 * i + 1]!;
    if (i === start) {
      writer.bits(high, 32);
      writer.bits(low, 32);
    } else writeXor(writer, window, high ^ halves[2 * i - 1]!, low ^ halves[2 * i - 2]!);
  }
  return writer.finish();
}

/** Where the bits of the last value were that was not written into an older window. */
interface Window {
  leading: number;
  trailing: number;
}

function writeDelta(writer: BitWriter, change: number): void {
  if (change === 0) writer.bits(0, 1);
  else if (fits(change, 14)) writeTagged(writer, 0b10, 2, change, 14);
  else if (fits(change, 17)) writeTagged(writer, 0b110, 3, change, 17);
  else if (fits(change, 20)) writeTagged(writer, 0b1110, 4, change, 20);
  else {
    writer.bits(0b1111, 4);
    writer.bits(Math.floor(change / 2 ** 32), 32);
    writer.bits(change, 32);
  }
}

/** Prometheus's own range: one more at the top than two's complement has, one less at the bottom. */
function fits(value: number, bits: number): boolean {
  return value > -(2 ** (bits - 1)) && value <= 2 ** (bits - 1);
}

function writeTagged(writer: BitWriter, tag: number, tagBits: number, value: number, bits: number): void {
  writer.bits(tag, tagBits);
  writer.bits(value, bits);
}

function writeXor(writer: BitWriter, window: Window, high: number, low: number): void {
  if ((high | low) === 0) return writer.bits(0, 1);
  // Five bits hold up to 31 leading zeros.
  const leading = Math.min(high === 0 ? 32 + Math.clz32(low) : Math.clz32(high), 31);
  const trailing = low === 0 ? 32 + trailingZeros(high) : trailingZeros(low);
  if (window.leading !== 0xff && leading >= window.leading && trailing >= window.trailing) writer.bits(0b10, 2);
  else {
    window.leading = leading;
    window.trailing = trailing;
    writer.bits(0b11, 2);
    writer.bits(leading, 5);
    // A length of 64 does not fit and is written as 0.
    writer.bits(64 - leading - trailing, 6);
  }
  writeMiddle(writer, window, high, low);
}

/** The bits of the window, highest first. */
function writeMiddle(writer: BitWriter, { leading, trailing }: Window, high: number, low: number): void {
  if (trailing >= 32) return writer.bits(high >>> (trailing - 32), 64 - leading - trailing);
  writer.bits(high, 32 - leading);
  writer.bits(low >>> trailing, 32 - trailing);
}

function trailingZeros(word: number): number {
  return 31 - Math.clz32(word & -word);
}

class BitWriter {
  readonly #bytes: Uint8Array;
  #at = 0;
  /** Bits of the byte at `#at` that are not written yet. */
  #free = 8;

  /** `bytesMax` is more than will be written. */
  constructor(bytesMax: number) {
    this.#bytes = new Uint8Array(bytesMax);
  }

  /** The low `count` bits of a number, 1 to 32 of them. */
  bits(value: number, count: number): void {
    let rest = count;
    while (rest > 0) {
      const taken = Math.min(rest, this.#free);
      const part = (value >>> (rest - taken)) & ((1 << taken) - 1);
      this.#bytes[this.#at]! |= part << (this.#free - taken);
      rest -= taken;
      this.#free -= taken;
      if (this.#free === 0) {
        this.#at++;
        this.#free = 8;
      }
    }
  }

  varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.bits((rest % 128) | 0x80, 8);
    this.bits(rest, 8);
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#free === 8 ? this.#at : this.#at + 1);
  }
}
