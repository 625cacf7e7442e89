/** count_values: how many samples of each group have the same value, which becomes a label. */
import { SondeError } from '../../base/errors.ts';
import { labelsKey, withLabel } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import { formatNumber } from '../../lang/numbers.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { histogramText } from '../histogram/text.ts';
import { groupingLabels } from './grouping.ts';
import type { AggregationContext } from './grouping.ts';
import type { Evaluation } from './evaluation.ts';
import { newSeries, presence, setFloat } from './grid.ts';
import type { Grid, GridSeries } from './grid.ts';
import { isLabelName } from './relabel.ts';

export async function countValues(
  series: readonly GridSeries[],
  label: string,
  { aggregation, grid, evaluation }: AggregationContext,
): Promise<readonly GridSeries[]> {
  if (!isLabelName(label)) {
    const { start, end } = aggregation.parameter?.position ?? aggregation.position;
    throw new SondeError('query_failed', `invalid label name ${evaluation.options.text.slice(start, end)}`, { position: start });
  }
  const { without } = aggregation;
  const grouping = new Set(without ? aggregation.grouping : [...aggregation.grouping, label]);
  const counts = new Map<string, GridSeries>();
  for (const each of series) {
    if (evaluation.isDue()) await evaluation.pause();
    // Values often stay the same for many steps.
    let lastText: string | undefined;
    let count: GridSeries | undefined;
    for (let step = 0; step < grid.steps; step++) {
      if (each.present[step] === presence.absent) continue;
      const text = textOf(each, step);
      if (count === undefined || text !== lastText) {
        count = countFor(groupingLabels(withLabel(each.labels, label, text), grouping, without), counts, grid, evaluation);
        lastText = text;
      }
      setFloat(count, step, count.values[step]! + 1);
    }
  }
  return [...counts.values()];
}

function countFor(labels: Labels, counts: Map<string, GridSeries>, { steps }: Grid, evaluation: Evaluation): GridSeries {
  const key = labelsKey(labels);
  let count = counts.get(key);
  if (count === undefined) {
    evaluation.reserve(steps);
    count = newSeries(labels, steps, false);
    counts.set(key, count);
  }
  return count;
}

function textOf({ present, values, histograms }: GridSeries, step: number): string {
  if (present[step] === presence.float) return formatNumber(values[step]!);
  return histogramText(histograms![step] as Histogram);
}
