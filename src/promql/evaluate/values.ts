/** What an expression is evaluated to, at all steps at once. */
import type { Binary, Call } from '../ast.ts';
import type { Evaluation } from './evaluation.ts';
import type { Grid, GridSeries } from './grid.ts';
import type { RangeVector } from './ranges.ts';

export type Value =
  | { readonly type: 'scalar'; readonly values: Float64Array }
  | { readonly type: 'vector'; readonly series: readonly GridSeries[] }
  | { readonly type: 'matrix'; readonly range: RangeVector }
  | { readonly type: 'string'; readonly text: string };

/** A function call with its arguments evaluated, in their order. */
export interface CallContext {
  readonly call: Call;
  readonly args: readonly Value[];
  readonly grid: Grid;
  readonly evaluation: Evaluation;
}

/** A binary operator, whose sides are evaluated. */
export interface BinaryContext {
  readonly binary: Binary;
  readonly grid: Grid;
  readonly evaluation: Evaluation;
}

/** The arguments below are what the checker has made sure of: a wrong type is a bug of ours. */
export function vectorArg({ args, call }: CallContext, index: number): readonly GridSeries[] {
  const value = args[index];
  if (value?.type !== 'vector') throw new Error(`impossible: argument ${index} of ${call.name} is no vector`);
  return value.series;
}

export function scalarArg({ args, call }: CallContext, index: number): Float64Array {
  const value = args[index];
  if (value?.type !== 'scalar') throw new Error(`impossible: argument ${index} of ${call.name} is no scalar`);
  return value.values;
}

export function stringArg({ args, call }: CallContext, index: number): string {
  const value = args[index];
  if (value?.type !== 'string') throw new Error(`impossible: argument ${index} of ${call.name} is no string`);
  return value.text;
}

export function matrixArg({ args, call }: CallContext): RangeVector {
  const value = args.find((arg) => arg.type === 'matrix');
  if (value?.type !== 'matrix') throw new Error(`impossible: no argument of ${call.name} is a matrix`);
  return value.range;
}
