import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NumberScanner } from './json-number.ts';

const textEncoder = new TextEncoder();

function scan(text: string): { good: boolean; end: number; scanner: NumberScanner } {
  const scanner = new NumberScanner();
  const bytes = textEncoder.encode(text);
  const good = scanner.scan(bytes, 0, bytes.length);
  return { good, end: scanner.end, scanner };
}

function unsigned(text: string): bigint | undefined {
  const { scanner } = scan(text);
  return scanner.toUnsigned64() ? (BigInt(scanner.high) << 32n) | BigInt(scanner.low) : undefined;
}

function signed(text: string): bigint | undefined {
  const { scanner } = scan(text);
  return scanner.toSigned64() ? BigInt.asIntN(64, (BigInt(scanner.high) << 32n) | BigInt(scanner.low)) : undefined;
}

describe('the grammar', () => {
  it('takes exactly what JSON takes, and ends where the number ends', () => {
    const letters = fc.constantFrom('0', '1', '9', '-', '+', '.', 'e', 'E', ',');
    fc.assert(
      fc.property(fc.string({ unit: letters, maxLength: 9 }), (text) => {
        const { good, end } = scan(text);
        const longest = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/.exec(text)?.[0] ?? '';
        // After a number there may be more; but a digit after 0, a lone point or a lone e are faults of the number.
        const faulty = /^-?(?:0\d|(?:0|[1-9]\d*)(?:\.(?!\d)|(?:\.\d+)?[eE](?![+-]?\d)))/.test(text);
        expect({ good, end: good ? end : -1 }).toEqual(
          longest !== '' && !faulty ? { good: true, end: longest.length } : { good: false, end: -1 },
        );
      }),
      { numRuns: 3000 },
    );
  });
});

describe('64-bit integers', () => {
  it('are exact over the whole range', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), (value) => {
        expect(unsigned(String(value))).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (value) => {
        expect(signed(String(value))).toBe(value);
      }),
    );
  });

  it.each(['0', '9', '999999999999999', '1000000000000000', '9007199254740993', '1544712660300000001', '18446744073709551615'])(
    'reads %s',
    (text) => {
      expect(unsigned(text)).toBe(BigInt(text));
    },
  );

  it.each([
    ['1e3', 1000n],
    ['1.5e1', 15n],
    ['2.50E+2', 250n],
    ['100e-2', 1n],
    ['1.0', 1n],
    ['0.0', 0n],
    ['-0', 0n],
    ['0e999999999999', 0n],
    ['0.000e-7', 0n],
    ['1.844674407370955161500000000000000000e19', 2n ** 64n - 1n],
    ['1000000000000000000000000e-24', 1n],
  ])('reads %s as an integer', (text, value) => {
    expect(unsigned(text)).toBe(value);
  });

  it.each([
    '18446744073709551616',
    '18446744073709551615.5',
    '1e20',
    '99999999999999999999',
    '-1',
    '1.5',
    '1e-1',
    '1e999999999999',
    '123456789e-9',
  ])('refuses %s', (text) => {
    expect(unsigned(text)).toBeUndefined();
  });

  it.each(['9223372036854775808', '-9223372036854775809', '-1e19'])('refuses %s as signed', (text) => {
    expect(signed(text)).toBeUndefined();
  });

  it('are as long as anyone needs, but no longer', () => {
    expect(unsigned(`1.${'0'.repeat(998)}`)).toBe(1n);
    for (const text of [`1.${'0'.repeat(999)}`, '1'.repeat(1001), `0.${'3'.repeat(1_000_000)}`, `1e${'0'.repeat(1000)}`]) {
      expect(scan(text).good).toBe(false);
    }
  });
});

describe('doubles', () => {
  it('are the nearest, however they are written', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 0, max: 16 }), (value, digits) => {
        for (const text of [String(value), value.toExponential(), value.toPrecision(digits + 1)]) {
          const nearest = Number(text);
          expect(scan(text).scanner.toDouble()).toBe(Number.isFinite(nearest) ? nearest : undefined);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    '-0',
    '0.1',
    '0.30000000000000004',
    '1e22',
    '1e23',
    '5e-324',
    '1.7976931348623157e308',
    '1e-400',
    '123456789012345e22',
    '0.000001e-17',
  ])('reads %s', (text) => {
    expect(scan(text).scanner.toDouble()).toBe(Number(text));
  });

  it('refuses what is over their range', () => {
    expect(scan('1e309').scanner.toDouble()).toBeUndefined();
    expect(scan('-1e999999999999').scanner.toDouble()).toBeUndefined();
  });
});
