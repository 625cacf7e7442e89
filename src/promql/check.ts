/**
 * The types of PromQL (Prometheus 3.14): what may stand where, the number of arguments, and that a selector does not select
 * everything. The mistake that is reported is that of the innermost part, from left to right.
 */
import { known, assert } from '../base/assert.ts';
import type { SondeError } from '../base/errors.ts';
import { parseError } from '../lang/diagnostics.ts';
import { metricName } from '../lang/labels.ts';
import type { Aggregation, Binary, Call, Expr, Unary, ValueType, VectorSelector } from './ast.ts';
import { matchesEmpty } from './empty-match.ts';
import { aggregators, isFunctionName, signatures, type Signature } from './signatures.ts';

/** Levels of the tree; a chain of n operators has n of them. Whoever walks a checked tree may recurse. */
const depthMax = 1000;

/** Types of trees that were asked for; without them the type of a long chain would be found anew at each of its operators. */
const knownTypes = new WeakMap<Expr, ValueType>();

/** The type of an expression, whether or not it is a valid one. */
export function typeOf(expr: Expr): ValueType {
  const remembered = knownTypes.get(expr);
  if (remembered !== undefined) return remembered;
  const type = findType(expr);
  knownTypes.set(expr, type);
  return type;
}

/** Throws `bad_request` when an expression breaks a rule; `text` is what it was parsed from. */
export function checkExpr(expr: Expr, text: string): void {
  check(expr, { text, depth: 0 });
}

interface Place {
  readonly text: string;
  readonly depth: number;
}

function findType(expr: Expr): ValueType {
  switch (expr.type) {
    case 'number':
      return 'scalar';
    case 'string':
      return 'string';
    case 'vectorSelector':
    case 'aggregation':
      return 'vector';
    case 'matrixSelector':
    case 'subquery':
      return 'matrix';
    case 'call':
      return signatureOf(expr).returns;
    case 'binary':
      return typeOf(expr.left) === 'scalar' && typeOf(expr.right) === 'scalar' ? 'scalar' : 'vector';
    case 'unary':
    case 'paren':
      return typeOf(expr.expr);
  }
}

function signatureOf({ name }: Call): Signature {
  assert(isFunctionName(name), `the function ${name} is known`);
  return signatures[name];
}

function check(expr: Expr, { text, depth }: Place): void {
  if (depth === depthMax) throw wrong(text, expr, `the expression is deeper than ${depthMax} levels`);
  const place: Place = { text, depth: depth + 1 };
  switch (expr.type) {
    case 'number':
    case 'string':
      return;
    case 'vectorSelector':
      return checkSelector(expr, text);
    case 'matrixSelector':
      return checkSelector(expr.vector, text);
    case 'subquery':
      check(expr.expr, place);
      return checkSubquery(expr.expr, expr, text);
    case 'call':
      return checkCall(expr, place);
    case 'aggregation':
      return checkAggregation(expr, place);
    case 'binary':
      check(expr.left, place);
      check(expr.right, place);
      return checkBinary(expr, text);
    case 'unary':
      check(expr.expr, place);
      return checkUnary(expr, text);
    case 'paren':
      return check(expr.expr, place);
  }
}

/** A name before the braces selects enough; it must be the only one. */
function checkSelector(selector: VectorSelector, text: string): void {
  const { name, matchers } = selector;
  if (name === '') {
    if (matchers.some((matcher) => !matchesEmpty(matcher))) return;
    throw wrong(text, selector, 'vector selector must contain at least one non-empty matcher');
  }
  const second = matchers.slice(1).find((matcher) => matcher.name === metricName);
  if (second === undefined) return;
  throw wrong(text, selector, `metric name must not be set twice: "${name}" or "${second.value}"`);
}

function checkSubquery(inner: Expr, subquery: Expr, text: string): void {
  const type = typeOf(inner);
  if (type !== 'vector') {
    throw wrong(text, subquery, `subquery is only allowed on instant vector, got ${type} instead`);
  }
}

function checkUnary(unary: Unary, text: string): void {
  const type = typeOf(unary.expr);
  if (type === 'scalar' || type === 'vector') return;
  const allowed = 'unary expression only allowed on expressions of type scalar or instant vector';
  throw wrong(text, unary, `${allowed}, got "${documented(type)}"`);
}

function checkCall(call: Call, place: Place): void {
  const { args } = signatureOf(call);
  checkArgumentCount(call, place.text);
  if (call.name === 'info') checkInfoSelector(call, place.text);
  call.args.forEach((arg, i) => {
    const wanted = args[i] ?? known(args.at(-1), 'the type of an argument');
    const isInfoSelector = call.name === 'info' && i === 1;
    if (!isInfoSelector) check(arg, place);
    expectType(arg, wanted, `call to function "${call.name}"`, place.text);
  });
}

function checkArgumentCount(call: Call, text: string): void {
  const { args, variadic } = signatureOf(call);
  const got = call.args.length;
  const countMin = variadic === 0 ? args.length : args.length - 1;
  const countMax = countMin + variadic;
  if (got >= countMin && got <= countMax) return;
  const wanted = variadic === 0 ? '' : got < countMin ? 'at least ' : 'at most ';
  const count = got < countMin ? countMin : countMax;
  throw wrong(text, call, `expected ${wanted}${count} argument(s) in call to "${call.name}", got ${got}`);
}

/** The second argument of info() is a list of matchers that happens to look like a selector: `{}` is fine, a name is not. */
function checkInfoSelector(call: Call, text: string): void {
  const selector = call.args[1];
  if (selector === undefined) return;
  expectType(selector, 'vector', 'call to function "info"', text);
  if (selector.type !== 'vectorSelector') throw wrong(text, selector, 'expected label selectors only');
  if (selector.name === '') return;
  throw wrong(text, selector, 'expected label selectors only, got vector selector instead');
}

function checkAggregation({ operator, expr, parameter }: Aggregation, place: Place): void {
  check(expr, place);
  expectType(expr, 'vector', 'aggregation expression', place.text);
  const wanted = aggregators[operator].parameter;
  if (wanted === undefined || parameter === undefined) return;
  check(parameter, place);
  expectType(parameter, wanted, 'aggregation parameter', place.text);
}

function checkBinary(binary: Binary, text: string): void {
  const { operator, left, right, bool } = binary;
  const [leftType, rightType] = [typeOf(left), typeOf(right)];
  const operatorStart = startOfOperator(binary, text);
  if (bool && !isComparison(operator)) {
    throw parseError(text, operatorStart, 'bool modifier can only be used on comparison operators');
  }
  if (isComparison(operator) && !bool && leftType === 'scalar' && rightType === 'scalar') {
    throw parseError(text, operatorStart, 'comparisons between scalars must use BOOL modifier');
  }
  checkIncludedLabels(binary, operatorStart, text);
  for (const operand of [left, right]) {
    const type = typeOf(operand);
    if (type === 'scalar' || type === 'vector') continue;
    throw wrong(text, operand, 'binary expression must contain only scalar and instant vector types');
  }
  if (leftType === 'vector' && rightType === 'vector') checkVectors(binary, text);
  else checkNoVectors(binary, text);
}

function checkIncludedLabels({ matching }: Binary, operatorStart: number, text: string): void {
  if (matching === undefined || !matching.on) return;
  const included = new Set(matching.include);
  const twice = matching.labels.find((label) => included.has(label));
  if (twice === undefined) return;
  throw parseError(text, operatorStart, `label "${twice}" must not occur in ON and GROUP clause at once`);
}

function checkVectors(binary: Binary, text: string): void {
  const { operator, matching } = binary;
  if (!isSetOperator(operator) || matching === undefined) return;
  if (matching.cardinality !== 'many-to-many') {
    throw wrong(text, binary, `no grouping allowed for "${operator}" operation`);
  }
  if (hasFill(binary)) throw wrong(text, binary, 'filling in missing series not allowed for set operators');
}

/** Where a side is a scalar. */
function checkNoVectors(binary: Binary, text: string): void {
  const { operator, matching } = binary;
  if (matching !== undefined && matching.labels.length > 0) {
    throw wrong(text, binary, 'vector matching only allowed between instant vectors');
  }
  if (hasFill(binary)) throw wrong(text, binary, 'filling in missing series only allowed between instant vectors');
  if (!isSetOperator(operator)) return;
  throw wrong(text, binary, `set operator "${operator}" not allowed in binary scalar expression`);
}

function hasFill({ matching }: Binary): boolean {
  return matching?.fillLeft !== undefined || matching?.fillRight !== undefined;
}

function isComparison(operator: string): boolean {
  return ['==', '!=', '<', '>', '<=', '>='].includes(operator);
}

function isSetOperator(operator: string): boolean {
  return operator === 'and' || operator === 'or' || operator === 'unless';
}

/** Between the sides there are blanks, comments, the operator and its modifiers. */
function startOfOperator({ left }: Binary, text: string): number {
  const blanks = /(?:[ \t\r\n]+|#[^\r\n]*)*/y;
  blanks.lastIndex = left.position.end;
  return left.position.end + (blanks.exec(text)?.[0].length ?? 0);
}

function expectType(expr: Expr, wanted: ValueType, where: string, text: string): void {
  const type = typeOf(expr);
  if (type === wanted) return;
  throw wrong(text, expr, `expected type ${documented(wanted)} in ${where}, got ${documented(type)}`);
}

/** Types by the names of the documentation. */
function documented(type: ValueType): string {
  if (type === 'vector') return 'instant vector';
  return type === 'matrix' ? 'range vector' : type;
}

function wrong(text: string, { position }: Expr, problem: string): SondeError {
  return parseError(text, position.start, problem);
}
