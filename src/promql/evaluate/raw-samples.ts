/** A range selector or subquery as the result of an instant query: the samples of its window as they are. */
import { SondeError } from '../../base/errors.ts';
import { labelsKey } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { EvaluateOptions } from './evaluation.ts';
import { edgesOf, leftFloat, rightFloat } from './extended-rate.ts';
import { withoutSchema } from './grid.ts';
import type { MatrixSeries, Point } from './points.ts';
import type { FloatSamples, HistogramSamples, RangeSeries, RangeVector, RangeWindows } from './ranges.ts';
import { newSpan, slideTo } from './spans.ts';
import type { Span } from './spans.ts';

/** Throws `query_failed` for `anchored` and `smoothed` histograms, and when dropped names make two series the same. */
export function rawSamples(
  { windows, series }: RangeVector,
  { delayedNameRemoval }: Pick<EvaluateOptions, 'delayedNameRemoval'>,
): readonly MatrixSeries[] {
  const byLabels = new Map<string, { readonly labels: Labels; readonly points: Point[]; isMerged: boolean }>();
  for (const each of series) {
    const points = pointsOf(each, windows);
    if (points.length === 0) continue;
    const labels = each.dropName && delayedNameRemoval ? withoutSchema(each.labels) : each.labels;
    const known = byLabels.get(labelsKey(labels));
    if (known === undefined) byLabels.set(labelsKey(labels), { labels, points, isMerged: false });
    else {
      for (const point of points) known.points.push(point);
      known.isMerged = true;
    }
  }
  return Array.from(byLabels.values(), ({ labels, points, isMerged }) => ({
    labels,
    points: isMerged ? ordered(points) : points,
  }));
}

function ordered(points: readonly Point[]): Point[] {
  const sorted = points.toSorted((a, b) => a.timeMs - b.timeMs);
  if (sorted.some(({ timeMs }, i) => timeMs === sorted[i - 1]?.timeMs)) {
    throw new SondeError('query_failed', 'vector cannot contain metrics with the same labelset');
  }
  return sorted;
}

function pointsOf({ floats, histograms }: RangeSeries, windows: RangeWindows): Point[] {
  const startMs = windows.endMs - windows.rangeMs;
  const floatSpan = spanOf(floats.timesMs, windows);
  const histogramSpan = spanOf(histograms.timesMs, windows);
  if (windows.extension !== undefined) {
    if (histogramSpan.from < histogramSpan.to) {
      throw new SondeError('query_failed', `${windows.extension} modifier is not supported with histograms`);
    }
    return extendedPoints(floats, floatSpan, windows, startMs);
  }
  const points = [...floatPoints(floats, floatSpan), ...histogramPoints(histograms, histogramSpan)];
  return points.toSorted((a, b) => a.timeMs - b.timeMs);
}

function spanOf(timesMs: Float64Array, { endMs, rangeMs, beforeMs, afterMs }: RangeWindows): Span {
  const span = newSpan();
  slideTo(span, timesMs, endMs - rangeMs - beforeMs, endMs + afterMs);
  return span;
}

function floatPoints({ timesMs, values }: FloatSamples, { from, to }: Span): Point[] {
  return Array.from({ length: to - from }, (_, i) => ({ timeMs: timesMs[from + i]!, value: values[from + i]! }));
}

function histogramPoints({ timesMs, values }: HistogramSamples, { from, to }: Span): Point[] {
  return Array.from({ length: to - from }, (_, i) => ({ timeMs: timesMs[from + i]!, histogram: values[from + i]! }));
}

/** The values at both edges of the range, and the samples between them. */
function extendedPoints(floats: FloatSamples, span: Span, { endMs, extension }: RangeWindows, startMs: number): Point[] {
  if (span.from === span.to) return [];
  const window = { floats, floatSpan: span, startMs, endMs, extension };
  const edges = edgesOf(floats.timesMs, span, window);
  if (edges === undefined) return [];
  const from = floats.timesMs[edges.first]! <= startMs ? edges.first + 1 : edges.first;
  const to = floats.timesMs[edges.last]! >= endMs ? edges.last : edges.last + 1;
  return [
    { timeMs: startMs, value: leftFloat(window, edges, false) },
    ...floatPoints(floats, { from, to: Math.max(from, to) }),
    { timeMs: endMs, value: rightFloat(window, edges, false) },
  ];
}
