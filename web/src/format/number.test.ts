import { expect, test } from 'vitest';
import { formatBytes, formatCount, formatNumber, formatRate, formatShare } from './number.ts';

test('a number is short, exact to three digits, and carries into the next unit', () => {
  expect([0, 1, 0.0045, 12.345, 999.4, 999.9, 1200, 1234, 999_999, 5e6, -1500].map(formatNumber)).toEqual([
    '0',
    '1',
    '0.0045',
    '12.3',
    '999',
    '1 k',
    '1.2 k',
    '1.23 k',
    '1 M',
    '5 M',
    '−1.5 k',
  ]);
  expect([NaN, Infinity, -Infinity].map(formatNumber)).toEqual(['NaN', '∞', '−∞']);
});

test('a count is exact', () => {
  expect(formatCount(1234567)).toBe('1,234,567');
  expect(formatCount(7)).toBe('7');
});

test('a rate is per second', () => {
  expect([0, 0.05, 12.34, 1200].map(formatRate)).toEqual(['0/s', '0.05/s', '12.3/s', '1.2 k/s']);
});

test('a share is never rounded to nothing or to all', () => {
  expect([0, 0.00001, 0.0045, 0.123, 0.5, 0.99901, 0.99999, 1].map(formatShare)).toEqual([
    '0 %',
    '<0.01 %',
    '0.45 %',
    '12.3 %',
    '50 %',
    '>99.9 %',
    '>99.9 %',
    '100 %',
  ]);
});

test('bytes are binary', () => {
  expect([0, 640, 1000, 1023.9, 1536, 20 * 1024 ** 2].map(formatBytes)).toEqual([
    '0 B',
    '640 B',
    '1000 B',
    '1 KiB',
    '1.5 KiB',
    '20 MiB',
  ]);
});
