/**
 * The grammar of PromQL (Prometheus 3.14): operators by precedence, calls, aggregations, literals. Selectors and their modifiers are
 * in parse-selectors.ts, durations in parse-durations.ts, types in check.ts.
 *
 * From loose to tight: or · and unless · comparisons, `</` `>/` · + - · * / % atan2 · signs · ^ (to the right) · [ ] offset @. Time and
 * memory are linear in the text.
 */
import type { SondeError } from '../base/errors.ts';
import { parseError } from '../lang/diagnostics.ts';
import type { Matcher } from '../lang/matchers.ts';
import type { AggregationOperator, BinaryOperator, Expr } from './ast.ts';
import { checkExpr, typeOf } from './check.ts';
import {
  accept,
  enter,
  expect,
  failure,
  leave,
  peek,
  peekSecond,
  rangeFrom,
  requireFeature,
  take,
  unexpected,
  type Cursor,
  type Feature,
} from './cursor.ts';
import { isMetricToken, lex, type Token, type TokenType } from './lex.ts';
import { parseNumberLiteral, withSign } from './parse-literals.ts';
import { parseLabelNames, parseModifiers, toMatching, type Modifiers } from './parse-matching.ts';
import { parsePostfixes, parseSelector } from './parse-selectors.ts';
import { precedences, signPrecedence } from './precedence.ts';
import { aggregators, isAggregationOperator, isFunctionName, signatures } from './signatures.ts';

export interface ParseOptions {
  /** All that Prometheus has behind flags; false when absent. */
  readonly experimental?: boolean;
  /** Single features that are on without `experimental`. */
  readonly features?: readonly Feature[];
}

/** UTF-16 units of one query. */
export const queryLengthMax = 200_000;

const allFeatures: readonly Feature[] = [
  'promql-experimental-functions',
  'promql-extended-range-selectors',
  'promql-binop-fill-modifiers',
];

/**
 * Parses and checks an expression. Throws `bad_request` with the position of the first mistake, its message worded as in
 * Prometheus: `1:5: parse error: …`.
 */
export function parseExpr(text: string, options: ParseOptions = {}): Expr {
  const cursor = cursorOver(text, options);
  if (peek(cursor).type === 'eof') throw failure(cursor, 0, 'no expression found in input');
  const expr = parseBinary(cursor, precedences.or);
  expect(cursor, 'eof');
  checkExpr(expr, text);
  return expr;
}

/** Parses what selects series, such as the parameter `match[]`: a selector without modifiers. `{}` is taken too. */
export function parseMatchers(text: string): readonly Matcher[] {
  const cursor = cursorOver(text, {});
  const start = peek(cursor);
  if (start.type !== '{' && !isMetricToken(start)) throw unexpected(cursor);
  const { matchers } = parseSelector(cursor);
  expect(cursor, 'eof');
  return matchers;
}

function cursorOver(text: string, { experimental = false, features = [] }: ParseOptions): Cursor {
  if (text.length > queryLengthMax) {
    throw parseError('', 0, `the query has ${text.length} characters, more than the limit of ${queryLengthMax}`);
  }
  return { text, tokens: lex(text), features: new Set(experimental ? allFeatures : features), index: 0, nesting: 0 };
}

/** An expression of operators that bind at least as tightly as `precedenceMin`. */
function parseBinary(cursor: Cursor, precedenceMin: number): Expr {
  enter(cursor);
  let left = parseSigned(cursor);
  for (;;) {
    const { type } = peek(cursor);
    if (!isBinaryOperator(type) || precedences[type] < precedenceMin) break;
    take(cursor);
    const modifiers = parseModifiers(cursor);
    const right = parseBinary(cursor, type === '^' ? precedences[type] : precedences[type] + 1);
    left = toBinary(type, left, right, modifiers);
  }
  leave(cursor);
  return left;
}

function isBinaryOperator(type: TokenType): type is BinaryOperator {
  return Object.hasOwn(precedences, type);
}

function toBinary(operator: BinaryOperator, left: Expr, right: Expr, modifiers: Modifiers): Expr {
  const isBetweenVectors = typeOf(left) === 'vector' && typeOf(right) === 'vector';
  return {
    type: 'binary',
    operator,
    left,
    right,
    bool: modifiers.bool,
    matching: toMatching(operator, modifiers, isBetweenVectors),
    position: { start: left.position.start, end: right.position.end },
  };
}

/** A sign binds more loosely than `^`: `-1 ^ 2` is -1. Before a number it is part of the number. */
function parseSigned(cursor: Cursor): Expr {
  const { type: operator, start } = peek(cursor);
  if (operator !== '+' && operator !== '-') return parsePostfixes(cursor, parsePrimary(cursor));
  take(cursor);
  const expr = parseBinary(cursor, signPrecedence);
  if (expr.type === 'number') return withSign(operator, start, expr);
  return { type: 'unary', operator, expr, position: { start, end: expr.position.end } };
}

function parsePrimary(cursor: Cursor): Expr {
  const token = peek(cursor);
  const second = peekSecond(cursor);
  if (token.type === 'number' || token.type === 'duration') return parseNumberLiteral(cursor);
  if (token.type === 'string') {
    take(cursor);
    return { type: 'string', value: token.value, position: rangeFrom(cursor, token.start) };
  }
  if (token.type === '(') return parseParen(cursor);
  if (isAggregationOperator(token.type) && (second === '(' || second === 'by' || second === 'without')) {
    return parseAggregation(cursor, token.type);
  }
  if (second === '(' && isCallable(token)) return parseCall(cursor);
  if (token.type === '{' || isMetricToken(token)) return parseSelector(cursor);
  throw unexpected(cursor);
}

function parseParen(cursor: Cursor): Expr {
  const { start } = take(cursor);
  const expr = parseBinary(cursor, precedences.or);
  expect(cursor, ')');
  return { type: 'paren', expr, position: rangeFrom(cursor, start) };
}

function isCallable({ type }: Token): boolean {
  return type === 'identifier' || isFunctionName(type);
}

function parseCall(cursor: Cursor): Expr {
  const { text: name, start } = take(cursor);
  if (!isFunctionName(name)) throw failure(cursor, start, `unknown function with name "${name}"`);
  if (signatures[name].experimental) {
    requireFeature(cursor, 'promql-experimental-functions', start, `function "${name}"`);
  }
  const args = parseArguments(cursor);
  return { type: 'call', name, args, position: rangeFrom(cursor, start) };
}

function parseArguments(cursor: Cursor): readonly Expr[] {
  expect(cursor, '(', { within: 'aggregation' });
  const args: Expr[] = [];
  if (accept(cursor, ')') !== undefined) return args;
  for (;;) {
    args.push(parseBinary(cursor, precedences.or));
    const comma = accept(cursor, ',');
    if (comma === undefined) break;
    if (peek(cursor).type === ')') throw failure(cursor, comma.start, 'trailing commas not allowed in function call args');
  }
  expect(cursor, ')');
  return args;
}

interface Grouping {
  readonly without: boolean;
  readonly labels: readonly string[];
}

function parseAggregation(cursor: Cursor, operator: AggregationOperator): Expr {
  const { start } = take(cursor);
  if (aggregators[operator].experimental) {
    requireFeature(cursor, 'promql-experimental-functions', start, `aggregation "${operator}"`);
  }
  const before = parseGrouping(cursor);
  const args = parseArguments(cursor);
  const { without, labels: grouping } = before ?? parseGrouping(cursor) ?? { without: false, labels: [] };
  const countWanted = aggregators[operator].parameter === undefined ? 1 : 2;
  const expr = args[countWanted - 1];
  if (expr === undefined || args.length !== countWanted) throw wrongArguments(cursor, start, countWanted, args.length);
  const parameter = countWanted === 2 ? args[0] : undefined;
  return { type: 'aggregation', operator, expr, parameter, grouping, without, position: rangeFrom(cursor, start) };
}

function parseGrouping(cursor: Cursor): Grouping | undefined {
  const { type } = peek(cursor);
  if (type !== 'by' && type !== 'without') return undefined;
  take(cursor);
  return { without: type === 'without', labels: parseLabelNames(cursor) };
}

function wrongArguments(cursor: Cursor, start: number, wanted: number, got: number): SondeError {
  if (got === 0) return failure(cursor, start, 'no arguments for aggregate expression provided');
  const problem = `wrong number of arguments for aggregate expression provided, expected ${wanted}, got ${got}`;
  return failure(cursor, start, problem);
}
