/** The rows of a batch as plain values, to be compared and looked at. */
import { AttributesColumn, FixedColumn, LongColumn, NumberColumn, StringColumn } from '../../src/model/columns.ts';
import { rowCount } from '../../src/model/batch.ts';
import type { AnyColumn, Batch } from '../../src/model/batch.ts';

/** Text as text, numbers as numbers, 64-bit integers as unsigned bigint, ids as hexadecimal digits, attributes as entries. */
export type Row = Record<string, string | number | bigint | readonly (readonly [key: string, value: string, type: string])[]>;

export function rowsOf(batch: Batch): Row[] {
  return Array.from({ length: rowCount(batch) }, (_, row) =>
    Object.fromEntries(Object.entries(batch.columns).map(([name, column]) => [name, cell(column, row)])),
  );
}

function cell(column: AnyColumn, row: number): Row[string] {
  if (column instanceof StringColumn) return bytesOf(column, row).toString();
  if (column instanceof NumberColumn) return column.values[row] ?? NaN;
  if (column instanceof LongColumn) return (BigInt(column.halves[row * 2 + 1] ?? 0) << 32n) | BigInt(column.halves[row * 2] ?? 0);
  if (column instanceof FixedColumn)
    return Buffer.from(column.bytes.subarray(row * column.width, (row + 1) * column.width)).toString('hex');
  return entries(column, row);
}

function entries(column: AttributesColumn, row: number): [string, string, string][] {
  const keys = items(bytesOf(column.keys, row));
  const values = items(bytesOf(column.values, row));
  const types = bytesOf(column.types, row).toString();
  if (keys.length !== values.length || keys.length !== types.length) throw new Error('keys, values and types differ in number');
  return keys.map((key, i) => [key, values[i] ?? '', types[i] ?? '']);
}

/** Items that end with the byte 0xFF each. */
function items(bytes: Buffer): string[] {
  const found: string[] = [];
  let start = 0;
  for (let end = bytes.indexOf(0xff); end !== -1; end = bytes.indexOf(0xff, start)) {
    found.push(bytes.subarray(start, end).toString());
    start = end + 1;
  }
  if (start !== bytes.length) throw new Error('an item has no end');
  return found;
}

function bytesOf(column: StringColumn, row: number): Buffer {
  return Buffer.from(column.bytes.subarray(column.offsets[row], column.offsets[row + 1]));
}
