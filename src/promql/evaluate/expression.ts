/** Evaluates an expression at all steps of a grid. What is the same at all steps is evaluated once. */
import type { Call, Expr, Subquery } from '../ast.ts';
import { negate } from '../histogram/arithmetic.ts';
import { aggregate } from './aggregate.ts';
import { evaluateBinary } from './binary.ts';
import { evaluateCall } from './call.ts';
import type { Evaluation } from './evaluation.ts';
import { firstStep, repeatFirst } from './grid.ts';
import type { Grid, GridSeries } from './grid.ts';
import type { RangeSeries, RangeVector } from './ranges.ts';
import { samplesOfGrid, selectRange, subqueryGrid, windowsOf } from './ranges.ts';
import { mapSeries } from './samplewise.ts';
import { select } from './selectors.ts';
import { withoutParens } from './shape.ts';
import type { Value } from './values.ts';

export async function evaluateExpr(expr: Expr, grid: Grid, evaluation: Evaluation): Promise<Value> {
  const inner = withoutParens(expr);
  if (grid.steps > 1 && isConstant(inner, evaluation)) {
    return repeatValue(await evaluateExpr(inner, firstStep(grid), evaluation), grid.steps);
  }
  const before = evaluation.valuesHeld;
  const pushed = await evaluation.options.pushDown?.(inner, grid);
  const value: Value =
    pushed === undefined ? await evaluateNode(inner, grid, evaluation) : { type: 'vector', series: pushed.series };
  if (value.type === 'vector') evaluation.hold(value.series, before);
  return value;
}

/** Ranges are not repeated: their windows tell where they are pinned. */
function isConstant(expr: Expr, { invariance }: Evaluation): boolean {
  if (expr.type === 'number' || expr.type === 'string') return false;
  return expr.type !== 'matrixSelector' && expr.type !== 'subquery' && invariance.holdsFor(expr);
}

function repeatValue(value: Value, steps: number): Value {
  if (value.type === 'vector') return { type: 'vector', series: value.series.map((series) => repeatFirst(series, steps)) };
  if (value.type === 'scalar') return { type: 'scalar', values: new Float64Array(steps).fill(value.values[0]!) };
  return value;
}

async function evaluateNode(expr: Expr, grid: Grid, evaluation: Evaluation): Promise<Value> {
  switch (expr.type) {
    case 'number':
      return { type: 'scalar', values: new Float64Array(grid.steps).fill(expr.value) };
    case 'string':
      return { type: 'string', text: expr.value };
    case 'paren':
      return evaluateExpr(expr.expr, grid, evaluation);
    case 'vectorSelector':
      return { type: 'vector', series: await select(expr, grid, evaluation) };
    case 'matrixSelector':
      return { type: 'matrix', range: await selectRange(expr, grid, evaluation) };
    case 'subquery':
      return { type: 'matrix', range: await evaluateSubquery(expr, grid, evaluation) };
    case 'call':
      return evaluateFunction(expr, grid, evaluation);
    case 'unary': {
      const value = await evaluateExpr(expr.expr, grid, evaluation);
      return expr.operator === '-' ? negateValue(value, evaluation) : value;
    }
    case 'binary': {
      const left = await evaluateExpr(expr.left, grid, evaluation);
      const right = await evaluateExpr(expr.right, grid, evaluation);
      return evaluateBinary(left, right, { binary: expr, grid, evaluation });
    }
    case 'aggregation': {
      const { parameter } = expr;
      const value = parameter && (await evaluateExpr(parameter, grid, evaluation));
      const vector = await evaluateExpr(expr.expr, grid, evaluation);
      return { type: 'vector', series: await aggregate(seriesOf(vector), value, { aggregation: expr, grid, evaluation }) };
    }
  }
}

async function evaluateFunction(call: Call, grid: Grid, evaluation: Evaluation): Promise<Value> {
  const selector = withoutParens(call.args[0] ?? call);
  if (selector.type === 'vectorSelector') {
    if (call.name === 'timestamp') {
      return { type: 'vector', series: await select(selector, grid, evaluation, 'time') };
    }
    if (call.name === 'start_timestamp' && evaluation.options.startTimestamps) {
      return { type: 'vector', series: await select(selector, grid, evaluation, 'start') };
    }
  }
  const args: Value[] = [];
  // The second argument of info is written as a selector, but selects labels.
  for (const arg of call.name === 'info' ? call.args.slice(0, 1) : call.args)
    args.push(await evaluateExpr(arg, grid, evaluation));
  return evaluateCall({ call, args, grid, evaluation });
}

async function evaluateSubquery(subquery: Subquery, grid: Grid, evaluation: Evaluation): Promise<RangeVector> {
  const windows = windowsOf(subquery, subquery.range, grid, evaluation);
  const inner = subqueryGrid(subquery, windows, grid, evaluation);
  if (inner.steps === 0) return { windows, series: [] };
  evaluation.reserve(inner.steps);
  const series: RangeSeries[] = [];
  for (const each of seriesOf(await evaluateExpr(subquery.expr, inner, evaluation))) {
    if (evaluation.isDue()) await evaluation.pause();
    series.push(samplesOfGrid(each, inner));
  }
  return { windows, series };
}

function seriesOf(value: Value): readonly GridSeries[] {
  if (value.type !== 'vector') throw new Error(`impossible: the checker lets no ${value.type} be where a vector has to be`);
  return value.series;
}

async function negateValue(value: Value, evaluation: Evaluation): Promise<Value> {
  if (value.type === 'scalar') return { type: 'scalar', values: value.values.map((number) => -number) };
  const series = await mapSeries(seriesOf(value), evaluation, (from, to) => {
    for (let step = 0; step < to.values.length; step++) to.values[step] = -from.values[step]!;
    to.present.set(from.present);
    to.histograms = from.histograms?.map((histogram) => histogram && negate(histogram));
  });
  return { type: 'vector', series };
}
