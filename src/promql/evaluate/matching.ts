/**
 * Which series of both sides of a binary operator belong together: those with the same values of the matching labels. With
 * group_left and group_right one side, the "many" side, may have several series for one of the other.
 */
import { labelsKey, labelsOf, labelPairs, labelValue, metricName, pickLabels } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { BinaryOperator, VectorMatching } from '../ast.ts';
import { withoutSchema } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { changesMeaning } from './operators.ts';

export interface MatchGroup {
  readonly left: GridSeries[];
  readonly right: GridSeries[];
}

/** In the order in which their first series come, those of the left side first. */
export function matchGroups(
  left: readonly GridSeries[],
  right: readonly GridSeries[],
  matching: VectorMatching,
): readonly MatchGroup[] {
  const names = new Set(matching.labels);
  const groups = new Map<string, MatchGroup>();
  const groupOf = ({ labels }: GridSeries): MatchGroup => {
    const key = labelsKey(matchingLabels(labels, matching.on, names));
    let group = groups.get(key);
    if (group === undefined) groups.set(key, (group = { left: [], right: [] }));
    return group;
  };
  for (const series of left) groupOf(series).left.push(series);
  for (const series of right) groupOf(series).right.push(series);
  return [...groups.values()];
}

/** The labels that have to be equal: those of `on`, or all but those of `ignoring` and the name. */
export function matchingLabels(labels: Labels, on: boolean, names: ReadonlySet<string>): Labels {
  if (on) return pickLabels(labels, (name) => names.has(name));
  return pickLabels(labels, (name) => name !== metricName && !names.has(name));
}

/** Labels of a result: those of the many side, with what `group_left(…)` takes from the one side. */
export function resultLabels(
  many: Labels,
  one: Labels,
  { matching, operator, dropsName }: { matching: VectorMatching; operator: BinaryOperator; dropsName: boolean },
): Labels {
  let labels = dropsName || changesMeaning(operator) ? withoutSchema(many) : many;
  if (matching.cardinality === 'one-to-one') {
    labels = pickLabels(labels, (name) => matching.labels.includes(name) === matching.on);
  }
  if (matching.include.length === 0) return labels;
  const included = matching.include.map((name): [string, string] => [name, labelValue(one, name)]);
  return labelsOf([...labelPairs(labels), ...included]);
}
