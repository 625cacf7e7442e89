import { expect, test } from 'vitest';
import { rowsOf } from '../../test/otlp/rows.ts';
import { appendBatch } from './append-batch.ts';
import { createBatch } from './batch.ts';
import type { Batch } from './batch.ts';
import { AttributesColumn, FixedColumn, LongColumn, NumberColumn, StringColumn } from './columns.ts';
import { isListKind } from './table.ts';
import { tables } from './signals.ts';

/** Appends rows whose every value depends on the number of the row. */
function fill(batch: Batch, from: number, to: number): Batch {
  for (let row = from; row < to; row++) {
    for (const [name, { kind }] of Object.entries(batch.table.columns)) {
      const column = batch.columns[name]!;
      if (column instanceof StringColumn) column.appendText(isListKind(kind) ? `[${row}]` : `é${row}`.repeat(row % 40));
      else if (column instanceof NumberColumn) column.append(row % 200);
      else if (column instanceof LongColumn) column.append(row, 7);
      else if (column instanceof FixedColumn) column.append(new DataView(new BigUint64Array(2).fill(BigInt(row)).buffer), 0);
      else if (column instanceof AttributesColumn) {
        column.keys.writeText('key');
        column.values.writeText(`value ${row}`);
        column.endEntry('s');
        column.endRow();
      }
    }
  }
  return batch;
}

test.each(tables.map((table) => [table.name, table] as const))('rows of %s are the same in another batch', (_, table) => {
  const batch = fill(createBatch(table), 0, 3);
  const other = fill(createBatch(table), 3, 1500);
  appendBatch(batch, other);
  fill(batch, 1500, 1503);
  expect(rowsOf(batch)).toEqual(rowsOf(fill(createBatch(table), 0, 1503)));
  expect(rowsOf(other)).toHaveLength(1497);
});

test('rows of another table are refused', () => {
  const [first, second] = tables.map((table) => createBatch(table));
  expect(() => appendBatch(first!, second!)).toThrow(/are none of/);
});
