/**
 * The tree of an expression as parse_query gives it and Prometheus's own UI shows it. A duration that depends on the query's step
 * or range has no number of milliseconds: it is 0 here, and what was written stands in `rangeExpr`, `offsetExpr` or `stepExpr`.
 */
import type {
  Aggregation,
  At,
  Binary,
  Call,
  Duration,
  DurationExpr,
  Expr,
  MatrixSelector,
  Subquery,
  VectorSelector,
} from '../../promql/ast.ts';
import { formatNumber } from '../../lang/numbers.ts';
import { signatures } from '../../promql/signatures.ts';
import type { FunctionName, Signature } from '../../promql/signatures.ts';

/** Plain JSON. The parser bounds the depth of an expression. */
export function treeOf(expr: Expr): object {
  switch (expr.type) {
    case 'number':
      return { type: 'numberLiteral', val: formatNumber(expr.value) };
    case 'string':
      return { type: 'stringLiteral', val: expr.value };
    case 'paren':
      return { type: 'parenExpr', expr: treeOf(expr.expr) };
    case 'unary':
      return { type: 'unaryExpr', op: expr.operator, expr: treeOf(expr.expr) };
    case 'vectorSelector':
      return { type: 'vectorSelector', ...selection(expr) };
    case 'matrixSelector':
      return matrixTree(expr);
    case 'subquery':
      return subqueryTree(expr);
    case 'call':
      return callTree(expr);
    case 'aggregation':
      return aggregationTree(expr);
    case 'binary':
      return binaryTree(expr);
  }
}

function selection({ name, matchers, offset, at, extension }: VectorSelector): object {
  return {
    name,
    matchers: matchers.map((matcher) => ({ name: matcher.name, type: matcher.operator, value: matcher.value })),
    ...durationFields('offset', offset),
    ...atFields(at),
    anchored: extension === 'anchored',
    smoothed: extension === 'smoothed',
  };
}

function atFields(at: At | undefined): object {
  return {
    timestamp: at?.kind === 'time' ? at.ms : null,
    startOrEnd: at === undefined || at.kind === 'time' ? null : at.kind,
  };
}

function durationFields(name: 'range' | 'offset' | 'step', duration: Duration | undefined): object {
  if (duration?.kind !== 'expression') return { [name]: duration?.ms ?? 0 };
  return { [name]: 0, [`${name}Expr`]: durationTree(duration.expr) };
}

function durationTree(expr: DurationExpr): object {
  switch (expr.type) {
    case 'number':
      return { type: 'numberLiteral', val: formatNumber(expr.seconds) };
    case 'step':
    case 'range':
      return { type: 'durationExpr', op: expr.type, lhs: null, rhs: null, wrapped: false };
    case 'unary':
      return { type: 'durationExpr', op: expr.operator, lhs: null, rhs: durationTree(expr.expr), wrapped: false };
    case 'paren':
      return { ...durationTree(expr.expr), wrapped: true };
    case 'min_of':
    case 'max_of': {
      return { type: 'durationExpr', op: expr.type, lhs: durationTree(expr.left), rhs: durationTree(expr.right), wrapped: false };
    }
    case 'binary': {
      const { operator, left, right } = expr;
      return { type: 'durationExpr', op: operator, lhs: durationTree(left), rhs: durationTree(right), wrapped: false };
    }
  }
}

function matrixTree({ vector, range }: MatrixSelector): object {
  return { type: 'matrixSelector', ...selection(vector), ...durationFields('range', range) };
}

function subqueryTree({ expr, range, step, offset, at }: Subquery): object {
  return {
    type: 'subquery',
    expr: treeOf(expr),
    ...durationFields('range', range),
    ...durationFields('offset', offset),
    ...durationFields('step', step),
    ...atFields(at),
  };
}

function callTree({ name, args }: Call): object {
  const signature: Signature = signatures[name as FunctionName];
  return {
    type: 'call',
    func: {
      name,
      argTypes: signature.args,
      variadic: Number.isFinite(signature.variadic) ? signature.variadic : -1,
      returnType: signature.returns,
    },
    args: args.map(treeOf),
  };
}

function aggregationTree({ operator, expr, parameter, grouping, without }: Aggregation): object {
  const param = parameter === undefined ? null : treeOf(parameter);
  return { type: 'aggregation', op: operator, expr: treeOf(expr), param, grouping, without };
}

function binaryTree({ operator, left, right, bool, matching }: Binary): object {
  return {
    type: 'binaryExpr',
    op: operator,
    lhs: treeOf(left),
    rhs: treeOf(right),
    matching:
      matching === undefined
        ? null
        : {
            card: matching.cardinality,
            labels: matching.labels,
            on: matching.on,
            include: matching.include,
            fillValues: { lhs: matching.fillLeft ?? null, rhs: matching.fillRight ?? null },
          },
    bool,
  };
}
