import { expect, test } from 'vitest';
import { decodeRecord, encodeRecord } from './record.js';

const value = Buffer.from('a value');
const record = encodeRecord(258, value);
const at = (bytes: Buffer, position = 0): ReturnType<typeof decodeRecord> => decodeRecord(bytes, { position, offset: 258 });

test('a record is its length, a checksum, its offset and its value', () => {
  expect(record.subarray(0, 4).toString('hex')).toBe('00000007');
  expect(record.subarray(8, 16).toString('hex')).toBe('0000000000000102');
  expect(record.subarray(16)).toEqual(value);
});

test('what was written is read, wherever it is, and says where it ends', () => {
  expect(at(record)).toEqual({ value, end: record.length });
  expect(at(Buffer.concat([Buffer.from('xyz'), record, record]), 3)).toEqual({ value, end: 3 + record.length });
});

test.each([0, 2 ** 32, Number.MAX_SAFE_INTEGER])('a value may be empty, an offset may be %d', (offset) => {
  const empty = encodeRecord(offset, Buffer.alloc(0));
  expect(decodeRecord(empty, { position: 0, offset })).toEqual({ value: Buffer.alloc(0), end: 16 });
});

test('a record that was cut anywhere is none', () => {
  for (let length = 0; length < record.length; length++) expect(at(record.subarray(0, length))).toBeUndefined();
});

test('a record of which any bit is wrong is none', () => {
  for (let bit = 0; bit < record.length * 8; bit++) {
    const wrong = Buffer.concat([record, Buffer.alloc(100)]);
    wrong[bit >> 3]! ^= 1 << (bit & 7);
    expect(at(wrong)).toBeUndefined();
  }
});

test('zeros are no record, nor is one with another offset', () => {
  expect(decodeRecord(Buffer.alloc(64), { position: 0, offset: 0 })).toBeUndefined();
  expect(decodeRecord(record, { position: 0, offset: 259 })).toBeUndefined();
});
