/** A buffer that grows: protobuf messages of many numbers are written into it, field by field, without an object for each. */
import { wireTypes } from './protobuf.ts';

const textEncoder = new TextEncoder();

export class ByteWriter {
  #bytes = new Uint8Array(1 << 12);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What was written, not copied: valid until the next write. */
  written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** Forgets what was written and keeps the room. */
  clear(): void {
    this.#length = 0;
  }

  /** A whole number from 0 to 2^53. */
  varint(value: number): void {
    this.#reserve(10);
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes[this.#length++] = (rest % 128) | 0x80;
    this.#bytes[this.#length++] = rest;
  }

  /** A signed 64-bit varint as protobuf's int64 has it: negative numbers take ten bytes. From -2^53 to 2^53. */
  int64(value: number): void {
    if (value >= 0) return this.varint(value);
    this.#reserve(10);
    // The low seven bits of a negative number, eight times; its sign fills the rest of the 64 bits.
    let rest = value;
    for (let i = 0; i < 9; i++) {
      const low = ((rest % 128) + 128) % 128;
      this.#bytes[this.#length++] = low | 0x80;
      rest = (rest - low) / 128;
    }
    this.#bytes[this.#length++] = 1;
  }

  /** A signed varint, zigzag. From -2^52 to 2^52. */
  zigzag(value: number): void {
    this.varint(value < 0 ? -2 * value - 1 : 2 * value);
  }

  double(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value, true);
    this.#length += 8;
  }

  uint32BigEndian(value: number): void {
    this.#reserve(4);
    this.#view.setUint32(this.#length, value);
    this.#length += 4;
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  tag(field: number, type: keyof typeof wireTypes): void {
    this.varint(field * 8 + wireTypes[type]);
  }

  integerField(field: number, value: number): void {
    this.tag(field, 'varint');
    this.int64(value);
  }

  doubleField(field: number, value: number): void {
    this.tag(field, 'fixed64');
    this.double(value);
  }

  blockField(field: number, content: Uint8Array): void {
    this.tag(field, 'bytes');
    this.varint(content.length);
    this.raw(content);
  }

  textField(field: number, text: string): void {
    this.blockField(field, textEncoder.encode(text));
  }

  /** A packed field of doubles; nothing when there are none. */
  doublesField(field: number, values: readonly number[]): void {
    if (values.length === 0) return;
    this.tag(field, 'bytes');
    this.varint(values.length * 8);
    for (let i = 0; i < values.length; i++) this.double(values[i]!);
  }

  #reserve(size: number): void {
    const need = this.#length + size;
    if (need <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(need, this.#bytes.length * 2));
    larger.set(this.written());
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
