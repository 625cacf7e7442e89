/** Aggregations of a vector: into one series per group of labels, or to a choice of its series. */
import { labelsKey } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import { countAccumulator, extremeAccumulator, varianceAccumulator } from './accumulate-floats.ts';
import { totalAccumulator } from './accumulate-totals.ts';
import { quantileOfGroups } from './aggregate-quantile.ts';
import { countValues } from './count-values.ts';
import { hasSamples } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { groupingLabels, groupSeries } from './grouping.ts';
import type { Accumulator, AggregationContext } from './grouping.ts';
import { pickByHash, pickByRatio, pickByValue } from './pick.ts';
import type { Value } from './values.ts';

export async function aggregate(
  series: readonly GridSeries[],
  parameter: Value | undefined,
  context: AggregationContext,
): Promise<readonly GridSeries[]> {
  const { aggregation } = context;
  const numbers = parameter?.type === 'scalar' ? parameter.values : new Float64Array(0);
  switch (aggregation.operator) {
    case 'sum':
    case 'avg':
      return accumulate(series, context, totalAccumulator);
    case 'count':
    case 'group':
      return accumulate(series, context, countAccumulator);
    case 'min':
    case 'max':
      return accumulate(series, context, extremeAccumulator);
    case 'stddev':
    case 'stdvar':
      return accumulate(series, context, varianceAccumulator);
    case 'quantile':
      return quantileOfGroups(groupSeries(series, aggregation), numbers, context);
    case 'topk':
    case 'bottomk':
      return pickByValue(groupSeries(series, aggregation), numbers, context);
    case 'limitk':
      return pickByHash(groupSeries(series, aggregation), numbers, context);
    case 'limit_ratio':
      return pickByRatio(series, numbers, context);
    case 'count_values':
      return countValues(series, parameter?.type === 'string' ? parameter.text : '', context);
  }
}

async function accumulate(
  series: readonly GridSeries[],
  context: AggregationContext,
  newAccumulator: (labels: Labels, context: AggregationContext) => Accumulator,
): Promise<GridSeries[]> {
  const { grouping, without } = context.aggregation;
  const names = new Set(grouping);
  const byKey = new Map<string, Accumulator>();
  for (const each of series) {
    if (context.evaluation.isDue()) await context.evaluation.pause();
    const labels = groupingLabels(each.labels, names, without);
    const key = labelsKey(labels);
    let accumulator = byKey.get(key);
    if (accumulator === undefined) byKey.set(key, (accumulator = newAccumulator(labels, context)));
    accumulator.add(each);
  }
  return Array.from(byKey.values(), (accumulator) => accumulator.result()).filter(hasSamples);
}
