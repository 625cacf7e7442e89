/** Aggregations over time: of the floats of a window, or of its newest or oldest sample of either type. */
import { infoOf, warningOf } from './annotations.ts';
import { averageHistograms, sumHistograms } from './histograms-over-time.ts';
import { compensate } from './kahan.ts';
import { quantileOf } from './quantile.ts';
import { isEmpty, sizeOf } from './windows.ts';
import type { Window } from './windows.ts';

export function sumOverTime(window: Window): boolean {
  if (isMixed(window)) return false;
  if (isEmpty(window.floatSpan)) return sumHistograms(window);
  const { values } = window.floats;
  let sum = 0;
  let compensation = 0;
  for (let i = window.floatSpan.from; i < window.floatSpan.to; i++) {
    const total = sum + values[i]!;
    compensation = compensate(sum, values[i]!, total, compensation);
    sum = total;
  }
  window.value = sum + compensation;
  return true;
}

export function averageOverTime(window: Window): boolean {
  if (isMixed(window)) return false;
  if (isEmpty(window.floatSpan)) return averageHistograms(window);
  const { values } = window.floats;
  const { from, to } = window.floatSpan;
  let sum = values[from]!;
  let compensation = 0;
  for (let i = from + 1; i < to; i++) {
    const total = sum + values[i]!;
    if (total === Infinity || total === -Infinity) {
      window.value = continueMean(values, from, i, to, sum, compensation);
      return true;
    }
    compensation = compensate(sum, values[i]!, total, compensation);
    sum = total;
  }
  window.value = sum / (to - from) + compensation / (to - from);
  return true;
}

/** The mean, moved on value by value from `i` on, as the sum of the values before it is about to overflow. */
function continueMean(values: Float64Array, from: number, i: number, to: number, sum: number, compensation: number): number {
  let mean = sum / (i - from);
  let meanCompensation = compensation / (i - from);
  for (let next = i; next < to; next++) {
    const count = next - from + 1;
    const share = (count - 1) / count;
    const value = values[next]! / count;
    const scaled = share * mean;
    const total = scaled + value;
    meanCompensation = compensate(scaled, value, total, share * meanCompensation);
    mean = total;
  }
  return mean + meanCompensation;
}

export function countOverTime(window: Window): boolean {
  window.value = sizeOf(window.floatSpan) + sizeOf(window.histogramSpan);
  return true;
}

export function presentOverTime(window: Window): boolean {
  window.value = 1;
  return true;
}

export function minOverTime(window: Window): boolean {
  if (!hasFloatsOnly(window)) return false;
  const { values } = window.floats;
  let least = values[window.floatSpan.from]!;
  for (let i = window.floatSpan.from; i < window.floatSpan.to; i++) {
    if (values[i]! < least || Number.isNaN(least)) least = values[i]!;
  }
  window.value = least;
  return true;
}

export function maxOverTime(window: Window): boolean {
  if (!hasFloatsOnly(window)) return false;
  const { values } = window.floats;
  let greatest = values[window.floatSpan.from]!;
  for (let i = window.floatSpan.from; i < window.floatSpan.to; i++) {
    if (values[i]! > greatest || Number.isNaN(greatest)) greatest = values[i]!;
  }
  window.value = greatest;
  return true;
}

/** Of the last one, where several are the smallest. */
export function timeOfMinOverTime(window: Window): boolean {
  if (!hasFloatsOnly(window)) return false;
  const { timesMs, values } = window.floats;
  let found = window.floatSpan.from;
  for (let i = found; i < window.floatSpan.to; i++) {
    if (values[i]! <= values[found]! || Number.isNaN(values[found])) found = i;
  }
  window.value = timesMs[found]! / 1000;
  return true;
}

/** Of the last one, where several are the largest. */
export function timeOfMaxOverTime(window: Window): boolean {
  if (!hasFloatsOnly(window)) return false;
  const { timesMs, values } = window.floats;
  let found = window.floatSpan.from;
  for (let i = found; i < window.floatSpan.to; i++) {
    if (values[i]! >= values[found]! || Number.isNaN(values[found])) found = i;
  }
  window.value = timesMs[found]! / 1000;
  return true;
}

export function varianceOverTime(window: Window): boolean {
  if (!hasFloatsOnly(window)) return false;
  window.value = varianceOf(window);
  return true;
}

export function deviationOverTime(window: Window): boolean {
  if (!hasFloatsOnly(window)) return false;
  window.value = Math.sqrt(varianceOf(window));
  return true;
}

/** Welford's method, both sums compensated. */
function varianceOf({ floats, floatSpan }: Window): number {
  const { values } = floats;
  let mean = 0;
  let meanCompensation = 0;
  let squares = 0;
  let squaresCompensation = 0;
  for (let i = floatSpan.from; i < floatSpan.to; i++) {
    const value = values[i]!;
    const distance = value - (mean + meanCompensation);
    const step = distance / (i - floatSpan.from + 1);
    const nextMean = mean + step;
    meanCompensation = compensate(mean, step, nextMean, meanCompensation);
    mean = nextMean;
    const square = distance * (value - (mean + meanCompensation));
    const nextSquares = squares + square;
    squaresCompensation = compensate(squares, square, nextSquares, squaresCompensation);
    squares = nextSquares;
  }
  return (squares + squaresCompensation) / sizeOf(floatSpan);
}

/** Values of a window, to be sorted; it grows with the largest one. */
let scratch = new Float64Array(64);

function copyValues({ floats, floatSpan }: Window): Float64Array {
  const length = sizeOf(floatSpan);
  if (scratch.length < length) scratch = new Float64Array(length * 2);
  scratch.set(floats.values.subarray(floatSpan.from, floatSpan.to));
  return scratch;
}

export function quantileOverTime(window: Window): boolean {
  if (isEmpty(window.floatSpan)) return false;
  const q = window.parameters[0]![window.step]!;
  if (!(q >= 0 && q <= 1)) window.annotations.warn(warningOf.quantile(q), window.position);
  noteIgnored(window);
  window.value = quantileOf(q, copyValues(window), sizeOf(window.floatSpan));
  return true;
}

/** The median of the distances from the median; NaN as soon as one value is. */
export function medianDeviationOverTime(window: Window): boolean {
  if (!hasFloatsOnly(window)) return false;
  const values = copyValues(window);
  const length = sizeOf(window.floatSpan);
  const median = quantileOf(0.5, values, length);
  const hasNan = values.subarray(0, length).some(Number.isNaN);
  for (let i = 0; i < length; i++) values[i] = Math.abs(values[i]! - median);
  window.value = hasNan ? NaN : quantileOf(0.5, values, length);
  return true;
}

export function firstOverTime(window: Window): boolean {
  const { floats, histograms, floatSpan, histogramSpan } = window;
  if (isEmpty(histogramSpan) || timeAt(floats.timesMs, floatSpan.from, floatSpan.to) < histograms.timesMs[histogramSpan.from]!) {
    window.value = floats.values[floatSpan.from]!;
  } else {
    window.histogram = histograms.values[histogramSpan.from]!;
  }
  return true;
}

export function lastOverTime(window: Window): boolean {
  const { floats, histograms, floatSpan, histogramSpan } = window;
  const newest = histograms.timesMs[histogramSpan.to - 1];
  if (isEmpty(histogramSpan) || (!isEmpty(floatSpan) && newest! < floats.timesMs[floatSpan.to - 1]!)) {
    window.value = floats.values[floatSpan.to - 1]!;
  } else {
    window.histogram = histograms.values[histogramSpan.to - 1]!;
  }
  return true;
}

export function timeOfFirstOverTime(window: Window): boolean {
  const { floats, histograms, floatSpan, histogramSpan } = window;
  const float = timeAt(floats.timesMs, floatSpan.from, floatSpan.to);
  window.value = Math.min(float, timeAt(histograms.timesMs, histogramSpan.from, histogramSpan.to)) / 1000;
  return true;
}

export function timeOfLastOverTime(window: Window): boolean {
  const { floats, histograms, floatSpan, histogramSpan } = window;
  const float = isEmpty(floatSpan) ? -Infinity : floats.timesMs[floatSpan.to - 1]!;
  const histogram = isEmpty(histogramSpan) ? -Infinity : histograms.timesMs[histogramSpan.to - 1]!;
  window.value = Math.max(float, histogram) / 1000;
  return true;
}

/** The time of sample `i`; after all others when it is not before `end`. */
function timeAt(timesMs: Float64Array, i: number, end: number): number {
  return i < end ? timesMs[i]! : Infinity;
}

/** Warns of floats and histograms in one window, where they can not be put together. */
function isMixed({ floatSpan, histogramSpan, annotations, metricName, position }: Window): boolean {
  if (isEmpty(floatSpan) || isEmpty(histogramSpan)) return false;
  annotations.warn(warningOf.mixedTypes(metricName), position);
  return true;
}

/** Whether there are floats; histograms beside them are left out, with an info. */
function hasFloatsOnly(window: Window): boolean {
  if (isEmpty(window.floatSpan)) return false;
  noteIgnored(window);
  return true;
}

function noteIgnored({ histogramSpan, annotations, metricName, position }: Window): void {
  if (!isEmpty(histogramSpan)) annotations.inform(infoOf.histogramsIgnoredInRange(metricName), position);
}
