/** What PromQL's operators do to histograms. Results are new values, without empty buckets. */
import { commonLayout, sameBounds, toLayout } from './layout.ts';
import { noBuckets } from './histogram.ts';
import type { Buckets, Histogram, ResetHint } from './histogram.ts';

export interface Combined {
  readonly histogram: Histogram;
  /** Custom bounds differed, and the result has only those that both had. */
  readonly boundsReconciled: boolean;
  /** One said that counts had started anew and the other that they had not: the hint of the result is unknown. */
  readonly hintsCollide: boolean;
}

/** The sum; undefined when one has exponential and the other custom buckets. */
export function add(a: Histogram, b: Histogram): Combined | undefined {
  return combine(a, b, 1);
}

/**
 * The difference; undefined as in `add`. The hint is that of a sum: where the difference is the end of a calculation, the caller
 * makes it a gauge (`withHint`).
 */
export function subtract(a: Histogram, b: Histogram): Combined | undefined {
  return combine(a, b, -1);
}

/** A negative factor makes a gauge. */
export function multiply(h: Histogram, factor: number): Histogram {
  return scale(h, factor, (count) => count * factor);
}

/** A negative divisor makes a gauge; zero leaves no buckets, and count, sum and zero count infinite or NaN. */
export function divide(h: Histogram, divisor: number): Histogram {
  const scaled = scale(h, divisor, (count) => count / divisor);
  return divisor === 0 ? { ...scaled, positive: noBuckets, negative: noBuckets } : scaled;
}

/** Unary minus: a gauge. */
export function negate(h: Histogram): Histogram {
  return multiply(h, -1);
}

/**
 * Whether two histograms are the same data, as `==` asks: same layout and same numbers, NaN equal to NaN, hints not looked at,
 * empty buckets as good as none.
 */
export function equals(a: Histogram, b: Histogram): boolean {
  return (
    a.schema === b.schema &&
    a.zeroThreshold === b.zeroThreshold &&
    Object.is(a.count, b.count) &&
    Object.is(a.sum, b.sum) &&
    Object.is(a.zeroCount, b.zeroCount) &&
    sameBounds(a.bounds, b.bounds) &&
    sameBuckets(compactBuckets(a.positive), compactBuckets(b.positive)) &&
    sameBuckets(compactBuckets(a.negative), compactBuckets(b.negative))
  );
}

/** Without empty buckets. */
export function compact(h: Histogram): Histogram {
  const positive = compactBuckets(h.positive);
  const negative = compactBuckets(h.negative);
  return positive === h.positive && negative === h.negative ? h : { ...h, positive, negative };
}

export function withHint(h: Histogram, resetHint: ResetHint): Histogram {
  return h.resetHint === resetHint ? h : { ...h, resetHint };
}

/** The hint of a sum or difference: gauge wins, then unknown; a reset and none make it unknown. */
export function combineHints(a: ResetHint, b: ResetHint): ResetHint {
  if (a === b) return a;
  return a === 'gauge' || b === 'gauge' ? 'gauge' : 'unknown';
}

function combine(a: Histogram, b: Histogram, sign: 1 | -1): Combined | undefined {
  const layout = commonLayout(a, b);
  if (layout === undefined) return undefined;
  const left = toLayout(a, layout);
  const right = toLayout(b, layout);
  const histogram: Histogram = {
    schema: layout.schema,
    count: left.count + sign * right.count,
    sum: left.sum + sign * right.sum,
    zeroThreshold: layout.zeroThreshold,
    zeroCount: left.zeroCount + sign * right.zeroCount,
    positive: combineBuckets(left.positive, right.positive, sign),
    negative: combineBuckets(left.negative, right.negative, sign),
    bounds: layout.bounds,
    resetHint: combineHints(a.resetHint, b.resetHint),
  };
  return {
    histogram,
    boundsReconciled: !sameBounds(a.bounds, b.bounds),
    hintsCollide:
      (a.resetHint === 'reset' && b.resetHint === 'not_reset') || (a.resetHint === 'not_reset' && b.resetHint === 'reset'),
  };
}

function combineBuckets(a: Buckets, b: Buckets, sign: 1 | -1): Buckets {
  // Samples of one series mostly have the same buckets.
  return sameBounds(a.indexes, b.indexes) ? combineCounts(a, b, sign) : mergeBuckets(a, b, sign);
}

function combineCounts(a: Buckets, b: Buckets, sign: 1 | -1): Buckets {
  const counts = [...a.counts];
  for (let i = 0; i < counts.length; i++) counts[i]! += sign * b.counts[i]!;
  return compactBuckets({ indexes: a.indexes, counts });
}

function mergeBuckets(a: Buckets, b: Buckets, sign: 1 | -1): Buckets {
  const indexes: number[] = [];
  const counts: number[] = [];
  let i = 0;
  let j = 0;
  while (i < a.indexes.length || j < b.indexes.length) {
    const left = i < a.indexes.length ? a.indexes[i]! : Infinity;
    const right = j < b.indexes.length ? b.indexes[j]! : Infinity;
    let count = 0;
    if (left <= right) count += a.counts[i++]!;
    if (right <= left) count += sign * b.counts[j++]!;
    if (count === 0) continue;
    indexes.push(Math.min(left, right));
    counts.push(count);
  }
  return { indexes, counts };
}

function scale(h: Histogram, by: number, scaled: (count: number) => number): Histogram {
  const scaledBuckets = ({ indexes, counts }: Buckets): Buckets => ({ indexes, counts: counts.map(scaled) });
  return compact({
    ...h,
    count: scaled(h.count),
    sum: scaled(h.sum),
    zeroCount: scaled(h.zeroCount),
    positive: scaledBuckets(h.positive),
    negative: scaledBuckets(h.negative),
    resetHint: by < 0 ? 'gauge' : h.resetHint,
  });
}

function compactBuckets(buckets: Buckets): Buckets {
  if (!buckets.counts.includes(0)) return buckets;
  const indexes: number[] = [];
  const counts: number[] = [];
  for (let i = 0; i < buckets.counts.length; i++) {
    if (buckets.counts[i] === 0) continue;
    indexes.push(buckets.indexes[i]!);
    counts.push(buckets.counts[i]!);
  }
  return { indexes, counts };
}

function sameBuckets(a: Buckets, b: Buckets): boolean {
  if (!sameBounds(a.indexes, b.indexes)) return false;
  for (let i = 0; i < a.counts.length; i++) if (!Object.is(a.counts[i], b.counts[i])) return false;
  return true;
}
