import { describe, expect, test } from 'vitest';
import { compensate } from './kahan.ts';

function sumOf(values: readonly number[]): number {
  let sum = 0;
  let compensation = 0;
  for (const value of values) {
    const total = sum + value;
    compensation = compensate(sum, value, total, compensation);
    sum = total;
  }
  return sum + compensation;
}

describe('a compensated sum', () => {
  function check(values: readonly number[], expected: number): void {
    test(`of ${values.slice(0, 4).join(' + ')} is ${expected}`, () => expect(sumOf(values)).toBe(expected));
  }
  check([], 0);
  check([1e100, 1, -1e100], 1);
  check([1, 1e100, 1, -1e100], 2);
  check(
    Array.from({ length: 10 }, () => 0.1),
    1,
  );
  check([Infinity, 1], Infinity);
  check([Infinity, -Infinity], NaN);
  check([1, NaN], NaN);
});
