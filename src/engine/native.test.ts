import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatch } from '../model/batch.ts';
import { defineTable } from '../model/table.ts';
import { wireBatch } from './encoding.ts';
import { readNative, writeNative } from './native.ts';

const table = defineTable({
  name: 'any',
  doc: 'Any.',
  keeps: 'rows',
  orderBy: ['text'],
  time: 'at',
  retention: 'week',
  columns: {
    text: { kind: 'string', doc: '' },
    small: { kind: 'u8', doc: '' },
    middle: { kind: 'i32', doc: '' },
    long: { kind: 'u64', doc: '' },
    at: { kind: 'time', doc: '' },
    real: { kind: 'f64', doc: '' },
    id: { kind: 'bytes8', doc: '' },
  },
});

test('what is written is read as it was', () => {
  const row = fc.record({
    text: fc.string({ unit: 'grapheme', maxLength: 300 }),
    small: fc.nat({ max: 255 }),
    middle: fc.integer(),
    long: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    at: fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
    real: fc.double(),
    id: fc.uint8Array({ minLength: 8, maxLength: 8 }),
  });
  fc.assert(
    fc.property(fc.array(row, { minLength: 1, maxLength: 50 }), (rows) => {
      const batch = createBatch(table);
      for (const { text, small, middle, long, at, real, id } of rows) {
        batch.columns.text.appendText(text);
        batch.columns.small.append(small);
        batch.columns.middle.append(middle);
        batch.columns.long.appendBig(long);
        batch.columns.at.appendBig(at);
        batch.columns.real.append(real);
        batch.columns.id.append(new DataView(id.buffer, id.byteOffset), 0);
      }
      const block = Buffer.concat([...writeNative(wireBatch(batch))]);
      const twice = readNative(Buffer.concat([block, block]));
      expect(twice.rows).toBe(rows.length * 2);
      const all = [...rows, ...rows];
      expect(twice.columns).toEqual({
        text: all.map(({ text }) => text),
        small: Uint8Array.from(all, ({ small }) => small),
        middle: Int32Array.from(all, ({ middle }) => middle),
        long: BigUint64Array.from(all, ({ long }) => long),
        at: BigInt64Array.from(all, ({ at }) => at),
        real: Float64Array.from(all, ({ real }) => real),
        id: all.map(({ id }) => Buffer.from(id).toString('hex')),
      });
    }),
  );
});

test('an answer that is cut off, and a type that is not known, are told apart from data', () => {
  const batch = createBatch(table);
  for (const column of Object.values(batch.columns)) {
    if ('appendText' in column) column.appendText('text');
    else if ('appendBig' in column) column.appendBig(1n);
    else if ('width' in column) column.append(new DataView(new ArrayBuffer(8)), 0);
    else column.append(1);
  }
  const block = Buffer.concat([...writeNative(wireBatch(batch))]);
  expect(() => readNative(block.subarray(0, -1))).toThrow('whole');
  const unknown = Buffer.from('\x01\x01\x01a\x0aPoint(Odd)x', 'latin1');
  expect(() => readNative(unknown)).toThrow('Point(Odd)');
});
