/**
 * histogram_quantile and histogram_fraction of native histograms. A histogram without negative buckets is taken to have no
 * negative observations in its zero bucket either, and the other way round.
 *
 * An observation that is NaN makes the sum NaN and is in the count but in no bucket: it ranks above all others.
 */
import { countAt, isPopulated, lowerAt, placesOf, upperAt } from './buckets.ts';
import { shareBelow, valueAtShare } from './interpolate.ts';
import { isCustom } from './layout.ts';
import type { Histogram } from './histogram.ts';

export interface Quantile {
  readonly value: number;
  /** What NaN observations did: `result` when the rank lies among them and the value is NaN, `skew` when they raised the value. */
  readonly nanObservations: 'none' | 'result' | 'skew';
}

export interface Fraction {
  readonly value: number;
  /** There are NaN observations, which are in no fraction. */
  readonly hasNanObservations: boolean;
}

/** The q-quantile: -Inf below 0, +Inf above 1, NaN for NaN and for a histogram without observations. */
export function quantile(q: number, h: Histogram): Quantile {
  if (q < 0) return without(-Infinity);
  if (q > 1) return without(Infinity);
  if (h.count === 0 || Number.isNaN(q)) return without(NaN);
  // From the nearer end, for precision; but NaN observations lie above the upper end.
  const ascending = Number.isNaN(h.sum) || q < 0.5;
  const rank = (ascending ? q : 1 - q) * h.count;
  const places = placesOf(h);
  let place = -1;
  let total = 0;
  for (let i = 0; i < places && (place < 0 || total < rank); i++) {
    const next = ascending ? i : places - 1 - i;
    const count = countAt(h, next);
    if (count === 0) continue;
    place = next;
    total += count;
  }
  return quantileAt(h, { place, total, rank, ascending });
}

interface Reached {
  /** The bucket that holds the rank, or the last one, or -1 when none is populated. */
  readonly place: number;
  /** Observations up to and with that bucket, from the end where the walk began. */
  readonly total: number;
  readonly rank: number;
  readonly ascending: boolean;
}

function quantileAt(h: Histogram, { place, total, rank, ascending }: Reached): Quantile {
  let lower = place < 0 ? 0 : naturalLower(h, lowerAt(h, place), upperAt(h, place));
  const upper = place < 0 ? 0 : naturalUpper(h, lowerAt(h, place), upperAt(h, place));
  if (isCustom(h)) {
    if (lower === -Infinity) {
      if (upper <= 0) return without(upper);
      lower = 0;
    } else if (upper === Infinity) return without(lower);
  }
  // Sums of counts may come out a little larger than the count.
  const reached = Math.min(total, h.count);
  if (reached < rank) return Number.isNaN(h.sum) ? { value: NaN, nanObservations: 'result' } : without(upper);
  const count = place < 0 ? 0 : countAt(h, place);
  const share = (ascending ? rank - (reached - count) : reached - rank) / count;
  const linear = isCustom(h) || (lower <= 0 && upper >= 0);
  const skewed = Number.isNaN(h.sum) && reached + countAbove(h, place) < h.count;
  return { value: valueAtShare(lower, upper, share, linear), nanObservations: skewed ? 'skew' : 'none' };
}

/**
 * The share of the observations in [lower, upper]: NaN for NaN and for a histogram without observations, 0 where lower is not
 * below upper.
 */
export function fraction(lower: number, upper: number, h: Histogram): Fraction {
  if (h.count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return { value: NaN, hasNanObservations: false };
  if (lower >= upper) return { value: 0, hasNanObservations: false };
  const inBuckets = Number.isNaN(h.sum) ? countAbove(h, -1) : h.count;
  const below = Math.min(rankBelow(h, upper), inBuckets) - Math.min(rankBelow(h, lower), inBuckets);
  return { value: below / h.count, hasNanObservations: Number.isNaN(h.sum) && inBuckets < h.count };
}

/** How many observations lie below a value; infinite when it is above all buckets. */
function rankBelow(h: Histogram, value: number): number {
  let rank = 0;
  for (let place = 0; place < placesOf(h); place++) {
    const count = countAt(h, place);
    if (count === 0) continue;
    let lower = lowerAt(h, place);
    let upper = upperAt(h, place);
    // So Prometheus has it: a custom bucket around zero is cut like a zero bucket.
    const holdsZero = lower <= 0 && upper >= 0;
    if (holdsZero) {
      const hasNegative = isPopulated(h.negative);
      const hasPositive = isPopulated(h.positive);
      if (!hasNegative && hasPositive) lower = 0;
      else if (!hasPositive && hasNegative) upper = 0;
    }
    if (lower >= value) return rank;
    if (upper > value) {
      // Nothing can be said of where observations lie in a bucket without an end.
      if (lower === -Infinity) return count;
      return rank + count * shareBelow(lower, upper, value, isCustom(h) || holdsZero);
    }
    rank += count;
  }
  return Infinity;
}

function countAbove(h: Histogram, place: number): number {
  let count = 0;
  for (let next = place + 1; next < placesOf(h); next++) count += countAt(h, next);
  return count;
}

/** The lower end of a bucket; 0 for the zero bucket of a histogram with positive buckets only. */
function naturalLower(h: Histogram, lower: number, upper: number): number {
  if (isCustom(h) || lower >= 0 || upper <= 0) return lower;
  return !isPopulated(h.negative) && isPopulated(h.positive) ? 0 : lower;
}

function naturalUpper(h: Histogram, lower: number, upper: number): number {
  if (isCustom(h) || lower >= 0 || upper <= 0) return upper;
  return !isPopulated(h.positive) && isPopulated(h.negative) ? 0 : upper;
}

function without(value: number): Quantile {
  return { value, nanObservations: 'none' };
}
