/**
 * Durations in ranges, steps and offsets (Prometheus 3.14): `5m`, seconds as a number, and expressions of `+ - * / % ^`, `step()`,
 * `range()`, `min_of(a, b)`, `max_of(a, b)` and parentheses.
 *
 * After `offset` only as much is taken as binds like one number, so that `foo offset 5m + bar` adds vectors: one number or call,
 * with or without a sign, or a sign and parentheses. An offset that starts with parentheses or with two signs goes on, though:
 * `foo offset (5m) + 3` is an offset of 5m + 3.
 */
import type { Duration, DurationExpr } from './ast.ts';
import { enter, expect, failure, leave, peek, peekSecond, rangeFrom, take, type Cursor, type Expectation } from './cursor.ts';
import type { TokenType } from './lex.ts';
import { parseNumberLiteral } from './parse-literals.ts';
import { precedences, signPrecedence } from './precedence.ts';

type DurationOperator = '+' | '-' | '*' | '/' | '%' | '^';

/** 2^63 nanoseconds. */
const durationSecondsMax = 2 ** 63 / 1e9;

/** A range or a step. A plain one must be at least 1 ms; whether an expression comes out positive shows when it is evaluated. */
export function parsePositiveDuration(cursor: Cursor, expectation: Expectation): Duration {
  const duration = toDuration(parseDurationExpr(cursor, precedences['+'], expectation));
  if (duration.kind === 'literal' && duration.ms <= 0) {
    throw failure(cursor, duration.position.start, 'duration must be greater than 0');
  }
  return duration;
}

export function parseOffset(cursor: Cursor, expectation: Expectation): Duration {
  const { type } = peek(cursor);
  const goesOn = type === '(' || (isSign(type) && isSign(peekSecond(cursor)));
  if (goesOn) return toDuration(parseDurationExpr(cursor, precedences['+'], expectation));
  return toDuration(parseSigned(cursor, Infinity, expectation));
}

function toDuration(expr: DurationExpr): Duration {
  const { position } = expr;
  if (expr.type !== 'number') return { kind: 'expression', expr, position };
  // Whole milliseconds, by way of whole nanoseconds as in Prometheus. The sum with 0 makes -0 plain.
  return { kind: 'literal', ms: Math.trunc(Math.round(expr.seconds * 1e9) / 1e6) + 0, position };
}

function parseDurationExpr(cursor: Cursor, precedenceMin: number, expectation: Expectation): DurationExpr {
  enter(cursor);
  let left = parseSigned(cursor, signPrecedence, expectation);
  for (;;) {
    const { type: operator, start } = peek(cursor);
    if (!isOperator(operator) || precedences[operator] < precedenceMin) break;
    take(cursor);
    const tighter = operator === '^' ? precedences[operator] : precedences[operator] + 1;
    const right = parseDurationExpr(cursor, tighter, expectation);
    if ((operator === '/' || operator === '%') && right.type === 'number' && right.seconds === 0) {
      throw failure(cursor, start, operator === '/' ? 'division by zero' : 'modulo by zero');
    }
    left = { type: 'binary', operator, left, right, position: rangeFrom(cursor, left.position.start) };
  }
  leave(cursor);
  return left;
}

/** A sign takes the operators behind it that bind at least as tightly as `precedenceMin`. */
function parseSigned(cursor: Cursor, precedenceMin: number, expectation: Expectation): DurationExpr {
  const { type: operator, start } = peek(cursor);
  if (!isSign(operator)) return parsePrimary(cursor, expectation);
  take(cursor);
  const expr = parseDurationExpr(cursor, precedenceMin, expectation);
  const position = rangeFrom(cursor, start);
  if (operator === '+') return { ...expr, position };
  if (expr.type === 'number') return { ...expr, seconds: -expr.seconds, position };
  return { type: 'unary', operator, expr, position };
}

function parsePrimary(cursor: Cursor, expectation: Expectation): DurationExpr {
  const { type, start } = peek(cursor);
  if (type === '(') {
    take(cursor);
    const expr = parseDurationExpr(cursor, precedences['+'], expectation);
    expect(cursor, ')', expectation);
    return { type: 'paren', expr, position: rangeFrom(cursor, start) };
  }
  if (type === 'step' || type === 'range') {
    take(cursor);
    expect(cursor, '(', expectation);
    expect(cursor, ')', expectation);
    return { type, position: rangeFrom(cursor, start) };
  }
  if (type === 'min_of' || type === 'max_of') return parseMinMax(cursor, type, expectation);
  return parseSeconds(cursor, expectation);
}

function parseMinMax(cursor: Cursor, type: 'min_of' | 'max_of', expectation: Expectation): DurationExpr {
  const { start } = take(cursor);
  expect(cursor, '(', expectation);
  const left = parseDurationExpr(cursor, precedences['+'], expectation);
  expect(cursor, ',', expectation);
  const right = parseDurationExpr(cursor, precedences['+'], expectation);
  expect(cursor, ')', expectation);
  return { type, left, right, position: rangeFrom(cursor, start) };
}

function parseSeconds(cursor: Cursor, expectation: Expectation): DurationExpr {
  const { value: seconds, isDuration, position } = parseNumberLiteral(cursor, expectation);
  if (!(Math.abs(seconds) <= durationSecondsMax)) throw failure(cursor, position.start, 'duration out of range');
  return { type: 'number', seconds, isDuration, position };
}

function isSign(type: TokenType): type is '+' | '-' {
  return type === '+' || type === '-';
}

function isOperator(type: TokenType): type is DurationOperator {
  return ['+', '-', '*', '/', '%', '^'].includes(type);
}
