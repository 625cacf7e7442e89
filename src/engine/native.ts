/**
 * ClickHouse's Native format: blocks of columns, each with its name, its type and its values one after another, little-endian.
 *
 *     block  = columns:varint rows:varint column*
 *     column = name:string type:string values          (no values when there are no rows)
 *     string = length:varint bytes
 *
 * Read here into typed arrays and plain values, as `Columns` of engine.ts wants them; written for inserts over HTTP.
 */
import { isAscii } from 'node:buffer';
import { assert } from '../base/assert.ts';
import type { WireBatch, WireColumn } from './encoding.ts';
import { wireType } from './encoding.ts';
import { absentDouble } from './engine.ts';
import type { Block, Columns, ColumnValues } from './engine.ts';

/** Reads all blocks of an answer. Throws when a type is not one of those that statements of ours select. */
export function readNative(bytes: Uint8Array): Columns {
  const reader = new Reader(bytes);
  const columns = new Map<string, Parts>();
  let rows = 0;
  while (!reader.atEnd) {
    const columnCount = reader.varint();
    const blockRows = reader.varint();
    rows += blockRows;
    for (let i = 0; i < columnCount; i++) {
      const name = reader.string();
      const type = parseType(reader.string());
      const seen = columns.get(name) ?? { type, values: [], bytes: [] };
      columns.set(name, seen);
      if (blockRows > 0) readPart(reader, seen, blockRows);
    }
  }
  return { rows, columns: Object.fromEntries(Array.from(columns, ([name, parts]) => [name, joined(parts)])) };
}

/** The blocks of an answer with rows, as views on it. Throws when the values of a column are not of one width. */
export function readBlocks(bytes: Uint8Array): Block[] {
  const reader = new Reader(bytes);
  const blocks: Block[] = [];
  while (!reader.atEnd) {
    const columnCount = reader.varint();
    const rows = reader.varint();
    const columns: Record<string, Uint8Array> = {};
    for (let i = 0; i < columnCount; i++) {
      const name = reader.string();
      const { asBytes } = parseType(reader.string());
      assert(asBytes !== undefined, `values of ${name} are of one width`);
      columns[name] = reader.view(rows * asBytes.width);
    }
    if (rows > 0) blocks.push({ rows, columns });
  }
  return blocks;
}

/** A column of several blocks: values, or where they are as their bytes are, these, as views on the answer. */
interface Parts {
  readonly type: ColumnType;
  readonly values: ColumnValues[];
  readonly bytes: Uint8Array[];
}

function readPart(reader: Reader, { type, values, bytes }: Parts, rows: number): void {
  type.prefix(reader);
  if (type.asBytes === undefined) values.push(type.values(reader, rows));
  else bytes.push(reader.view(rows * type.asBytes.width));
}

/** The values of several blocks as one: of bytes the only copy. */
function joined({ type, values, bytes }: Parts): ColumnValues {
  if (type.asBytes !== undefined) return new type.asBytes.make(aligned(bytes));
  const [first = type.values(new Reader(new Uint8Array()), 0)] = values;
  if (values.length < 2) return first;
  if (!ArrayBuffer.isView(first)) return (values as readonly (readonly unknown[])[]).flat(1);
  const make = first.constructor as new (buffer: ArrayBuffer) => ColumnValues;
  return new make(
    aligned((values as readonly ArrayBufferView[]).map((view) => new Uint8Array(view.buffer, view.byteOffset, view.byteLength))),
  );
}

/** Bytes in a buffer of their own, aligned for any typed array. */
function aligned(parts: readonly Uint8Array[]): ArrayBuffer {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all.buffer;
}

/** What reads a column of one type: first the parts that come before all values of a block, nested ones included, then these. */
interface ColumnType {
  readonly prefix: (reader: Reader) => void;
  readonly values: (reader: Reader, rows: number) => ColumnValues;
  /** Where an array over the bytes is the values: their width and the kind of array. */
  readonly asBytes?: { readonly width: number; readonly make: ArrayType };
}

type ArrayType = new (buffer: ArrayBuffer) => ColumnValues;

const nothing = (): void => {};

function numbers(width: number, make: ArrayType): ColumnType {
  return { prefix: nothing, values: (reader, rows) => new make(reader.copy(rows * width).buffer), asBytes: { width, make } };
}

function plain(values: ColumnType['values']): ColumnType {
  return { prefix: nothing, values };
}

const namedTypes: Readonly<Record<string, ColumnType>> = {
  UInt8: numbers(1, Uint8Array),
  Int8: plain((reader, rows) => Int32Array.from(new Int8Array(reader.copy(rows).buffer))),
  UInt16: plain((reader, rows) => Uint32Array.from(new Uint16Array(reader.copy(rows * 2).buffer))),
  Int16: plain((reader, rows) => Int32Array.from(new Int16Array(reader.copy(rows * 2).buffer))),
  UInt32: numbers(4, Uint32Array),
  Int32: numbers(4, Int32Array),
  UInt64: numbers(8, BigUint64Array),
  Int64: numbers(8, BigInt64Array),
  Float32: plain((reader, rows) => Float64Array.from(new Float32Array(reader.copy(rows * 4).buffer))),
  Float64: numbers(8, Float64Array),
  Bool: plain((reader, rows) => Array.from(reader.copy(rows), (byte) => byte !== 0)),
  String: plain((reader, rows) => reader.strings(rows)),
  Date: plain((reader, rows) => Uint32Array.from(new Uint16Array(reader.copy(rows * 2).buffer))),
  DateTime: numbers(4, Uint32Array),
  Nothing: plain((reader, rows) => Array.from(reader.copy(rows), () => null)),
};

const parsedTypes = new Map<string, ColumnType>();

function parseType(text: string): ColumnType {
  const known = namedTypes[text] ?? parsedTypes.get(text);
  if (known !== undefined) return known;
  const type = parseCompound(text);
  if (parsedTypes.size < 1000) parsedTypes.set(text, type);
  return type;
}

function parseCompound(text: string): ColumnType {
  const match = /^(\w+)\((.*)\)$/s.exec(text);
  const [, name = '', inside = ''] = match ?? [];
  const inner = topLevelParts(inside);
  const last = inner.at(-1) ?? '';
  switch (name) {
    case 'FixedString':
      return fixedString(Number(inside));
    case 'DateTime':
      return parseType('DateTime');
    case 'DateTime64':
      return dateTime64(Number(inner[0]));
    case 'Nullable':
      return nullable(parseType(inside));
    case 'LowCardinality':
      return lowCardinality(inside);
    case 'SimpleAggregateFunction':
      return parseType(last);
    case 'Array':
      if (inside === 'Float64') return doubleArray;
      return inside === 'Nullable(Float64)' ? nullableDoubleArray : array(parseType(inside));
    case 'Tuple':
      return tuple(inner.map((part) => parseType(part.replace(/^[`\w]+ (?=[A-Z])/, ''))));
    case 'Map':
      return array(tuple(inner.map(parseType)));
    default:
      throw new Error(`columns of type ${text} can not be read`);
  }
}

/** `A, B(C, D)` → `A`, `B(C, D)`. */
function topLevelParts(text: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  parts.push(text.slice(start).trim());
  return parts;
}

function fixedString(width: number): ColumnType {
  return plain((reader, rows) => {
    const hex = Buffer.from(reader.copy(rows * width).buffer).toString('hex');
    return Array.from({ length: rows }, (_, i) => hex.slice(i * width * 2, (i + 1) * width * 2));
  });
}

function dateTime64(scale: number): ColumnType {
  if (scale === 9) return numbers(8, BigInt64Array);
  const ns = 10n ** BigInt(9 - scale);
  return plain((reader, rows) => new BigInt64Array(reader.copy(rows * 8).buffer).map((tick) => tick * ns));
}

function nullable(inner: ColumnType): ColumnType {
  return {
    prefix: inner.prefix,
    values: (reader, rows) => {
      const nulls = reader.copy(rows);
      return Array.from(inner.values(reader, rows), (value: unknown, i) => (nulls[i] === 1 ? null : value));
    },
  };
}

/** Widths of the indexes into a dictionary, by the low byte of the flags. */
const indexTypes = ['UInt8', 'UInt16', 'UInt32', 'UInt64'] as const;

function lowCardinality(innerText: string): ColumnType {
  const isNullable = innerText.startsWith('Nullable(');
  const inner = parseType(isNullable ? innerText.slice('Nullable('.length, -1) : innerText);
  return {
    prefix: (reader) => void reader.u64(),
    values: (reader, rows) => {
      if (rows === 0) return [];
      const indexType = indexTypes[reader.u64() & 0xff];
      assert(indexType !== undefined, 'an index of a known width');
      const dictionary: ArrayLike<unknown> = inner.values(reader, reader.u64());
      const indexes = namedTypes[indexType]?.values(reader, reader.u64()) ?? [];
      return Array.from(indexes, (index) => (isNullable && Number(index) === 0 ? null : dictionary[Number(index)]));
    },
  };
}

function array(inner: ColumnType): ColumnType {
  return {
    prefix: inner.prefix,
    values: (reader, rows) => {
      const ends = new BigUint64Array(reader.copy(rows * 8).buffer);
      const all = inner.values(reader, Number(ends[rows - 1] ?? 0));
      let start = 0;
      return Array.from(ends, (end) => {
        const items = all.slice(start, Number(end));
        start = Number(end);
        return Array.isArray(items) ? items : Array.from(items as Iterable<unknown>);
      });
    },
  };
}

/** Arrays of doubles are views on one buffer: a grid of a query has millions of them. */
const doubleArray = plain((reader, rows) => {
  const ends = new BigUint64Array(reader.copy(rows * 8).buffer);
  return views(ends, new Float64Array(reader.copy(Number(ends[rows - 1] ?? 0) * 8).buffer));
});

/** The same where some are null: those become the NaN of `absentDouble`. */
const nullableDoubleArray = plain((reader, rows) => {
  const ends = new BigUint64Array(reader.copy(rows * 8).buffer);
  const count = Number(ends[rows - 1] ?? 0);
  const nulls = reader.copy(count);
  const doubles = new Float64Array(reader.copy(count * 8).buffer);
  const halves = new Uint32Array(doubles.buffer);
  for (let i = nulls.indexOf(1); i !== -1 && i < count; i++) {
    if (nulls[i] === 0) continue;
    halves[2 * i] = absentDouble.low;
    halves[2 * i + 1] = absentDouble.high;
  }
  return views(ends, doubles);
});

function views(ends: BigUint64Array, all: Float64Array): Float64Array[] {
  let start = 0;
  return Array.from(ends, (end) => {
    const items = all.subarray(start, Number(end));
    start = Number(end);
    return items;
  });
}

function tuple(inner: readonly ColumnType[]): ColumnType {
  return {
    prefix: (reader) => inner.forEach((type) => type.prefix(reader)),
    values: (reader, rows) => {
      const columns: ArrayLike<unknown>[] = inner.map((type) => type.values(reader, rows));
      return Array.from({ length: rows }, (_, i) => columns.map((column) => column[i]));
    },
  };
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at >= this.#bytes.length;
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.#at++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }

  /** A count; the high half of flags is dropped with it. */
  u64(): number {
    const low = this.#bytes.readUInt32LE(this.#at);
    this.#at += 8;
    return low;
  }

  string(): string {
    const length = this.varint();
    this.#at += length;
    return this.#bytes.toString('utf8', this.#at - length, this.#at);
  }

  strings(rows: number): string[] {
    const start = this.#at;
    const bounds = new Uint32Array(rows * 2);
    for (let i = 0; i < rows; i++) {
      const length = this.varint();
      bounds[i * 2] = this.#at;
      this.#at += length;
      bounds[i * 2 + 1] = this.#at;
    }
    // Cutting pieces from one text is many times faster than decoding each, where a byte is a character.
    const bytes = this.#bytes.subarray(start, this.#at);
    const isPlain = rows > 1 && isAscii(bytes);
    const text = isPlain ? bytes.toString('latin1') : '';
    return Array.from({ length: rows }, (_, i) => {
      const from = bounds[i * 2] ?? 0;
      const to = bounds[i * 2 + 1] ?? 0;
      return isPlain ? text.slice(from - start, to - start) : this.#bytes.toString('utf8', from, to);
    });
  }

  /** The next bytes, where they are. */
  view(length: number): Uint8Array {
    assert(this.#at + length <= this.#bytes.length, 'an answer in Native format is whole');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The next bytes in a buffer of their own, aligned for any typed array. */
  copy(length: number): Uint8Array<ArrayBuffer> {
    return new Uint8Array(aligned([this.view(length)]));
  }
}

/** A batch as one block, in pieces to be sent one after another; numbers are not copied. */
export function* writeNative({ rows, columns }: WireBatch): Generator<Uint8Array> {
  yield Buffer.concat([varintBytes(columns.length), varintBytes(rows)]);
  for (const column of columns) {
    yield Buffer.concat([stringBytes(column.name), stringBytes(wireType(column))]);
    yield column.type === 'String' ? stringValues(column) : column.bytes;
  }
}

function stringValues({ offsets, bytes }: Extract<WireColumn, { type: 'String' }>): Uint8Array {
  const rows = offsets.length - 1;
  const out = new Uint8Array(bytes.length + rows * 5);
  let at = 0;
  for (let row = 0; row < rows; row++) {
    const start = offsets[row] ?? 0;
    const end = offsets[row + 1] ?? 0;
    let length = end - start;
    for (; length >= 0x80; length = Math.floor(length / 128)) out[at++] = (length & 0x7f) | 0x80;
    out[at++] = length;
    out.set(bytes.subarray(start, end), at);
    at += end - start;
  }
  return out.subarray(0, at);
}

function stringBytes(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  return Buffer.concat([varintBytes(bytes.length), bytes]);
}

function varintBytes(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 128)) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Buffer.from(bytes);
}
