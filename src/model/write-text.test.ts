import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { StringColumn } from './columns.ts';
import { writeAscii, writeBase64, writeDouble, writeInt64, writeJsonString, writeListNumber, writeUint64 } from './write-text.ts';

function written(write: (column: StringColumn) => void): string {
  const column = new StringColumn(1);
  column.writeText('before ');
  write(column);
  return Buffer.from(column.bytes.subarray(7, column.end)).toString();
}

const edges = fc.constantFrom(
  0n,
  1n,
  9n,
  10n,
  99n,
  2n ** 31n - 1n,
  2n ** 31n,
  2n ** 32n,
  2n ** 53n - 1n,
  2n ** 53n,
  2n ** 53n + 1n,
  10n ** 15n,
  10n ** 15n - 1n,
);
const magnitudes = fc.oneof(edges, fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }), fc.bigInt({ min: 0n, max: 10n ** 10n }));

test('integers are decimal, signed or not', () => {
  fc.assert(
    fc.property(magnitudes, fc.boolean(), (magnitude, isNegative) => {
      const value = isNegative ? -magnitude : magnitude;
      const bits = BigInt.asUintN(64, value);
      const low = Number(bits & 0xffff_ffffn);
      const high = Number(bits >> 32n);
      expect(written((column) => writeInt64(column, low, high))).toBe(String(value));
      // Halves come signed from some readers.
      expect(written((column) => writeInt64(column, low | 0, high | 0))).toBe(String(value));
      expect(written((column) => writeUint64(column, low | 0, high | 0))).toBe(String(bits));
    }),
    { numRuns: 1000 },
  );
  expect(written((column) => writeInt64(column, 0, 0x8000_0000))).toBe('-9223372036854775808');
  expect(written((column) => writeUint64(column, -1, -1))).toBe('18446744073709551615');
});

test('doubles parse back to themselves, in as few digits as can be', () => {
  fc.assert(
    fc.property(fc.double(), (value) => {
      const text = written((column) => writeDouble(column, value));
      expect(Number(text)).toBe(value);
      expect(text.replace(/^-0$/, '0')).toBe(String(value));
    }),
    { numRuns: 1000 },
  );
  expect(
    [-0, 0, 1e21, -1e-7, Number.NaN, -Infinity, 123_456].map((value) => written((column) => writeDouble(column, value))),
  ).toEqual(['-0', '0', '1e+21', '-1e-7', 'NaN', '-Infinity', '123456']);
});

test('bytes are base64 as Node writes it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => {
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      expect(written((column) => writeBase64(column, view, 0, bytes.length))).toBe(Buffer.from(bytes).toString('base64'));
    }),
  );
});

test('JSON strings are as JSON.stringify writes them', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 20 }),
    fc.string({ unit: fc.constantFrom('"', '\\', '\n', '\0', '\u001f', '\u007f', 'a', 'é', '\u2028') }),
  );
  fc.assert(
    fc.property(text, (value) => {
      const bytes = Buffer.from(value);
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
      expect(written((column) => writeJsonString(column, view, 0, bytes.length))).toBe(JSON.stringify(value));
    }),
    { numRuns: 200 },
  );
  expect(written((column) => writeAscii(column, '{"a":1}'))).toBe('{"a":1}');
});

test('numbers in lists have the words that the engine reads', () => {
  const check = (value: number, expected: string): void =>
    expect(written((column) => writeListNumber(column, value))).toBe(expected);
  check(1.5, '1.5');
  check(-0, '-0');
  check(Number.NaN, 'nan');
  check(Infinity, 'inf');
  check(-Infinity, '-inf');
});
