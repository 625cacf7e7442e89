/** How scripts say what a message is like. Regular expressions are RE2 and may match anywhere, as in Go. */
import { RE2JS } from 're2js';
import { SondeError } from '../../src/base/errors.ts';

export type Pattern =
  | { readonly kind: 'any' }
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'regex'; readonly source: string; readonly compiled: RE2JS };

/** `msg: …` or `regex: …`; without either, anything. Throws `bad_request` for a regular expression that is not valid. */
export function parsePattern(kind: string | undefined, value: string): Pattern {
  if (kind === undefined) return { kind: 'any' };
  const source = value.trim();
  if (kind === 'msg') return { kind: 'text', text: source };
  try {
    return { kind: 'regex', source, compiled: RE2JS.compile(source) };
  } catch (thrown) {
    throw new SondeError('bad_request', `expected a regular expression, but got "${source}"`, { cause: thrown });
  }
}

export function meets(message: string, pattern: Pattern): boolean {
  switch (pattern.kind) {
    case 'any':
      return true;
    case 'text':
      return message === pattern.text;
    case 'regex':
      return pattern.compiled.matcher(message).find();
  }
}

export function patternText(pattern: Pattern): string {
  switch (pattern.kind) {
    case 'any':
      return 'anything';
    case 'text':
      return JSON.stringify(pattern.text);
    case 'regex':
      return `/${pattern.source}/`;
  }
}
