/** Selectors, `up{job="x"}`, and what comes after an expression: `[5m]`, `[1h:5m]`, `offset`, `@`, `anchored`, `smoothed`. */
import type { SondeError } from '../base/errors.ts';
import { metricName } from '../lang/labels.ts';
import type { Matcher, MatchOperator } from '../lang/matchers.ts';
import { formatNumber } from '../lang/numbers.ts';
import type { At, Duration, Expr, VectorSelector } from './ast.ts';
import {
  accept,
  expect,
  failure,
  lastEnd,
  peek,
  peekSecond,
  rangeFrom,
  requireFeature,
  take,
  unexpected,
  type Cursor,
} from './cursor.ts';
import { matchesEmpty } from './empty-match.ts';
import { isMetricToken, type Token } from './lex.ts';
import { parseOffset, parsePositiveDuration } from './parse-durations.ts';
import { parseSignedNumber } from './parse-literals.ts';

/** Milliseconds that a time after @ may be from 1970: what survives a way through seconds as a double. */
const atMsMax = 2 ** 50;

const expectedDuration = 'number, duration, step(), or range()';

/** A name, matchers in braces, or both. */
export function parseSelector(cursor: Cursor): VectorSelector {
  const { start } = peek(cursor);
  const name = isMetricToken(peek(cursor)) ? take(cursor).text : '';
  const matchers: Matcher[] = name === '' ? [] : [{ name: metricName, operator: '=', value: name }];
  if (accept(cursor, '{') !== undefined) parseMatcherList(cursor, matchers);
  const position = rangeFrom(cursor, start);
  return { type: 'vectorSelector', name, matchers, offset: undefined, at: undefined, extension: undefined, position };
}

/** Takes all that can follow an expression, in any order. */
export function parsePostfixes(cursor: Cursor, primary: Expr): Expr {
  let expr = primary;
  for (;;) {
    const token = peek(cursor);
    if (token.type === '[') expr = parseRange(cursor, expr);
    else if (token.type === 'offset') expr = parseOffsetOf(cursor, expr);
    else if (token.type === '@') expr = parseAt(cursor, expr);
    else if (token.type === 'anchored' || token.type === 'smoothed') expr = parseExtension(cursor, expr, token.type);
    else return expr;
  }
}

/** Matchers up to the closing brace; a comma after the last one is allowed. */
function parseMatcherList(cursor: Cursor, matchers: Matcher[]): void {
  while (accept(cursor, '}') === undefined) {
    matchers.push(parseMatcher(cursor));
    if (peek(cursor).type === '}') continue;
    expect(cursor, ',', { within: 'label matching', expected: '"," or "}"' });
  }
}

/** `name="value"`, or a metric name in quotes. */
function parseMatcher(cursor: Cursor): Matcher {
  const label = peek(cursor);
  if (label.type !== 'identifier' && label.type !== 'string') {
    throw unexpected(cursor, { within: 'label matching', expected: 'identifier or "}"' });
  }
  take(cursor);
  const { type: operator } = peek(cursor);
  if (!isMatchOperator(operator)) {
    if (label.type === 'string') return { name: metricName, operator: '=', value: label.value };
    throw unexpected(cursor, { within: 'label matching', expected: 'label matching operator' });
  }
  take(cursor);
  const { value } = expect(cursor, 'string', { within: 'label matching', expected: 'string' });
  const matcher: Matcher = { name: label.value, operator, value };
  checkRegex(cursor, label, matcher);
  return matcher;
}

function isMatchOperator(type: string): type is MatchOperator {
  return type === '=' || type === '!=' || type === '=~' || type === '!~';
}

function checkRegex(cursor: Cursor, label: Token, matcher: Matcher): void {
  try {
    matchesEmpty(matcher);
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error);
    // The flag that lets a dot match a line break is ours.
    throw failure(cursor, label.start, problem.replace('`(?s)', '`'));
  }
}

function parseRange(cursor: Cursor, expr: Expr): Expr {
  const { start } = take(cursor);
  const range = parsePositiveDuration(cursor, { within: 'subquery or range selector', expected: expectedDuration });
  if (accept(cursor, ':') !== undefined) return parseSubquery(cursor, expr, range);
  expect(cursor, ']', { within: 'subquery or range', expected: '":" or "]"' });
  if (expr.type !== 'vectorSelector') throw failure(cursor, start, 'ranges only allowed for vector selectors');
  if (expr.offset !== undefined) throw failure(cursor, start, 'no offset modifiers allowed before range');
  if (expr.at !== undefined) throw failure(cursor, start, 'no @ modifiers allowed before range');
  return { type: 'matrixSelector', vector: expr, range, position: rangeFrom(cursor, expr.position.start) };
}

function parseSubquery(cursor: Cursor, expr: Expr, range: Duration): Expr {
  const expectation = { within: 'subquery selector', expected: `${expectedDuration}, or "]"` };
  const step = peek(cursor).type === ']' ? undefined : parsePositiveDuration(cursor, expectation);
  expect(cursor, ']', { within: 'subquery selector', expected: '"]"' });
  const position = rangeFrom(cursor, expr.position.start);
  return { type: 'subquery', expr, range, step, offset: undefined, at: undefined, position };
}

function parseOffsetOf(cursor: Cursor, expr: Expr): Expr {
  take(cursor);
  const written = parseOffset(cursor, { within: 'offset', expected: expectedDuration });
  // An offset of nothing is none, so that another one may follow.
  const offset = written.kind === 'literal' && written.ms === 0 ? undefined : written;
  if (modifiersOf(cursor, expr, 'offset modifier').offset !== undefined) {
    throw failure(cursor, expr.position.start, 'offset may not be set multiple times');
  }
  return modified(cursor, expr, offset === undefined ? {} : { offset });
}

function parseAt(cursor: Cursor, expr: Expr): Expr {
  take(cursor);
  const at = parseAtTime(cursor, expr);
  if (modifiersOf(cursor, expr, '@ modifier').at !== undefined) {
    throw failure(cursor, expr.position.start, '@ <timestamp> may not be set multiple times');
  }
  return modified(cursor, expr, { at });
}

function parseAtTime(cursor: Cursor, expr: Expr): At {
  const { type } = peek(cursor);
  if ((type === 'start' || type === 'end') && peekSecond(cursor) === '(') {
    take(cursor);
    take(cursor);
    expect(cursor, ')', { within: '@', expected: 'timestamp' });
    return { kind: type };
  }
  const { value } = parseSignedNumber(cursor, { within: '@', expected: 'timestamp' });
  const ms = roundHalfAway(value * 1000);
  if (Math.abs(ms) <= atMsMax) return { kind: 'time', ms };
  const text = Number.isFinite(value) ? value.toFixed(6) : formatNumber(value);
  throw failure(cursor, expr.position.start, `timestamp out of bounds for @ modifier: ${text}`);
}

/** As Go rounds; the sum with 0 makes -0 plain. */
function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value)) + 0;
}

function parseExtension(cursor: Cursor, expr: Expr, extension: 'anchored' | 'smoothed'): Expr {
  take(cursor);
  const { start } = expr.position;
  requireFeature(cursor, 'promql-extended-range-selectors', start, `modifier "${extension}"`);
  if (expr.type === 'subquery') throw failure(cursor, start, `${extension} modifier is not supported for subqueries`);
  if (expr.type !== 'vectorSelector' && expr.type !== 'matrixSelector') {
    throw failure(cursor, start, `${extension} modifier must follow a selector`);
  }
  const vector = expr.type === 'matrixSelector' ? expr.vector : expr;
  if (vector.extension !== undefined && vector.extension !== extension) {
    throw failure(cursor, start, 'anchored and smoothed modifiers cannot be used together');
  }
  return modified(cursor, expr, { extension });
}

interface WrittenModifiers {
  readonly offset: Duration | undefined;
  readonly at: At | undefined;
}

/** Of an expression that can have an offset and a time; throws for any other. */
function modifiersOf(cursor: Cursor, expr: Expr, what: string): WrittenModifiers {
  if (expr.type === 'vectorSelector' || expr.type === 'subquery') return expr;
  if (expr.type === 'matrixSelector') return expr.vector;
  throw misplaced(cursor, expr, what);
}

function misplaced(cursor: Cursor, expr: Expr, what: string): SondeError {
  const problem = `${what} must be preceded by an instant vector selector or range vector selector or a subquery`;
  return failure(cursor, expr.position.start, problem);
}

/** The expression with what was just read; it ends where that ends. */
function modified(cursor: Cursor, expr: Expr, change: Partial<VectorSelector>): Expr {
  const position = { start: expr.position.start, end: lastEnd(cursor) };
  if (expr.type === 'vectorSelector') return { ...expr, ...change, position };
  if (expr.type === 'matrixSelector') return { ...expr, vector: { ...expr.vector, ...change }, position };
  if (expr.type === 'subquery') return { ...expr, ...change, type: 'subquery', position };
  return expr;
}
