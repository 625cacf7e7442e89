/** Where the parser stands: the tokens, the next one, and how deep it is. A lexer's error is thrown when it is looked at. */
import { known } from '../base/assert.ts';
import { SondeError } from '../base/errors.ts';
import { parseError } from '../lang/diagnostics.ts';
import type { TextRange } from './ast.ts';
import { describeToken, type Token, type TokenType } from './lex.ts';

/** Parts of the language that Prometheus has behind flags, by the names of these. */
export type Feature = 'promql-experimental-functions' | 'promql-extended-range-selectors' | 'promql-binop-fill-modifiers';

export interface Cursor {
  readonly text: string;
  readonly tokens: readonly Token[];
  readonly features: ReadonlySet<Feature>;
  index: number;
  nesting: number;
}

/** What the parser was reading, for the error: `unexpected … in offset, expected number`. */
export interface Expectation {
  readonly within?: string;
  readonly expected?: string;
}

/** Parentheses, calls, signs and powers inside one another. */
export const nestingMax = 500;

export function peek(cursor: Cursor): Token {
  const token = known(cursor.tokens[cursor.index], 'the token that ends the text');
  if (token.type === 'error') throw failure(cursor, token.start, token.text);
  return token;
}

/** The token behind the next one, for the few places where one is not enough. */
export function peekSecond(cursor: Cursor): TokenType {
  return cursor.tokens[cursor.index + 1]?.type ?? 'eof';
}

/** Takes the next token; the end of the text stays. */
export function take(cursor: Cursor): Token {
  const token = peek(cursor);
  if (token.type !== 'eof') cursor.index++;
  return token;
}

export function accept(cursor: Cursor, type: TokenType): Token | undefined {
  return peek(cursor).type === type ? take(cursor) : undefined;
}

/** Takes a token of a type or throws. */
export function expect(cursor: Cursor, type: TokenType, expectation?: Expectation): Token {
  return accept(cursor, type) ?? raise(unexpected(cursor, expectation));
}

/** Where the token taken last ends. */
export function lastEnd(cursor: Cursor): number {
  return cursor.tokens[cursor.index - 1]?.end ?? 0;
}

/** From a start to the token taken last. */
export function rangeFrom(cursor: Cursor, start: number): TextRange {
  return { start, end: lastEnd(cursor) };
}

/** One level deeper; `leave` goes back. After an error the cursor is not used any more. */
export function enter(cursor: Cursor): void {
  if (cursor.nesting === nestingMax) {
    throw failure(cursor, peek(cursor).start, `the expression is nested deeper than ${nestingMax} levels`);
  }
  cursor.nesting++;
}

export function leave(cursor: Cursor): void {
  cursor.nesting--;
}

export function requireFeature(cursor: Cursor, feature: Feature, offset: number, what: string): void {
  if (cursor.features.has(feature)) return;
  throw failure(cursor, offset, `${what} is experimental and must be enabled with the feature ${feature}`);
}

export function unexpected(cursor: Cursor, { within, expected }: Expectation = {}): SondeError {
  const token = peek(cursor);
  let problem = `unexpected ${describeToken(token)}`;
  if (within !== undefined) problem += ` in ${within}`;
  if (expected !== undefined) problem += `, expected ${expected}`;
  return failure(cursor, token.start, problem);
}

export function failure(cursor: Cursor, offset: number, problem: string): SondeError {
  return parseError(cursor.text, offset, problem);
}

/** Reads the text of a token; what is wrong with it is reported at the token. */
export function readAt<T>(cursor: Cursor, offset: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof SondeError ? failure(cursor, offset, error.message) : error;
  }
}

function raise(error: SondeError): never {
  throw error;
}
