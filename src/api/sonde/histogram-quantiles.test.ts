import { describe, expect, test } from 'vitest';
import { explicitBuckets, exponentialBuckets, mergeExplicit, quantileOf } from './histogram-quantiles.ts';

describe('explicit bounds', () => {
  const buckets = explicitBuckets({ bounds: [10, 20, 50], counts: [10, 20, 10, 0] });

  test('are linear inside a bucket', () => {
    expect(quantileOf(buckets, 0.25)).toBe(10);
    expect(quantileOf(buckets, 0.5)).toBe(15);
    expect(quantileOf(buckets, 0.75)).toBe(20);
    expect(quantileOf(buckets, 0.875)).toBe(35);
    expect(quantileOf(buckets, 1)).toBe(50);
  });

  test('begin at 0, or at their bound when it is not above 0', () => {
    expect(quantileOf(explicitBuckets({ bounds: [10], counts: [4, 0] }), 0.5)).toBe(5);
    expect(quantileOf(explicitBuckets({ bounds: [-10, 10], counts: [4, 0, 0] }), 0.5)).toBe(-10);
    expect(quantileOf(explicitBuckets({ bounds: [0, 10], counts: [4, 4, 0] }), 0.25)).toBe(0);
  });

  test('know nothing beyond the last one', () =>
    expect(quantileOf(explicitBuckets({ bounds: [10], counts: [1, 99] }), 0.99)).toBe(10));

  test('may be none', () => expect(quantileOf(explicitBuckets({ bounds: [], counts: [7] }), 0.5)).toBe(0));

  test('without observations have no quantile', () => {
    expect(quantileOf(explicitBuckets({ bounds: [10], counts: [0, 0] }), 0.5)).toBeNull();
    expect(quantileOf([], 0.5)).toBeNull();
  });
});

describe('histograms with different bounds', () => {
  test('are cut at all bounds', () => {
    const merged = mergeExplicit([
      { bounds: [10, 20], counts: [10, 10, 5] },
      { bounds: [15], counts: [30, 1] },
    ]);
    expect(merged.map(({ upper, count }) => [upper, count])).toEqual([
      [10, 10 + 20],
      [15, 5 + 10],
      [20, 5],
      [Number.POSITIVE_INFINITY, 5 + 1],
    ]);
  });

  test('keep what lies at a bound without width', () => {
    const merged = mergeExplicit([
      { bounds: [-5, 5], counts: [3, 0, 0] },
      { bounds: [0], counts: [2, 4] },
    ]);
    expect(merged.map(({ upper, count }) => [upper, count])).toEqual([
      [-5, 3],
      [0, 2],
      [5, 0],
      [Number.POSITIVE_INFINITY, 4],
    ]);
  });

  test('of one kind stay as they are', () =>
    expect(mergeExplicit([{ bounds: [1], counts: [2, 3] }])).toEqual(explicitBuckets({ bounds: [1], counts: [2, 3] })));
});

describe('exponential histograms', () => {
  const layout = { scale: 0, negative: { low: 0, high: 2 }, positive: { low: 1, high: 3 }, zeroThreshold: 0.5 };

  test('rise from the lowest negative bucket to the highest positive one', () => {
    const buckets = exponentialBuckets(layout, [1, 2, 3, 4, 5]);
    expect(buckets.map(({ lower, upper, count }) => [lower, upper, count])).toEqual([
      [-4, -2, 2],
      [-2, -1, 1],
      [-0.5, 0.5, 3],
      [2, 4, 4],
      [4, 8, 5],
    ]);
  });

  test('are geometric inside a bucket', () => {
    const positive = exponentialBuckets({ ...layout, negative: { low: 0, high: 0 } }, [0, 4, 0]);
    expect(quantileOf(positive, 0.5)).toBeCloseTo(Math.sqrt(8), 12);
    const negative = exponentialBuckets({ ...layout, positive: { low: 0, high: 0 } }, [0, 4, 0]);
    expect(quantileOf(negative, 0.5)).toBeCloseTo(-Math.sqrt(8), 12);
  });

  test('of a finer scale have narrower buckets', () => {
    const [, bucket] = exponentialBuckets(
      { ...layout, scale: 1, negative: { low: 0, high: 0 }, positive: { low: 3, high: 4 } },
      [0, 1],
    );
    expect(bucket?.lower).toBeCloseTo(2 ** 1.5, 12);
    expect(bucket?.upper).toBe(4);
  });
});
