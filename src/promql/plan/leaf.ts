/**
 * What of an expression the engine can work out by itself: one function over the samples of one selector, at every step of the
 * query. The engine's functions were held against Prometheus's formulas; what they do not do as Prometheus does is left to the
 * evaluator, which is the reference for the meaning.
 */
import type { Matcher } from '../../lang/matchers.ts';
import type { Expr, VectorSelector } from '../ast.ts';
import { offsetOf, rangeOf, timeOf } from '../evaluate/durations.ts';
import type { Grid } from '../evaluate/grid.ts';
import { withoutParens } from '../evaluate/shape.ts';
import { isBucketFunction } from './bucket-functions.ts';

/** The engine's function for PromQL's, over a range. */
const gridFunctions: Readonly<Record<string, string>> = {
  rate: 'timeSeriesRateToGrid',
  increase: 'timeSeriesIncreaseToGrid',
  delta: 'timeSeriesDeltaToGrid',
  irate: 'timeSeriesInstantRateToGrid',
  idelta: 'timeSeriesInstantDeltaToGrid',
  last_over_time: 'timeSeriesLastToGrid',
};

/** Functions that say something of a metric whose name is not a counter's: the evaluator says it. */
const countersOnly: ReadonlySet<string> = new Set(['rate', 'increase']);
const counterName = /(_total|_sum|_count|_bucket)$/;

/** A function of the engine over a selector, at `steps` times. */
export interface Leaf {
  readonly matchers: readonly Matcher[];
  /** PromQL's function; empty for a selector alone. */
  readonly call: string;
  /** The engine's function over samples, for some of them. */
  readonly gridFunction: string | undefined;
  /** An instant selector: a stale marker ends the series. Ranges pass over them. */
  readonly endsStale: boolean;
  /** The name of the metric stays part of the result. */
  readonly keepsName: boolean;
  /** When the first step looks back from, offset and @ counted in; Unix milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly steps: number;
  /** How far a step looks back, the end included, the start not. */
  readonly windowMs: number;
}

/** `query` is the grid of the whole query, which durations are resolved by; `grid` the times that are wanted. */
export interface LeafContext {
  readonly query: Grid;
  readonly grid: Grid;
  readonly lookbackMs: number;
}

/** The leaf that an expression is; undefined for what is more than that, or not the same in the engine. */
export function leafOf(expr: Expr, context: LeafContext): Leaf | undefined {
  const inner = withoutParens(expr);
  if (inner.type === 'vectorSelector') {
    const times = timesOf(inner, context);
    if (times === undefined) return undefined;
    const { matchers } = inner;
    const { lookbackMs: windowMs } = context;
    return { ...times, matchers, windowMs, call: '', gridFunction: 'timeSeriesLastToGrid', endsStale: true, keepsName: true };
  }
  if (inner.type !== 'call') return undefined;
  const gridFunction = gridFunctions[inner.name];
  const [argument] = inner.args;
  if (argument === undefined || (gridFunction === undefined && !isBucketFunction(inner.name))) return undefined;
  const matrix = withoutParens(argument);
  if (matrix.type !== 'matrixSelector') return undefined;
  const { vector } = matrix;
  const times = timesOf(vector, context);
  if (times === undefined) return undefined;
  if (countersOnly.has(inner.name) && !counterName.test(nameOf(vector))) return undefined;
  return {
    ...times,
    matchers: vector.matchers,
    windowMs: rangeOf(matrix.range, context.query),
    call: inner.name,
    gridFunction,
    endsStale: false,
    keepsName: inner.name === 'last_over_time',
  };
}

/** The times a selector is asked for; undefined when it has no single name, or means more than its samples. */
function timesOf(
  selector: VectorSelector,
  { query, grid }: LeafContext,
): Pick<Leaf, 'startMs' | 'endMs' | 'stepMs' | 'steps'> | undefined {
  if (selector.extension !== undefined || nameOf(selector) === '') return undefined;
  const atMs = timeOf(selector.at, query);
  // A pinned selector has one value: the evaluator asks for it at one step.
  if (atMs !== undefined && grid.steps !== 1) return undefined;
  const offsetMs = offsetOf(selector.offset, query);
  const startMs = (atMs ?? grid.startMs) - offsetMs;
  return { startMs, endMs: startMs + (grid.steps - 1) * grid.stepMs, stepMs: grid.stepMs, steps: grid.steps };
}

/** The name that a selector demands; empty when it leaves it open. */
function nameOf({ matchers }: VectorSelector): string {
  const names = matchers.filter(({ name }) => name === '__name__');
  const [only] = names;
  return names.length === 1 && only?.operator === '=' ? only.value : '';
}
