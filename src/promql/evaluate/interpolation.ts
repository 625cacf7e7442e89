/** Values between two samples, for smoothed selectors: on a straight line, a counter that started anew from zero on. */
import { add, multiply, subtract } from '../histogram/arithmetic.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { detectReset } from '../histogram/reset.ts';
import { infoOf, warningOf } from './annotations.ts';
import type { Annotations } from './annotations.ts';

/** Whom annotations are about. */
export interface Subject {
  readonly annotations: Annotations;
  readonly position: number;
  readonly metricName: string;
}

/** The value at `timeMs`, between (leftMs, left) and (rightMs, right). */
export function interpolate(
  left: number,
  leftMs: number,
  right: number,
  rightMs: number,
  { timeMs, isCounter }: { readonly timeMs: number; readonly isCounter: boolean },
): number {
  const from = isCounter && right < left ? 0 : left;
  return from + ((right - from) * (timeMs - leftMs)) / (rightMs - leftMs);
}

/** `fraction` of the way from one histogram to the other; undefined, with a warning, when they do not go together. */
export function interpolateHistograms(
  left: Histogram,
  right: Histogram,
  { fraction, isCounter }: { readonly fraction: number; readonly isCounter: boolean },
  subject: Subject,
): Histogram | undefined {
  if (isCounter && detectReset(left, right)) return multiply(right, fraction);
  const difference = subtractNoting(right, left, subject);
  return difference && addNoting(multiply(difference, fraction), left, subject);
}

/** The sum; undefined, with a warning, of exponential and custom buckets. Says when custom bounds differed. */
export function addNoting(a: Histogram, b: Histogram, { annotations, position, metricName }: Subject): Histogram | undefined {
  const sum = add(a, b);
  if (sum === undefined) annotations.warn(warningOf.mixedSchemas(metricName), position);
  else if (sum.boundsReconciled) annotations.inform(infoOf.mismatchedBounds('addition'), position);
  return sum?.histogram;
}

/** The difference, as `addNoting`. */
export function subtractNoting(
  a: Histogram,
  b: Histogram,
  { annotations, position, metricName }: Subject,
): Histogram | undefined {
  const difference = subtract(a, b);
  if (difference === undefined) annotations.warn(warningOf.mixedSchemas(metricName), position);
  else if (difference.boundsReconciled) annotations.inform(infoOf.mismatchedBounds('subtraction'), position);
  return difference?.histogram;
}
