import { expect, test } from 'vitest';
import { bucketsOf, custom, exponential } from '../../../test/promql/histograms.ts';
import { allBuckets } from './buckets.ts';
import type { Histogram } from './histogram.ts';
import { histogramText } from './text.ts';

const h = exponential({
  count: 9,
  sum: 1.5,
  zeroThreshold: 0.6,
  zeroCount: 2,
  positive: bucketsOf({ 0: 1, 1: 3, 2: 0 }),
  negative: bucketsOf({ 0: 1, 3: 2 }),
});

test('buckets come ascending, those beside the zero bucket cut at its ends', () => {
  const rows = (of: Histogram): unknown[] =>
    allBuckets(of).map(({ lower, upper, count, lowerInclusive, upperInclusive }) => [
      `${lowerInclusive ? '[' : '('}${lower},${upper}${upperInclusive ? ']' : ')'}`,
      count,
    ]);
  expect(rows(h)).toEqual([
    ['[-8,-4)', 2],
    ['[-1,-0.6)', 1],
    ['[-0.6,0.6]', 2],
    ['(0.6,1]', 1],
    ['(1,2]', 3],
  ]);
  expect(rows(custom([0, 5], { 0: 1, 1: 2, 2: 3 }))).toEqual([
    ['[-Infinity,0]', 1],
    ['(0,5]', 2],
    ['(5,Infinity]', 3],
  ]);
});

test('the text has the populated buckets with their bounds', () => {
  const check = (of: Histogram, text: string): void => expect(histogramText(of)).toBe(text);
  check(h, '{count:9, sum:1.5, [-8,-4):2, [-1,-0.5):1, [-0.6,0.6]:2, (0.5,1]:1, (1,2]:3}');
  check(exponential(), '{count:0, sum:0}');
  check(custom([5], { 0: 1, 1: 1e7 }, { sum: NaN }), '{count:1.0000001e+07, sum:NaN, [-Inf,5]:1, (5,+Inf]:1e+07}');
});
