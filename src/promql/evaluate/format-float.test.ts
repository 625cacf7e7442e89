import { describe, expect, test } from 'vitest';
import { formatGeneral, formatOpenMetrics } from './format-float.ts';

describe('%g', () => {
  function check(value: number, expected: string, digits?: number): void {
    test(`${value} with ${digits ?? 'all'} digits as ${expected}`, () => expect(formatGeneral(value, digits)).toBe(expected));
  }
  check(0, '0');
  check(-0, '-0');
  check(1.5, '1.5');
  check(123_456, '123456');
  check(1_234_567, '1.234567e+06');
  check(1e21, '1e+21');
  check(0.0001, '0.0001');
  check(0.000_025, '2.5e-05');
  check(-Infinity, '-Inf');
  check(NaN, 'NaN');
  check(12.345, '12', 2);
  check(123.45, '1.2e+02', 2);
  check(100, '1e+02', 2);
  check(0.000_123, '0.00012', 2);
  check(3, '3', 2);
});

describe('a number of OpenMetrics', () => {
  function check(value: number, expected: string): void {
    test(`${value} as ${expected}`, () => expect(formatOpenMetrics(value)).toBe(expected));
  }
  check(0, '0.0');
  check(1, '1.0');
  check(0.99, '0.99');
  check(1e-7, '1e-07');
  check(Infinity, '+Inf');
});
