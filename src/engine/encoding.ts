/**
 * How a batch travels to the engine: its column buffers under plain wire types, and the SELECT that turns them into the
 * table's columns. Both drivers send the same wire columns and the same SELECT; only the framing differs.
 *
 * A wire column is named after the table's column. Attributes travel as three strings: keys and values, each item ended by
 * the byte 0xFF (model/attributes.ts), and types.
 */
import { assert } from '../base/assert.ts';
import { rowCount } from '../model/batch.ts';
import type { AnyColumn, Batch } from '../model/batch.ts';
import { AttributesColumn, FixedColumn, LongColumn, NumberColumn, StringColumn } from '../model/columns.ts';
import { isListKind } from '../model/table.ts';
import type { ColumnSpec, TableSpec } from '../model/table.ts';
import { columnType } from './schema.ts';

export type WireNumber = 'UInt8' | 'UInt16' | 'UInt32' | 'Int32' | 'Float64' | 'Int64' | 'UInt64';

/** Buffers are views into the batch: they are valid until it changes. */
export type WireColumn =
  | { readonly name: string; readonly type: 'String'; readonly offsets: Int32Array; readonly bytes: Uint8Array }
  | { readonly name: string; readonly type: 'FixedString'; readonly width: number; readonly bytes: Uint8Array }
  | { readonly name: string; readonly type: WireNumber; readonly bytes: Uint8Array };

export interface WireBatch {
  readonly rows: number;
  readonly columns: readonly WireColumn[];
}

/** The buffers of a batch, without a copy. */
export function wireBatch(batch: Batch): WireBatch {
  const rows = rowCount(batch);
  const columns = Object.entries(batch.table.columns).flatMap(([name, spec]) => {
    const column: AnyColumn | undefined = batch.columns[name];
    assert(column !== undefined && column.length === rows, `${batch.table.name}.${name} has ${rows} rows`);
    return wireColumns(name, spec, column);
  });
  return { rows, columns };
}

/** The rows of several batches of one table as one; there is at least one. */
export function concatWire(batches: readonly WireBatch[]): WireBatch {
  const [first] = batches;
  assert(first !== undefined, 'batches to put together');
  const columns = first.columns.map((column, place) => {
    const parts = batches.map((batch) => batch.columns[place]).filter((part) => part !== undefined);
    assert(parts.length === batches.length && parts.every(({ name }) => name === column.name), 'batches of one table');
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    return column.type === 'String' ? { ...column, offsets: concatOffsets(parts), bytes } : { ...column, bytes };
  });
  return { rows: batches.reduce((rows, batch) => rows + batch.rows, 0), columns };
}

function concatOffsets(parts: readonly WireColumn[]): Int32Array {
  const offsets: number[] = [0];
  for (const part of parts) {
    const base = offsets.at(-1) ?? 0;
    if (part.type === 'String') for (const offset of part.offsets.subarray(1)) offsets.push(base + offset);
  }
  return Int32Array.from(offsets);
}

/** The engine's name of a wire column's type. */
export function wireType(column: WireColumn): string {
  return column.type === 'FixedString' ? `FixedString(${column.width})` : column.type;
}

/** Column names of the table that an insert fills, quoted, in the order of `selectList`. */
export function insertColumns(table: TableSpec): string {
  return Object.entries(table.columns)
    .flatMap(([name, spec]) => (spec.kind === 'attributes' ? [name, `${name}_types`] : [name]))
    .join(', ');
}

/** Expressions over wire columns that give the table's columns. `read` says how a wire column is named in SQL. */
export function selectList(table: TableSpec, read: (wireName: string) => string): string {
  return Object.entries(table.columns)
    .map(([name, spec]) => expression(name, spec, read))
    .join(', ');
}

function expression(name: string, spec: ColumnSpec, read: (wireName: string) => string): string {
  if (spec.kind === 'attributes') {
    // Keys repeat: splitting each distinct list once is what the LowCardinality is for.
    const keys = `arrayPopBack(splitByChar('\\xff', toLowCardinality(${read(`${name}_keys`)})))`;
    const values = `arrayPopBack(splitByChar('\\xff', ${read(`${name}_values`)}))`;
    return `mapFromArrays(${keys}, ${values}), ${read(`${name}_types`)}`;
  }
  const column = read(name);
  if (spec.kind === 'time') return `fromUnixTimestamp64Nano(${column}, 'UTC')`;
  const type = columnType(spec);
  const asItTravels = !isListKind(spec.kind) && (spec.type === undefined || isText(type));
  return asItTravels ? column : `CAST(${column}, '${type.replaceAll("'", "\\'")}')`;
}

function isText(type: string): boolean {
  return type === 'String' || type === 'LowCardinality(String)';
}

function wireColumns(name: string, spec: ColumnSpec, column: AnyColumn): WireColumn[] {
  if (column instanceof StringColumn) return [strings(name, column)];
  if (column instanceof LongColumn) return [{ name, type: spec.kind === 'u64' ? 'UInt64' : 'Int64', bytes: longBytes(column) }];
  if (column instanceof FixedColumn) {
    return [{ name, type: 'FixedString', width: column.width, bytes: column.bytes.subarray(0, column.byteLength) }];
  }
  if (column instanceof AttributesColumn) {
    const { keys, values, types } = column;
    return [strings(`${name}_keys`, keys), strings(`${name}_values`, values), strings(`${name}_types`, types)];
  }
  return [{ name, type: numberType(column), bytes: bytesOf(column.values, column.byteLength) }];
}

function strings(name: string, column: StringColumn): WireColumn {
  const offsets = column.offsets.subarray(0, column.length + 1);
  return { name, type: 'String', offsets, bytes: column.bytes.subarray(0, offsets[column.length] ?? 0) };
}

function longBytes(column: LongColumn): Uint8Array {
  return bytesOf(column.halves, column.byteLength);
}

function bytesOf(values: ArrayBufferView, byteLength: number): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, byteLength);
}

function numberType(column: NumberColumn): WireNumber {
  const { values } = column;
  if (values instanceof Uint8Array) return 'UInt8';
  if (values instanceof Uint16Array) return 'UInt16';
  if (values instanceof Uint32Array) return 'UInt32';
  if (values instanceof Int32Array) return 'Int32';
  return 'Float64';
}
