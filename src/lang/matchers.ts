/** Label matchers: `name = "value"` and its three sisters. An absent label counts as the empty value. */
import { RE2JS } from 're2js';

export type MatchOperator = '=' | '!=' | '=~' | '!~';

export interface Matcher {
  readonly name: string;
  readonly operator: MatchOperator;
  readonly value: string;
}

/**
 * Whether a value passes. Regular expressions are RE2, anchored at both ends, a dot matches a newline too. Throws
 * RE2JSException for one that is not valid: the parser has checked it.
 */
export function compileMatcher({ operator, value }: Matcher): (text: string) => boolean {
  switch (operator) {
    case '=':
      return (text) => text === value;
    case '!=':
      return (text) => text !== value;
    case '=~':
      return compileRegex(value);
    case '!~': {
      const matches = compileRegex(value);
      return (text) => !matches(text);
    }
  }
}

/** A test for a whole text against an RE2 expression. */
export function compileRegex(pattern: string): (text: string) => boolean {
  if (/^[\w.:/ -]*$/.test(pattern) && !pattern.includes('.')) return (text) => text === pattern;
  const compiled = RE2JS.compile(pattern, RE2JS.DOTALL);
  return (text) => compiled.matches(text);
}
