import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { formatNumber, parseNumber } from './numbers.ts';

function check(text: string, value: number): void {
  test(`${text} is ${value}`, () => expect(parseNumber(text)).toBe(value));
}

check('42', 42);
check('.25', 0.25);
check('5.', 5);
check('1e3', 1000);
check('2.5E-2', 0.025);
check('1_000_000', 1e6);
check('1_0.5_0', 10.5);
check('0x1F', 31);
check('0X_ff', 255);
check('017', 15);
check('018', 18);
check('0', 0);
check('00', 0);
check('inf', Infinity);
check('INF', Infinity);
check('nAn', NaN);

test('a number that no double can hold is refused', () => {
  expect(() => parseNumber('1e400')).toThrow('"1e400" is out of range');
});

test('numbers are printed without an exponent and read back as the same', () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true, noDefaultInfinity: true, min: 0 }), (value) => {
      const text = formatNumber(value);
      expect(text).toMatch(/^(?:0|[1-9]\d*)(?:\.\d*[1-9])?$/);
      expect(parseNumber(text)).toBe(value);
    }),
  );
});

test('signs, infinities and what is not a number have texts of their own', () => {
  expect([-0, -2.5, 1e21, 1.5e-7, Infinity, -Infinity, NaN].map(formatNumber)).toEqual([
    '-0',
    '-2.5',
    '1000000000000000000000',
    '0.00000015',
    '+Inf',
    '-Inf',
    'NaN',
  ]);
});
