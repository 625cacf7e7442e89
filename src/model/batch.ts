/** A batch: the column buffers of one table, on their way to the engine. */
import { assert } from '../base/assert.ts';
import { AttributesColumn, FixedColumn, LongColumn, NumberColumn, StringColumn } from './columns.ts';
import type { ColumnKind, TableSpec } from './table.ts';

interface ColumnOfKind {
  string: StringColumn;
  u8: NumberColumn<Uint8Array>;
  u16: NumberColumn<Uint16Array>;
  u32: NumberColumn<Uint32Array>;
  i32: NumberColumn<Int32Array>;
  i64: LongColumn;
  u64: LongColumn;
  f64: NumberColumn<Float64Array>;
  bytes8: FixedColumn;
  bytes16: FixedColumn;
  time: LongColumn;
  attributes: AttributesColumn;
  /** Arrays travel as text in brackets: `[1,2,3]`; doubles in shortest form, `inf`, `-inf`, `nan`. */
  u64s: StringColumn;
  f64s: StringColumn;
  i32s: StringColumn;
}

export type AnyColumn = ColumnOfKind[ColumnKind];

/** Typed by its table: `batch.columns.start_time` is a LongColumn. */
export interface Batch<T extends TableSpec = TableSpec> {
  readonly table: T;
  readonly columns: { readonly [C in keyof T['columns']]: ColumnOfKind[T['columns'][C]['kind']] };
  /** The same columns as a list: they are gone through with every request. */
  readonly list: readonly AnyColumn[];
}

/** Makes an empty batch. */
export function createBatch<T extends TableSpec>(table: T): Batch<T> {
  const columns: Record<string, AnyColumn> = {};
  for (const [name, spec] of Object.entries(table.columns)) columns[name] = createColumn(spec.kind);
  return { table, columns: columns as Batch<T>['columns'], list: Object.values(columns) };
}

/** The number of whole rows: the length of the shortest column, as a row may be half written. */
export function rowCount(batch: Batch): number {
  let rows = Number.POSITIVE_INFINITY;
  for (const column of batch.list) rows = Math.min(rows, column.length);
  return rows;
}

/** Bytes held by the rows of a batch. */
export function byteCount(batch: Batch): number {
  let bytes = 0;
  for (const column of batch.list) bytes += column.byteLength;
  return bytes;
}

/** Cuts a batch back to its first `rows` rows, half-written ones dropped. */
export function truncateBatch(batch: Batch, rows: number): void {
  for (const column of batch.list) column.truncate(rows);
}

/** Throws when the columns differ in length: a decoder forgot one. */
export function assertWhole(batch: Batch): void {
  const rows = rowCount(batch);
  if (batch.list.every((column) => column.length === rows)) return;
  const lengths = Object.entries(batch.columns).map(([name, column]) => `${name} ${column.length}`);
  assert(false, `the columns of ${batch.table.name} differ in length: ${lengths.join(', ')}`);
}

function createColumn(kind: ColumnKind): AnyColumn {
  switch (kind) {
    case 'string':
    case 'u64s':
    case 'f64s':
    case 'i32s':
      return new StringColumn();
    case 'u8':
      return new NumberColumn(Uint8Array);
    case 'u16':
      return new NumberColumn(Uint16Array);
    case 'u32':
      return new NumberColumn(Uint32Array);
    case 'i32':
      return new NumberColumn(Int32Array);
    case 'f64':
      return new NumberColumn(Float64Array);
    case 'i64':
    case 'u64':
    case 'time':
      return new LongColumn();
    case 'bytes8':
      return new FixedColumn(8);
    case 'bytes16':
      return new FixedColumn(16);
    case 'attributes':
      return new AttributesColumn();
  }
}
