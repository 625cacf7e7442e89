/**
 * The experimental modifier `smoothed` of instant selectors: where there is no sample at the time itself, the value lies on the
 * line between the one before and the one after, or is that before when none follows. Both are looked for within lookback.
 */
import { withHint } from '../histogram/arithmetic.ts';
import { isCustom } from '../histogram/layout.ts';
import type { SeriesSamples } from '../source.ts';
import { warningOf } from './annotations.ts';
import { newSeries, setFloat, setHistogram } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { interpolate, interpolateHistograms } from './interpolation.ts';
import type { Subject } from './interpolation.ts';
import { splitSamples } from './ranges.ts';
import type { FloatSamples, HistogramSamples } from './ranges.ts';
import type { Lookup } from './lookup.ts';
import { newSpan, slideTo } from './spans.ts';
import type { Span } from './spans.ts';

/** The series at each step; undefined when it is absent at all of them. */
export function smooth(samples: SeriesSamples, lookup: Lookup, subject: Subject): GridSeries | undefined {
  const { floats, histograms } = splitSamples(samples);
  const series = newSeries(samples.labels, lookup.steps, false);
  const floatSpan = newSpan();
  const histogramSpan = newSpan();
  for (let step = 0; step < lookup.steps; step++) {
    const timeMs = lookup.startMs + step * lookup.strideMs;
    slideTo(floatSpan, floats.timesMs, timeMs - lookup.lookbackMs, timeMs + lookup.lookbackMs);
    slideTo(histogramSpan, histograms.timesMs, timeMs - lookup.lookbackMs, timeMs + lookup.lookbackMs);
    const hasFloats = floatSpan.from < floatSpan.to;
    const hasHistograms = histogramSpan.from < histogramSpan.to;
    if (hasFloats && hasHistograms) subject.annotations.warn(warningOf.mixedTypes(subject.metricName), subject.position);
    else if (hasFloats) smoothFloat(series, step, floats, floatSpan, timeMs);
    else if (hasHistograms) smoothHistogram(series, step, { histograms, span: histogramSpan, timeMs }, subject);
  }
  return series.present.includes(1) || series.present.includes(2) ? series : undefined;
}

function smoothFloat(series: GridSeries, step: number, { timesMs, values }: FloatSamples, span: Span, timeMs: number): void {
  let next = span.from;
  while (next < span.to && timesMs[next]! < timeMs) next++;
  if (next < span.to && timesMs[next] === timeMs) setFloat(series, step, values[next]!);
  else if (next === span.from) return;
  else if (next === span.to) setFloat(series, step, values[next - 1]!);
  else {
    const between = interpolate(values[next - 1]!, timesMs[next - 1]!, values[next]!, timesMs[next]!, {
      timeMs,
      isCounter: false,
    });
    setFloat(series, step, between);
  }
}

function smoothHistogram(
  series: GridSeries,
  step: number,
  { histograms, span, timeMs }: { histograms: HistogramSamples; span: Span; timeMs: number },
  subject: Subject,
): void {
  const { timesMs, values } = histograms;
  let next = span.from;
  while (next < span.to && timesMs[next]! < timeMs) next++;
  if (next < span.to && timesMs[next] === timeMs) setHistogram(series, step, values[next]!);
  else if (next === span.from) return;
  // The hint is about the sample before it, not about the value.
  else if (next === span.to) setHistogram(series, step, withHint(values[next - 1]!, 'unknown'));
  else {
    const [left, right] = [values[next - 1]!, values[next]!];
    if (isCustom(left) !== isCustom(right)) {
      subject.annotations.warn(warningOf.mixedSchemas(subject.metricName), subject.position);
      return;
    }
    const isCounter = left.resetHint !== 'gauge' || right.resetHint !== 'gauge';
    const fraction = (timeMs - timesMs[next - 1]!) / (timesMs[next]! - timesMs[next - 1]!);
    const between = interpolateHistograms(left, right, { fraction, isCounter }, subject);
    if (between !== undefined) setHistogram(series, step, between);
  }
}
