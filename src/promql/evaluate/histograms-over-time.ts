/** Sums and means of the native histograms of a window. */
import { HistogramTotal } from '../histogram/total.ts';
import { infoOf, warningOf } from './annotations.ts';
import type { Window } from './windows.ts';

export function sumHistograms(window: Window): boolean {
  return totalHistograms(window, new HistogramTotal('sum'));
}

export function averageHistograms(window: Window): boolean {
  return totalHistograms(window, new HistogramTotal('mean'));
}

function totalHistograms(window: Window, total: HistogramTotal): boolean {
  const { histograms, histogramSpan, annotations, position, metricName } = window;
  for (let i = histogramSpan.from; i < histogramSpan.to; i++) total.add(histograms.values[i]!);
  if (total.incompatible) annotations.warn(warningOf.mixedSchemas(metricName), position);
  else {
    if (total.hintsCollide) annotations.warn(warningOf.conflictingResets('aggregation'), position);
    if (total.boundsReconciled) annotations.inform(infoOf.mismatchedBounds('aggregation'), position);
  }
  window.histogram = total.result();
  return window.histogram !== undefined;
}
