/** Durations of a query in milliseconds: those written as expressions depend on its step and range. */
import { SondeError } from '../../base/errors.ts';
import type { At, Duration, DurationExpr } from '../ast.ts';
import type { Grid } from './grid.ts';

/** Longer than any time that nanoseconds in 64 bits can say is refused, as Prometheus does. */
const secondsMax = 2 ** 63 / 1e9;

/** The range or step of a selector or subquery. Throws `query_failed` for an expression that is not above 0. */
export function rangeOf(duration: Duration, query: Grid): number {
  if (duration.kind === 'literal') return duration.ms;
  const seconds = finiteSecondsOf(duration.expr, query);
  if (seconds <= 0) fail(duration.expr, 'duration must be greater than 0');
  return Math.trunc(seconds * 1000);
}

/** An offset, which may be negative; 0 when there is none. */
export function offsetOf(duration: Duration | undefined, query: Grid): number {
  if (duration === undefined) return 0;
  return duration.kind === 'literal' ? duration.ms : Math.trunc(finiteSecondsOf(duration.expr, query) * 1000);
}

/** The time that `@` pins to; undefined when there is none. */
export function timeOf(at: At | undefined, query: Grid): number | undefined {
  switch (at?.kind) {
    case undefined:
      return undefined;
    case 'time':
      return at.ms;
    case 'start':
      return query.startMs;
    case 'end':
      return query.endMs;
  }
}

function finiteSecondsOf(expr: DurationExpr, query: Grid): number {
  const seconds = secondsOf(expr, query);
  if (!Number.isFinite(seconds)) fail(expr, 'duration is NaN or infinite');
  if (Math.abs(seconds) > secondsMax) fail(expr, 'duration is out of range');
  return seconds;
}

/** The parser limits how deep expressions are nested. */
function secondsOf(expr: DurationExpr, query: Grid): number {
  switch (expr.type) {
    case 'number':
      return expr.seconds;
    case 'step':
      return query.stepMs / 1000;
    case 'range':
      return (query.endMs - query.startMs) / 1000;
    case 'min_of':
      return Math.min(secondsOf(expr.left, query), secondsOf(expr.right, query));
    case 'max_of':
      return Math.max(secondsOf(expr.left, query), secondsOf(expr.right, query));
    case 'paren':
      return secondsOf(expr.expr, query);
    case 'unary':
      return expr.operator === '-' ? -secondsOf(expr.expr, query) : secondsOf(expr.expr, query);
    case 'binary':
      return combine(expr, secondsOf(expr.left, query), secondsOf(expr.right, query));
  }
}

function combine(expr: DurationExpr & { type: 'binary' }, left: number, right: number): number {
  switch (expr.operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      if (right === 0) fail(expr, 'division by zero');
      return left / right;
    case '%':
      if (right === 0) fail(expr, 'modulo by zero');
      return left % right;
    case '^':
      return left ** right;
  }
}

function fail({ position }: DurationExpr, what: string): never {
  throw new SondeError('query_failed', `${position.start}:${position.end}: ${what}`, { position: position.start });
}
