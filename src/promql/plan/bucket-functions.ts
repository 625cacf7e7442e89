/** PromQL's functions over ranges of whole buckets of samples. */
import { known } from '../../base/assert.ts';
import { extrapolation } from '../evaluate/extrapolate.ts';

/** The columns of an answer, by row. */
export interface BucketRows {
  readonly end: Float64Array;
  readonly samples: Float64Array;
  readonly sum: Float64Array;
  readonly minimum: Float64Array;
  readonly maximum: Float64Array;
  readonly first_ms: Float64Array;
  readonly first: Float64Array;
  readonly last_ms: Float64Array;
  readonly last: Float64Array;
  readonly increase: Float64Array;
}

/** The rows `[from, to)` are a range; gives the value of the function there, NaN with `undefined` for none. */
type BucketFunction = (rows: BucketRows, from: number, to: number, windowMs: number, endMs: number) => number | undefined;

export const bucketFunctions: Readonly<Record<string, BucketFunction>> = {
  rate: (rows, from, to, windowMs, endMs) => perSecond(grown(rows, from, to, windowMs, endMs, true), windowMs),
  increase: (rows, from, to, windowMs, endMs) => grown(rows, from, to, windowMs, endMs, true),
  delta: (rows, from, to, windowMs, endMs) => grown(rows, from, to, windowMs, endMs, false),
  sum_over_time: ({ sum }, from, to) => added(sum, from, to),
  count_over_time: ({ samples }, from, to) => added(samples, from, to),
  avg_over_time: ({ sum, samples }, from, to) => added(sum, from, to) / added(samples, from, to),
  min_over_time: ({ minimum }, from, to) => minimum.subarray(from, to).reduce((a, b) => Math.min(a, b)),
  max_over_time: ({ maximum }, from, to) => maximum.subarray(from, to).reduce((a, b) => Math.max(a, b)),
  last_over_time: ({ last }, _from, to) => last[to - 1],
};

function added(column: Float64Array, from: number, to: number): number {
  let total = 0;
  for (let row = from; row < to; row++) total += column[row] ?? 0;
  return total;
}

function perSecond(value: number | undefined, windowMs: number): number | undefined {
  return value === undefined ? undefined : value / (windowMs / 1000);
}

/** As rate.ts does with samples. */
function grown(
  rows: BucketRows,
  from: number,
  to: number,
  windowMs: number,
  endMs: number,
  isCounter: boolean,
): number | undefined {
  const count = added(rows.samples, from, to);
  if (count < 2) return undefined;
  const first = known(rows.first[from], 'a row of the range');
  const last = known(rows.last[to - 1], 'a row of the range');
  let difference = last - first;
  if (isCounter) {
    difference = added(rows.increase, from, to);
    for (let row = from + 1; row < to; row++) {
      const before = rows.last[row - 1] ?? 0;
      const after = rows.first[row] ?? 0;
      difference += after < before ? after : after - before;
    }
  }
  const firstMs = rows.first_ms[from] ?? 0;
  const lastMs = rows.last_ms[to - 1] ?? 0;
  const fallenToZero = isCounter && difference > 0 && first >= 0 ? first / difference : Number.POSITIVE_INFINITY;
  return difference * extrapolation({ firstMs, lastMs, count, startMs: endMs - windowMs, endMs, fallenToZero });
}

/** Whether buckets hold what a function needs. */
export function isBucketFunction(name: string): boolean {
  return name in bucketFunctions;
}
