/**
 * rate, increase and delta of ranges with `anchored` or `smoothed` (experimental): the difference of the values at the two edges
 * of the range, not extrapolated. The value at an edge is, when anchored, that of the last sample up to it; when smoothed, that
 * on the line between the samples around it. Without a sample before the first edge, the first one within stands in.
 */
import { divide, withHint } from '../histogram/arithmetic.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { isCustom } from '../histogram/layout.ts';
import { detectReset } from '../histogram/reset.ts';
import { warningOf } from './annotations.ts';
import { addNoting, interpolate, interpolateHistograms, subtractNoting } from './interpolation.ts';
import type { Span } from './spans.ts';
import type { Window } from './windows.ts';

/** Which of rate, increase and delta is asked for. */
export interface RateKind {
  /** A value below the one before is a counter that started anew. */
  readonly isCounter: boolean;
  readonly perSecond: boolean;
}

/** The samples at or around the edges, as indexes. */
export interface Edges {
  readonly first: number;
  readonly last: number;
}

type FloatEdges = Pick<Window, 'floats' | 'floatSpan' | 'startMs' | 'endMs' | 'extension'>;

/** Undefined when no sample says anything about the range. */
export function edgesOf(
  timesMs: Float64Array,
  { from, to }: Span,
  window: Pick<Window, 'startMs' | 'endMs' | 'extension'>,
): Edges | undefined {
  const { startMs, endMs, extension } = window;
  let last = to - 1;
  let within = from;
  while (within < last && timesMs[within]! <= startMs) within++;
  const first = Math.max(from, within - 1);
  if (extension === 'smoothed') {
    last = from;
    while (last < to - 1 && timesMs[last]! < endMs) last++;
    if (timesMs[first]! > endMs) return undefined;
  }
  return timesMs[last]! <= startMs ? undefined : { first, last };
}

export function extendedFloatRate(window: Window, { isCounter, perSecond }: RateKind): boolean {
  const { timesMs, values } = window.floats;
  const edges = edgesOf(timesMs, window.floatSpan, window);
  if (edges === undefined) return false;
  const left = leftFloat(window, edges, isCounter);
  const right = rightFloat(window, edges, isCounter);
  let difference = right - left;
  if (isCounter) {
    const from = timesMs[edges.first]! <= window.startMs ? edges.first + 1 : edges.first;
    const to = timesMs[edges.last]! >= window.endMs ? edges.last : edges.last + 1;
    let lost = 0;
    let previous = left;
    for (let i = from; i < to; i++) {
      if (values[i]! < previous) lost += previous;
      previous = values[i]!;
    }
    if (right < previous) lost += previous;
    difference += lost;
  }
  window.value = perSecond ? difference / (window.rangeMs / 1000) : difference;
  return true;
}

/** The value at the start of the range. */
export function leftFloat({ floats, startMs, extension }: FloatEdges, { first }: Edges, isCounter: boolean): number {
  const { timesMs, values } = floats;
  if (extension !== 'smoothed' || timesMs[first]! >= startMs) return values[first]!;
  const at = { timeMs: startMs, isCounter };
  return interpolate(values[first]!, timesMs[first]!, values[first + 1]!, timesMs[first + 1]!, at);
}

/** The value at the end of the range. */
export function rightFloat({ floats, floatSpan, endMs, extension }: FloatEdges, { last }: Edges, isCounter: boolean): number {
  const { timesMs, values } = floats;
  if (extension !== 'smoothed' || last === floatSpan.from || timesMs[last]! <= endMs) return values[last]!;
  const at = { timeMs: endMs, isCounter };
  return interpolate(values[last - 1]!, timesMs[last - 1]!, values[last]!, timesMs[last]!, at);
}

export function extendedHistogramRate(window: Window, { isCounter, perSecond }: RateKind): boolean {
  const edges = edgesOf(window.histograms.timesMs, window.histogramSpan, window);
  if (edges === undefined || !areAlike(window, edges, isCounter)) return false;
  const left = leftHistogram(window, edges, isCounter);
  const right = left && rightHistogram(window, edges, isCounter);
  if (left === undefined || right === undefined) return false;
  if (!isCounter && (left.resetHint !== 'gauge' || right.resetHint !== 'gauge')) {
    window.annotations.warn(warningOf.notGauge(window.metricName), window.position);
  }
  let difference = subtractNoting(right, left, window);
  if (difference !== undefined && isCounter) difference = addLost(difference, window, edges, { left, right });
  if (difference === undefined) return false;
  window.histogram = withHint(perSecond ? divide(difference, window.rangeMs / 1000) : difference, 'gauge');
  return true;
}

/** False, with a warning, when exponential and custom buckets are mixed. Warns of gauges where counters are meant. */
function areAlike(
  { histograms, annotations, metricName, position }: Window,
  { first, last }: Edges,
  isCounter: boolean,
): boolean {
  const { values } = histograms;
  for (let i = first; i <= last; i++) {
    if (isCustom(values[i]!) !== isCustom(values[first]!)) {
      annotations.warn(warningOf.mixedSchemas(metricName), position);
      return false;
    }
    if (isCounter && values[i]!.resetHint === 'gauge') annotations.warn(warningOf.notCounter(metricName), position);
  }
  return true;
}

function leftHistogram(window: Window, { first }: Edges, isCounter: boolean): Histogram | undefined {
  const { timesMs, values } = window.histograms;
  const { startMs, extension } = window;
  if (extension !== 'smoothed' || timesMs[first]! >= startMs) return values[first]!;
  return between(window, first, startMs, isCounter);
}

function rightHistogram(window: Window, { last }: Edges, isCounter: boolean): Histogram | undefined {
  const { timesMs, values } = window.histograms;
  const { endMs, extension, histogramSpan } = window;
  if (extension !== 'smoothed' || last === histogramSpan.from || timesMs[last]! <= endMs) return values[last]!;
  return between(window, last - 1, endMs, isCounter);
}

/** The histogram at a time between sample `i` and the next one. */
function between(window: Window, i: number, timeMs: number, isCounter: boolean): Histogram | undefined {
  const { timesMs, values } = window.histograms;
  if (timesMs[i + 1] === timeMs) return values[i + 1]!;
  const fraction = (timeMs - timesMs[i]!) / (timesMs[i + 1]! - timesMs[i]!);
  return interpolateHistograms(values[i]!, values[i + 1]!, { fraction, isCounter }, window);
}

/** Adds what the counter lost each time it started anew between the edges. */
function addLost(
  difference: Histogram,
  window: Window,
  { first, last }: Edges,
  { left, right }: { left: Histogram; right: Histogram },
): Histogram | undefined {
  const { timesMs, values } = window.histograms;
  let from = first + 1;
  let previous = left;
  const isInterpolated = window.extension === 'smoothed' && timesMs[first]! < window.startMs;
  if (isInterpolated && detectReset(values[first]!, values[first + 1]!)) {
    // The reset lies before the edge: the value there is after it already.
    previous = values[first + 1]!;
    from++;
  }
  // Nothing lies between: both edges are on the same line, or there is one sample only.
  if (from > last) return difference;
  let sum: Histogram | undefined = difference;
  // The last sample is at the edge or beyond: `right` is made of it, with its hint.
  for (let i = from; i < last && sum !== undefined; i++) {
    if (detectReset(previous, values[i]!)) sum = addNoting(sum, previous, window);
    previous = values[i]!;
  }
  if (sum !== undefined && detectReset(previous, right)) sum = addNoting(sum, previous, window);
  return sum;
}
