/** All series selectors of an expression. */
import type { Expr, VectorSelector } from '../../promql/ast.ts';

/** In the order in which they stand; the walk keeps its own stack, however deep the tree. */
export function selectorsOf(root: Expr): readonly VectorSelector[] {
  const found: VectorSelector[] = [];
  const open: Expr[] = [root];
  for (let expr = open.pop(); expr !== undefined; expr = open.pop()) {
    if (expr.type === 'vectorSelector') found.push(expr);
    else open.push(...childrenOf(expr).toReversed());
  }
  return found;
}

function childrenOf(expr: Exclude<Expr, VectorSelector>): readonly Expr[] {
  switch (expr.type) {
    case 'number':
    case 'string':
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
