/** Instant selectors. */
import { labelValue, metricName } from '../../lang/labels.ts';
import type { VectorSelector } from '../ast.ts';
import type { SeriesSamples } from '../source.ts';
import { offsetOf, timeOf } from './durations.ts';
import type { Evaluation } from './evaluation.ts';
import { unite, withoutSchema } from './grid.ts';
import type { Grid, GridSeries } from './grid.ts';
import { look, lookupOf } from './lookup.ts';
import type { Taken } from './lookup.ts';
import { smooth } from './smoothed.ts';

/** The value of a selector, or, for `timestamp` and `start_timestamp`, the times of the samples in Unix seconds. */
export async function select(
  selector: VectorSelector,
  grid: Grid,
  evaluation: Evaluation,
  taken: Taken = 'value',
): Promise<readonly GridSeries[]> {
  const { lookbackMs } = evaluation.options;
  const offsetMs = offsetOf(selector.offset, evaluation.queryGrid);
  const lookup = lookupOf(grid, timeOf(selector.at, evaluation.queryGrid), offsetMs, lookbackMs);
  const isSmoothed = selector.extension === 'smoothed' && taken === 'value';
  const lastMs = lookup.startMs + (lookup.steps - 1) * lookup.strideMs;
  const found = await evaluation.selectFor(selector, {
    afterMs: lookup.startMs - lookbackMs,
    toMs: isSmoothed ? lastMs + lookbackMs : lastMs,
  });
  const series: GridSeries[] = [];
  evaluation.reserve(found.length * grid.steps);
  for (const samples of found) {
    if (evaluation.isDue()) await evaluation.pause();
    const looked = isSmoothed ? smooth(samples, lookup, noteFor(samples, selector, evaluation)) : look(samples, lookup, taken);
    if (looked !== undefined) series.push(looked);
  }
  if (taken === 'value' || evaluation.options.delayedNameRemoval) return series;
  return unite(series.map((each) => ({ ...each, labels: withoutSchema(each.labels) })));
}

function noteFor(samples: SeriesSamples, selector: VectorSelector, evaluation: Evaluation) {
  const { annotations } = evaluation;
  return { annotations, position: selector.position.start, metricName: labelValue(samples.labels, metricName) };
}
