/** What lies between the first and the last native histogram of a window, and between the last two of it. */
import { subtract, withHint, divide } from '../histogram/arithmetic.ts';
import { noBuckets } from '../histogram/histogram.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { isCustom, reduceResolution } from '../histogram/layout.ts';
import { detectReset } from '../histogram/reset.ts';
import { infoOf, warningOf } from './annotations.ts';
import { addNoting, subtractNoting } from './interpolation.ts';
import { hasRestarted, overlaps } from './start-times.ts';
import type { Window } from './windows.ts';

/**
 * The difference of the last and the first of at least two histograms, with what a counter lost when it started anew; a gauge.
 * Undefined, with a warning, when they do not go together.
 */
export function histogramDifference(window: Window, isCounter: boolean): Histogram | undefined {
  const { values } = window.histograms;
  const { from, to } = window.histogramSpan;
  const last = values[to - 1]!;
  const first = isCounter && restartsAt(window, from + 1, values[from]!) ? emptyLike(values[from + 1]!) : values[from]!;
  const schema = commonSchema(window, first, isCounter);
  if (schema === undefined) return undefined;
  noteKinds(window, isCounter);
  const reduced = isCustom(last) ? last : reduceResolution(last, schema);
  let difference = subtractNoting(reduced, first, window);
  if (isCounter) {
    noteOverlaps(window);
    let previous = first;
    for (let i = from + 1; i < to && difference !== undefined; i++) {
      if (restartsAt(window, i, previous)) difference = addNoting(difference, previous, window);
      previous = values[i]!;
    }
  }
  return difference && withHint(difference, 'gauge');
}

/** Whether counting started anew between sample `i` and the one before, by its start time or by its counts. */
function restartsAt(window: Window, i: number, previous: Histogram): boolean {
  const { timesMs, values, startsMs } = window.histograms;
  if (window.useStarts && startsMs !== undefined) {
    if (hasRestarted(startsMs[i - 1]!, timesMs[i - 1]!, startsMs[i]!, timesMs[i]!)) return true;
  }
  return detectReset(previous, values[i]!);
}

/** A first sample before a reset does not count, so neither does its layout. */
function emptyLike({ schema, bounds }: Histogram): Histogram {
  const none = { count: 0, sum: 0, zeroThreshold: 0, zeroCount: 0, positive: noBuckets, negative: noBuckets };
  return { schema, bounds, ...none, resetHint: 'unknown' };
}

/**
 * The coarsest schema, to which all are reduced at once; for gauges only the first and the last count. Undefined, with a
 * warning, when exponential and custom buckets are mixed.
 */
function commonSchema(window: Window, first: Histogram, isCounter: boolean): number | undefined {
  const { values } = window.histograms;
  const { from, to } = window.histogramSpan;
  let schema = first.schema;
  for (let i = isCounter ? from + 1 : to - 1; i < to; i++) {
    if (isCustom(values[i]!) !== isCustom(first)) {
      window.annotations.warn(warningOf.mixedSchemas(window.metricName), window.position);
      return undefined;
    }
    schema = Math.min(schema, values[i]!.schema);
  }
  return schema;
}

/** Warns where a gauge is taken for a counter, or a counter for a gauge. */
function noteKinds(window: Window, isCounter: boolean): void {
  const { annotations, position, metricName } = window;
  const { values } = window.histograms;
  const { from, to } = window.histogramSpan;
  if (!isCounter) {
    const areGauges = values[from]!.resetHint === 'gauge' && values[to - 1]!.resetHint === 'gauge';
    if (!areGauges) annotations.warn(warningOf.notGauge(metricName), position);
    return;
  }
  for (let i = from; i < to; i++) {
    if (values[i]!.resetHint !== 'gauge') continue;
    annotations.warn(warningOf.notCounter(metricName), position);
    return;
  }
}

function noteOverlaps(window: Window): void {
  const { timesMs, startsMs } = window.histograms;
  if (!window.useStarts || startsMs === undefined) return;
  for (let i = window.histogramSpan.from + 1; i < window.histogramSpan.to; i++) {
    if (!overlaps(startsMs[i - 1]!, timesMs[i - 1]!, startsMs[i]!)) continue;
    window.annotations.warnOfOverlap(window.metricName, window.position);
    return;
  }
}

/** idelta and irate between two histograms, the later one at `i`: undefined, with a warning, when they do not go together. */
export function histogramStep(window: Window, i: number, isRate: boolean): Histogram | undefined {
  const { annotations, position, metricName } = window;
  const { timesMs, values } = window.histograms;
  const [previous, last] = [values[i - 1]!, values[i]!];
  const gauges = Number(previous.resetHint === 'gauge') + Number(last.resetHint === 'gauge');
  if (isRate && gauges > 0) annotations.warn(warningOf.notCounter(metricName), position);
  if (!isRate && gauges < 2) annotations.warn(warningOf.notGauge(metricName), position);
  let result: Histogram | undefined = last;
  if (!isRate || !restartsAt(window, i, previous)) {
    const difference = subtract(last, previous);
    if (difference === undefined) annotations.warn(warningOf.mixedSchemas(metricName), position);
    else if (difference.boundsReconciled) annotations.inform(infoOf.mismatchedBounds('subtraction'), position);
    result = difference?.histogram;
  }
  if (result === undefined) return undefined;
  const gauge = withHint(result, 'gauge');
  return isRate ? divide(gauge, (timesMs[i]! - timesMs[i - 1]!) / 1000) : gauge;
}
