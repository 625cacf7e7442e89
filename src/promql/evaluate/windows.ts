/**
 * Functions of range vectors: a function is called with each window of each series that has a sample in it. There is one window
 * object per call of a function, moved from step to step, so that nothing is allocated per window.
 */
import { labelValue, metricName } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { infoOf } from './annotations.ts';
import type { Annotations } from './annotations.ts';
import type { Evaluation } from './evaluation.ts';
import { presence, seriesMaker, setFloat, setHistogram, withoutSchema } from './grid.ts';
import type { Grid, GridSeries } from './grid.ts';
import type { FloatSamples, FloatsFunction, HistogramSamples, RangeSeries, RangeVector } from './ranges.ts';
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
  /** The same for series of floats alone, all windows at once. */
  readonly overFloats?: FloatsFunction;
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
  const pace: Pace = { evaluation, work: 0 };
  const makeSeries = seriesMaker(grid.steps, series.length);
  for (const each of series) {
    const window = newWindow(each, call, evaluation, windows);
    const result = makeSeries(...resultOf(each, call, evaluation));
    let isAny: boolean;
    if (call.overFloats !== undefined && isPlain(window)) {
      if (isTired(pace, each.floats.timesMs.length + grid.steps)) await evaluation.pause();
      isAny = call.overFloats(each.floats, windows, result);
    } else isAny = await applyToEach(window, { call, windows, grid, pace }, result);
    if (!isAny) continue;
    evaluation.reserve(grid.steps);
    results.push(result);
    if (call.expectsCounter && result.present.includes(presence.float)) noteNonCounter(window);
  }
  return results;
}

interface Pace {
  readonly evaluation: Evaluation;
  /** Done since it was asked last whether a pause is due. */
  work: number;
}

/** Whether a pause is due after so much more work. */
function isTired(pace: Pace, work: number): boolean {
  pace.work += work;
  if (pace.work <= workMax) return false;
  pace.work = 0;
  return pace.evaluation.isDue();
}

interface Passage {
  readonly call: RangeCall;
  readonly windows: RangeVector['windows'];
  readonly grid: Grid;
  readonly pace: Pace;
}

/** Calls the function with window after window of a series; gives whether there is any result. */
async function applyToEach(window: Window, { call, windows, grid, pace }: Passage, result: GridSeries): Promise<boolean> {
  const { rangeMs, beforeMs, afterMs } = windows;
  const { floats, histograms, floatSpan, histogramSpan } = window;
  let isAny = false;
  for (let step = 0; step < grid.steps; step++) {
    const endMs = windows.endMs + step * windows.strideMs;
    const startMs = endMs - rangeMs;
    slideTo(floatSpan, floats.timesMs, startMs - beforeMs, endMs + afterMs);
    slideTo(histogramSpan, histograms.timesMs, startMs - beforeMs, endMs + afterMs);
    if (isEmpty(floatSpan) && isEmpty(histogramSpan)) continue;
    if (isTired(pace, 1 + sizeOf(floatSpan) + sizeOf(histogramSpan) * histogramWork)) await pace.evaluation.pause();
    window.step = step;
    window.timeMs = grid.startMs + step * grid.stepMs;
    window.startMs = startMs;
    window.endMs = endMs;
    window.histogram = undefined;
    if (!call.apply(window)) continue;
    if (window.histogram === undefined) setFloat(result, step, window.value);
    else setHistogram(result, step, window.histogram);
    isAny = true;
  }
  return isAny;
}

/** Floats alone, of which nothing but times and values counts. */
function isPlain({ floats, histograms, extension, useStarts }: Window): boolean {
  return histograms.timesMs.length === 0 && extension === undefined && (!useStarts || floats.startsMs === undefined);
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

/** Labels of the result of a series, and whether its name is dropped at the end. */
function resultOf(
  { labels, dropName }: RangeSeries,
  { keepsName }: RangeCall,
  evaluation: Evaluation,
): [labels: Labels, dropName: boolean] {
  const drops = dropName || !keepsName;
  return [drops && !evaluation.options.delayedNameRemoval ? withoutSchema(labels) : labels, drops];
}
