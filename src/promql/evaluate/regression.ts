/** deriv and predict_linear: the line of least squares through the floats of a window; and double exponential smoothing. */
import { SondeError } from '../../base/errors.ts';
import { infoOf } from './annotations.ts';
import { compensate } from './kahan.ts';
import { isEmpty, sizeOf } from './windows.ts';
import type { Window } from './windows.ts';

export function derivative(window: Window): boolean {
  if (!hasTwoFloats(window)) return false;
  // Times near zero keep the sums exact.
  fitLine(window, window.floats.timesMs[window.floatSpan.from]!);
  window.value = line.slope;
  return true;
}

export function predictLinear(window: Window): boolean {
  if (!hasTwoFloats(window)) return false;
  fitLine(window, window.timeMs);
  window.value = line.slope * window.parameters[0]![window.step]! + line.intercept;
  return true;
}

/** The line found last: the value per second, and at the time that was asked for. */
const line = { slope: 0, intercept: 0 };

function fitLine({ floats, floatSpan }: Window, interceptMs: number): void {
  const { timesMs, values } = floats;
  const { from, to } = floatSpan;
  let [sumX, sumY, sumXY, sumXX] = [0, 0, 0, 0];
  let [lostX, lostY, lostXY, lostXX] = [0, 0, 0, 0];
  let isConstant = true;
  for (let i = from; i < to; i++) {
    const x = (timesMs[i]! - interceptMs) / 1000;
    const y = values[i]!;
    if (i > from && y !== values[from]) isConstant = false;
    lostX = compensate(sumX, x, sumX + x, lostX);
    sumX += x;
    lostY = compensate(sumY, y, sumY + y, lostY);
    sumY += y;
    lostXY = compensate(sumXY, x * y, sumXY + x * y, lostXY);
    sumXY += x * y;
    lostXX = compensate(sumXX, x * x, sumXX + x * x, lostXX);
    sumXX += x * x;
  }
  if (isConstant) {
    const isFinite = Math.abs(values[from]!) !== Infinity;
    line.slope = isFinite ? 0 : NaN;
    line.intercept = isFinite ? values[from]! : NaN;
    return;
  }
  sumX += lostX;
  sumY += lostY;
  const n = to - from;
  const covariance = sumXY + lostXY - (sumX * sumY) / n;
  const variance = sumXX + lostXX - (sumX * sumX) / n;
  line.slope = covariance / variance;
  line.intercept = sumY / n - (line.slope * sumX) / n;
}

/** A moving average that weighs recent values, and a trend that does the same. Factors of both lie between 0 and 1. */
export function doubleExponentialSmoothing(window: Window): boolean {
  const smoothing = factorOf(window, 0, 'smoothing');
  const trending = factorOf(window, 1, 'trend');
  if (!hasTwoFloats(window)) return false;
  const { values } = window.floats;
  const { from, to } = window.floatSpan;
  let before = 0;
  let smoothed = values[from]!;
  let trend = values[from + 1]! - values[from]!;
  for (let i = from + 1; i < to; i++) {
    if (i > from + 1) trend = trending * (smoothed - before) + (1 - trending) * trend;
    const next = smoothing * values[i]! + (1 - smoothing) * (smoothed + trend);
    before = smoothed;
    smoothed = next;
  }
  window.value = smoothed;
  return true;
}

function factorOf({ parameters, step, position }: Window, index: number, name: string): number {
  const factor = parameters[index]![step]!;
  if (factor <= 0 || factor >= 1) {
    const range = name === 'smoothing' ? 'sf' : 'tf';
    throw new SondeError('query_failed', `invalid ${name} factor. Expected: 0 < ${range} < 1, got: ${factor.toFixed(6)}`, {
      position,
    });
  }
  return factor;
}

/** Histograms are left out; that is said when there is a float beside them. */
function hasTwoFloats({ floatSpan, histogramSpan, annotations, metricName, position }: Window): boolean {
  if (!isEmpty(floatSpan) && !isEmpty(histogramSpan)) annotations.inform(infoOf.histogramsIgnoredInRange(metricName), position);
  return sizeOf(floatSpan) >= 2;
}
