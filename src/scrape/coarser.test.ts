import { describe, expect, test } from 'vitest';
import type { NativeHistogram } from '../codec/exposition/exposition.ts';
import { withinLimits } from './coarser.ts';
import type { ScrapeLimits } from './config.ts';

const histogram: NativeHistogram = {
  schema: 2,
  isFloat: false,
  isGauge: false,
  count: 20,
  sum: 3,
  zeroThreshold: 0,
  zeroCount: 0,
  positiveIndexes: [-3, -2, -1, 0, 1, 2, 3, 4],
  positiveCounts: [1, 2, 3, 4, 1, 2, 3, 4],
  negativeIndexes: [],
  negativeCounts: [],
  bounds: [],
};

const none: ScrapeLimits = {
  bodyBytes: 0,
  samples: 0,
  targets: 0,
  labels: 0,
  labelNameBytes: 0,
  labelValueBytes: 0,
  keptDroppedTargets: 0,
  buckets: 0,
  bucketFactor: 0,
};

function check(name: string, limits: Partial<ScrapeLimits>, schema: number, indexes: number[], counts: number[]): void {
  test(`${name} is kept`, () =>
    expect(withinLimits(histogram, { ...none, ...limits })).toMatchObject({
      schema,
      positiveIndexes: indexes,
      positiveCounts: counts,
    }));
}

describe('a limit of', () => {
  check('nothing', {}, 2, [...histogram.positiveIndexes], [...histogram.positiveCounts]);
  check('as many buckets', { buckets: 8 }, 2, [...histogram.positiveIndexes], [...histogram.positiveCounts]);
  // Buckets end at 2^(i/4); in the next coarser schema at 2^(i/2), and 1 = 2^0 stays where it is.
  check('half the buckets', { buckets: 7 }, 1, [-1, 0, 1, 2], [3, 7, 3, 7]);
  check('a quarter of them', { buckets: 2 }, 0, [0, 1], [10, 10]);
  check('a factor that they have', { bucketFactor: 1.1 }, 2, [...histogram.positiveIndexes], [...histogram.positiveCounts]);
  check('a larger factor', { bucketFactor: 1.4 }, 1, [-1, 0, 1, 2], [3, 7, 3, 7]);
  check('a factor of two', { bucketFactor: 2 }, 0, [0, 1], [10, 10]);
});

test('a limit that can not be kept is an error', () => {
  const apart = { ...histogram, positiveIndexes: [-9999, 0, 9999], positiveCounts: [1, 1, 1] };
  const limits = { ...none, buckets: 2 };
  expect(() => withinLimits(apart, limits)).toThrow('Over the native_histogram_bucket_limit of 2: 3 buckets.');
  expect(() => withinLimits({ ...apart, schema: -53 }, limits)).toThrow('native_histogram_bucket_limit of 2');
});
