import { assert, array, double, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quantileOf } from './quantile.ts';

describe('a quantile', () => {
  function check(q: number, values: readonly number[], expected: number): void {
    test(`${q} of [${values.join(', ')}] is ${expected}`, () => {
      expect(quantileOf(q, Float64Array.from(values), values.length)).toBe(expected);
    });
  }
  check(0.5, [3, 1, 2], 2);
  check(0.5, [4, 1, 2, 3], 2.5);
  check(0, [4, 1], 1);
  check(1, [4, 1], 4);
  check(0.25, [1, 2, 3], 1.5);
  check(0.5, [], NaN);
  check(NaN, [1], NaN);
  check(-0.1, [1], -Infinity);
  check(1.1, [1], Infinity);
  check(0, [1, NaN, 2], NaN);
  check(1, [1, NaN, 2], 2);
  check(0, [-Infinity, Infinity], NaN);
});

test('any number of values is sorted, NaN first', () => {
  assert(
    property(array(double(), { minLength: 1, maxLength: 120 }), (values) => {
      const sorted = Float64Array.from(values);
      quantileOf(0.5, sorted, values.length);
      const numbers = values.filter((value) => !Number.isNaN(value)).toSorted((a, b) => a - b);
      const nans = values.length - numbers.length;
      expect([...sorted.subarray(0, nans)].every(Number.isNaN)).toBe(true);
      expect([...sorted.subarray(nans)].map((value) => value + 0)).toEqual(numbers.map((value) => value + 0));
    }),
  );
});
