/**
 * All buckets of a histogram in ascending order: the negative ones, the zero bucket, the positive ones. A place is a number from
 * 0 on, and what lies there is asked for part by part, so that a walk makes no objects.
 *
 * The zero bucket has a place even when it is empty; with custom buckets it always is, and only then out of order, so walks pass
 * over empty buckets. Buckets that overlap the zero bucket begin where it ends.
 */
import { lowerBound, upperBound } from './bounds.ts';
import { isCustom } from './layout.ts';
import type { Buckets, Histogram } from './histogram.ts';

export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  readonly lowerInclusive: boolean;
  readonly upperInclusive: boolean;
}

/** The populated buckets, ascending: what the HTTP API shows. */
export function allBuckets(h: Histogram): Bucket[] {
  const buckets: Bucket[] = [];
  for (let place = 0; place < placesOf(h); place++) {
    const count = countAt(h, place);
    if (count === 0) continue;
    buckets.push(describe(h, place, { lower: lowerAt(h, place), upper: upperAt(h, place), count }));
  }
  return buckets;
}

export function placesOf(h: Histogram): number {
  return h.negative.indexes.length + 1 + h.positive.indexes.length;
}

/** The place of the zero bucket. */
function zeroPlace(h: Histogram): number {
  return h.negative.indexes.length;
}

/** A zero bucket with a negative count (of a difference) counts as empty, as it does in Prometheus. */
export function countAt(h: Histogram, place: number): number {
  const zero = zeroPlace(h);
  if (place < zero) return h.negative.counts[zero - 1 - place]!;
  if (place > zero) return h.positive.counts[place - zero - 1]!;
  return h.zeroCount > 0 ? h.zeroCount : 0;
}

export function lowerAt(h: Histogram, place: number): number {
  const zero = zeroPlace(h);
  if (place < zero) return -upperBound(h, h.negative.indexes[zero - 1 - place]!);
  if (place === zero) return -h.zeroThreshold;
  const lower = lowerBound(h, h.positive.indexes[place - zero - 1]!);
  return lower > 0 && lower < h.zeroThreshold ? h.zeroThreshold : lower;
}

export function upperAt(h: Histogram, place: number): number {
  const zero = zeroPlace(h);
  if (place > zero) return upperBound(h, h.positive.indexes[place - zero - 1]!);
  if (place === zero) return h.zeroThreshold;
  const upper = -lowerBound(h, h.negative.indexes[zero - 1 - place]!);
  return upper < 0 && upper > -h.zeroThreshold ? -h.zeroThreshold : upper;
}

export function isPopulated({ counts }: Buckets): boolean {
  for (let i = 0; i < counts.length; i++) if (counts[i] !== 0) return true;
  return false;
}

/** Which side counts the bound itself: the one away from zero; with custom bounds the upper one, and the lowest of all. */
function describe(h: Histogram, place: number, bucket: Pick<Bucket, 'lower' | 'upper' | 'count'>): Bucket {
  if (place === zeroPlace(h)) return { ...bucket, lowerInclusive: true, upperInclusive: true };
  if (!isCustom(h)) return { ...bucket, lowerInclusive: bucket.lower < 0, upperInclusive: bucket.upper > 0 };
  return { ...bucket, lowerInclusive: bucket.lower === -Infinity, upperInclusive: true };
}
