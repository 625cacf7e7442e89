/**
 * sum and avg, of floats or of histograms; where a group has both at a step, it has no result there, which is said. Sums are
 * compensated; where the sum for a mean would overflow, the mean itself is moved on value by value instead.
 */
import { labelValue, metricName } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import { HistogramTotal } from '../histogram/total.ts';
import type { Accumulator, AggregationContext } from './grouping.ts';
import { infoOf, warningOf } from './annotations.ts';
import { newSeries, presence, setHistogram } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { compensate } from './kahan.ts';
import { positionOf } from './shape.ts';

/** The running numbers of the floats, by step. */
interface FloatTotals {
  /** The sum so far, or the mean where `running`. */
  readonly sums: Float64Array;
  readonly compensations: Float64Array;
  readonly counts: Float64Array;
  readonly running: Uint8Array;
  readonly isMean: boolean;
}

export function totalAccumulator(labels: Labels, context: AggregationContext): Accumulator {
  const { steps } = context.grid;
  const isMean = context.aggregation.operator === 'avg';
  const floats: FloatTotals = {
    sums: new Float64Array(steps),
    compensations: new Float64Array(steps),
    counts: new Float64Array(steps),
    running: new Uint8Array(steps),
    isMean,
  };
  const histograms: (HistogramTotal | undefined)[] = [];
  let dropName = false;
  return {
    add(series) {
      dropName ||= series.dropName;
      if (series.histograms !== undefined || histograms.length > 0) addHistograms(histograms, floats, series, context);
      else addFloats(floats, series);
    },
    result() {
      const result = newSeries(labels, steps, dropName);
      setTotals(result, floats);
      for (const [step, total] of histograms.entries()) if (total !== undefined) setTotal(result, step, total, context);
      return result;
    },
  };
}

function addFloats(floats: FloatTotals, { present, values }: GridSeries): void {
  for (let step = 0; step < values.length; step++) {
    if (present[step] === presence.float) addFloat(floats, step, values[step]!);
  }
}

function addFloat(floats: FloatTotals, step: number, value: number): void {
  const { sums, compensations, counts, running, isMean } = floats;
  const count = ++counts[step]!;
  if (count === 1) {
    sums[step] = value;
    return;
  }
  const sum = sums[step]!;
  if (running[step] === 0) {
    const total = sum + value;
    if (!isMean || (total !== Infinity && total !== -Infinity)) {
      compensations[step] = compensate(sum, value, total, compensations[step]!);
      sums[step] = total;
      return;
    }
    running[step] = 1;
    sums[step]! /= count - 1;
    compensations[step]! /= count - 1;
  }
  const share = (count - 1) / count;
  const scaled = share * sums[step]!;
  const total = scaled + value / count;
  compensations[step] = compensate(scaled, value / count, total, share * compensations[step]!);
  sums[step] = total;
}

/** Once exponential and custom buckets have met at a step, what follows there does not count. */
function addHistograms(
  histograms: (HistogramTotal | undefined)[],
  floats: FloatTotals,
  series: GridSeries,
  { aggregation, evaluation }: AggregationContext,
): void {
  for (let step = 0; step < series.values.length; step++) {
    const kind = series.present[step];
    const total = histograms[step];
    if (kind === presence.absent || total?.incompatible === true) continue;
    if (kind === presence.float) {
      addFloat(floats, step, series.values[step]!);
      continue;
    }
    const added = total ?? (histograms[step] = new HistogramTotal(floats.isMean ? 'mean' : 'sum'));
    added.add(series.histograms![step]!);
    if (!added.incompatible) continue;
    const name = labelValue(series.labels, metricName);
    evaluation.annotations.warn(warningOf.mixedSchemas(name), positionOf(aggregation.expr));
  }
}

function setTotals({ values, present }: GridSeries, { sums, compensations, counts, running, isMean }: FloatTotals): void {
  for (let step = 0; step < values.length; step++) {
    const count = counts[step]!;
    if (count === 0) continue;
    const divisor = isMean && running[step] === 0 ? count : 1;
    values[step] = sums[step]! / divisor + compensations[step]! / divisor;
    present[step] = presence.float;
  }
}

function setTotal(
  result: GridSeries,
  step: number,
  total: HistogramTotal,
  { aggregation, evaluation }: AggregationContext,
): void {
  const { annotations } = evaluation;
  const position = positionOf(aggregation.expr);
  if (total.boundsReconciled) annotations.inform(infoOf.mismatchedBounds('aggregation'), position);
  if (result.present[step] === presence.float) {
    annotations.warn(warningOf.mixedTypesInAggregation(), position);
    result.present[step] = presence.absent;
    return;
  }
  const histogram = total.result();
  if (histogram === undefined) return;
  setHistogram(result, step, histogram);
  if (total.hintsCollide) annotations.warn(warningOf.conflictingResets('aggregation'), position);
}
