/** changes and resets: how often a value differs from the one before, and how often a counter started anew. */
import { equals } from '../histogram/arithmetic.ts';
import { detectReset } from '../histogram/reset.ts';
import { hasRestarted } from './start-times.ts';
import type { Window } from './windows.ts';

export function changes(window: Window): boolean {
  return countSteps(window, floatChanged, histogramChanged);
}

export function resets(window: Window): boolean {
  return countSteps(window, floatReset, histogramReset);
}

/** Whether sample `i` of a kind differs from the one before it. */
type Differs = (window: Window, i: number) => boolean;

/**
 * Counts over all samples in the order of their times. From a float to a histogram or back always counts. An anchored range begins
 * with the newest sample up to its start, and has a result only when another one follows within.
 */
function countSteps(window: Window, floatDiffers: Differs, histogramDiffers: Differs): boolean {
  const { floats, histograms, floatSpan, histogramSpan } = window;
  const first = window.extension === 'anchored' ? anchor(window) : { float: floatSpan.from, histogram: histogramSpan.from };
  if (first === undefined) return false;
  let { float, histogram } = first;
  let count = 0;
  let previous: 'none' | 'float' | 'histogram' = 'none';
  while (float < floatSpan.to || histogram < histogramSpan.to) {
    const isFloat =
      histogram >= histogramSpan.to || (float < floatSpan.to && floats.timesMs[float]! < histograms.timesMs[histogram]!);
    if (isFloat) {
      if (previous === 'histogram' || (previous === 'float' && floatDiffers(window, float))) count++;
      previous = 'float';
      float++;
    } else {
      if (previous === 'float' || (previous === 'histogram' && histogramDiffers(window, histogram))) count++;
      previous = 'histogram';
      histogram++;
    }
  }
  window.value = count;
  return true;
}

/** From where on samples of an anchored range count; undefined when none lies after its start. */
function anchor(window: Window): { float: number; histogram: number } | undefined {
  const { floats, histograms, floatSpan, histogramSpan, startMs } = window;
  let float = floatSpan.from;
  while (float < floatSpan.to && floats.timesMs[float]! <= startMs) float++;
  let histogram = histogramSpan.from;
  while (histogram < histogramSpan.to && histograms.timesMs[histogram]! <= startMs) histogram++;
  if (float === floatSpan.to && histogram === histogramSpan.to) return undefined;
  const floatMs = float > floatSpan.from ? floats.timesMs[float - 1]! : -Infinity;
  const histogramMs = histogram > histogramSpan.from ? histograms.timesMs[histogram - 1]! : -Infinity;
  if (floatMs === -Infinity && histogramMs === -Infinity) return { float, histogram };
  return floatMs >= histogramMs ? { float: float - 1, histogram } : { float, histogram: histogram - 1 };
}

function floatChanged({ floats: { values } }: Window, i: number): boolean {
  return values[i] !== values[i - 1] && !(Number.isNaN(values[i]) && Number.isNaN(values[i - 1]));
}

function histogramChanged({ histograms: { values } }: Window, i: number): boolean {
  return !equals(values[i]!, values[i - 1]!);
}

function floatReset(window: Window, i: number): boolean {
  const { values, timesMs, startsMs } = window.floats;
  if (values[i]! < values[i - 1]!) return true;
  if (!window.useStarts || startsMs === undefined) return false;
  return hasRestarted(startsMs[i - 1]!, timesMs[i - 1]!, startsMs[i]!, timesMs[i]!);
}

function histogramReset(window: Window, i: number): boolean {
  const { values, timesMs, startsMs } = window.histograms;
  if (window.useStarts && startsMs !== undefined) {
    if (hasRestarted(startsMs[i - 1]!, timesMs[i - 1]!, startsMs[i]!, timesMs[i]!)) return true;
  }
  return detectReset(values[i - 1]!, values[i]!);
}
