/** irate and idelta: from the last two samples of a window alone. */
import { warningOf } from './annotations.ts';
import { histogramStep } from './histogram-rate.ts';
import { hasRestarted } from './start-times.ts';
import { sizeOf } from './windows.ts';
import type { Window } from './windows.ts';

export function irate(window: Window): boolean {
  return instantChange(window, true);
}

export function idelta(window: Window): boolean {
  return instantChange(window, false);
}

function instantChange(window: Window, isRate: boolean): boolean {
  const { floats, histograms, floatSpan, histogramSpan } = window;
  if (sizeOf(floatSpan) + sizeOf(histogramSpan) < 2) return false;
  const lastFloat = timeAt(floats.timesMs, floatSpan.from, floatSpan.to - 1);
  const lastHistogram = timeAt(histograms.timesMs, histogramSpan.from, histogramSpan.to - 1);
  if (timeAt(floats.timesMs, floatSpan.from, floatSpan.to - 2) > lastHistogram) return floatStep(window, isRate);
  if (timeAt(histograms.timesMs, histogramSpan.from, histogramSpan.to - 2) > lastFloat) {
    window.histogram = histogramStep(window, histogramSpan.to - 1, isRate);
    return window.histogram !== undefined;
  }
  window.annotations.warn(warningOf.mixedTypes(window.metricName), window.position);
  return false;
}

/** The time of sample `i`; before all others when it is not in the window. */
function timeAt(timesMs: Float64Array, from: number, i: number): number {
  return i < from ? -Infinity : timesMs[i]!;
}

function floatStep(window: Window, isRate: boolean): boolean {
  const { timesMs, values, startsMs } = window.floats;
  const last = window.floatSpan.to - 1;
  const previous = last - 1;
  const fell = values[last]! < values[previous]!;
  const starts = window.useStarts ? startsMs : undefined;
  const restarted = starts !== undefined && hasRestarted(starts[previous]!, timesMs[previous]!, starts[last]!, timesMs[last]!);
  const difference = isRate && (fell || restarted) ? values[last]! : values[last]! - values[previous]!;
  window.value = isRate ? difference / ((timesMs[last]! - timesMs[previous]!) / 1000) : difference;
  return true;
}
