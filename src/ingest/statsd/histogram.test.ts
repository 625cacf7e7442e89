import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lowerBound, upperBound } from '../../promql/histogram/bounds.ts';
import { emptyHistogram, observe, zeroThreshold } from './histogram.ts';
import type { NativeHistogram } from './histogram.ts';

function of(...values: number[]): NativeHistogram {
  const histogram = emptyHistogram();
  for (const value of values) expect(observe(histogram, value, 1)).toBe(true);
  return histogram;
}

const sizes = (histogram: NativeHistogram): number => histogram.positive.size + histogram.negative.size;
const finite = fc.double({ min: -1e300, max: 1e300, noNaN: true });

describe('the bucket of a value', () => {
  const check = (value: number, index: number): void => expect([...of(value).positive]).toEqual([[index, 1]]);

  test('ends with one', () => check(1, 0));
  test('begins above one', () => check(1 + 2 ** -52, 1));
  test('ends with two', () => check(2, 8));
  test('ends with a bound that is no power of two', () => check(upperBound({ schema: 3, bounds: [] }, 3), 3));
  test('is below zero for what is less than one', () => check(0.25, -16));
  test('holds the largest double', () => check(Number.MAX_VALUE, 8192));
  test('holds the smallest that is not zero', () => check(zeroThreshold * (1 + 2 ** -52), -1023));

  test('is the one whose bounds hold it, as readers have them', () => {
    fc.assert(
      fc.property(finite, (value) => {
        const histogram = of(value);
        const layout = { schema: histogram.schema, bounds: [] };
        const size = Math.abs(value);
        const [index = Number.NaN] = (value < 0 ? histogram.negative : histogram.positive).keys();
        const isHeld = lowerBound(layout, index) < size && size <= upperBound(layout, index);
        expect(size <= zeroThreshold ? histogram.zeroCount === 1 : isHeld).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a histogram', () => {
  test('has the sum and count of what was observed', () => {
    expect(of(1, 2, -3, 0)).toMatchObject({ count: 4, sum: 0, zeroCount: 1, isFractional: false });
  });
  test('counts by weight', () => {
    const histogram = emptyHistogram();
    observe(histogram, 2, 2.5);
    expect(histogram).toMatchObject({ count: 2.5, sum: 5, isFractional: true });
    expect([...histogram.positive]).toEqual([[8, 2.5]]);
  });
  test('takes nothing that makes its sum infinite', () => {
    const histogram = of(Number.MAX_VALUE);
    const before = structuredClone(histogram);
    expect(observe(histogram, Number.MAX_VALUE, 1)).toBe(false);
    expect(histogram).toEqual(before);
  });
  test('takes nothing that makes its count infinite', () => expect(observe(emptyHistogram(), 0, Infinity)).toBe(false));

  test('gets coarser, not larger, and loses nothing', () => {
    const exponents = Array.from({ length: 1152 }, (_, i) => i - 127);
    const histogram = emptyHistogram();
    for (const exponent of exponents) {
      observe(histogram, 2 ** Math.min(exponent, 1000), 1);
      observe(histogram, -(2 ** Math.min(exponent, 1000)), 1);
    }
    expect(histogram.schema).toBe(-4);
    expect(sizes(histogram)).toBeLessThanOrEqual(160);
    const counts = [...histogram.positive.values(), ...histogram.negative.values()];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(histogram.count);
  });

  test('has the same buckets whenever it got coarser', () => {
    const values = fc.array(fc.double({ min: 1e-3, max: 1e15, noNaN: true }), { minLength: 150, maxLength: 300 });
    fc.assert(
      fc.property(values, (values) => {
        const histogram = of(...values);
        const reversed = of(...values.toReversed());
        expect(new Map(reversed.positive)).toEqual(histogram.positive);
        for (const index of histogram.positive.keys()) {
          const layout = { schema: histogram.schema, bounds: [] };
          const inside = values.filter((value) => value > lowerBound(layout, index) && value <= upperBound(layout, index));
          expect(histogram.positive.get(index)).toBe(inside.length);
        }
      }),
      { numRuns: 20 },
    );
  });
});
