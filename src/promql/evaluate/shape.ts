/** Small questions about the tree of an expression. */
import type { Expr } from '../ast.ts';

export function withoutParens(expr: Expr): Expr {
  let inner = expr;
  while (inner.type === 'paren') inner = inner.expr;
  return inner;
}

/** Where annotations about an argument point to: its first character, parentheses around it not counted. */
export function positionOf(expr: Expr | undefined): number {
  return expr === undefined ? 0 : withoutParens(expr).position.start;
}

/** The expressions that an expression is made of, in the order they are written. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.type) {
    case 'matrixSelector':
      return [expr.vector];
    case 'call':
      return expr.args;
    case 'binary':
      return [expr.left, expr.right];
    case 'aggregation':
      return expr.parameter === undefined ? [expr.expr] : [expr.parameter, expr.expr];
    case 'subquery':
    case 'unary':
    case 'paren':
      return [expr.expr];
    case 'number':
    case 'string':
    case 'vectorSelector':
      return [];
  }
}
