/**
 * histogram_quantile and histogram_fraction of classic histograms: cumulative counts by upper bound, one series for each. They
 * come from several samples and may contradict each other, so counts that fall are lifted first.
 */

/** In any order; of a bound that comes twice the counts are added. At least one bucket, no bound NaN. */
export interface ClassicBuckets {
  readonly upperBounds: readonly number[];
  /** Cumulative. */
  readonly counts: readonly number[];
}

export interface ClassicQuantile {
  readonly value: number;
  /** Where counts fell and were lifted to the one before; undefined when none did. */
  readonly forced: ForcedMonotonicity | undefined;
}

export interface ForcedMonotonicity {
  /** The lowest and the highest bound whose count was lifted. */
  readonly lowestBound: number;
  readonly highestBound: number;
  /** By how much, at most. */
  readonly differenceMax: number;
}

/** Counts that differ by less than this share of their sum differ by rounding only. */
const roundingShare = 1e-12;
const smallestNormal = 2 ** -1022;

/**
 * The q-quantile: -Inf below 0, +Inf above 1, NaN for NaN, without a bucket that ends at +Inf, with that one alone, and without
 * observations. Within a bucket observations lie evenly; the first one begins at 0 when it ends above.
 */
export function bucketQuantile(q: number, buckets: ClassicBuckets): ClassicQuantile {
  if (Number.isNaN(q)) return { value: NaN, forced: undefined };
  if (q < 0) return { value: -Infinity, forced: undefined };
  if (q > 1) return { value: Infinity, forced: undefined };
  const { upperBounds, counts } = sorted(buckets);
  if (upperBounds.at(-1) !== Infinity) return { value: NaN, forced: undefined };
  const monotonic = [...counts];
  const forced = forceMonotonicity(upperBounds, monotonic);
  return { value: quantileOf(q, upperBounds, monotonic), forced };
}

function quantileOf(q: number, upperBounds: readonly number[], counts: readonly number[]): number {
  const last = counts.length - 1;
  const observations = counts[last]!;
  if (last < 1 || observations === 0) return NaN;
  const rank = q * observations;
  let i = 0;
  while (i < last && !(counts[i]! >= rank)) i++;
  if (i === last) return upperBounds[last - 1]!;
  const upper = upperBounds[i]!;
  if (i === 0) return upper <= 0 ? upper : upper * (rank / counts[0]!);
  const below = counts[i - 1]!;
  const lower = upperBounds[i - 1]!;
  return lower + (upper - lower) * ((rank - below) / (counts[i]! - below));
}

/**
 * The share of the observations in [lower, upper]: NaN for NaN, without a bucket that ends at +Inf, and without observations; 0
 * where lower is not below upper.
 */
export function bucketFraction(lower: number, upper: number, buckets: ClassicBuckets): number {
  const { upperBounds, counts } = sorted(buckets);
  const count = counts.at(-1)!;
  if (upperBounds.at(-1) !== Infinity || count === 0 || Number.isNaN(lower) || Number.isNaN(upper)) return NaN;
  if (lower >= upper) return 0;
  const rank = (value: number): number => Math.min(rankBelow(value, upperBounds, counts), count);
  return (rank(upper) - rank(lower)) / count;
}

function rankBelow(value: number, upperBounds: readonly number[], counts: readonly number[]): number {
  let rank = 0;
  let lower = upperBounds[0]! <= 0 ? -Infinity : 0;
  for (let i = 0; i < counts.length; i++) {
    const upper = upperBounds[i]!;
    if (lower >= value) return rank;
    if (upper > value) {
      if (lower === -Infinity) return counts[i]!;
      return rank + ((counts[i]! - rank) * (value - lower)) / (upper - lower);
    }
    rank = counts[i]!;
    lower = upper;
  }
  return Infinity;
}

/** Ascending, no bound twice. */
function sorted(buckets: ClassicBuckets): ClassicBuckets {
  if (isAscending(buckets.upperBounds)) return buckets;
  const order = buckets.upperBounds
    .map((_, i) => i)
    .toSorted((a, b) => buckets.upperBounds[a]! - buckets.upperBounds[b]! || a - b);
  const upperBounds: number[] = [];
  const counts: number[] = [];
  for (const i of order) {
    const last = upperBounds.length - 1;
    if (upperBounds[last] === buckets.upperBounds[i]) counts[last]! += buckets.counts[i]!;
    else {
      upperBounds.push(buckets.upperBounds[i]!);
      counts.push(buckets.counts[i]!);
    }
  }
  return { upperBounds, counts };
}

function isAscending(bounds: readonly number[]): boolean {
  for (let i = 1; i < bounds.length; i++) if (!(bounds[i - 1]! < bounds[i]!)) return false;
  return true;
}

/** Lifts counts that are below the one before; differences that are rounding are levelled in silence. */
function forceMonotonicity(upperBounds: readonly number[], counts: number[]): ForcedMonotonicity | undefined {
  let previous = counts[0]!;
  let lowestBound = Infinity;
  let highestBound = -Infinity;
  let differenceMax = 0;
  for (let i = 1; i < counts.length; i++) {
    const count = counts[i]!;
    if (count === previous) continue;
    const rounding = isRounding(previous, count);
    if (!rounding && !(count < previous)) {
      previous = count;
      continue;
    }
    counts[i] = previous;
    if (rounding) continue;
    lowestBound = Math.min(lowestBound, upperBounds[i]!);
    highestBound = Math.max(highestBound, upperBounds[i]!);
    differenceMax = Math.max(differenceMax, previous - count);
  }
  return lowestBound === Infinity && highestBound === -Infinity ? undefined : { lowestBound, highestBound, differenceMax };
}

function isRounding(a: number, b: number): boolean {
  const sum = Math.abs(a) + Math.abs(b);
  const difference = Math.abs(a - b);
  if (a === 0 || b === 0 || sum < smallestNormal) return difference < roundingShare * smallestNormal;
  return difference / Math.min(sum, Number.MAX_VALUE) < roundingShare;
}
