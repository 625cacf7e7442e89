/**
 * An instant query asked in other words. Every selector pinned by `@ T`, it must give the same at any other time; as one step of
 * a range query it must give the same as alone.
 */
import type { At, Expr, VectorSelector } from '../../src/promql/ast.ts';
import { parseExpr } from '../../src/promql/parse.ts';
import { printExpr } from '../../src/promql/print.ts';

export interface Replay {
  readonly text: string;
  readonly timeMs: number;
}

/** Functions whose value depends on when they are evaluated, or on the time of the samples they get. */
const timeDependent = new Set(
  (
    'time timestamp predict_linear start end range step ' +
    'minute hour day_of_week day_of_month day_of_year days_in_month month year'
  ).split(' '),
);

/** The query pinned to its time, at five other times (three for time 0); none when its value depends on the time. */
export function pinnedReplays(text: string, timeMs: number): Replay[] {
  const expr = parseExpr(text, { experimental: true });
  if (dependsOnTime(expr)) return [];
  const pinned = printExpr(pin(expr, timeMs));
  const times = timeMs === 0 ? [-1000, 0, 1000] : [-10 * timeMs, 0, Math.trunc(timeMs / 5), timeMs, 10 * timeMs];
  return times.map((ms) => ({ text: pinned, timeMs: ms }));
}

/** Whether a step of a range query means the same as the instant: `start()` and its like ask for the whole query. */
export function isSameInRange(text: string): boolean {
  return !/(?:start|end|range|step)\(\)/.test(text);
}

function dependsOnTime(expr: Expr): boolean {
  if (expr.type === 'call' && timeDependent.has(expr.name)) return true;
  return childrenOf(expr).some(dependsOnTime);
}

function childrenOf(expr: Expr): readonly Expr[] {
  switch (expr.type) {
    case 'number':
    case 'string':
    case 'vectorSelector':
      return [];
    case 'matrixSelector':
      return [expr.vector];
    case 'subquery':
    case 'unary':
    case 'paren':
      return [expr.expr];
    case 'call':
      return expr.args;
    case 'aggregation':
      return expr.parameter === undefined ? [expr.expr] : [expr.parameter, expr.expr];
    case 'binary':
      return [expr.left, expr.right];
  }
}

/** Pins all selectors that no subquery around them pins. */
function pin(expr: Expr, timeMs: number): Expr {
  switch (expr.type) {
    case 'number':
    case 'string':
      return expr;
    case 'vectorSelector':
      return pinSelector(expr, timeMs);
    case 'matrixSelector':
      return { ...expr, vector: pinSelector(expr.vector, timeMs) };
    case 'subquery':
      return { ...expr, at: pinned(expr.at, timeMs) };
    case 'unary':
    case 'paren':
      return { ...expr, expr: pin(expr.expr, timeMs) };
    case 'call':
      return { ...expr, args: expr.args.map((arg) => pin(arg, timeMs)) };
    case 'aggregation':
      return { ...expr, expr: pin(expr.expr, timeMs), parameter: expr.parameter && pin(expr.parameter, timeMs) };
    case 'binary':
      return { ...expr, left: pin(expr.left, timeMs), right: pin(expr.right, timeMs) };
  }
}

function pinSelector(selector: VectorSelector, timeMs: number): VectorSelector {
  return { ...selector, at: pinned(selector.at, timeMs) };
}

/** `start()` and `end()` of an instant query are its time. */
function pinned(at: At | undefined, timeMs: number): At {
  return at?.kind === 'time' ? at : { kind: 'time', ms: timeMs };
}
