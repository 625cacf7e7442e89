import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyExponential, bucketsOf, custom, exponential, observationsIn } from '../../../test/promql/histograms.ts';
import { keepAbove, keepBelow } from './trim.ts';

const h = exponential({
  count: 14,
  sum: 9,
  zeroThreshold: 0.5,
  zeroCount: 4,
  positive: bucketsOf({ 1: 2, 3: 6 }),
  negative: bucketsOf({ 2: 2 }),
});
const near = (value: number): number => expect.closeTo(value, 10) as number;

test('a value on a bound parts whole buckets, with sums from their middles', () => {
  expect(keepBelow(h, 2)).toMatchObject({
    count: 8,
    sum: near(2 * Math.SQRT2 - 2 * Math.sqrt(8)),
    positive: bucketsOf({ 1: 2 }),
  });
  expect(keepAbove(h, 2)).toMatchObject({
    count: 6,
    sum: near(6 * Math.sqrt(32)),
    zeroCount: 0,
    positive: bucketsOf({ 3: 6 }),
    negative: bucketsOf({}),
  });
  expect(keepAbove(h, -2)).toMatchObject({ count: 12, negative: bucketsOf({}) });
});

test('a value within a bucket keeps a share of it', () => {
  expect(keepBelow(h, Math.SQRT2).positive.counts[0]).toBeCloseTo(1, 12);
  expect(keepAbove(h, 0)).toMatchObject({ count: 10, zeroCount: 2, positive: h.positive, negative: bucketsOf({}) });
  expect(keepBelow(h, -0.25)).toMatchObject({ count: 3, zeroCount: 1 });
  expect(keepBelow(h, -Math.sqrt(8)).negative.counts[0]).toBeCloseTo(1, 12);
});

test('the zero bucket lies where the other buckets are', () => {
  const right = { ...h, negative: bucketsOf({}), count: 12 };
  expect(keepAbove(right, 0)).toMatchObject({ count: 12, sum: near(9) });
  expect(keepAbove(right, 0.25)).toMatchObject({ zeroCount: 2 });
  expect(keepBelow(right, 0)).toMatchObject({ count: 0, sum: near(0) });
});

test('nothing cut, nothing changes', () => {
  expect(keepBelow(h, Infinity)).toBe(h);
  expect(keepAbove(h, -Infinity)).toBe(h);
  expect(keepBelow(h, 8)).toBe(h);
  expect(keepBelow(h, -Infinity)).toMatchObject({ count: 0, sum: near(0), positive: bucketsOf({}) });
  expect(keepAbove(h, Infinity)).toMatchObject({ count: 0, sum: near(0), zeroCount: 0 });
});

test('custom buckets are cut evenly, and those without an end as a whole', () => {
  const c = custom([2, 4], { 0: 2, 1: 4, 2: 8 }, { sum: 100 });
  expect(keepBelow(c, 3)).toMatchObject({ count: 4, sum: near(2 + 2 * 2.5), positive: bucketsOf({ 0: 2, 1: 2 }) });
  expect(keepBelow(c, 1)).toMatchObject({ count: 1, sum: near(0.5) });
  expect(keepAbove(c, 1)).toMatchObject({ count: 13, sum: near(1.5 + 12 + 8 * 4) });
  expect(keepAbove(c, 10)).toMatchObject({ count: 8, sum: near(80) });
  expect(keepBelow(c, 10)).toMatchObject({ count: 6 });
  expect(keepBelow(c, 0)).toMatchObject({ count: 0, sum: near(0) });
  const low = custom([-2], { 0: 3, 1: 1 });
  expect(keepBelow(low, -5)).toMatchObject({ count: 3, sum: near(-15) });
  expect(keepAbove(low, -5)).toMatchObject({ count: 1, sum: near(-2) });
  expect(keepAbove(custom([], { 0: 3 }), 1)).toMatchObject({ count: 0, sum: near(0) });
});

test('what is kept below and above is all there was', () => {
  fc.assert(
    fc.property(anyExponential, fc.double({ min: -50, max: 50, noNaN: true }), (any, value) => {
      const kept = observationsIn(keepBelow(any, value)) + observationsIn(keepAbove(any, value));
      // A zero bucket without width lies above 0.
      expect(kept).toBeCloseTo(observationsIn(any), 6);
    }),
  );
});
