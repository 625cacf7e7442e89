/** Whether the counts of a histogram have started anew. */
import { commonLayout, isCustom, sameBounds, toLayout, zeroThresholdFrom } from './layout.ts';
import type { Buckets, Histogram } from './histogram.ts';

/**
 * Whether between two samples of a series the counts have started anew. What the later sample says of itself counts; else any
 * number of observations that became smaller shows it (the sum may fall, as observations may be negative), and so does a layout
 * that only a new start can give: a finer schema, a smaller zero bucket, a zero bucket that cuts what was populated.
 */
export function detectReset(previous: Histogram, current: Histogram): boolean {
  if (current.resetHint === 'reset') return true;
  if (current.resetHint === 'not_reset') return false;
  if (current.count < previous.count) return true;
  if (isCustom(current)) return customReset(previous, current);
  if (isCustom(previous) || current.schema > previous.schema) return true;
  if (zeroThresholdFrom(previous, current.zeroThreshold) !== current.zeroThreshold) return true;
  const before = toLayout(previous, current);
  return (
    current.zeroCount < before.zeroCount ||
    hasFallen(before.positive, current.positive) ||
    hasFallen(before.negative, current.negative)
  );
}

/** Between different bounds, what counts is the buckets between the bounds that both have. */
function customReset(previous: Histogram, current: Histogram): boolean {
  if (!isCustom(previous)) return true;
  if (sameBounds(previous.bounds, current.bounds)) return hasFallen(previous.positive, current.positive);
  const layout = commonLayout(previous, current);
  if (layout === undefined) return true;
  return hasFallen(toLayout(previous, layout).positive, toLayout(current, layout).positive);
}

/** Whether a bucket holds less than before, or is gone though it was populated. */
function hasFallen(before: Buckets, now: Buckets): boolean {
  let j = 0;
  for (let i = 0; i < before.indexes.length; i++) {
    const index = before.indexes[i]!;
    while (j < now.indexes.length && now.indexes[j]! < index) j++;
    const count = now.indexes[j] === index ? now.counts[j]! : 0;
    if (count < before.counts[i]!) return true;
  }
  return false;
}
