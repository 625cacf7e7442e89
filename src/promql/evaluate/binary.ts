/** Binary operators: between scalars, a vector and a scalar, and two vectors. */
import type { Binary } from '../ast.ts';
import { hasSamples, newSeries, presence, unite, withoutSchema } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { changesMeaning, combineAt, comparisons, computations, operationOf } from './operators.ts';
import { combineSets } from './set-operators.ts';
import { combineMatched } from './vector-binary.ts';
import type { BinaryContext, Value } from './values.ts';

export async function evaluateBinary(left: Value, right: Value, context: BinaryContext): Promise<Value> {
  if (left.type === 'scalar' && right.type === 'scalar') {
    return { type: 'scalar', values: combineScalars(left.values, right.values, context.binary) };
  }
  if (left.type === 'scalar' && right.type === 'vector') {
    return { type: 'vector', series: await combineWithScalar(right.series, left.values, context, 'left') };
  }
  if (left.type === 'vector' && right.type === 'scalar') {
    return { type: 'vector', series: await combineWithScalar(left.series, right.values, context, 'right') };
  }
  if (left.type === 'vector' && right.type === 'vector') {
    return { type: 'vector', series: await combineVectors(left.series, right.series, context) };
  }
  throw new Error('impossible: the checker lets only scalars and vectors through');
}

function combineScalars(left: Float64Array, right: Float64Array, { operator }: Binary): Float64Array {
  const compute = computations[operator];
  const compare = comparisons[operator];
  return left.map((value, step) => {
    if (compute !== undefined) return compute(value, right[step]!);
    return compare?.(value, right[step]!) === true ? 1 : 0;
  });
}

async function combineWithScalar(
  series: readonly GridSeries[],
  scalar: Float64Array,
  { binary, evaluation }: BinaryContext,
  side: 'left' | 'right',
): Promise<readonly GridSeries[]> {
  const { delayedNameRemoval } = evaluation.options;
  const operation = operationOf(binary, evaluation.annotations, side === 'left');
  const dropsName = changesMeaning(binary.operator) || binary.bool;
  const other = constantSeries(scalar);
  const results: GridSeries[] = [];
  for (const each of series) {
    if (evaluation.isDue()) await evaluation.pause();
    const labels = dropsName && !delayedNameRemoval ? withoutSchema(each.labels) : each.labels;
    const out = newSeries(labels, scalar.length, dropsName || each.dropName);
    const [left, right] = side === 'left' ? [other, each] : [each, other];
    for (let step = 0; step < scalar.length; step++) {
      if (each.present[step] !== presence.absent) combineAt(out, step, left, right, operation);
    }
    if (hasSamples(out)) results.push(out);
  }
  return delayedNameRemoval ? results : unite(results);
}

/** A float at every step. */
function constantSeries(values: Float64Array): GridSeries {
  const present = new Uint8Array(values.length).fill(presence.float);
  return { labels: [], values, present, histograms: undefined, dropName: false };
}

async function combineVectors(
  left: readonly GridSeries[],
  right: readonly GridSeries[],
  context: BinaryContext,
): Promise<readonly GridSeries[]> {
  const { binary, grid, evaluation } = context;
  const { operator } = binary;
  const isSet = operator === 'and' || operator === 'or' || operator === 'unless';
  const results = isSet ? await combineSets(left, right, context) : await combineMatched(left, right, context);
  return grid.steps === 1 && evaluation.options.delayedNameRemoval ? results : unite(results);
}
