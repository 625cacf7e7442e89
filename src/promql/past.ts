/** Which queries say of a time only what samples up to that time say, whatever the other times are that they are asked for. */
import type { At, Duration, Expr } from './ast.ts';

/** What depends on the times of the query as a whole. */
const ofWholeQuery: ReadonlySet<string> = new Set(['start', 'end', 'step', 'range', 'info']);

export function dependsOnPast(expr: Expr): boolean {
  switch (expr.type) {
    case 'number':
    case 'string':
      return true;
    case 'vectorSelector':
      return expr.extension === undefined && looksBack(expr.offset, expr.at);
    case 'matrixSelector':
      return expr.range.kind === 'literal' && dependsOnPast(expr.vector);
    case 'subquery':
      return isPlain(expr.range) && isPlain(expr.step) && looksBack(expr.offset, expr.at) && dependsOnPast(expr.expr);
    case 'call':
      return !ofWholeQuery.has(expr.name) && expr.args.every(dependsOnPast);
    case 'aggregation':
      return dependsOnPast(expr.expr) && (expr.parameter === undefined || dependsOnPast(expr.parameter));
    case 'binary':
      return dependsOnPast(expr.left) && dependsOnPast(expr.right);
    case 'unary':
    case 'paren':
      return dependsOnPast(expr.expr);
  }
}

function looksBack(offset: Duration | undefined, at: At | undefined): boolean {
  return at === undefined && isPlain(offset) && (offset?.kind !== 'literal' || offset.ms >= 0);
}

/** Expressions in place of durations may depend on the step and the range of the query. */
function isPlain(duration: Duration | undefined): boolean {
  return duration?.kind !== 'expression';
}
