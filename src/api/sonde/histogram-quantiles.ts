/** Quantiles of merged histograms: explicit bounds (with any mix of them) and exponential ones. */

/** Observations in (lower, upper]. */
export interface Bucket {
  readonly lower: number;
  readonly upper: number;
  readonly count: number;
  /** How observations are taken to lie between the bounds: evenly, or evenly by their logarithm. */
  readonly spacing: 'even' | 'log';
}

/** Counts between bounds: one more than there are bounds, the last one above the last bound. */
export interface ExplicitCounts {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

/** The value below which a share of the observations lies; null when there are none. `buckets` rise. */
export function quantileOf(buckets: readonly Bucket[], share: number): number | null {
  const total = buckets.reduce((sum, { count }) => sum + count, 0);
  if (total <= 0) return null;
  const rank = share * total;
  let before = 0;
  for (const bucket of buckets) {
    if (bucket.count > 0 && before + bucket.count >= rank) return valueWithin(bucket, (rank - before) / bucket.count);
    before += bucket.count;
  }
  // Sums of doubles may fall short of the rank by their rounding.
  return buckets.findLast(({ count }) => count > 0)?.upper ?? null;
}

function valueWithin({ lower, upper, spacing }: Bucket, part: number): number {
  // Nothing is known beyond the last bound.
  if (upper === Number.POSITIVE_INFINITY) return lower;
  if (spacing === 'even') return lower + (upper - lower) * part;
  return lower > 0 ? lower * (upper / lower) ** part : upper * (lower / upper) ** (1 - part);
}

/** The first bucket begins at 0, unless its bound is not above 0: then it is taken as all at its bound. */
export function explicitBuckets({ bounds, counts }: ExplicitCounts): Bucket[] {
  return counts.map((count, i) => {
    const upper = bounds[i] ?? Number.POSITIVE_INFINITY;
    return { lower: bounds[i - 1] ?? Math.min(upper, 0), upper, count, spacing: 'even' };
  });
}

/** Buckets of histograms with different bounds, cut at all bounds; what is cut is shared out evenly. */
export function mergeExplicit(parts: readonly ExplicitCounts[]): Bucket[] {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return explicitBuckets(first);
  const bounds = [...new Set(parts.flatMap((part) => part.bounds))].toSorted((a, b) => a - b);
  const merged = explicitBuckets({ bounds, counts: Array.from<number>({ length: bounds.length + 1 }).fill(0) });
  const counts = merged.map(() => 0);
  for (const part of parts) {
    for (const bucket of explicitBuckets(part)) {
      merged.forEach((cell, i) => (counts[i] = (counts[i] ?? 0) + bucket.count * shareOf(bucket, cell)));
    }
  }
  return merged.map((cell, i) => ({ ...cell, count: counts[i] ?? 0 }));
}

/** The share of a bucket that falls into a cell, which is never wider than the bucket where they overlap. */
function shareOf(bucket: Bucket, cell: Bucket): number {
  if (bucket.upper === Number.POSITIVE_INFINITY) return cell.upper === Number.POSITIVE_INFINITY ? 1 : 0;
  if (bucket.lower === bucket.upper) return cell.upper === bucket.upper ? 1 : 0;
  const overlap = Math.min(bucket.upper, cell.upper) - Math.max(bucket.lower, cell.lower);
  return overlap > 0 ? overlap / (bucket.upper - bucket.lower) : 0;
}

/** How exponential histograms of any scale are laid out as lists of one length: indexes from low to high, high excluded. */
export interface ExponentialLayout {
  readonly scale: number;
  readonly negative: { readonly low: number; readonly high: number };
  readonly positive: { readonly low: number; readonly high: number };
  readonly zeroThreshold: number;
}

/** Counts in the order: negative from `low` on, zero, positive from `low` on. */
export function exponentialBuckets(layout: ExponentialLayout, counts: readonly number[]): Bucket[] {
  const { negative, positive, zeroThreshold } = layout;
  const negatives = negative.high - negative.low;
  const bound = (index: number): number => 2 ** (index * 2 ** -layout.scale);
  const below: Bucket[] = [];
  for (let i = negatives - 1; i >= 0; i--) {
    const index = negative.low + i;
    below.push({ lower: -bound(index + 1), upper: -bound(index), count: counts[i] ?? 0, spacing: 'log' });
  }
  const zeros = counts[negatives] ?? 0;
  const zero: Bucket = { lower: negatives > 0 ? -zeroThreshold : 0, upper: zeroThreshold, count: zeros, spacing: 'even' };
  const above = counts.slice(negatives + 1).map((count, i): Bucket => {
    const index = positive.low + i;
    return { lower: bound(index), upper: bound(index + 1), count, spacing: 'log' };
  });
  return [...below, zero, ...above];
}
