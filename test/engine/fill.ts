/** Rows for any table of the model: values by the kind of their column, appended as a decoder does, and as the engine shows them. */
import * as fc from 'fast-check';
import { columnType } from '../../src/engine/schema.ts';
import type { AttributeType } from '../../src/model/attributes.ts';
import type { AnyColumn, Batch } from '../../src/model/batch.ts';
import { AttributesColumn, FixedColumn, LongColumn, NumberColumn, StringColumn } from '../../src/model/columns.ts';
import { isListKind } from '../../src/model/table.ts';
import type { ColumnSpec, TableSpec } from '../../src/model/table.ts';

export type Attributes = readonly (readonly [key: string, value: string, type: AttributeType])[];
export type Value = string | number | bigint | Uint8Array | Attributes;
export type Values = Readonly<Record<string, Value>>;

/** Appends a row; columns that it does not name are zero, empty, or text that their type takes. */
export function appendRow(batch: Batch, values: Values): void {
  for (const [name, spec] of Object.entries(batch.table.columns)) {
    const column: AnyColumn | undefined = batch.columns[name];
    if (column === undefined) throw new Error(`no column ${name}`);
    append(column, values[name] ?? emptyOf(spec));
  }
}

function emptyOf({ kind, type }: ColumnSpec): Value {
  if (kind === 'attributes') return [];
  if (isListKind(kind)) return '[]';
  if (kind === 'string') return type?.startsWith('Map') === true ? '{}' : '';
  if (kind === 'bytes8' || kind === 'bytes16') return new Uint8Array(kind === 'bytes8' ? 8 : 16);
  return 0;
}

function append(column: AnyColumn, value: Value): void {
  if (column instanceof AttributesColumn) appendAttributes(column, value as Attributes);
  else if (column instanceof LongColumn) column.appendBig(typeof value === 'bigint' ? value : BigInt(Number(value)));
  else if (column instanceof NumberColumn) column.append(Number(value));
  else if (column instanceof FixedColumn) column.append(viewOf(value as Uint8Array), 0);
  else if (column instanceof StringColumn && value instanceof Uint8Array) column.append(value, 0, value.length);
  else if (column instanceof StringColumn) column.appendText(String(value));
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function appendAttributes(column: AttributesColumn, entries: Attributes): void {
  for (const [key, value, type] of entries) {
    column.keys.writeText(key);
    column.values.writeText(value);
    column.endEntry(type);
  }
  column.endRow();
}

const text = fc.oneof(
  fc.string(),
  fc.string({ unit: 'binary' }),
  fc.constantFrom('', '\0', "'", '\\', '\n', '\t', '\r\n', '日本', '\u{1f600}'),
);
const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  text.map((value) => new TextEncoder().encode(value)),
);
const u64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const double = fc.double();
const dayNs = 86_400_000_000_000n;
const nowNs = BigInt(Date.now()) * 1_000_000n;

/** Any value of a column of a table. */
function valueOf(spec: ColumnSpec): fc.Arbitrary<Value> {
  switch (spec.kind) {
    case 'string':
      return spec.type?.startsWith('Map') === true ? fc.constantFrom('{}', "{'a':1}") : bytes;
    case 'u8':
      return fc.nat({ max: 255 });
    case 'u16':
      // Days, not too far from now: rows past their time are dropped.
      return fc.nat({ max: 5 }).map((ago) => Number(nowNs / dayNs) - ago);
    case 'u32':
      return fc.nat({ max: 2 ** 32 - 1 });
    case 'i32':
      return fc.integer();
    case 'i64':
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
    case 'u64':
      return u64;
    case 'f64':
      return double;
    case 'bytes8':
      return fc.uint8Array({ minLength: 8, maxLength: 8 });
    case 'bytes16':
      return fc.uint8Array({ minLength: 16, maxLength: 16 });
    case 'time':
      return fc.bigInt({ min: nowNs - 5n * dayNs, max: nowNs });
    case 'attributes':
      return fc.array(fc.tuple(text, text, fc.constantFrom<AttributeType>('s', 'b', 'i', 'd', 'x', 'a', 'm', 'e')), {
        maxLength: 6,
      });
    case 'u64s':
      return fc.array(u64, { maxLength: 5 }).map((values) => `[${values.join(',')}]`);
    case 'i32s':
      return fc.array(fc.integer(), { maxLength: 5 }).map((values) => `[${values.join(',')}]`);
    case 'f64s':
      return fc.array(double, { maxLength: 5 }).map((values) => `[${values.map(doubleText).join(',')}]`);
  }
}

function doubleText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  return Object.is(value, -0) ? '-0' : String(value).replace('Infinity', 'inf');
}

export function rowOf(table: TableSpec): fc.Arbitrary<Values> {
  return fc.record(Object.fromEntries(Object.entries(table.columns).map(([name, spec]) => [name, valueOf(spec)])));
}

/** An expression that shows a column exactly, as text, and that text for a value. */
export function exactly(name: string, spec: ColumnSpec): { readonly select: string; readonly show: (value: Value) => string } {
  const type = columnType(spec);
  if (spec.kind === 'attributes') {
    const list = (items: string): string => `arrayStringConcat(arrayMap(x -> hex(x), ${items}), ',')`;
    return {
      select: `concat(${list(`mapKeys(${name})`)}, ' ', ${list(`mapValues(${name})`)}, ' ', ${name}_types)`,
      show: (value) => showAttributes(value as Attributes),
    };
  }
  if (spec.kind === 'f64')
    return { select: `toString(reinterpretAsUInt64(${name}))`, show: (value) => doubleBits(Number(value)) };
  if (spec.kind === 'time') return { select: `toString(toUnixTimestamp64Nano(${name}))`, show: String };
  if (type === 'Date') return { select: `toString(toUInt16(${name}))`, show: String };
  if (spec.kind === 'bytes8' || spec.kind === 'bytes16')
    return { select: `hex(${name})`, show: (value) => hexOf(value as Uint8Array) };
  if (spec.kind === 'f64s') {
    return {
      select: `toString(arrayMap(x -> toString(reinterpretAsUInt64(x)), ${name}))`,
      show: (value) => showDoubles(String(value)),
    };
  }
  if (spec.kind === 'string' && !type.startsWith('Map'))
    return { select: `hex(${name})`, show: (value) => hexOf(bytesOf(value)) };
  return { select: `toString(${name})`, show: String };
}

function showAttributes(entries: Attributes): string {
  const hex = (at: 0 | 1): string => entries.map((entry) => hexOf(bytesOf(entry[at]))).join(',');
  return `${hex(0)} ${hex(1)} ${entries.map(([, , type]) => type).join('')}`;
}

function showDoubles(list: string): string {
  const items = list
    .slice(1, -1)
    .split(',')
    .filter((item) => item !== '');
  return `[${items.map((item) => `'${doubleBits(Number(item.replace('inf', 'Infinity')))}'`).join(',')}]`;
}

function doubleBits(value: number): string {
  return String(new BigUint64Array(new Float64Array([value]).buffer)[0]);
}

function bytesOf(value: Value): Uint8Array {
  return value instanceof Uint8Array ? value : new TextEncoder().encode(String(value));
}

function hexOf(value: Uint8Array): string {
  return Buffer.from(value).toString('hex').toUpperCase();
}
