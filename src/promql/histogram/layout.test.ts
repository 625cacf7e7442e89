import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyExponential, bucketsOf, exponential, observationsIn } from '../../../test/promql/histograms.ts';
import { lowerBound, upperBound } from './bounds.ts';
import { reduceResolution, widenZeroBucket, zeroThresholdFrom } from './layout.ts';

test('bounds are powers of the base, and the last finite one is the largest double', () => {
  const check = (schema: number, index: number, bound: number): void => {
    expect(upperBound({ schema, bounds: [] }, index)).toBe(bound);
  };
  check(0, 0, 1);
  check(0, 3, 8);
  check(0, -3, 0.125);
  check(-1, 2, 16);
  check(-4, -1, 2 ** -16);
  check(1, 2, 2);
  check(8, 256, 2);
  // One bit below the nearest double, as in Prometheus.
  check(2, 3, 1.6817928305074288);
  check(8, 1, 1.0027112750502025);
  check(2, -3, 0.5946035575013605);
  check(0, 1024, Number.MAX_VALUE);
  check(0, 1025, Infinity);
  check(3, 8192, Number.MAX_VALUE);
  check(-4, 64, Number.MAX_VALUE);
  check(-4, 65, Infinity);
  check(0, -1074, 2 ** -1074);
});

test('custom bounds run from minus to plus infinity', () => {
  const layout = { schema: -53, bounds: [-1, 5] };
  expect([0, 1, 2].map((i) => [lowerBound(layout, i), upperBound(layout, i)])).toEqual([
    [-Infinity, -1],
    [-1, 5],
    [5, Infinity],
  ]);
});

test('a bucket goes into the coarser bucket that holds it', () => {
  const h = exponential({ schema: 2, positive: bucketsOf({ '-4': 1, '-3': 1, 0: 1, 1: 1, 4: 1, 5: 1 }) });
  expect(reduceResolution(h, 0).positive).toEqual(bucketsOf({ '-1': 1, 0: 2, 1: 2, 2: 1 }));
  fc.assert(
    fc.property(fc.integer({ min: -5000, max: 5000 }), fc.integer({ min: -4, max: 8 }), (index, schema) => {
      const fine = { schema: 8, bounds: [] };
      const coarse = { schema, bounds: [] };
      const [into] = reduceResolution(exponential({ schema: 8, positive: bucketsOf({ [index]: 1 }) }), schema).positive.indexes;
      expect(lowerBound(coarse, into!)).toBeLessThanOrEqual(lowerBound(fine, index));
      expect(upperBound(coarse, into!)).toBeGreaterThanOrEqual(upperBound(fine, index));
    }),
  );
});

test('reducing keeps the count, and twice is as good as once', () => {
  fc.assert(
    fc.property(anyExponential, fc.nat(3), fc.nat(3), (h, first, second) => {
      const once = reduceResolution(h, h.schema - first - second);
      expect(observationsIn(once)).toBe(observationsIn(h));
      expect(reduceResolution(reduceResolution(h, h.schema - first), h.schema - first - second)).toEqual(once);
    }),
  );
});

test('a zero bucket grows past the bucket it would cut, unless that is empty', () => {
  const h = exponential({ positive: bucketsOf({ 1: 0, 3: 2 }) });
  expect([1.5, 4, 5, 9].map((threshold) => zeroThresholdFrom(h, threshold))).toEqual([1.5, 4, 8, 9]);
});

test('a wider zero bucket keeps the count and cuts no populated bucket', () => {
  fc.assert(
    fc.property(anyExponential, fc.double({ min: 0, max: 100, noNaN: true }), (h, atLeast) => {
      const threshold = zeroThresholdFrom(h, atLeast);
      const wide = widenZeroBucket(h, threshold);
      expect(threshold).toBeGreaterThanOrEqual(atLeast);
      expect(observationsIn(wide)).toBe(observationsIn(h));
      expect(zeroThresholdFrom(wide, threshold)).toBe(threshold);
    }),
  );
});
