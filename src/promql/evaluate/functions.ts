/** How each function is evaluated: the one list of them, complete by its type. */
import { standardDeviation, variance, average } from '../histogram/statistics.ts';
import type { Histogram } from '../histogram/histogram.ts';
import type { FunctionName } from '../signatures.ts';
import { absent } from './absent.ts';
import { changes, resets } from './changes.ts';
import * as dates from './dates.ts';
import type { DatePart } from './dates.ts';
import type { GridSeries } from './grid.ts';
import { histogramFraction, histogramQuantile, histogramQuantiles } from './histogram-functions.ts';
import { idelta, irate } from './instant-rate.ts';
import { clamp, clampMax, clampMin, combineScalars, round, scalarOf, timesOf, toDegrees, toRadians, vectorOf } from './math.ts';
import * as overTime from './over-time.ts';
import { delta, deltaKind, increase, increaseKind, rate, rateKind } from './rate.ts';
import { rateOverFloats } from './rate-floats.ts';
import type { FloatsFunction } from './ranges.ts';
import { derivative, doubleExponentialSmoothing, predictLinear } from './regression.ts';
import { joinLabels, replaceLabel } from './relabel.ts';
import { sortByLabels, sortByValue } from './sort.ts';
import type { CallContext } from './values.ts';
import type { RangeFunction } from './windows.ts';

type VectorFunction = (context: CallContext) => readonly GridSeries[] | Promise<readonly GridSeries[]>;

export type FunctionRule =
  /** Of each float of a vector. */
  | { readonly kind: 'float'; readonly apply: (value: number) => number }
  /** Of each native histogram of a vector. */
  | { readonly kind: 'histogram'; readonly apply: (histogram: Histogram) => number }
  | { readonly kind: 'date'; readonly part: DatePart }
  /** Of the samples of a series in a range. */
  | {
      readonly kind: 'range';
      readonly apply: RangeFunction;
      readonly keepsName: boolean;
      /** The same for series of floats alone, all windows at once. */
      readonly overFloats?: FloatsFunction;
    }
  | { readonly kind: 'vector'; readonly apply: VectorFunction }
  | { readonly kind: 'scalar'; readonly apply: (context: CallContext) => Float64Array }
  /** Those that need more than the values of their arguments: expression.ts has them. */
  | { readonly kind: 'info' | 'timestamp' | 'startTimestamp' | 'absentOverTime' };

export const functions: Readonly<Record<FunctionName, FunctionRule>> = {
  abs: ofFloats(Math.abs),
  absent: ofVector(absent),
  absent_over_time: { kind: 'absentOverTime' },
  acos: ofFloats(Math.acos),
  acosh: ofFloats(Math.acosh),
  asin: ofFloats(Math.asin),
  asinh: ofFloats(Math.asinh),
  atan: ofFloats(Math.atan),
  atanh: ofFloats(Math.atanh),
  avg_over_time: ofRange(overTime.averageOverTime),
  ceil: ofFloats(Math.ceil),
  changes: ofRange(changes),
  clamp: ofVector(clamp),
  clamp_max: ofVector(clampMax),
  clamp_min: ofVector(clampMin),
  cos: ofFloats(Math.cos),
  cosh: ofFloats(Math.cosh),
  count_over_time: ofRange(overTime.countOverTime),
  day_of_month: ofDate(dates.dayOfMonth),
  day_of_week: ofDate(dates.dayOfWeek),
  day_of_year: ofDate(dates.dayOfYear),
  days_in_month: ofDate(dates.daysInMonth),
  deg: ofFloats(toDegrees),
  delta: { kind: 'range', apply: delta, keepsName: false, overFloats: rateOverFloats(deltaKind) },
  deriv: ofRange(derivative),
  double_exponential_smoothing: ofRange(doubleExponentialSmoothing),
  end: ofQuery(({ evaluation }) => evaluation.queryGrid.endMs / 1000),
  exp: ofFloats(Math.exp),
  first_over_time: ofRange(overTime.firstOverTime, true),
  floor: ofFloats(Math.floor),
  histogram_avg: ofHistograms(average),
  histogram_count: ofHistograms(({ count }) => count),
  histogram_fraction: ofVector(histogramFraction),
  histogram_quantile: ofVector(histogramQuantile),
  histogram_quantiles: ofVector(histogramQuantiles),
  histogram_stddev: ofHistograms(standardDeviation),
  histogram_stdvar: ofHistograms(variance),
  histogram_sum: ofHistograms(({ sum }) => sum),
  hour: ofDate(dates.hour),
  idelta: ofRange(idelta),
  increase: { kind: 'range', apply: increase, keepsName: false, overFloats: rateOverFloats(increaseKind) },
  info: { kind: 'info' },
  irate: ofRange(irate),
  label_join: ofVector(joinLabels),
  label_replace: ofVector(replaceLabel),
  last_over_time: ofRange(overTime.lastOverTime, true),
  ln: ofFloats(Math.log),
  log10: ofFloats(Math.log10),
  log2: ofFloats(Math.log2),
  mad_over_time: ofRange(overTime.medianDeviationOverTime),
  max_of: ofScalars((context) => combineScalars(context, Math.max)),
  max_over_time: ofRange(overTime.maxOverTime),
  min_of: ofScalars((context) => combineScalars(context, Math.min)),
  min_over_time: ofRange(overTime.minOverTime),
  minute: ofDate(dates.minute),
  month: ofDate(dates.month),
  pi: ofQuery(() => Math.PI),
  predict_linear: ofRange(predictLinear),
  present_over_time: ofRange(overTime.presentOverTime),
  quantile_over_time: ofRange(overTime.quantileOverTime),
  rad: ofFloats(toRadians),
  range: ofQuery(({ evaluation: { queryGrid } }) => (queryGrid.endMs - queryGrid.startMs) / 1000),
  rate: { kind: 'range', apply: rate, keepsName: false, overFloats: rateOverFloats(rateKind) },
  resets: ofRange(resets),
  round: ofVector(round),
  scalar: ofScalars(scalarOf),
  sgn: ofFloats(Math.sign),
  sin: ofFloats(Math.sin),
  sinh: ofFloats(Math.sinh),
  sort: ofVector((context) => sortByValue(context, 1)),
  sort_by_label: ofVector((context) => sortByLabels(context, 1)),
  sort_by_label_desc: ofVector((context) => sortByLabels(context, -1)),
  sort_desc: ofVector((context) => sortByValue(context, -1)),
  sqrt: ofFloats(Math.sqrt),
  start: ofQuery(({ evaluation }) => evaluation.queryGrid.startMs / 1000),
  start_timestamp: { kind: 'startTimestamp' },
  stddev_over_time: ofRange(overTime.deviationOverTime),
  stdvar_over_time: ofRange(overTime.varianceOverTime),
  step: ofQuery(({ evaluation: { queryGrid } }) => (queryGrid.startMs === queryGrid.endMs ? 0 : queryGrid.stepMs / 1000)),
  sum_over_time: ofRange(overTime.sumOverTime),
  tan: ofFloats(Math.tan),
  tanh: ofFloats(Math.tanh),
  time: ofScalars(timesOf),
  timestamp: { kind: 'timestamp' },
  ts_of_first_over_time: ofRange(overTime.timeOfFirstOverTime),
  ts_of_last_over_time: ofRange(overTime.timeOfLastOverTime),
  ts_of_max_over_time: ofRange(overTime.timeOfMaxOverTime),
  ts_of_min_over_time: ofRange(overTime.timeOfMinOverTime),
  vector: ofVector(vectorOf),
  year: ofDate(dates.year),
};

function ofFloats(apply: (value: number) => number): FunctionRule {
  return { kind: 'float', apply };
}

function ofHistograms(apply: (histogram: Histogram) => number): FunctionRule {
  return { kind: 'histogram', apply };
}

function ofDate(part: DatePart): FunctionRule {
  return { kind: 'date', part };
}

function ofRange(apply: RangeFunction, keepsName = false): FunctionRule {
  return { kind: 'range', apply, keepsName };
}

function ofVector(apply: VectorFunction): FunctionRule {
  return { kind: 'vector', apply };
}

function ofScalars(apply: (context: CallContext) => Float64Array): FunctionRule {
  return { kind: 'scalar', apply };
}

/** The same at all steps. */
function ofQuery(find: (context: CallContext) => number): FunctionRule {
  return ofScalars((context) => new Float64Array(context.grid.steps).fill(find(context)));
}
