import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatBound, formatNumber, parseNumber } from './number.ts';

function parse(text: string): number | undefined {
  const bytes = new TextEncoder().encode(`x${text}y`);
  return parseNumber(bytes, 1, bytes.length - 1);
}

describe('a number', () => {
  const check = (text: string, expected: number | undefined): void =>
    test(`${JSON.stringify(text)} is ${expected}`, () => expect(parse(text)).toBe(expected));

  check('0', 0);
  check('-0', -0);
  check('+1', 1);
  check('007', 7);
  check('1.', 1);
  check('.5', 0.5);
  check('-.5e1', -5);
  check('1e3', 1000);
  check('1E+3', 1000);
  check('2.478268416e+09', 2478268416);
  check('0.1', 0.1);
  check('0.30000000000000004', 0.30000000000000004);
  check('123456789012345', 123456789012345);
  check('9007199254740993', 9007199254740992);
  check('9223372036854775808', 2 ** 63);
  check('0000000000000000000000000000000000000000001.2e-1', 0.12);
  check('1.7976931348623157e308', Number.MAX_VALUE);
  check('5e-324', Number.MIN_VALUE);
  check('1e-400', 0);
  check('Inf', Number.POSITIVE_INFINITY);
  check('+inf', Number.POSITIVE_INFINITY);
  check('-INFINITY', Number.NEGATIVE_INFINITY);
  check('nan', Number.NaN);
  check('NaN', Number.NaN);
  check('', undefined);
  check('.', undefined);
  check('-', undefined);
  check('e1', undefined);
  check('1e', undefined);
  check('1e+', undefined);
  check('1e1.5', undefined);
  check('1.1.1', undefined);
  check('+NaN', undefined);
  check('--1', undefined);
  check('1_000', undefined);
  check('0x1p-3', undefined);
  check('0x10', undefined);
  check('0b1', undefined);
  check('1e400', undefined);
  check(' 1', undefined);
  check('infinit', undefined);
  check('infinityy', undefined);

  test('comes back as the same double', () => {
    fc.assert(
      fc.property(fc.double(), (value) => {
        expect(parse(formatNumber(value))).toBe(value);
      }),
    );
  });

  test('is rounded as JavaScript rounds it, however it is written', () => {
    const digits = fc.stringMatching(/^\d{1,25}$/);
    fc.assert(
      fc.property(digits, digits, fc.integer({ min: -330, max: 300 }), (whole, fraction, exponent) => {
        const text = `${whole}.${fraction}e${exponent}`;
        const value = Number(text);
        expect(parse(text)).toBe(Number.isFinite(value) ? value : undefined);
      }),
    );
  });
});

describe('a bound', () => {
  const check = (value: number, expected: string): void =>
    test(`${value} is written ${expected}`, () => expect(formatBound(value)).toBe(expected));

  check(0, '0.0');
  check(-0, '0.0');
  check(1, '1.0');
  check(-1, '-1.0');
  check(0.25, '0.25');
  check(0.0001, '0.0001');
  check(0.00001, '1e-05');
  check(1e-10, '1e-10');
  check(99999, '99999.0');
  check(100000, '100000.0');
  check(1e6, '1e+06');
  check(1234567, '1.234567e+06');
  check(1e23, '1e+23');
  check(1.5e300, '1.5e+300');
  check(Number.POSITIVE_INFINITY, '+Inf');
  check(Number.NEGATIVE_INFINITY, '-Inf');
  check(Number.NaN, 'NaN');
});
