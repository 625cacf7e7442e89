/** Histograms for tests: written in short, and arbitrary ones for properties. */
import * as fc from 'fast-check';
import { customSchema, noBuckets } from '../../src/promql/histogram/histogram.ts';
import type { Buckets, Histogram } from '../../src/promql/histogram/histogram.ts';

/** Buckets from pairs of index and count. */
export function bucketsOf(counts: Readonly<Record<number, number>>): Buckets {
  const indexes = Object.keys(counts)
    .map(Number)
    .toSorted((a, b) => a - b);
  return { indexes, counts: indexes.map((index) => counts[index]!) };
}

/** An exponential histogram of schema 0 where nothing else is said. */
export function exponential(parts: Partial<Histogram> = {}): Histogram {
  return {
    schema: 0,
    count: 0,
    sum: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: noBuckets,
    negative: noBuckets,
    bounds: [],
    resetHint: 'unknown',
    ...parts,
  };
}

/** A histogram with custom buckets, the count being that of the buckets. */
export function custom(
  bounds: readonly number[],
  counts: Readonly<Record<number, number>>,
  parts: Partial<Histogram> = {},
): Histogram {
  const positive = bucketsOf(counts);
  const count = positive.counts.reduce((sum, one) => sum + one, 0);
  return exponential({ schema: customSchema, bounds, positive, count, ...parts });
}

const side = fc
  .dictionary(fc.integer({ min: -20, max: 20 }).map(String), fc.integer({ min: 1, max: 1000 }), { maxKeys: 6 })
  .map(bucketsOf);

/** Exponential histograms with whole counts, their count the sum of the buckets. */
export const anyExponential: fc.Arbitrary<Histogram> = fc
  .record({
    schema: fc.integer({ min: -2, max: 4 }),
    sum: fc.integer({ min: -1000, max: 1000 }),
    zeroThreshold: fc.constantFrom(0, 0.001, 0.5, 1),
    zeroCount: fc.integer({ min: 0, max: 50 }),
    positive: side,
    negative: side,
  })
  .map((parts) => {
    const count = observationsIn(exponential(parts));
    return exponential({ ...parts, count });
  });

const someBounds = fc.uniqueArray(fc.integer({ min: -5, max: 20 }), { maxLength: 6 }).map((all) => all.toSorted((a, b) => a - b));

/** Histograms with custom buckets and whole counts. */
export const anyCustom: fc.Arbitrary<Histogram> = someBounds.chain((bounds) =>
  fc
    .array(fc.integer({ min: 0, max: 100 }), { minLength: bounds.length + 1, maxLength: bounds.length + 1 })
    .map((counts) => custom(bounds, Object.fromEntries(counts.entries()))),
);

/** The observations in all buckets. */
export function observationsIn({ zeroCount, positive, negative }: Histogram): number {
  return [...positive.counts, ...negative.counts].reduce((sum, count) => sum + count, zeroCount);
}
