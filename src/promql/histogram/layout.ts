/**
 * The layout of a histogram: where its buckets lie. Histograms are combined bucket by bucket, so first both are brought to a
 * layout that either can take without moving an observation across a bound: the coarser schema, a zero bucket that cuts no
 * populated bucket, the custom bounds that both have. No step of this changes the number of observations.
 */
import { assert } from '../../base/assert.ts';
import { lowerBound, upperBound } from './bounds.ts';
import { customSchema } from './histogram.ts';
import type { Buckets, Histogram } from './histogram.ts';

export type Layout = Pick<Histogram, 'schema' | 'zeroThreshold' | 'bounds'>;

export function isCustom({ schema }: Pick<Histogram, 'schema'>): boolean {
  return schema === customSchema;
}

/** The finest layout that both can take; undefined when one has exponential and the other custom buckets. */
export function commonLayout(a: Histogram, b: Histogram): Layout | undefined {
  if (isCustom(a) !== isCustom(b)) return undefined;
  if (isCustom(a)) {
    const bounds = sameBounds(a.bounds, b.bounds) ? a.bounds : commonBounds(a.bounds, b.bounds);
    return { schema: customSchema, zeroThreshold: 0, bounds };
  }
  return { schema: Math.min(a.schema, b.schema), zeroThreshold: commonZeroThreshold(a, b), bounds: [] };
}

export function hasLayout(h: Histogram, layout: Layout): boolean {
  return h.schema === layout.schema && h.zeroThreshold === layout.zeroThreshold && sameBounds(h.bounds, layout.bounds);
}

/** Brings a histogram to a layout that `commonLayout` found for it. */
export function toLayout(h: Histogram, layout: Layout): Histogram {
  if (hasLayout(h, layout)) return h;
  if (isCustom(h)) return mergeBounds(h, layout.bounds);
  return reduceResolution(widenZeroBucket(h, layout.zeroThreshold), layout.schema);
}

/** Merges the buckets of a histogram, which are exponential, to those of a coarser schema (or the same). */
export function reduceResolution(h: Histogram, schema: number): Histogram {
  assert(!isCustom(h) && schema <= h.schema, 'resolution is only ever reduced');
  if (schema === h.schema) return h;
  const merged = 2 ** (h.schema - schema);
  // Bucket i ends at bound i, so the buckets after one coarse bound and up to the next belong together.
  const coarse = (index: number): number => Math.floor((index - 1) / merged) + 1;
  return { ...h, schema, positive: mergeBuckets(h.positive, coarse), negative: mergeBuckets(h.negative, coarse) };
}

/**
 * The least zero threshold, from `threshold` on, that does not lie within a populated bucket. It must not be below that of the
 * histogram.
 */
export function zeroThresholdFrom(h: Histogram, threshold: number): number {
  if (threshold <= h.zeroThreshold) return h.zeroThreshold;
  const once = pastCutBucket(h, h.negative, pastCutBucket(h, h.positive, threshold));
  // The negative side may have moved it into a populated bucket of the positive side.
  return pastCutBucket(h, h.positive, once);
}

/** Takes the buckets below a threshold of `zeroThresholdFrom` into the zero bucket. */
export function widenZeroBucket(h: Histogram, zeroThreshold: number): Histogram {
  if (zeroThreshold <= h.zeroThreshold) return h;
  const positive = countBelow(h, h.positive, zeroThreshold);
  const negative = countBelow(h, h.negative, zeroThreshold);
  return {
    ...h,
    zeroThreshold,
    zeroCount: h.zeroCount + sumOfFirst(h.positive, positive) + sumOfFirst(h.negative, negative),
    positive: dropFirst(h.positive, positive),
    negative: dropFirst(h.negative, negative),
  };
}

export function sameBounds(a: readonly number[], b: readonly number[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

function commonBounds(a: readonly number[], b: readonly number[]): number[] {
  const common: number[] = [];
  let j = 0;
  for (const bound of a) {
    while (j < b.length && b[j]! < bound) j++;
    if (b[j] === bound) common.push(bound);
  }
  return common;
}

/** Merges custom buckets to fewer bounds, each of which the histogram has. */
function mergeBounds(h: Histogram, bounds: readonly number[]): Histogram {
  let target = 0;
  // Indexes come in ascending order, so the search goes on where it stopped.
  const coarse = (index: number): number => {
    const bound = upperBound(h, index);
    while (target < bounds.length && bounds[target]! < bound) target++;
    return target;
  };
  return { ...h, bounds, positive: mergeBuckets(h.positive, coarse) };
}

/** Gives each bucket a new index, which must not fall from one to the next, and adds up those that get the same. */
function mergeBuckets(buckets: Buckets, newIndex: (index: number) => number): Buckets {
  const indexes: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < buckets.indexes.length; i++) {
    const index = newIndex(buckets.indexes[i]!);
    const last = indexes.length - 1;
    if (indexes[last] === index) counts[last]! += buckets.counts[i]!;
    else {
      indexes.push(index);
      counts.push(buckets.counts[i]!);
    }
  }
  return { indexes, counts };
}

function commonZeroThreshold(a: Histogram, b: Histogram): number {
  let threshold = Math.max(a.zeroThreshold, b.zeroThreshold);
  for (;;) {
    const next = zeroThresholdFrom(b, zeroThresholdFrom(a, threshold));
    // Ends: each round moves it to the end of a bucket, and the bounds of the coarser schema are bounds of the finer one.
    if (next === threshold) return threshold;
    threshold = next;
  }
}

/** The threshold, or the end of the populated bucket that it would cut. */
function pastCutBucket(h: Histogram, buckets: Buckets, threshold: number): number {
  for (let i = 0; i < buckets.indexes.length; i++) {
    const index = buckets.indexes[i]!;
    if (lowerBound(h, index) >= threshold) return threshold;
    const upper = upperBound(h, index);
    if (upper > threshold && buckets.counts[i] !== 0) return upper;
  }
  return threshold;
}

/** How many buckets begin below a threshold. */
function countBelow(h: Histogram, { indexes }: Buckets, threshold: number): number {
  let n = 0;
  while (n < indexes.length && lowerBound(h, indexes[n]!) < threshold) n++;
  return n;
}

function sumOfFirst({ counts }: Buckets, n: number): number {
  let sum = 0;
  for (let i = 0; i < n; i++) sum += counts[i]!;
  return sum;
}

function dropFirst({ indexes, counts }: Buckets, n: number): Buckets {
  return n === 0 ? { indexes, counts } : { indexes: indexes.slice(n), counts: counts.slice(n) };
}
