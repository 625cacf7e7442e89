/** count and group of all samples; min, max, stddev and stdvar of floats, which leave histograms out and say so. */
import type { Labels } from '../../lang/labels.ts';
import type { Accumulator, AggregationContext } from './grouping.ts';
import { infoOf } from './annotations.ts';
import { newSeries, presence } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { positionOf } from './shape.ts';

export function countAccumulator(labels: Labels, { aggregation, grid }: AggregationContext): Accumulator {
  const result = newSeries(labels, grid.steps, false);
  const { values, present } = result;
  const counts = aggregation.operator === 'count';
  return {
    add(series) {
      for (let step = 0; step < values.length; step++) {
        if (series.present[step] === presence.absent) continue;
        values[step] = counts ? values[step]! + 1 : 1;
        present[step] = presence.float;
      }
      result.dropName ||= series.dropName;
    },
    result: () => result,
  };
}

/** NaN counts only where there is nothing else. */
export function extremeAccumulator(labels: Labels, context: AggregationContext): Accumulator {
  const result = newSeries(labels, context.grid.steps, false);
  const { values, present } = result;
  const isMax = context.aggregation.operator === 'max';
  return {
    add(series) {
      noteIgnored(series, context);
      for (let step = 0; step < values.length; step++) {
        if (series.present[step] !== presence.float) continue;
        const value = series.values[step]!;
        const known = values[step]!;
        if (present[step] === presence.absent || Number.isNaN(known) || (isMax ? value > known : value < known)) {
          values[step] = value;
          present[step] = presence.float;
        }
      }
      result.dropName ||= series.dropName;
    },
    result: () => result,
  };
}

/** Welford's method; NaN as soon as the first value is not finite. */
export function varianceAccumulator(labels: Labels, context: AggregationContext): Accumulator {
  const result = newSeries(labels, context.grid.steps, false);
  const { values: squares, present } = result;
  const counts = new Float64Array(squares.length);
  const means = new Float64Array(squares.length);
  return {
    add(series) {
      noteIgnored(series, context);
      for (let step = 0; step < squares.length; step++) {
        if (series.present[step] !== presence.float) continue;
        const value = series.values[step]!;
        const count = ++counts[step]!;
        if (present[step] === presence.absent) {
          present[step] = presence.float;
          means[step] = value;
          squares[step] = Number.isFinite(value) ? 0 : NaN;
          continue;
        }
        const distance = value - means[step]!;
        means[step]! += distance / count;
        squares[step]! += distance * (value - means[step]!);
      }
      result.dropName ||= series.dropName;
    },
    result() {
      const isDeviation = context.aggregation.operator === 'stddev';
      for (let step = 0; step < squares.length; step++) {
        const variance = squares[step]! / counts[step]!;
        squares[step] = isDeviation ? Math.sqrt(variance) : variance;
      }
      return result;
    },
  };
}

/** Says that an aggregation leaves histograms out. */
export function noteIgnored({ histograms }: GridSeries, { aggregation, evaluation }: AggregationContext): void {
  if (histograms === undefined) return;
  const picks = aggregation.operator === 'topk' || aggregation.operator === 'bottomk';
  const position = picks ? aggregation.position.start : positionOf(aggregation.expr);
  evaluation.annotations.inform(infoOf.histogramIgnored(aggregation.operator), position);
}
