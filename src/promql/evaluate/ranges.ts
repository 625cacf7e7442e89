/** Range selectors and subqueries: the samples that windows slide over, floats and histograms apart. */
import type { Labels } from '../../lang/labels.ts';
import type { MatrixSelector, Subquery, VectorSelector } from '../ast.ts';
import { withHint } from '../histogram/arithmetic.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { sampleKinds } from '../source.ts';
import type { SeriesSamples } from '../source.ts';
import { offsetOf, rangeOf, timeOf } from './durations.ts';
import type { Evaluation } from './evaluation.ts';
import { gridOf, presence } from './grid.ts';
import type { Grid, GridSeries } from './grid.ts';

/** Times ascending; the start of counting of each sample in Unix milliseconds, 0 where unknown, undefined when for all. */
export interface FloatSamples {
  readonly timesMs: Float64Array;
  readonly values: Float64Array;
  readonly startsMs: Float64Array | undefined;
}

export interface HistogramSamples {
  readonly timesMs: Float64Array;
  readonly values: readonly Histogram[];
  readonly startsMs: Float64Array | undefined;
}

/** A series without stale markers, which ranges pass over. */
export interface RangeSeries {
  readonly labels: Labels;
  readonly dropName: boolean;
  readonly floats: FloatSamples;
  readonly histograms: HistogramSamples;
}

/** Where the windows lie: (end - rangeMs, end] in the time of the samples. */
export interface RangeWindows {
  readonly rangeMs: number;
  /** The end of the window of the first step; each further one ends strideMs later. */
  readonly endMs: number;
  /** 0 when `@` pins the window. */
  readonly strideMs: number;
  readonly extension: VectorSelector['extension'];
  /** How much is read before and after the windows: for `anchored` and `smoothed`. */
  readonly beforeMs: number;
  readonly afterMs: number;
}

export interface RangeVector {
  readonly windows: RangeWindows;
  readonly series: readonly RangeSeries[];
}

/** Fills the values of a series from its floats, at all windows; gives whether there is any. */
export type FloatsFunction = (floats: FloatSamples, windows: RangeWindows, to: GridSeries) => boolean;

const noFloats: FloatSamples = { timesMs: new Float64Array(0), values: new Float64Array(0), startsMs: undefined };
const noHistograms: HistogramSamples = { timesMs: new Float64Array(0), values: [], startsMs: undefined };

export async function selectRange(selector: MatrixSelector, grid: Grid, evaluation: Evaluation): Promise<RangeVector> {
  const { extension } = selector.vector;
  const { lookbackMs } = evaluation.options;
  const windows = windowsOf(selector.vector, selector.range, grid, evaluation);
  const extended = {
    ...windows,
    extension,
    beforeMs: extension === undefined ? 0 : lookbackMs,
    afterMs: extension === 'smoothed' ? lookbackMs : 0,
  };
  const lastEndMs = windows.endMs + (grid.steps - 1) * windows.strideMs;
  const found = await evaluation.selectFor(selector.vector, {
    afterMs: windows.endMs - windows.rangeMs - extended.beforeMs,
    toMs: lastEndMs + extended.afterMs,
  });
  const series: RangeSeries[] = [];
  for (const samples of found) {
    if (evaluation.isDue()) await evaluation.pause();
    series.push(splitSamples(samples));
  }
  return { windows: extended, series };
}

/** The windows of a selector or subquery, without extension. */
export function windowsOf(
  node: Pick<VectorSelector, 'at' | 'offset'>,
  range: MatrixSelector['range'],
  grid: Grid,
  evaluation: Evaluation,
): RangeWindows {
  const pinnedMs = timeOf(node.at, evaluation.queryGrid);
  return {
    rangeMs: rangeOf(range, evaluation.queryGrid),
    endMs: (pinnedMs ?? grid.startMs) - offsetOf(node.offset, evaluation.queryGrid),
    strideMs: pinnedMs === undefined ? grid.stepMs : 0,
    extension: undefined,
    beforeMs: 0,
    afterMs: 0,
  };
}

/** The times a subquery evaluates its expression at: the multiples of its step that lie in any of its windows. */
export function subqueryGrid(subquery: Subquery, windows: RangeWindows, grid: Grid, evaluation: Evaluation): Grid {
  const { step } = subquery;
  const stepMs = step === undefined ? evaluation.options.defaultSubqueryStepMs : rangeOf(step, evaluation.queryGrid);
  const startMs = (Math.floor((windows.endMs - windows.rangeMs) / stepMs) + 1) * stepMs;
  return gridOf(startMs, windows.endMs + (grid.steps - 1) * windows.strideMs, stepMs);
}

/**
 * The results of a subquery as samples. Hints about resets are forgotten: a subquery leaves samples out or repeats them, and a
 * hint is about the sample right before.
 */
export function samplesOfGrid({ labels, dropName, values, present, histograms }: GridSeries, grid: Grid): RangeSeries {
  const floatSteps = indexesOf(present, presence.float);
  const floats: FloatSamples = { timesMs: timesOf(floatSteps, grid), values: pick(values, floatSteps), startsMs: undefined };
  if (histograms === undefined) return { labels, dropName, floats, histograms: noHistograms };
  const steps = indexesOf(present, presence.histogram);
  const kept = steps.map((step) => forgetReset(histograms[step]!));
  return { labels, dropName, floats, histograms: { timesMs: timesOf(steps, grid), values: kept, startsMs: undefined } };
}

function timesOf(steps: readonly number[], { startMs, stepMs }: Grid): Float64Array {
  const timesMs = new Float64Array(steps.length);
  for (let i = 0; i < timesMs.length; i++) timesMs[i] = startMs + steps[i]! * stepMs;
  return timesMs;
}

function forgetReset(histogram: Histogram): Histogram {
  return histogram.resetHint === 'gauge' ? histogram : withHint(histogram, 'unknown');
}

export function splitSamples(samples: SeriesSamples): RangeSeries {
  const { labels, timesMs, kinds, values, startsMs } = samples;
  if (!kinds.includes(sampleKinds.histogram) && !kinds.includes(sampleKinds.stale)) {
    return { labels, dropName: false, floats: { timesMs, values, startsMs }, histograms: noHistograms };
  }
  const floats = indexesOf(kinds, sampleKinds.float);
  const histograms = indexesOf(kinds, sampleKinds.histogram);
  return {
    labels,
    dropName: false,
    floats: floats.length === 0 ? noFloats : { ...pickTimes(samples, floats), values: pick(values, floats) },
    histograms:
      histograms.length === 0
        ? noHistograms
        : { ...pickTimes(samples, histograms), values: histograms.map((i) => samples.histograms![i]!) },
  };
}

function indexesOf(kinds: Uint8Array, kind: number): number[] {
  const indexes: number[] = [];
  for (let i = 0; i < kinds.length; i++) if (kinds[i] === kind) indexes.push(i);
  return indexes;
}

function pickTimes({ timesMs, startsMs }: SeriesSamples, indexes: readonly number[]) {
  return { timesMs: pick(timesMs, indexes), startsMs: startsMs && pick(startsMs, indexes) };
}

function pick(column: Float64Array, indexes: readonly number[]): Float64Array {
  const picked = new Float64Array(indexes.length);
  for (let i = 0; i < picked.length; i++) picked[i] = column[indexes[i]!]!;
  return picked;
}
