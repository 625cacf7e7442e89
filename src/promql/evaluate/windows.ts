/**
 * Functions of range vectors: a function is called with each window of each series that has a sample in it. There is one window
 * object per call of a function, moved from step to step, so that nothing is allocated per window.
 */
import { labelValue, metricName } from '../../lang/labels.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { infoOf } from './annotations.ts';
import type { Annotations } from './annotations.ts';
import type { Evaluation } from './evaluation.ts';
import { newSeries, presence, setFloat, setHistogram, withoutSchema } from './grid.ts';
import type { Grid, GridSeries } from './grid.ts';
import type { FloatSamples, HistogramSamples, RangeSeries, RangeVector } from './ranges.ts';
import { newSpan, slideTo } from './spans.ts';
import type { Span } from './spans.ts';

export interface Window {
  floats: FloatSamples;
  histograms: HistogramSamples;
  /** Which of the floats and of the histograms are in the window: at least one of either. */
  readonly floatSpan: Span;
  readonly histogramSpan: Span;
  /** The time of the step, in Unix milliseconds. */
  timeMs: number;
  /** The range is (startMs, endMs]; with `anchored` or `smoothed` the spans reach beyond it. */
  startMs: number;
  endMs: number;
  readonly rangeMs: number;
  readonly extension: 'anchored' | 'smoothed' | undefined;
  step: number;
  /** The other arguments of the function, by step. */
  readonly parameters: readonly Float64Array[];
  /** Whether `startsMs` of samples count. */
  readonly useStarts: boolean;
  /** Whom annotations are about: the first argument of the function, and the series. */
  readonly annotations: Annotations;
  readonly position: number;
  metricName: string;
  /** The result: set one of them and return true. */
  value: number;
  histogram: Histogram | undefined;
}

/** Gives the result of a window in `value` or `histogram`; returns whether there is one. */
export type RangeFunction = (window: Window) => boolean;

export interface RangeCall {
  readonly apply: RangeFunction;
  readonly keepsName: boolean;
  /** An info is due where the name of a series of floats is not that of a counter. */
  readonly expectsCounter: boolean;
  readonly parameters: readonly Float64Array[];
  readonly position: number;
}

/** How many samples are gone through before it is asked whether a pause is due. */
const workMax = 50_000;
/** How many times the work of a float a histogram is, about. */
const histogramWork = 20;

export async function applyToWindows(
  call: RangeCall,
  { windows, series }: RangeVector,
  grid: Grid,
  evaluation: Evaluation,
): Promise<GridSeries[]> {
  const results: GridSeries[] = [];
  const { rangeMs, extension, beforeMs, afterMs } = windows;
  let work = 0;
  for (const each of series) {
    const window = newWindow(each, call, evaluation, { rangeMs, extension });
    let result: GridSeries | undefined;
    for (let step = 0; step < grid.steps; step++) {
      if (work > workMax) {
        work = 0;
        if (evaluation.isDue()) await evaluation.pause();
      }
      const endMs = windows.endMs + step * windows.strideMs;
      const startMs = endMs - rangeMs;
      slideTo(window.floatSpan, each.floats.timesMs, startMs - beforeMs, endMs + afterMs);
      slideTo(window.histogramSpan, each.histograms.timesMs, startMs - beforeMs, endMs + afterMs);
      if (isEmpty(window.floatSpan) && isEmpty(window.histogramSpan)) continue;
      work += 1 + sizeOf(window.floatSpan) + sizeOf(window.histogramSpan) * histogramWork;
      window.step = step;
      window.timeMs = grid.startMs + step * grid.stepMs;
      window.startMs = startMs;
      window.endMs = endMs;
      window.histogram = undefined;
      if (!call.apply(window)) continue;
      if (result === undefined) {
        evaluation.reserve(grid.steps);
        result = newResult(each, grid, call, evaluation);
      }
      if (window.histogram === undefined) setFloat(result, step, window.value);
      else setHistogram(result, step, window.histogram);
    }
    if (result === undefined) continue;
    results.push(result);
    if (call.expectsCounter && result.present.includes(presence.float)) noteNonCounter(window);
  }
  return results;
}

function noteNonCounter({ metricName, annotations, position }: Window): void {
  if (metricName === '' || /_(?:total|sum|count|bucket)$/.test(metricName)) return;
  annotations.inform(infoOf.possibleNonCounter(metricName), position);
}

export function isEmpty({ from, to }: Span): boolean {
  return from === to;
}

export function sizeOf({ from, to }: Span): number {
  return to - from;
}

function newWindow(
  { labels, floats, histograms }: RangeSeries,
  { parameters, position }: RangeCall,
  { annotations, options }: Evaluation,
  range: Pick<Window, 'rangeMs' | 'extension'>,
): Window {
  return {
    floats,
    histograms,
    floatSpan: newSpan(),
    histogramSpan: newSpan(),
    timeMs: 0,
    startMs: 0,
    endMs: 0,
    rangeMs: range.rangeMs,
    extension: range.extension,
    step: 0,
    parameters,
    useStarts: options.startTimestamps,
    annotations,
    position,
    metricName: labelValue(labels, metricName),
    value: 0,
    histogram: undefined,
  };
}

function newResult({ labels, dropName }: RangeSeries, grid: Grid, { keepsName }: RangeCall, evaluation: Evaluation): GridSeries {
  const drops = dropName || !keepsName;
  const kept = drops && !evaluation.options.delayedNameRemoval ? withoutSchema(labels) : labels;
  return newSeries(kept, grid.steps, drops);
}
