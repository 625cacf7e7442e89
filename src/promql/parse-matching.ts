/** What stands between an operator and its right side: `bool`, `on` or `ignoring`, `group_left`, `fill`; and lists of labels. */
import type { BinaryOperator, Cardinality, VectorMatching } from './ast.ts';
import { accept, expect, failure, peek, requireFeature, take, unexpected, type Cursor } from './cursor.ts';
import { isLabelToken } from './lex.ts';
import { parseSignedNumber } from './parse-literals.ts';

/** As written, whether or not it stands between two vectors. */
export interface Modifiers extends VectorMatching {
  readonly bool: boolean;
}

export function parseModifiers(cursor: Cursor): Modifiers {
  const bool = accept(cursor, 'bool') !== undefined;
  return { bool, ...parseOn(cursor), ...parseFill(cursor) };
}

/**
 * The matching of an operation. Between other types than vectors there is none; what was written there nevertheless is kept for
 * the checker, which refuses it.
 */
export function toMatching(
  operator: BinaryOperator,
  { bool: _bool, ...matching }: Modifiers,
  isBetweenVectors: boolean,
): VectorMatching | undefined {
  const isWritten = matching.labels.length > 0 || matching.fillLeft !== undefined || matching.fillRight !== undefined;
  if (!isBetweenVectors && !isWritten) return undefined;
  const isSet = operator === 'and' || operator === 'or' || operator === 'unless';
  return isSet && matching.cardinality === 'one-to-one' ? { ...matching, cardinality: 'many-to-many' } : matching;
}

/** `(a, "b.c", by)`: names in parentheses, a comma after the last one is allowed. */
export function parseLabelNames(cursor: Cursor): readonly string[] {
  expect(cursor, '(', { within: 'grouping opts', expected: '"("' });
  const names: string[] = [];
  while (accept(cursor, ')') === undefined) {
    names.push(parseLabelName(cursor));
    if (peek(cursor).type === ')') continue;
    expect(cursor, ',', { within: 'grouping opts', expected: '"," or ")"' });
  }
  return names;
}

function parseLabelName(cursor: Cursor): string {
  const token = peek(cursor);
  if (token.type !== 'string' && !isLabelToken(token)) {
    throw unexpected(cursor, { within: 'grouping opts', expected: 'label' });
  }
  if (token.value === '') throw failure(cursor, token.start, 'invalid label name for grouping: ""');
  return take(cursor).value;
}

function parseOn(cursor: Cursor): Pick<VectorMatching, 'cardinality' | 'on' | 'labels' | 'include'> {
  const { type } = peek(cursor);
  if (type !== 'on' && type !== 'ignoring') return { cardinality: 'one-to-one', on: false, labels: [], include: [] };
  take(cursor);
  const labels = parseLabelNames(cursor);
  const cardinality = parseCardinality(cursor);
  const hasInclude = cardinality !== 'one-to-one' && peek(cursor).type === '(';
  return { cardinality, on: type === 'on', labels, include: hasInclude ? parseLabelNames(cursor) : [] };
}

function parseCardinality(cursor: Cursor): Cardinality {
  if (accept(cursor, 'group_left') !== undefined) return 'many-to-one';
  return accept(cursor, 'group_right') === undefined ? 'one-to-one' : 'one-to-many';
}

/** `fill(x)`, or `fill_left(x)` and `fill_right(x)` in either order, each at most once. */
function parseFill(cursor: Cursor): Pick<VectorMatching, 'fillLeft' | 'fillRight'> {
  const both = parseFillValue(cursor, 'fill');
  if (both !== undefined) return { fillLeft: both, fillRight: both };
  const leftFirst = parseFillValue(cursor, 'fill_left');
  const fillRight = parseFillValue(cursor, 'fill_right');
  return { fillLeft: leftFirst ?? parseFillValue(cursor, 'fill_left'), fillRight };
}

function parseFillValue(cursor: Cursor, keyword: 'fill' | 'fill_left' | 'fill_right'): number | undefined {
  const token = accept(cursor, keyword);
  if (token === undefined) return undefined;
  requireFeature(cursor, 'promql-binop-fill-modifiers', token.start, `"${keyword}"`);
  expect(cursor, '(');
  const { value } = parseSignedNumber(cursor);
  expect(cursor, ')');
  return value;
}
