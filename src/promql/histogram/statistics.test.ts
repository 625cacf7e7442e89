import { expect, test } from 'vitest';
import { bucketsOf, custom, exponential } from '../../../test/promql/histograms.ts';
import { average, standardDeviation, variance } from './statistics.ts';

test('observations count at the middle of their bucket', () => {
  expect(
    variance(exponential({ count: 2, sum: 2, positive: bucketsOf({ 1: 1 }), zeroCount: 1, zeroThreshold: 0.1 })),
  ).toBeCloseTo(((Math.SQRT2 - 1) ** 2 + 1) / 2);
  expect(variance(exponential({ count: 1, sum: -3, negative: bucketsOf({ 2: 1 }) }))).toBeCloseTo((Math.sqrt(8) - 3) ** 2);
  expect(variance(custom([2, 4], { 1: 2 }, { sum: 4 }))).toBe(1);
  expect(standardDeviation(custom([2, 4], { 1: 2 }, { sum: 2 }))).toBe(2);
});

test('there is none without observations', () => {
  expect([average(exponential()), variance(exponential()), standardDeviation(exponential())]).toEqual([NaN, NaN, NaN]);
  expect(average(exponential({ count: 4, sum: 10 }))).toBe(2.5);
});
