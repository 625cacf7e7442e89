/** quantile: of the floats of a group at each step. */
import { noteIgnored } from './accumulate-floats.ts';
import type { AggregationContext, Group } from './grouping.ts';
import { warningOf } from './annotations.ts';
import { hasSamples, newSeries, presence, setFloat } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { quantileOf } from './quantile.ts';
import { positionOf } from './shape.ts';

export async function quantileOfGroups(
  groups: readonly Group[],
  quantiles: Float64Array,
  context: AggregationContext,
): Promise<readonly GridSeries[]> {
  warnOfQuantiles(quantiles, context);
  const results: GridSeries[] = [];
  for (const group of groups) results.push(await quantileOfGroup(group, quantiles, context));
  return results.filter(hasSamples);
}

async function quantileOfGroup(
  { labels, members }: Group,
  quantiles: Float64Array,
  context: AggregationContext,
): Promise<GridSeries> {
  const { grid, evaluation } = context;
  const dropName = members.some((member) => member.dropName);
  const result = newSeries(labels, grid.steps, dropName);
  const values = new Float64Array(members.length);
  for (const member of members) noteIgnored(member, context);
  for (let step = 0; step < grid.steps; step++) {
    if (evaluation.isDue()) await evaluation.pause();
    let found = 0;
    for (const member of members) if (member.present[step] === presence.float) values[found++] = member.values[step]!;
    if (found > 0) setFloat(result, step, quantileOf(quantiles[step]!, values, found));
  }
  return result;
}

function warnOfQuantiles(quantiles: Float64Array, { aggregation, evaluation }: AggregationContext): void {
  const position = positionOf(aggregation.parameter);
  const warn = (q: number): void => evaluation.annotations.warn(warningOf.quantile(q), position);
  if (quantiles.some(Number.isNaN)) warn(NaN);
  const numbers = quantiles.filter((q) => !Number.isNaN(q));
  const [least, greatest] = [numbers.reduce((a, b) => Math.min(a, b), 1), numbers.reduce((a, b) => Math.max(a, b), 0)];
  if (greatest > 1) warn(greatest);
  if (least < 0) warn(least);
}
