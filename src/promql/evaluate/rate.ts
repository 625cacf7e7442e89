/** rate, increase and delta of floats and of native histograms: the difference over a window, extrapolated to its edges. */
import { multiply } from '../histogram/arithmetic.ts';
import { warningOf } from './annotations.ts';
import { extendedFloatRate, extendedHistogramRate } from './extended-rate.ts';
import type { RateKind } from './extended-rate.ts';
import { extrapolation } from './extrapolate.ts';
import { histogramDifference } from './histogram-rate.ts';
import { addNoting } from './interpolation.ts';
import { hasRestarted, overlaps } from './start-times.ts';
import { isEmpty, sizeOf } from './windows.ts';
import type { Window } from './windows.ts';

export const rateKind: RateKind = { isCounter: true, perSecond: true };
export const increaseKind: RateKind = { isCounter: true, perSecond: false };
export const deltaKind: RateKind = { isCounter: false, perSecond: false };

export function rate(window: Window): boolean {
  return change(window, rateKind);
}

export function increase(window: Window): boolean {
  return change(window, increaseKind);
}

export function delta(window: Window): boolean {
  return change(window, deltaKind);
}

function change(window: Window, kind: RateKind): boolean {
  const hasFloats = !isEmpty(window.floatSpan);
  if (hasFloats && !isEmpty(window.histogramSpan)) {
    window.annotations.warn(warningOf.mixedTypes(window.metricName), window.position);
    return false;
  }
  if (window.extension !== undefined) return hasFloats ? extendedFloatRate(window, kind) : extendedHistogramRate(window, kind);
  return hasFloats ? floatRate(window, kind) : histogramRate(window, kind);
}

function floatRate(window: Window, kind: RateKind): boolean {
  const { timesMs, values, startsMs } = window.floats;
  const { from, to } = window.floatSpan;
  const starts = window.useStarts ? startsMs : undefined;
  const first = values[from]!;
  let difference = values[to - 1]! - first;
  if (kind.isCounter) {
    difference = starts === undefined ? addLost(difference, values, from, to) : addLostInRestarts(difference, window, starts);
    const startMs = firstStart(window, timesMs[from]!, starts?.[from]);
    if (startMs !== undefined) {
      window.value = (difference + first) * factorSince(startMs, timesMs, window, kind);
      return true;
    }
  }
  if (to - from === 1) return false;
  const fallenToZero = kind.isCounter && difference > 0 && first >= 0 ? first / difference : Infinity;
  window.value = difference * factor(timesMs, from, to, window, kind, fallenToZero);
  return true;
}

/** Adds the values before each fall: what a counter had counted when it started anew. */
function addLost(difference: number, values: Float64Array, from: number, to: number): number {
  let sum = difference;
  let previous = values[from]!;
  for (let i = from + 1; i < to; i++) {
    const value = values[i]!;
    if (value < previous) sum += previous;
    previous = value;
  }
  return sum;
}

/** The same where samples say when counting started. */
function addLostInRestarts(difference: number, window: Window, startsMs: Float64Array): number {
  const { timesMs, values } = window.floats;
  const { from, to } = window.floatSpan;
  let sum = difference;
  let warned = false;
  for (let i = from + 1; i < to; i++) {
    const previousMs = timesMs[i - 1]!;
    if (!warned && overlaps(startsMs[i - 1]!, previousMs, startsMs[i]!)) {
      window.annotations.warnOfOverlap(window.metricName, window.position);
      warned = true;
    }
    const restarted = hasRestarted(startsMs[i - 1]!, previousMs, startsMs[i]!, timesMs[i]!);
    if (restarted || values[i]! < values[i - 1]!) sum += values[i - 1]!;
  }
  return sum;
}

function histogramRate(window: Window, kind: RateKind): boolean {
  const { timesMs, values, startsMs } = window.histograms;
  const { from, to } = window.histogramSpan;
  const first = values[from]!;
  const starts = window.useStarts && kind.isCounter ? startsMs : undefined;
  const startMs = firstStart(window, timesMs[from]!, starts?.[from]);
  if (sizeOf(window.histogramSpan) === 1) {
    if (startMs === undefined) return false;
    window.histogram = multiply(first, factorSince(startMs, timesMs, window, kind));
    return true;
  }
  const difference = histogramDifference(window, kind.isCounter);
  if (difference === undefined) return false;
  if (startMs !== undefined) {
    const whole = addNoting(difference, first, window);
    window.histogram = whole && multiply(whole, factorSince(startMs, timesMs, window, kind));
    return whole !== undefined;
  }
  const fallenToZero = kind.isCounter && difference.count > 0 && first.count >= 0 ? first.count / difference.count : Infinity;
  window.histogram = multiply(difference, factor(timesMs, from, to, window, kind, fallenToZero));
  return true;
}

/** When the first sample started to count from zero, if that is within the range. */
function firstStart(window: Window, firstMs: number, startMs: number | undefined): number | undefined {
  return startMs !== undefined && startMs !== 0 && startMs > window.startMs && startMs < firstMs ? startMs : undefined;
}

/** By what the difference over the samples `[from, to)` is multiplied. */
function factor(
  timesMs: Float64Array,
  from: number,
  to: number,
  { startMs, endMs, rangeMs }: Window,
  { perSecond }: RateKind,
  fallenToZero: number,
): number {
  const sampled = { firstMs: timesMs[from]!, lastMs: timesMs[to - 1]!, count: to - from, startMs, endMs, fallenToZero };
  return perSecond ? extrapolation(sampled) / (rangeMs / 1000) : extrapolation(sampled);
}

/** The same where counting is known to have started at zero at `countedSinceMs`: no extrapolation before that. */
function factorSince(countedSinceMs: number, timesMs: Float64Array, window: Window, { perSecond }: RateKind): number {
  const { from, to } = isEmpty(window.floatSpan) ? window.histogramSpan : window.floatSpan;
  const lastMs = timesMs[to - 1]!;
  const distance = to - from > 1 ? (lastMs - timesMs[from]!) / 1000 / (to - from - 1) : 0;
  const sampled = (lastMs - countedSinceMs) / 1000;
  let toEnd = (window.endMs - lastMs) / 1000;
  if (toEnd >= distance * 1.1) toEnd = distance / 2;
  const extrapolated = (sampled + toEnd) / sampled;
  return perSecond ? extrapolated / (window.rangeMs / 1000) : extrapolated;
}
