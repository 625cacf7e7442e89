/**
 * The operators `h </ x` and `h >/ x`: what a histogram has below, or above, a value. A bucket that the value cuts keeps the
 * share that lies there; the sum is estimated from the middles of what was kept. Nothing cut, nothing changes, the sum included.
 *
 * In a bucket without an end nothing is known of where observations lie: it goes as a whole, or stays as a whole and counts as
 * if all lay at the value; save that the lowest custom bucket is taken to begin at 0 where it ends above.
 */
import { compact } from './arithmetic.ts';
import { isPopulated } from './buckets.ts';
import { lowerBound, upperBound } from './bounds.ts';
import { shareBelow } from './interpolate.ts';
import { isCustom } from './layout.ts';
import type { Buckets, Histogram } from './histogram.ts';

type Kept = 'below' | 'above';

interface Cut {
  readonly value: number;
  readonly kept: Kept;
  readonly linear: boolean;
}

/** A part of a bucket that is kept: how many observations, and where they are taken to lie. */
interface Part {
  readonly count: number;
  readonly middle: number;
}

interface Span {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
}

/** `h </ value`. */
export function keepBelow(h: Histogram, value: number): Histogram {
  return trim(h, { value, kept: 'below', linear: isCustom(h) });
}

/** `h >/ value`. */
export function keepAbove(h: Histogram, value: number): Histogram {
  return trim(h, { value, kept: 'above', linear: isCustom(h) });
}

function trim(h: Histogram, cut: Cut): Histogram {
  const total = { count: 0, sum: 0 };
  const take = ({ count, middle }: Part): number => {
    total.count += count;
    total.sum += count * middle;
    return count;
  };
  const positive = keepBuckets(h.positive, (i) => {
    const index = h.positive.indexes[i]!;
    return take(keepPart({ lower: lowerBound(h, index), upper: upperBound(h, index), count: h.positive.counts[i]! }, cut));
  });
  const negative = keepBuckets(h.negative, (i) => {
    const index = h.negative.indexes[i]!;
    return take(keepPart({ lower: -upperBound(h, index), upper: -lowerBound(h, index), count: h.negative.counts[i]! }, cut));
  });
  const zeroCount = h.zeroCount > 0 ? take(keepOfZero(h, cut)) : h.zeroCount;
  if (positive === h.positive && negative === h.negative && zeroCount === h.zeroCount) return h;
  return compact({ ...h, ...total, zeroCount, positive, negative });
}

/** The buckets with what `keep` leaves of each populated one; the same object when that is all of it. */
function keepBuckets(buckets: Buckets, keep: (i: number) => number): Buckets {
  const counts = buckets.counts.map((count, i) => (count === 0 ? 0 : keep(i)));
  return counts.every((count, i) => count === buckets.counts[i]) ? buckets : { indexes: buckets.indexes, counts };
}

function keepPart(span: Span, cut: Cut): Part {
  const { lower, upper, count } = span;
  const { value, kept, linear } = cut;
  const isWhole = kept === 'below' ? upper <= value : lower >= value;
  if (isWhole) return { count, middle: middleOf(lower, upper, linear) };
  const isCut = kept === 'below' ? lower < value : upper > value;
  if (!isCut) return { count: 0, middle: 0 };
  if (lower === -Infinity || upper === Infinity) return keepOfEndless(span, cut);
  const below = count * shareBelow(lower, upper, value, linear);
  if (kept === 'below') return { count: below, middle: middleOf(lower, value, linear) };
  return { count: count - below, middle: middleOf(value, upper, linear) };
}

/** Of a bucket that has no lower or no upper end and that the value cuts. */
function keepOfEndless({ lower, upper, count }: Span, { value, kept }: Cut): Part {
  const nothing = { count: 0, middle: 0 };
  if (lower !== -Infinity) return kept === 'above' ? { count, middle: value } : nothing;
  if (upper === Infinity) return nothing;
  if (kept === 'below') {
    if (upper <= 0) return { count, middle: value };
    return value > 0 ? { count: (count * value) / upper, middle: value / 2 } : nothing;
  }
  return value >= 0 ? { count: count * (1 - value / upper), middle: (value + upper) / 2 } : nothing;
}

/** The zero bucket lies on the side of zero where the other buckets are, or, with buckets on both or none, on both. */
function keepOfZero(h: Histogram, { value, kept }: Cut): Part {
  const hasPositive = isPopulated(h.positive);
  const hasNegative = isPopulated(h.negative);
  const lower = hasPositive && !hasNegative ? 0 : -h.zeroThreshold;
  const upper = hasNegative && !hasPositive ? 0 : h.zeroThreshold;
  const isBelow = value <= lower;
  const isAbove = value >= upper;
  // A bucket without width lies above its value.
  if (kept === 'below' ? isBelow : isAbove && !isBelow) return { count: 0, middle: 0 };
  if (isBelow || isAbove) return { count: h.zeroCount, middle: (lower + upper) / 2 };
  const [from, to] = kept === 'below' ? [lower, value] : [value, upper];
  return { count: (h.zeroCount * (to - from)) / (upper - lower), middle: (from + to) / 2 };
}

function middleOf(lower: number, upper: number, linear: boolean): number {
  if (lower === -Infinity) {
    if (upper === Infinity) return 0;
    return upper > 0 ? upper / 2 : upper;
  }
  if (upper === Infinity) return lower;
  if (linear) return (lower + upper) / 2;
  const geometric = Math.sqrt(Math.abs(lower * upper));
  return upper > 0 ? geometric : -geometric;
}
