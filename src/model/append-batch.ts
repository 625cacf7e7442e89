/** Moves rows from one batch to another of the same table. */
import { assert } from '../base/assert.ts';
import type { AnyColumn, Batch } from './batch.ts';
import { AttributesColumn, FixedColumn, LongColumn, NumberColumn, StringColumn } from './columns.ts';

/** Appends all rows of `other`, which keeps them. */
export function appendBatch(batch: Batch, other: Batch): void {
  assert(batch.table === other.table, `rows of ${other.table.name} are none of ${batch.table.name}`);
  for (const [name, column] of Object.entries(batch.columns)) appendColumn(column, other.columns[name]);
}

function appendColumn(to: AnyColumn, from: AnyColumn | undefined): void {
  if (to instanceof StringColumn && from instanceof StringColumn) appendStrings(to, from);
  else if (to instanceof NumberColumn && from instanceof NumberColumn) appendNumbers(to, from);
  else if (to instanceof LongColumn && from instanceof LongColumn) appendLongs(to, from);
  else if (to instanceof FixedColumn && from instanceof FixedColumn) appendFixed(to, from);
  else if (to instanceof AttributesColumn && from instanceof AttributesColumn) appendAttributes(to, from);
  else assert(false, 'columns of one name are of one kind');
}

function appendStrings(to: StringColumn, { bytes, offsets, length }: StringColumn): void {
  for (let row = 0; row < length; row++) to.append(bytes, offsets[row] ?? 0, offsets[row + 1] ?? 0);
}

function appendNumbers(to: NumberColumn, { values, length }: NumberColumn): void {
  for (let row = 0; row < length; row++) to.append(values[row] ?? 0);
}

function appendLongs(to: LongColumn, { halves, length }: LongColumn): void {
  for (let at = 0; at < length * 2; at += 2) to.append(halves[at] ?? 0, halves[at + 1] ?? 0);
}

function appendFixed(to: FixedColumn, { bytes, length, width }: FixedColumn): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let row = 0; row < length; row++) to.append(view, row * width);
}

function appendAttributes(to: AttributesColumn, { keys, values, types, length }: AttributesColumn): void {
  for (let row = 0; row < length; row++) {
    writeRow(to.keys, keys, row);
    writeRow(to.values, values, row);
    writeRow(to.types, types, row);
    to.endRow();
  }
}

function writeRow(to: StringColumn, { bytes, offsets }: StringColumn, row: number): void {
  to.write(bytes, offsets[row] ?? 0, offsets[row + 1] ?? 0);
}
