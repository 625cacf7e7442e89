import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { AttributesColumn, FixedColumn, LongColumn, NumberColumn, StringColumn } from './columns.ts';

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

function textsOf({ bytes, offsets, length }: StringColumn): string[] {
  return Array.from({ length }, (_, row) => Buffer.from(bytes.subarray(offsets[row], offsets[row + 1])).toString());
}

describe('strings', () => {
  test('of any length, from anywhere in a buffer, are kept', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(3), fc.string({ unit: 'binary', maxLength: 60 })), { maxLength: 8 }), (rows) => {
        const column = new StringColumn(1);
        for (const [before, text] of rows) {
          const bytes = Buffer.from(`${'#'.repeat(before)}${text}###`);
          column.appendUtf8(view(bytes), before, bytes.length - 3);
        }
        expect(textsOf(column)).toEqual(rows.map(([, text]) => text));
      }),
    );
  });

  test('that are not valid UTF-8 are as a TextDecoder reads them', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 40 })), (rows) => {
        const column = new StringColumn(1);
        for (const bytes of rows) column.appendUtf8(view(bytes), 0, bytes.length);
        expect(textsOf(column)).toEqual(rows.map((bytes) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)));
        expect(column.bytes.subarray(0, column.end)).not.toContain(0xff);
      }),
    );
  });

  test('can be repeated, before and after others', () => {
    const column = new StringColumn(1);
    const bytes = Buffer.from('#ab');
    column.repeat(view(bytes), 1, 3, 2000);
    column.appendText('c');
    column.repeat(view(bytes), 1, 1, 2);
    column.repeat(view(bytes), 0, 3, 0);
    expect(textsOf(column)).toEqual([...Array.from({ length: 2000 }, () => 'ab'), 'c', '', '']);
    column.truncate(1);
    column.repeat(view(bytes), 0, 1, 1);
    expect(textsOf(column)).toEqual(['ab', '#']);
  });

  test('can be made of parts, and cut back', () => {
    const column = new StringColumn(1);
    column.appendText('é'.repeat(1000));
    column.write(Buffer.from('abcdef'), 2, 4);
    column.writeByte(0x2d);
    column.bytes.set([0x78, 0x79], column.claim(2));
    column.endRow();
    column.writeText('begun');
    expect(textsOf(column)).toEqual(['é'.repeat(1000), 'cd-xy']);
    column.truncate(2);
    column.appendText('next');
    expect(textsOf(column)).toEqual(['é'.repeat(1000), 'cd-xy', 'next']);
    column.truncate(1);
    expect(textsOf(column)).toEqual(['é'.repeat(1000)]);
    expect(column.byteLength).toBe(2004);
  });

  test('of more than 2 GiB together are refused', () => {
    const column = new StringColumn();
    expect(() => column.claim(2 ** 31)).toThrow(expect.objectContaining({ code: 'too_large' }));
    column.appendText('still there');
    expect(textsOf(column)).toEqual(['still there']);
  });
});

test.each([
  { make: Uint8Array, values: [0, 255, 256, -1] },
  { make: Uint16Array, values: [0, 65_535, 65_536, -1] },
  { make: Uint32Array, values: [0, 2 ** 32 - 1, 2 ** 31, -1] },
  { make: Int32Array, values: [0, -(2 ** 31), 2 ** 31 - 1, 2 ** 31, -1] },
  { make: Float64Array, values: [0.1, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324] },
] as const)('numbers of $make.name are stored as the array itself would', ({ make, values }) => {
  const column = new NumberColumn<Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(make);
  const many = Array.from({ length: 5000 }, (_, i) => values[i % values.length]!);
  for (const value of many) column.append(value);
  expect(Array.from(column.values.subarray(0, column.length))).toEqual(Array.from(make.from(many)));
  expect(column.byteLength).toBe(5000 * make.BYTES_PER_ELEMENT);
  column.truncate(2);
  column.append(values[1]);
  expect(Array.from(column.values.subarray(0, column.length))).toEqual(Array.from(make.from([values[0], values[1], values[1]])));
});

test('64-bit integers are kept by halves, signed or not', () => {
  const column = new LongColumn();
  for (let i = 0; i < 3000; i++) column.append(-i, i);
  column.appendBig(-1n);
  column.appendBig(2n ** 63n + 5n);
  const longs = new BigUint64Array(column.halves.buffer, 0, column.length);
  expect(longs[2999]).toBe((2999n << 32n) | (2n ** 32n - 2999n));
  expect([...longs.subarray(3000)]).toEqual([2n ** 64n - 1n, 2n ** 63n + 5n]);
});

test('ids are kept, absent ones as zeros', () => {
  const column = new FixedColumn(8);
  const source = Uint8Array.from({ length: 20 }, (_, i) => i + 1);
  for (let i = 0; i < 2000; i++) column.append(view(source), i % 12);
  column.append(view(source), 5);
  column.append(view(source), -2);
  column.append(view(source), -1);
  const rowOf = (row: number): number[] => Array.from(column.bytes.subarray(row * 8, row * 8 + 8));
  expect(rowOf(1999)).toEqual(Array.from(source.subarray(7, 15)));
  expect(rowOf(2000)).toEqual([6, 7, 8, 9, 10, 11, 12, 13]);
  expect([...rowOf(2001), ...rowOf(2002)]).toEqual(Array.from({ length: 16 }, () => 0));
  column.truncate(1);
  column.append(view(source), -1);
  expect(rowOf(1)).toEqual([0, 0, 0, 0, 0, 0, 0, 0]);
});

test('entries of attributes end with 0xFF, whatever is in them', () => {
  const column = new AttributesColumn();
  const source = Uint8Array.of(0x6b, 0xff, 0x76);
  column.writeTextEntry(view(source), 0, 1, 1, 3);
  column.keys.writeText('n');
  column.values.writeText('1');
  column.endEntry('i');
  column.endRow();
  column.writeTextEntry(view(source), 0, 1, 1, 3);
  column.truncate(1);
  column.endRow();
  const bytesOf = ({ bytes, offsets }: StringColumn): number[] => Array.from(bytes.subarray(0, offsets[2]));
  expect(bytesOf(column.keys)).toEqual([0x6b, 0xff, 0x6e, 0xff]);
  expect(bytesOf(column.values)).toEqual([0xef, 0xbf, 0xbd, 0x76, 0xff, 0x31, 0xff]);
  expect(textsOf(column.types)).toEqual(['si', '']);
});

test('entries of attributes are given back as text', () => {
  const column = new AttributesColumn();
  column.endRow();
  for (const [key, value] of [
    ['name', 'größe'],
    ['', ''],
  ] as const) {
    column.keys.writeText(key);
    column.values.writeText(value);
    column.endEntry('s');
  }
  column.endRow();
  expect([column.entries(0), column.entries(1)]).toEqual([
    [],
    [
      ['name', 'größe', 's'],
      ['', '', 's'],
    ],
  ]);
});

test('the last of 64-bit numbers can be made one number', () => {
  const column = new LongColumn();
  for (let i = 0; i < 4; i++) column.append(i, 7);
  column.fill(5, 6, 2);
  expect(Array.from(column.halves.subarray(0, 10))).toEqual([0, 7, 1, 7, 5, 6, 5, 6, 0, 0]);
});

test('numbers can be repeated, before and after others', () => {
  const check = (make: new (length: number) => Uint8Array | Uint32Array | Int32Array | Float64Array, value: number): void => {
    const column = new NumberColumn(make);
    column.append(1);
    column.repeat(value, 5000);
    column.append(2);
    column.repeat(value, 0);
    expect([...column.values.subarray(0, column.length)]).toEqual([1, ...Array.from({ length: 5000 }, () => value), 2]);
  };
  check(Uint8Array, 255);
  check(Uint32Array, 2 ** 32 - 1);
  check(Int32Array, -1);
  check(Float64Array, 0.5);
  const long = new LongColumn();
  long.append(1, 2);
  long.repeat(-1, 7, 5000);
  long.append(3, 4);
  expect(long.length).toBe(5002);
  expect([...long.halves.subarray(0, 4)]).toEqual([1, 2, 2 ** 32 - 1, 7]);
  expect([...long.halves.subarray(5000 * 2, 5002 * 2)]).toEqual([2 ** 32 - 1, 7, 3, 4]);
});
