import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketFraction, bucketQuantile } from './classic.ts';
import type { ClassicBuckets } from './classic.ts';

const buckets = (...pairs: readonly (readonly [number, number])[]): ClassicBuckets => ({
  upperBounds: pairs.map(([bound]) => bound),
  counts: pairs.map(([, count]) => count),
});
const quantile = (q: number, of: ClassicBuckets): number => bucketQuantile(q, of).value;
const plain = buckets([1, 2], [2, 6], [Infinity, 8]);

describe('a quantile of classic buckets', () => {
  test('lies evenly within its bucket', () => {
    expect(quantile(0.125, plain)).toBe(0.5);
    expect(quantile(0.5, plain)).toBe(1.5);
    expect(quantile(0.75, plain)).toBe(2);
    expect(quantile(0.5, buckets([Infinity, 8], [2, 6], [1, 2]))).toBe(1.5);
  });
  test('is the last finite bound above it, and a first bound that is not positive', () => {
    expect(quantile(0.99, plain)).toBe(2);
    expect(quantile(0.1, buckets([-1, 2], [2, 6], [Infinity, 8]))).toBe(-1);
  });
  test('is infinite outside 0 to 1', () => {
    expect(quantile(-1, plain)).toBe(-Infinity);
    expect(quantile(2, plain)).toBe(Infinity);
  });
  test('is NaN without an infinite bucket, with that one alone, without observations', () => {
    expect(quantile(NaN, plain)).toBe(NaN);
    expect(quantile(0.5, buckets([1, 2], [2, 6]))).toBe(NaN);
    expect(quantile(0.5, buckets([Infinity, 6]))).toBe(NaN);
    expect(quantile(0.5, buckets([1, 0], [Infinity, 0]))).toBe(NaN);
  });
  test('adds up a bound that comes twice', () => expect(quantile(0.5, buckets([1, 1], [2, 6], [1, 1], [Infinity, 8]))).toBe(1.5));
  test('lifts counts that fall, and says so', () => {
    expect(bucketQuantile(0.5, buckets([1, 4], [2, 3], [4, 8], [8, 6], [Infinity, 8]))).toEqual({
      value: 1,
      forced: { lowestBound: 2, highestBound: 8, differenceMax: 2 },
    });
    expect(bucketQuantile(0.5, plain).forced).toBeUndefined();
    expect(bucketQuantile(0.5, buckets([1, 4], [2, 4 - 4e-13], [Infinity, 8])).forced).toBeUndefined();
  });
  test('does not fall as q rises, whatever the counts', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.array(fc.nat(100), { minLength: 2, maxLength: 8 }), share, share, (counts, a, b) => {
        const of = { upperBounds: [...counts.keys()].map((i) => (i === counts.length - 1 ? Infinity : i - 2)), counts };
        const low = bucketQuantile(Math.min(a, b), of).value;
        const high = bucketQuantile(Math.max(a, b), of).value;
        expect(Number.isNaN(low) || high - low >= -1e-9).toBe(true);
      }),
    );
  });
});

describe('a fraction of classic buckets', () => {
  test('counts whole buckets and shares of them', () => {
    expect(bucketFraction(-Infinity, Infinity, plain)).toBe(1);
    expect(bucketFraction(0, 1, plain)).toBe(0.25);
    expect(bucketFraction(1, 1.5, plain)).toBe(0.25);
    expect(bucketFraction(0.5, 2, plain)).toBe(0.625);
    expect(bucketFraction(3, Infinity, plain)).toBe(0.25);
    expect(bucketFraction(-Infinity, -2, buckets([-1, 4], [Infinity, 8]))).toBe(0.5);
    expect(bucketFraction(-1, Infinity, buckets([-1, 4], [Infinity, 8]))).toBe(0.5);
  });
  test('is 0 for an empty interval and NaN for nothing', () => {
    expect(bucketFraction(2, 1, plain)).toBe(0);
    expect(bucketFraction(NaN, 1, plain)).toBe(NaN);
    expect(bucketFraction(0, 1, buckets([1, 2]))).toBe(NaN);
    expect(bucketFraction(0, 1, buckets([1, 0], [Infinity, 0]))).toBe(NaN);
  });
});
