/**
 * Column buffers: what decoders append to and what the engine takes without a copy. Each grows by doubling, can be cut back
 * to a row count (a request that turns out malformed leaves nothing), and is laid out as Arrow wants it: strings as bytes
 * and Int32 offsets, numbers as little-endian arrays.
 */
import { assert } from '../base/assert.ts';
import { SondeError } from '../base/errors.ts';
import { decodeUtf8, isUtf8 } from '../base/utf8.ts';
import { listEnd } from './attributes.ts';
import type { AttributeType } from './attributes.ts';

const firstRows = 1024;
const textType = 's'.charCodeAt(0);
const columnBytesMax = 0x7fff_ffff;
const textEncoder = new TextEncoder();

/** Strings or bytes of any length: one growing buffer and one end offset per row. At most 2 GiB per column, else `too_large`. */
export class StringColumn {
  bytes: Uint8Array;
  /** `offsets[i]` is the start of row i, `offsets[length]` the end of the last. */
  offsets: Int32Array;
  length = 0;
  #end = 0;
  #view: DataView;

  /** Starts with room for some rows. */
  constructor(rows = firstRows) {
    this.bytes = new Uint8Array(rows * 16);
    this.offsets = new Int32Array(rows + 1);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Appends one row from a part of a buffer. */
  append(source: Uint8Array, start: number, end: number): void {
    this.write(source, start, end);
    this.endRow();
  }

  /** Appends one row from text. */
  appendText(text: string): void {
    this.writeText(text);
    this.endRow();
  }

  /** Appends rows of the same text, a part of a buffer that is valid UTF-8. */
  repeat(source: DataView, start: number, end: number, rows: number): void {
    if (rows === 0) return;
    const size = end - start;
    const at = this.claim(size * rows);
    const length = this.length + rows;
    if (length >= this.offsets.length) this.offsets = grown(this.offsets, length + 1);
    const { bytes, offsets } = this;
    for (let from = start; from < end; from++) bytes[at + from - start] = source.getUint8(from);
    // What is there is copied behind itself until it is all.
    for (let filled = size; filled < size * rows; filled *= 2) {
      bytes.copyWithin(at + filled, at, at + Math.min(filled, size * rows - filled));
    }
    for (let row = 1; row <= rows; row++) offsets[this.length + row] = at + row * size;
    this.length = length;
  }

  /** Adds bytes to the row that is being written; `endRow` ends it. */
  write(source: Uint8Array, start: number, end: number): void {
    const size = end - start;
    this.#reserve(size);
    const target = this.bytes;
    let at = this.#end;
    // A loop beats the call for short ones.
    if (size < 48) for (let from = start; from < end; from++) target[at++] = source[from]!;
    else target.set(source.subarray(start, end), at);
    this.#end += size;
  }

  /** Appends one row of text from a part of a buffer. */
  appendUtf8(source: DataView, start: number, end: number): void {
    this.writeUtf8(source, start, end);
    this.endRow();
  }

  /** Adds text to the row that is being written; what is not valid UTF-8 is replaced by U+FFFD. */
  writeUtf8(source: DataView, start: number, end: number): void {
    this.#end = this.#copyUtf8(source, start, end);
  }

  /** Adds text and the byte that ends an item of a list. */
  writeItem(source: DataView, start: number, end: number): void {
    const at = this.#copyUtf8(source, start, end);
    this.#view.setUint8(at, listEnd);
    this.#end = at + 1;
  }

  /** Copies text behind what is there and gives where it ends; there is room for one more byte. */
  #copyUtf8(source: DataView, start: number, end: number): number {
    this.#reserve(end - start + 1);
    const target = this.#view;
    let at = this.#end;
    let from = start;
    let seen = 0;
    // Most strings are short and ASCII: four bytes at a time, no call, and the check comes with the copy.
    for (const last = end - 4; from <= last; from += 4, at += 4) {
      const word = source.getInt32(from, true);
      target.setInt32(at, word, true);
      seen |= word;
    }
    for (; from < end; from++, at++) {
      const byte = source.getUint8(from);
      target.setUint8(at, byte);
      seen |= byte;
    }
    if ((seen & 0x8080_8080) === 0 || isUtf8(source, start, end)) return at;
    this.writeText(decodeUtf8(source, start, end));
    this.#reserve(1);
    return this.#end;
  }

  /** Adds `size` bytes to the row that is being written and gives where they are in `bytes`, for the caller to fill. */
  claim(size: number): number {
    this.#reserve(size);
    const start = this.#end;
    this.#end += size;
    return start;
  }

  writeByte(byte: number): void {
    this.#reserve(1);
    this.bytes[this.#end++] = byte;
  }

  writeText(text: string): void {
    this.#reserve(text.length * 3);
    this.#end += textEncoder.encodeInto(text, this.bytes.subarray(this.#end)).written;
  }

  /** A row as text. */
  text(row: number): string {
    return decodeUtf8(this.#view, this.offsets[row]!, this.offsets[row + 1]!);
  }

  endRow(): void {
    const row = ++this.length;
    if (row >= this.offsets.length) this.offsets = grown(this.offsets, row + 1);
    this.offsets[row] = this.#end;
  }

  /** Cuts back to the first `rows` rows, and drops a row that was begun. */
  truncate(rows: number): void {
    assert(rows <= this.length, 'truncate only shortens');
    this.length = rows;
    this.#end = this.offsets[rows]!;
  }

  get byteLength(): number {
    return this.#end + this.length * 4;
  }

  /** Bytes used, rows begun included. */
  get end(): number {
    return this.#end;
  }

  #reserve(size: number): void {
    const need = this.#end + size;
    if (need > this.bytes.length) this.#grow(need);
  }

  #grow(need: number): void {
    if (need > columnBytesMax) {
      throw new SondeError('too_large', `A column takes at most ${columnBytesMax} bytes at a time, and this needs ${need}.`);
    }
    const larger = new Uint8Array(Math.min(Math.max(need, this.bytes.length * 2), columnBytesMax));
    larger.set(this.bytes.subarray(0, this.#end));
    this.bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}

type NumberArray = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array;

/** Numbers of up to 32 bits, or doubles. */
export class NumberColumn<A extends NumberArray = NumberArray> {
  values: A;
  length = 0;
  readonly #width: number;
  #view: DataView;

  constructor(make: new (length: number) => A) {
    this.values = new make(firstRows);
    this.#width = this.values.BYTES_PER_ELEMENT;
    this.#view = new DataView(this.values.buffer);
  }

  append(value: number): void {
    const row = this.length;
    if (row === this.values.length) this.#grow();
    this.length = row + 1;
    // One store that serves all kinds of arrays would be a slow one.
    switch (this.#width) {
      case 1:
        return this.#view.setUint8(row, value);
      case 2:
        return this.#view.setUint16(row * 2, value, true);
      case 4:
        return this.#view.setInt32(row * 4, value, true);
      default:
        return this.#view.setFloat64(row * 8, value, true);
    }
  }

  /** Appends rows of the same number. */
  repeat(value: number, rows: number): void {
    const length = this.length + rows;
    if (length > this.values.length) this.#grow(length);
    this.values.fill(value, this.length, length);
    this.length = length;
  }

  truncate(rows: number): void {
    assert(rows <= this.length, 'truncate only shortens');
    this.length = rows;
  }

  get byteLength(): number {
    return this.length * this.#width;
  }

  #grow(rows = this.length + 1): void {
    this.values = grown(this.values, rows);
    this.#view = new DataView(this.values.buffer);
  }
}

/** 64-bit integers, signed or not, as pairs of 32-bit halves (low first), so that no BigInt is made on the hot path. */
export class LongColumn {
  /** `halves[2 * i]` is the low half of row i, `halves[2 * i + 1]` the high half. */
  halves = new Uint32Array(firstRows * 2);
  length = 0;

  append(low: number, high: number): void {
    const at = this.length * 2;
    if (at === this.halves.length) this.halves = grown(this.halves, at + 2);
    this.halves[at] = low;
    this.halves[at + 1] = high;
    this.length++;
  }

  appendBig(value: bigint): void {
    this.append(Number(value & 0xffffffffn), Number((value >> 32n) & 0xffffffffn));
  }

  /** Appends rows of the same number. */
  repeat(low: number, high: number, rows: number): void {
    const before = this.length;
    const length = before + rows;
    if (length * 2 > this.halves.length) this.halves = grown(this.halves, length * 2);
    this.length = length;
    this.fill(low, high, before);
  }

  /** Makes all rows from `row` on one number. */
  fill(low: number, high: number, row = 0): void {
    for (let at = row * 2; at < this.length * 2; at += 2) {
      this.halves[at] = low;
      this.halves[at + 1] = high;
    }
  }

  truncate(rows: number): void {
    assert(rows <= this.length, 'truncate only shortens');
    this.length = rows;
  }

  get byteLength(): number {
    return this.length * 8;
  }
}

/** Values of one fixed width, a multiple of 4 bytes, such as trace and span ids. */
export class FixedColumn {
  readonly width: number;
  bytes: Uint8Array;
  length = 0;
  #view: DataView;

  constructor(width: number) {
    this.width = width;
    this.bytes = new Uint8Array(firstRows * width);
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Appends one row from the bytes at `start`; `start` below 0 means all zero bytes, the absent id. */
  append(source: DataView, start: number): void {
    const at = this.#addRow();
    const view = this.#view;
    const end = at + this.width;
    if (start < 0) for (let to = at; to < end; to += 4) view.setInt32(to, 0);
    else for (let to = at, from = start; to < end; to += 4, from += 4) view.setInt32(to, source.getInt32(from));
  }

  truncate(rows: number): void {
    assert(rows <= this.length, 'truncate only shortens');
    this.length = rows;
  }

  get byteLength(): number {
    return this.length * this.width;
  }

  /** Makes room for a row and gives where it starts. */
  #addRow(): number {
    const at = this.length * this.width;
    if (at === this.bytes.length) {
      this.bytes = grown(this.bytes, at + this.width);
      this.#view = new DataView(this.bytes.buffer);
    }
    this.length++;
    return at;
  }
}

/**
 * Attributes as model/attributes.ts lays them out. A decoder writes, for each entry, the key and the value with
 * `keys.write…` and `values.write…`, ends the entry with `endEntry(type)`, and the row with `endRow()`.
 */
export class AttributesColumn {
  readonly keys: StringColumn;
  readonly values: StringColumn;
  readonly types: StringColumn;
  length = 0;

  /** Starts with room for some rows. */
  constructor(rows = firstRows) {
    this.keys = new StringColumn(rows);
    this.values = new StringColumn(rows);
    this.types = new StringColumn(rows);
  }

  /** Writes an entry whose value is text as it stands in a buffer, and ends it. */
  writeTextEntry(source: DataView, keyStart: number, keyEnd: number, valueStart: number, valueEnd: number): void {
    this.keys.writeItem(source, keyStart, keyEnd);
    this.values.writeItem(source, valueStart, valueEnd);
    this.types.writeByte(textType);
  }

  endEntry(type: AttributeType): void {
    this.keys.writeByte(listEnd);
    this.values.writeByte(listEnd);
    this.types.writeByte(type.charCodeAt(0));
  }

  /** The entries of a row as text, for what is done once per series. */
  entries(row: number): (readonly [key: string, value: string, type: string])[] {
    const types = this.types.text(row);
    const keys = listItems(this.keys, row);
    const values = listItems(this.values, row);
    return keys.map((key, i) => [key, values[i]!, types[i]!] as const);
  }

  endRow(): void {
    this.keys.endRow();
    this.values.endRow();
    this.types.endRow();
    this.length++;
  }

  truncate(rows: number): void {
    this.keys.truncate(rows);
    this.values.truncate(rows);
    this.types.truncate(rows);
    this.length = rows;
  }

  get byteLength(): number {
    return this.keys.byteLength + this.values.byteLength + this.types.byteLength;
  }
}

function listItems(column: StringColumn, row: number): string[] {
  const { bytes, offsets } = column;
  const view = new DataView(bytes.buffer);
  const items: string[] = [];
  let start = offsets[row]!;
  for (let at = start; at < offsets[row + 1]!; at++) {
    if (bytes[at] !== listEnd) continue;
    items.push(decodeUtf8(view, start, at));
    start = at + 1;
  }
  return items;
}

function grown<A extends NumberArray>(from: A, need: number): A {
  const make = from.constructor as new (length: number) => A;
  const to = new make(Math.max(need, from.length * 2));
  to.set(from);
  return to;
}
