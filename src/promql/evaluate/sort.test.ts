import { describe, expect, test } from 'vitest';
import { compareNaturally, compareValues } from './sort.ts';

describe('the natural order', () => {
  function check(...ordered: string[]): void {
    test(`is ${ordered.join(', ')}`, () => expect(ordered.toReversed().toSorted(compareNaturally)).toEqual(ordered));
  }
  check('', 'node');
  check('node9', 'node10', 'node100');
  check('v1.9', 'v1.10', 'v2.1');
  check('2', '10', 'a');
  check('a', 'a1', 'b');
  check('x99999999999999999998', 'x99999999999999999999');
});

test('NaN is last in both directions', () => {
  const values = [2, NaN, 1, Infinity, -Infinity];
  expect(values.toSorted((a, b) => compareValues(a, b, 1))).toEqual([-Infinity, 1, 2, Infinity, NaN]);
  expect(values.toSorted((a, b) => compareValues(a, b, -1))).toEqual([Infinity, 2, 1, -Infinity, NaN]);
});
