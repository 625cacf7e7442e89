/**
 * Native histograms as values of PromQL: counts as doubles, buckets sparse. What Prometheus calls spans is only a way to write
 * the same down: two histograms with the same buckets are equal here, and a bucket that holds 0 is as good as none.
 */

/** Schemas -4 to 8: bucket i ends at 2^(i · 2^-schema). */
export const schemaMin = -4;
export const schemaMax = 8;
/** Buckets with bounds of their own: bucket i holds (bounds[i-1], bounds[i]], the last one (bounds[last], +Inf]. */
export const customSchema = -53;

export interface Buckets {
  /** Ascending, none twice. */
  readonly indexes: readonly number[];
  readonly counts: readonly number[];
}

/** Whether the counts have started anew since the sample before: what the sender said. `gauge` for one that may go down. */
export type ResetHint = 'unknown' | 'reset' | 'not_reset' | 'gauge';

export interface Histogram {
  readonly schema: number;
  readonly count: number;
  readonly sum: number;
  /** Half the width of the zero bucket, which holds [-zeroThreshold, zeroThreshold]. */
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  readonly positive: Buckets;
  /** Bucket i of these holds the mirror image of bucket i of the positive ones. */
  readonly negative: Buckets;
  /** Upper bounds of a histogram with `customSchema`, ascending, without +Inf; else empty. */
  readonly bounds: readonly number[];
  readonly resetHint: ResetHint;
}

export const noBuckets: Buckets = { indexes: [], counts: [] };
