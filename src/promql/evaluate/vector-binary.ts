/**
 * Operators between the matching series of two vectors. Series are matched once, but what is present, and so what is matched with
 * what and whether that is allowed, is a matter of each step.
 */
import { known } from '../../base/assert.ts';
import { SondeError } from '../../base/errors.ts';
import { labelsKey } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { VectorMatching } from '../ast.ts';
import { hasSamples, newSeries, presence, presenceOfAny } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { matchGroups, matchingLabels, resultLabels } from './matching.ts';
import { combineAt, operationOf } from './operators.ts';
import type { Operation } from './operators.ts';
import { labelsText } from './labels-text.ts';
import type { BinaryContext } from './values.ts';

/** What stays the same for all groups of one operator. */
interface Match {
  readonly context: BinaryContext;
  readonly matching: VectorMatching;
  readonly names: ReadonlySet<string>;
  readonly operation: Operation;
  readonly manyIsLeft: boolean;
  /** Stand in for what is missing on the one side, and on the many side. */
  readonly fillOne: GridSeries | undefined;
  readonly fillMany: GridSeries | undefined;
  /** By step, whether anything is matched there: not where one vector is empty and nothing fills it. */
  readonly matchable: Uint8Array;
  readonly steps: number;
}

interface Result {
  readonly series: GridSeries;
  /** By step, whether there was a match, also when a comparison did not hold. */
  readonly matched: Uint8Array;
}

/** What one group has come to. */
interface GroupResults {
  readonly byLabels: Map<string, Result>;
  /** By step, whether any of its series was matched. */
  readonly matched: Uint8Array;
}

export async function combineMatched(
  left: readonly GridSeries[],
  right: readonly GridSeries[],
  context: BinaryContext,
): Promise<GridSeries[]> {
  const match = matchOf(left, right, context);
  const results: GridSeries[] = [];
  for (const group of matchGroups(left, right, match.matching)) {
    if (context.evaluation.isDue()) await context.evaluation.pause();
    const [many, one] = match.manyIsLeft ? [group.left, group.right] : [group.right, group.left];
    for (const { series } of combineGroup(many, one, match).values()) if (hasSamples(series)) results.push(series);
  }
  return results;
}

function matchOf(left: readonly GridSeries[], right: readonly GridSeries[], context: BinaryContext): Match {
  const { binary, grid, evaluation } = context;
  const matching = known(binary.matching, 'the matching of two vectors');
  const { cardinality, labels, fillLeft, fillRight } = matching;
  // As in Prometheus, fill_left is for the many side, also when that is on the right.
  const fillMany = fillLeft === undefined ? undefined : constantOf(fillLeft, grid.steps);
  const fillOne = fillRight === undefined ? undefined : constantOf(fillRight, grid.steps);
  const isFilled = fillMany !== undefined || fillOne !== undefined;
  const rightPresent = presenceOfAny(right, grid.steps);
  return {
    context,
    matching,
    names: new Set(labels),
    operation: operationOf(binary, evaluation.annotations, false),
    manyIsLeft: cardinality !== 'one-to-many',
    fillOne,
    fillMany,
    matchable: presenceOfAny(left, grid.steps).map((present, step) => (isFilled ? 1 : present & rightPresent[step]!)),
    steps: grid.steps,
  };
}

function constantOf(value: number, steps: number): GridSeries {
  return { ...newSeries([], steps, false), values: new Float64Array(steps).fill(value), present: new Uint8Array(steps).fill(1) };
}

function combineGroup(many: readonly GridSeries[], one: readonly GridSeries[], match: Match): Map<string, Result> {
  const results: GroupResults = { byLabels: new Map(), matched: new Uint8Array(match.steps) };
  const partners = partnersOf(one, match);
  if (partners !== undefined || match.fillOne !== undefined) {
    for (const series of many) combineSeries(series, partners, results, match);
  }
  if (match.fillMany !== undefined) {
    for (const series of one) fillUnmatched(series, match.fillMany, results, match);
  }
  return results.byLabels;
}

/** The series of the one side at each step; a single one when there is no more, undefined when there is none. */
type Partners = GridSeries | readonly (GridSeries | undefined)[] | undefined;

/** Throws `query_failed` when the one side has two series at one step. */
function partnersOf(one: readonly GridSeries[], match: Match): Partners {
  if (one.length < 2) return one[0];
  const partners = Array.from<GridSeries | undefined>({ length: match.steps });
  for (const series of one) {
    for (let step = 0; step < match.steps; step++) {
      if (series.present[step] === presence.absent) continue;
      const other = partners[step];
      if (other !== undefined && match.matchable[step] === 1) refuseDuplicate(series.labels, other.labels, match);
      partners[step] = series;
    }
  }
  return partners;
}

function refuseDuplicate(labels: Labels, otherLabels: Labels, { matching, names, manyIsLeft, context }: Match): never {
  const group = labelsText(matchingLabels(labels, matching.on, names));
  const series = [labelsText(labels), labelsText(otherLabels)].toSorted().join(', ');
  const side = manyIsLeft ? 'right' : 'left';
  const message = `found duplicate series for the match group ${group} on the ${side} hand-side of the operation: [${series}]`;
  const reason = ';many-to-many matching not allowed: matching labels must be unique on one side';
  throw new SondeError('query_failed', message + reason, { position: context.binary.position.start });
}

/** Matches one series of the many side with whatever the one side has at each step. */
function combineSeries(many: GridSeries, partners: Partners, results: GroupResults, match: Match): void {
  let last: GridSeries | undefined;
  let result: Result | undefined;
  for (let step = 0; step < match.steps; step++) {
    if (many.present[step] === presence.absent) continue;
    let one = partners !== undefined && 'labels' in partners ? partners : partners?.[step];
    if (one === undefined || one.present[step] === presence.absent) one = match.fillOne;
    if (one === undefined) continue;
    if (one !== last || result === undefined) {
      const oneLabels = one === match.fillOne ? matchingLabels(many.labels, match.matching.on, match.names) : one.labels;
      result = resultFor(many.labels, oneLabels, results, match);
      last = one;
    }
    combineStep(result, step, many, one, results, match);
  }
}

/** Stands a value in for the many side where a series of the one side was not matched. */
function fillUnmatched(one: GridSeries, fill: GridSeries, results: GroupResults, match: Match): void {
  let result: Result | undefined;
  for (let step = 0; step < match.steps; step++) {
    if (one.present[step] === presence.absent || results.matched[step] === 1) continue;
    result ??= resultFor(matchingLabels(one.labels, match.matching.on, match.names), one.labels, results, match);
    combineStep(result, step, fill, one, results, match);
  }
}

function combineStep(
  result: Result,
  step: number,
  many: GridSeries,
  one: GridSeries,
  results: GroupResults,
  { operation, manyIsLeft, matching, context }: Match,
): void {
  const isCombined = manyIsLeft
    ? combineAt(result.series, step, many, one, operation)
    : combineAt(result.series, step, one, many, operation);
  if (!isCombined) return;
  const isOneToOne = matching.cardinality === 'one-to-one';
  if (isOneToOne ? results.matched[step] === 1 : result.matched[step] === 1) {
    const reason = isOneToOne
      ? 'many-to-one matching must be explicit (group_left/group_right)'
      : 'grouping labels must ensure unique matches';
    const position = context.binary.position.start;
    throw new SondeError('query_failed', `multiple matches for labels: ${reason}`, { position });
  }
  result.matched[step] = 1;
  results.matched[step] = 1;
}

function resultFor(many: Labels, one: Labels, { byLabels }: GroupResults, { matching, context, steps }: Match): Result {
  const { operator, bool } = context.binary;
  const dropsName = bool && !context.evaluation.options.delayedNameRemoval;
  const labels = resultLabels(many, one, { matching, operator, dropsName });
  const key = labelsKey(labels);
  let result = byLabels.get(key);
  if (result === undefined) {
    result = { series: newSeries(labels, steps, bool), matched: new Uint8Array(steps) };
    byLabels.set(key, result);
  }
  return result;
}
