/** and, or, unless: a choice of samples by whether the other side has one with the same matching labels at the same step. */
import { known } from '../../base/assert.ts';
import { copyStep, hasSamples, newSeries, presence, presenceOfAny } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { matchGroups } from './matching.ts';
import type { BinaryContext } from './values.ts';

export async function combineSets(
  left: readonly GridSeries[],
  right: readonly GridSeries[],
  { binary, grid, evaluation }: BinaryContext,
): Promise<GridSeries[]> {
  const { operator } = binary;
  const results: GridSeries[] = [];
  for (const group of matchGroups(left, right, known(binary.matching, 'the matching of two vectors'))) {
    if (evaluation.isDue()) await evaluation.pause();
    const [chosen, others] = operator === 'or' ? [group.right, group.left] : [group.left, group.right];
    if (operator === 'or') results.push(...group.left);
    const matched = presenceOfAny(others, grid.steps);
    for (const series of chosen) {
      const result = keepWhere(series, matched, operator === 'and' ? 1 : 0);
      if (hasSamples(result)) results.push(result);
    }
  }
  return results;
}

/** The samples at the steps at which `matched` is as wanted. */
function keepWhere(series: GridSeries, matched: Uint8Array, wanted: 0 | 1): GridSeries {
  const result = newSeries(series.labels, series.values.length, series.dropName);
  for (let step = 0; step < series.values.length; step++) {
    if (series.present[step] !== presence.absent && matched[step] === wanted) copyStep(result, series, step);
  }
  return result;
}
