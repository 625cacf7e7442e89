/** Durations as text: `5m`, `-1h`, `step() * 2`. */
import { formatDuration } from '../lang/durations.ts';
import { formatNumber } from '../lang/numbers.ts';
import type { Duration, DurationExpr } from './ast.ts';
import { isLooserOnLeft, isLooserOnRight, precedences, signPrecedence } from './precedence.ts';

/** A range or a step. */
export function printDuration(duration: Duration): string {
  if (duration.kind === 'literal') return formatDuration(duration.ms);
  const { expr } = duration;
  // A plain number is read as a literal, and printed as one.
  return expr.type === 'number' ? formatDuration(expr.seconds * 1000) : print(expr);
}

/** What comes after `offset`; empty for an offset of nothing. */
export function printOffset(duration: Duration): string {
  const text = printDuration(duration);
  if (duration.kind === 'literal') return text === '0s' ? '' : text;
  return isOneOperand(duration.expr) || isOpen(text) ? text : `(${text})`;
}

/** Whether an operator behind the offset would be read as a part of it. */
export function isOpenOffset(duration: Duration | undefined): boolean {
  return duration !== undefined && isOpen(printOffset(duration));
}

function isOpen(text: string): boolean {
  return /^(?:\(|[+-][+-])/.test(text);
}

/** Whether `offset` takes all of it, parse-durations.ts says why. */
function isOneOperand(expr: DurationExpr): boolean {
  if (expr.type === 'binary') return false;
  return expr.type !== 'unary' || (expr.expr.type !== 'binary' && isOneOperand(expr.expr));
}

function print(expr: DurationExpr): string {
  switch (expr.type) {
    case 'number':
      return expr.isDuration ? formatDuration(Math.round(expr.seconds * 1000)) : formatNumber(expr.seconds);
    case 'step':
    case 'range':
      return `${expr.type}()`;
    case 'min_of':
    case 'max_of':
      return `${expr.type}(${print(expr.left)}, ${print(expr.right)})`;
    case 'binary':
      return `${printLeft(expr)} ${expr.operator} ${printRight(expr)}`;
    case 'unary':
      return expr.operator === '+' ? print(expr.expr) : `-${printSigned(expr.expr)}`;
    case 'paren':
      return `(${print(expr.expr)})`;
  }
}

type BinaryDuration = Extract<DurationExpr, { type: 'binary' }>;

function printLeft({ operator, left }: BinaryDuration): string {
  const text = print(left);
  const isLooser = left.type === 'binary' && isLooserOnLeft(left.operator, operator);
  return isLooser || (operator === '^' && /^[+-]/.test(text)) ? `(${text})` : text;
}

function printRight({ operator, right }: BinaryDuration): string {
  const isLooser = right.type === 'binary' && isLooserOnRight(right.operator, operator);
  return isLooser ? `(${print(right)})` : print(right);
}

function printSigned(expr: DurationExpr): string {
  const isLooser = expr.type === 'binary' && precedences[expr.operator] < signPrecedence;
  return isLooser || expr.type === 'number' ? `(${print(expr)})` : print(expr);
}
