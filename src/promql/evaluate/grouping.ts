/** By which labels the series of an aggregation belong together. */
import { labelsKey, metricName, pickLabels } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { Aggregation } from '../ast.ts';
import type { Evaluation } from './evaluation.ts';
import type { Grid, GridSeries } from './grid.ts';

/** The series with equal grouping labels, in the order they came. */
export interface Group {
  readonly labels: Labels;
  readonly members: GridSeries[];
}

export interface AggregationContext {
  readonly aggregation: Aggregation;
  readonly grid: Grid;
  readonly evaluation: Evaluation;
}

/** Makes one series of those that are added; `result` ends it. */
export interface Accumulator {
  add(series: GridSeries): void;
  result(): GridSeries;
}

/** Those that are listed, or, with `without`, all but those and the name. */
export function groupingLabels(labels: Labels, grouping: ReadonlySet<string>, without: boolean): Labels {
  if (without) return pickLabels(labels, (name) => name !== metricName && !grouping.has(name));
  return grouping.size === 0 ? [] : pickLabels(labels, (name) => grouping.has(name));
}

export function groupSeries(series: readonly GridSeries[], { grouping, without }: Aggregation): Group[] {
  const names = new Set(grouping);
  const byKey = new Map<string, Group>();
  for (const each of series) {
    const labels = groupingLabels(each.labels, names, without);
    const key = labelsKey(labels);
    const group = byKey.get(key);
    if (group === undefined) byKey.set(key, { labels, members: [each] });
    else group.members.push(each);
  }
  return [...byKey.values()];
}
