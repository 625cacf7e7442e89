/** Numbers, with and without a sign. */
import { parseDuration } from '../lang/durations.ts';
import { parseNumber } from '../lang/numbers.ts';
import type { NumberLiteral } from './ast.ts';
import { peek, readAt, take, unexpected, type Cursor, type Expectation } from './cursor.ts';

/** A number, or a duration as its seconds. */
export function parseNumberLiteral(cursor: Cursor, expectation?: Expectation): NumberLiteral {
  const { type, text, start, end } = peek(cursor);
  if (type !== 'number' && type !== 'duration') throw unexpected(cursor, expectation);
  take(cursor);
  const isDuration = type === 'duration';
  const value = readAt(cursor, start, () => (isDuration ? parseDuration(text) / 1000 : parseNumber(text)));
  return { type: 'number', value, isDuration, position: { start, end } };
}

/** The same with at most one sign before it. */
export function parseSignedNumber(cursor: Cursor, expectation?: Expectation): NumberLiteral {
  const { type: sign, start } = peek(cursor);
  if (sign !== '+' && sign !== '-') return parseNumberLiteral(cursor, expectation);
  take(cursor);
  return withSign(sign, start, parseNumberLiteral(cursor, expectation));
}

/** A sign becomes part of the number behind it. */
export function withSign(sign: '+' | '-', start: number, number: NumberLiteral): NumberLiteral {
  const value = sign === '-' ? -number.value : number.value;
  return { ...number, value, position: { start, end: number.position.end } };
}
