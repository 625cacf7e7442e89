import { expect, test } from 'vitest';
import { custom } from '../../../test/promql/histograms.ts';
import { toCustomBuckets } from './from-classic.ts';

const buckets = (...pairs: readonly (readonly [number, number])[]): { upperBound: number; cumulativeCount: number }[] =>
  pairs.map(([upperBound, cumulativeCount]) => ({ upperBound, cumulativeCount }));

test('cumulative counts become counts, empty buckets are left out', () => {
  const all = buckets([1, 2], [2, 2], [4, 5], [Infinity, 9]);
  expect(toCustomBuckets({ buckets: all, count: 9, sum: 7 })).toEqual(custom([1, 2, 4], { 0: 2, 2: 3, 3: 4 }, { sum: 7 }));
  expect(toCustomBuckets({ buckets: all.toReversed(), count: undefined, sum: 7 })).toMatchObject({ count: 9 });
});

test('the count stands in for the infinite bucket, and the last bucket for the count', () => {
  expect(toCustomBuckets({ buckets: buckets([1, 2]), count: 5, sum: 0 })).toEqual(custom([1], { 0: 2, 1: 3 }));
  expect(toCustomBuckets({ buckets: buckets([1, 2]), count: undefined, sum: 0 })).toEqual(custom([1], { 0: 2 }));
  expect(toCustomBuckets({ buckets: [], count: 3, sum: 6 })).toEqual(custom([], { 0: 3 }, { sum: 6 }));
});

test('counts that fall or do not fit are refused', () => {
  const check = (of: Parameters<typeof toCustomBuckets>[0], message: string): void =>
    expect(() => toCustomBuckets(of)).toThrow(message);
  check({ buckets: buckets([1, 3], [2, 2]), count: 4, sum: 0 }, 'cumulative buckets must not fall, but 2 follows 3');
  check({ buckets: buckets([1, -1]), count: 4, sum: 0 }, 'cumulative buckets must not fall, but -1 follows 0');
  check({ buckets: buckets([Infinity, 3]), count: 4, sum: 0 }, 'counts 4 observations, but its bucket le="+Inf" has 3');
});
