/**
 * Expressions as text: on one line as Prometheus prints them (3.14, the String() of its nodes), and broken into lines as its
 * `format_query` does. What is printed is read as the same tree: parentheses are added where a tree that does not come from the
 * parser needs them, and what Prometheus prints so that it reads back differently (`Inf ^ 2`, `info(v, {})`) is printed so that
 * it does not.
 */
import { formatDuration } from '../lang/durations.ts';
import { compareText, metricName } from '../lang/labels.ts';
import type { Matcher } from '../lang/matchers.ts';
import { formatNumber } from '../lang/numbers.ts';
import { quote } from '../lang/strings.ts';
import type { Aggregation, At, Binary, Duration, Expr, NumberLiteral, VectorMatching, VectorSelector } from './ast.ts';
import { isLabelName, isMetricName } from './lex.ts';
import { isLooserOnLeft, isLooserOnRight, precedences, signPrecedence } from './precedence.ts';
import { isOpenOffset, printDuration, printOffset } from './print-durations.ts';

/** Characters of a line that stays whole. */
const lineLengthMax = 100;

/** What was printed already: a pretty printer asks for the same lines at every level. */
type Lines = Map<Expr, string>;

/** Canonical text on one line: `sum by (job) (rate(requests_total[5m]))`. */
export function printExpr(expr: Expr): string {
  return line(expr, new Map());
}

/** What would be over 100 characters long is broken into lines, each level two blanks deeper. */
export function prettyExpr(expr: Expr): string {
  return pretty(expr, 0, new Map());
}

function line(expr: Expr, lines: Lines): string {
  const known = lines.get(expr);
  if (known !== undefined) return known;
  const text = printNode(expr, lines);
  lines.set(expr, text);
  return text;
}

function printNode(expr: Expr, lines: Lines): string {
  switch (expr.type) {
    case 'number':
      return printNumber(expr);
    case 'string':
      return quote(expr.value);
    case 'vectorSelector':
      return `${printSeries(expr)}${printAt(expr.at)}${printExtension(expr)}${offsetSuffix(expr.offset)}`;
    case 'matrixSelector': {
      const { vector, range } = expr;
      const suffix = `${printExtension(vector)}${printAt(vector.at)}${offsetSuffix(vector.offset)}`;
      return `${printSeries(vector)}[${printDuration(range)}]${suffix}`;
    }
    case 'subquery':
      return line(subqueryOperand(expr.expr), lines) + subquerySuffix(expr);
    case 'call':
      return `${expr.name}(${expr.args.map((arg) => line(arg, lines)).join(', ')})`;
    case 'aggregation': {
      const args = expr.parameter === undefined ? [expr.expr] : [expr.parameter, expr.expr];
      return `${aggregationHead(expr)}(${args.map((arg) => line(arg, lines)).join(', ')})`;
    }
    case 'binary':
      return `${line(leftOperand(expr), lines)} ${operatorText(expr)} ${line(rightOperand(expr), lines)}`;
    case 'unary':
      return expr.operator + line(signedOperand(expr.expr), lines);
    case 'paren':
      return `(${line(expr.expr, lines)})`;
  }
}

function pretty(expr: Expr, level: number, lines: Lines): string {
  const indent = '  '.repeat(level);
  if (line(expr, lines).length <= lineLengthMax) return indent + line(expr, lines);
  const inner = (child: Expr): string => pretty(child, level + 1, lines);
  switch (expr.type) {
    case 'number':
    case 'string':
    case 'vectorSelector':
    case 'matrixSelector':
      return indent + line(expr, lines);
    case 'subquery':
      return pretty(subqueryOperand(expr.expr), level, lines) + subquerySuffix(expr);
    case 'call':
      return `${indent}${expr.name}(\n${expr.args.map(inner).join(',\n')}\n${indent})`;
    case 'aggregation': {
      const args = expr.parameter === undefined ? [expr.expr] : [expr.parameter, expr.expr];
      return `${indent}${aggregationHead(expr)}(\n${args.map(inner).join(',\n')}\n${indent})`;
    }
    case 'binary':
      return `${inner(leftOperand(expr))}\n${indent}${operatorText(expr)}\n${inner(rightOperand(expr))}`;
    case 'unary':
      return indent + expr.operator + pretty(signedOperand(expr.expr), level, lines).trimStart();
    case 'paren':
      return `${indent}(\n${inner(expr.expr)}\n${indent})`;
  }
}

function printNumber({ value, isDuration }: NumberLiteral): string {
  return isDuration ? formatDuration(Math.round(value * 1000)) : formatNumber(value);
}

/** The name and the matchers, these in order of their text. */
function printSeries({ name, matchers }: VectorSelector): string {
  const isBare = isMetricName(name);
  const isName = (matcher: Matcher): boolean =>
    isBare && matcher.name === metricName && matcher.operator === '=' && matcher.value === name;
  const texts = matchers.filter((matcher) => !isName(matcher)).map(printMatcher);
  const braces = texts.length > 0 || !isBare ? `{${texts.toSorted(compareText).join(',')}}` : '';
  return (isBare ? name : '') + braces;
}

function printMatcher({ name, operator, value }: Matcher): string {
  return `${/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : quote(name)}${operator}${quote(value)}`;
}

function printAt(at: At | undefined): string {
  if (at === undefined) return '';
  if (at.kind !== 'time') return ` @ ${at.kind}()`;
  const digits = String(Math.abs(at.ms)).padStart(4, '0');
  return ` @ ${at.ms < 0 ? '-' : ''}${digits.slice(0, -3)}.${digits.slice(-3)}`;
}

function printExtension({ extension }: VectorSelector): string {
  return extension === undefined ? '' : ` ${extension}`;
}

function offsetSuffix(offset: Duration | undefined): string {
  const text = offset === undefined ? '' : printOffset(offset);
  return text === '' ? '' : ` offset ${text}`;
}

function subquerySuffix({ range, step, at, offset }: Extract<Expr, { type: 'subquery' }>): string {
  const stepText = step === undefined ? '' : printDuration(step);
  return `[${printDuration(range)}:${stepText}]${printAt(at)}${offsetSuffix(offset)}`;
}

/** The operator with its grouping. */
function aggregationHead({ operator, grouping, without }: Aggregation): string {
  if (!without && grouping.length === 0) return operator;
  return `${operator} ${without ? 'without' : 'by'} ${printNames(grouping)} `;
}

function printNames(names: readonly string[]): string {
  return `(${names.map((name) => (isLabelName(name) ? name : quote(name))).join(', ')})`;
}

/** The operator with its modifiers. */
function operatorText({ operator, bool, matching }: Binary): string {
  return operator + (bool ? ' bool' : '') + (matching === undefined ? '' : matchingText(matching));
}

function matchingText({ cardinality, on, labels, include, fillLeft, fillRight }: VectorMatching): string {
  const isGrouped = cardinality === 'many-to-one' || cardinality === 'one-to-many';
  let text = '';
  if (labels.length > 0 || on || isGrouped) text += ` ${on ? 'on' : 'ignoring'} ${printNames(labels)}`;
  if (isGrouped) text += ` ${cardinality === 'many-to-one' ? 'group_left' : 'group_right'} ${printNames(include)}`;
  if (fillLeft !== undefined && Object.is(fillLeft, fillRight)) return `${text} fill (${formatNumber(fillLeft)})`;
  if (fillLeft !== undefined) text += ` fill_left (${formatNumber(fillLeft)})`;
  if (fillRight !== undefined) text += ` fill_right (${formatNumber(fillRight)})`;
  return text;
}

function leftOperand({ operator, left }: Binary): Expr {
  if (left.type === 'binary' && isLooserOnLeft(left.operator, operator)) return inParens(left);
  if (operator === '^' && isSigned(left)) return inParens(left);
  return '+-*/%^'.includes(operator) && endsInOpenOffset(left) ? inParens(left) : left;
}

function rightOperand({ operator, right }: Binary): Expr {
  return right.type === 'binary' && isLooserOnRight(right.operator, operator) ? inParens(right) : right;
}

/** A number is in parentheses, else it would be read with its sign as one number. */
function signedOperand(operand: Expr): Expr {
  const isLooser = operand.type === 'binary' && precedences[operand.operator] < signPrecedence;
  return isLooser || operand.type === 'number' ? inParens(operand) : operand;
}

function subqueryOperand(operand: Expr): Expr {
  return operand.type === 'binary' || isSigned(operand) ? inParens(operand) : operand;
}

/** Whether the text starts with a sign that would take more than its own operand. */
function isSigned(expr: Expr): boolean {
  return expr.type === 'unary' || (expr.type === 'number' && /^[+-]/.test(printNumber(expr)));
}

function endsInOpenOffset(expr: Expr): boolean {
  let last = expr;
  while (last.type === 'binary' || last.type === 'unary') last = last.type === 'binary' ? last.right : last.expr;
  if (last.type === 'matrixSelector') return isOpenOffset(last.vector.offset);
  return (last.type === 'vectorSelector' || last.type === 'subquery') && isOpenOffset(last.offset);
}

function inParens(expr: Expr): Expr {
  return { type: 'paren', expr, position: expr.position };
}
