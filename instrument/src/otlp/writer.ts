/**
 * The protobuf wire format, written on the path of every request: into a buffer that grows, without an object for a field. Numbers
 * of fields come as whole tags (field number and wire type, one byte up to field 15), so that a caller's constants are what goes on
 * the wire.
 *
 * A message whose length is not known before gets two bytes for it, or more when it turns out longer; a length may be written in
 * more bytes than it needs (protobuf, "Encoding", varints).
 */
const bytesAtFirst = 1 << 14;
/** Longer texts are copied by the runtime, shorter ones letter by letter, which is faster. */
const lettersByHandMax = 48;

/** Up to here all lengths within a KeyValue take one byte each. */
const shortAttributeMax = 120;
/** KeyValue's value, and AnyValue's text. */
const attributeValue = 0x12;
const textValue = 0x0a;

export class OtlpWriter {
  private buffer: Buffer;
  private view: DataView;
  private at = 0;

  /** With room for so many bytes; for more it grows. */
  constructor(bytes = bytesAtFirst) {
    this.buffer = Buffer.allocUnsafeSlow(bytes);
    this.view = viewOf(this.buffer);
  }

  get length(): number {
    return this.at;
  }

  /** What was written, not copied: valid until the next write. */
  written(): Uint8Array {
    return this.buffer.subarray(0, this.at);
  }

  /** The part of it that came since the length was `length`. */
  writtenSince(length: number): Uint8Array {
    return this.buffer.subarray(length, this.at);
  }

  /** Forgets what was written and keeps the room. */
  clear(): void {
    this.at = 0;
  }

  /** Takes back what was written since the length was `length`. */
  rewind(length: number): void {
    this.at = length;
  }

  /** A field of one byte: an enum, or a flag. */
  small(tag: number, value: number): void {
    this.reserve(2);
    this.buffer[this.at++] = tag;
    this.buffer[this.at++] = value;
  }

  /** A varint field, 0 to 2^53. */
  integer(tag: number, value: number): void {
    this.reserve(11);
    this.buffer[this.at++] = tag;
    this.varint(value);
  }

  /** An int64 field: negative numbers take ten bytes. From -2^53 to 2^53. */
  signed(tag: number, value: number): void {
    if (value >= 0) return this.integer(tag, value);
    this.reserve(11);
    this.buffer[this.at++] = tag;
    let rest = value;
    for (let i = 0; i < 9; i++) {
      const low = ((rest % 128) + 128) % 128;
      this.buffer[this.at++] = low | 0x80;
      rest = (rest - low) / 128;
    }
    this.buffer[this.at++] = 1;
  }

  double(tag: number, value: number): void {
    this.reserve(9);
    this.buffer[this.at++] = tag;
    this.view.setFloat64(this.at, value, true);
    this.at += 8;
  }

  /** A fixed32 field; its tag may take two bytes. */
  fixed32(tag: number, value: number): void {
    this.reserve(6);
    this.varint(tag);
    this.view.setUint32(this.at, value, true);
    this.at += 4;
  }

  /** A fixed64 field with a whole number up to 2^53. */
  fixed64(tag: number, value: number): void {
    this.reserve(9);
    this.buffer[this.at++] = tag;
    this.whole(value);
  }

  /** A fixed64 field with a time in nanoseconds, given as Unix milliseconds with a fraction. */
  time(tag: number, epochMs: number): void {
    this.reserve(9);
    this.buffer[this.at++] = tag;
    if (!(epochMs >= second.startMs && epochMs < second.startMs + 1000)) startSecond(epochMs);
    const low = second.low + Math.round((epochMs - second.startMs) * 1e6);
    this.view.setInt32(this.at, low | 0, true);
    this.view.setInt32(this.at + 4, (low < 4_294_967_296 ? second.high : second.high + 1) | 0, true);
    this.at += 8;
  }

  /** A field of 16 bytes from four words, most significant first: a trace id. */
  id16(tag: number, word0: number, word1: number, word2: number, word3: number): void {
    this.reserve(18);
    this.buffer[this.at++] = tag;
    this.buffer[this.at++] = 16;
    this.view.setInt32(this.at, word0);
    this.view.setInt32(this.at + 4, word1);
    this.view.setInt32(this.at + 8, word2);
    this.view.setInt32(this.at + 12, word3);
    this.at += 16;
  }

  /** A field of 8 bytes from two words: a span id. */
  id8(tag: number, word0: number, word1: number): void {
    this.reserve(10);
    this.buffer[this.at++] = tag;
    this.buffer[this.at++] = 8;
    this.view.setInt32(this.at, word0);
    this.view.setInt32(this.at + 4, word1);
    this.at += 8;
  }

  bytes(tag: number, value: Uint8Array): void {
    this.reserve(value.length + 6);
    this.buffer[this.at++] = tag;
    this.varint(value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  /** What is on the wire already: fields, or several of them. */
  raw(value: Uint8Array): void {
    this.reserve(value.length);
    this.buffer.set(value, this.at);
    this.at += value.length;
  }

  /**
   * A KeyValue field (opentelemetry-proto, common/v1/common.proto) with a text; `key` is its first field. False, and nothing written,
   * for texts that are long or have more than ASCII.
   */
  shortAttribute(tag: number, key: Uint8Array, value: string): boolean {
    const keyLength = key.length;
    const { length } = value;
    if (keyLength + length > shortAttributeMax) return false;
    this.reserve(keyLength + length + 6);
    const { at: start, buffer: bytes } = this;
    let at = start;
    bytes[at++] = tag;
    bytes[at++] = keyLength + length + 4;
    for (let i = 0; i < keyLength; i++) bytes[at++] = key[i] as number;
    bytes[at++] = attributeValue;
    bytes[at++] = length + 2;
    this.at = at;
    const isWritten = this.ascii(textValue, value);
    if (!isWritten) this.at = start;
    return isWritten;
  }

  /** A text, in UTF-8. A surrogate without its other half becomes U+FFFD. */
  text(tag: number, value: string): void {
    const { length } = value;
    if (length <= lettersByHandMax && this.ascii(tag, value)) return;
    // UTF-8 takes three bytes for a code unit at most.
    this.reserve(length * 3 + 6);
    const size = Buffer.byteLength(value);
    this.buffer[this.at++] = tag;
    this.varint(size);
    this.at += this.buffer.write(value, this.at, 'utf8');
  }

  /** Begins a message of unknown length; what is returned belongs to its `end`. */
  begin(tag: number): number {
    this.reserve(3);
    this.buffer[this.at++] = tag;
    this.at += 2;
    return this.at;
  }

  end(start: number): void {
    const size = this.at - start;
    if (size < 1 << 14) {
      this.buffer[start - 2] = (size & 0x7f) | 0x80;
      this.buffer[start - 1] = size >>> 7;
      return;
    }
    // Two bytes more make room for four, up to 256 MiB.
    this.reserve(2);
    this.buffer.copyWithin(start + 2, start, this.at);
    this.at += 2;
    for (let i = 0; i < 3; i++) this.buffer[start - 2 + i] = ((size >>> (7 * i)) & 0x7f) | 0x80;
    this.buffer[start + 1] = size >>> 21;
  }

  /** The same where 16 KiB and more are to be expected, up to 256 MiB: what is in it need not be moved. */
  beginLarge(tag: number): number {
    this.reserve(5);
    this.buffer[this.at++] = tag;
    this.at += 4;
    return this.at;
  }

  endLarge(start: number): void {
    const size = this.at - start;
    for (let i = 0; i < 3; i++) this.buffer[start - 4 + i] = ((size >>> (7 * i)) & 0x7f) | 0x80;
    this.buffer[start - 1] = size >>> 21;
  }

  /** A packed field of fixed64 or double. */
  packed(tag: number, values: readonly number[], kind: 'fixed64' | 'double'): void {
    this.reserve(values.length * 8 + 6);
    this.buffer[this.at++] = tag;
    this.varint(values.length * 8);
    for (const value of values) {
      if (kind === 'fixed64') this.whole(value);
      else {
        this.view.setFloat64(this.at, value, true);
        this.at += 8;
      }
    }
  }

  /** A packed field of varints, 0 to 2^53. */
  packedIntegers(tag: number, values: readonly number[]): void {
    const start = this.begin(tag);
    for (const value of values) {
      this.reserve(10);
      this.varint(value);
    }
    this.end(start);
  }

  private whole(value: number): void {
    this.view.setUint32(this.at, value % 4_294_967_296, true);
    this.view.setUint32(this.at + 4, Math.floor(value / 4_294_967_296), true);
    this.at += 8;
  }

  private ascii(tag: number, value: string): boolean {
    const { length } = value;
    this.reserve(length + 2);
    const bytes = this.buffer;
    const start = this.at;
    bytes[start] = tag;
    bytes[start + 1] = length;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      bytes[start + 2 + i] = code;
    }
    this.at = start + 2 + length;
    return true;
  }

  private varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.buffer[this.at++] = (rest % 128) | 0x80;
    this.buffer[this.at++] = rest;
  }

  private reserve(size: number): void {
    const need = this.at + size;
    if (need <= this.buffer.length) return;
    const larger = Buffer.allocUnsafeSlow(Math.max(need, this.buffer.length * 2));
    larger.set(this.buffer.subarray(0, this.at));
    this.buffer = larger;
    this.view = viewOf(larger);
  }
}

/**
 * The start of the second that was written last, in nanoseconds, as words: 10^18 is more than a double counts, and most times are of the
 * same second as the one before.
 */
const second = { startMs: Number.NaN, low: 0, high: 0 };

function startSecond(epochMs: number): void {
  const startMs = Math.floor(epochMs / 1000) * 1000;
  // Multiplied in two halves of 16 bits and more.
  const half = Math.floor(startMs / 65_536);
  const middle = half * 1e6;
  const sum = (middle % 65_536) * 65_536 + (startMs - half * 65_536) * 1e6;
  second.startMs = startMs;
  second.low = sum % 4_294_967_296;
  second.high = Math.floor(middle / 65_536) + Math.floor(sum / 4_294_967_296);
}

function viewOf(bytes: Buffer): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
