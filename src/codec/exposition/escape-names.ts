/**
 * Names of metrics and labels that are not plain, for those who can read plain ones only (prometheus.io/docs/instrumenting/
 * escaping_schemes). A plain name is letters, digits, underscores and colons, no digit first.
 *
 * - `allow-utf-8`: any name as it is.
 * - `underscores`: an underscore for each other character. Does not lead back.
 * - `dots`: `_dot_` for a dot, two underscores for an underscore and for each other character, in plain names too.
 * - `values`: `U__` in front, two underscores for an underscore, `_2e_` for a dot: the code point in hexadecimal.
 */
import type { Escaping } from './content-type.ts';

const plainName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const plainLabel = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const valuesPrefix = 'U__';
const codePointMax = 0x10_ffff;

export function isPlainName(name: string): boolean {
  return plainName.test(name);
}

export function isPlainLabel(name: string): boolean {
  return plainLabel.test(name);
}

/** The name as the scheme writes it; an empty one stays empty. */
export function escapeName(name: string, escaping: Escaping): string {
  if (escaping === 'allow-utf-8' || (isPlainName(name) && escaping !== 'dots')) return name;
  let escaped = escaping === 'values' && name !== '' ? valuesPrefix : '';
  let first = true;
  for (const character of name) {
    escaped += escapeCharacter(character, first, escaping);
    first = false;
  }
  return escaped;
}

function escapeCharacter(character: string, first: boolean, escaping: 'underscores' | 'dots' | 'values'): string {
  if (character === '_') return escaping === 'underscores' ? '_' : '__';
  if (first ? isPlainName(character) : /^[a-zA-Z0-9:]$/.test(character)) return character;
  switch (escaping) {
    case 'underscores':
      return '_';
    case 'dots':
      return character === '.' ? '_dot_' : '__';
    case 'values': {
      const codePoint = character.codePointAt(0) ?? 0;
      return isSurrogate(codePoint) ? '_FFFD_' : `_${codePoint.toString(16)}_`;
    }
  }
}

/**
 * The name that `escapeName` made this one of, as far as the scheme leads back: `underscores` does not, `dots` only if all other
 * characters were dots. What was not made by `values` comes back as it is.
 */
export function unescapeName(name: string, escaping: Escaping): string {
  switch (escaping) {
    case 'allow-utf-8':
    case 'underscores':
      return name;
    case 'dots':
      return name.replaceAll('_dot_', '.').replaceAll('__', '_');
    case 'values':
      return unescapeValues(name) ?? name;
  }
}

function unescapeValues(name: string): string | undefined {
  if (!name.startsWith(valuesPrefix)) return undefined;
  let unescaped = '';
  for (let at = valuesPrefix.length; at < name.length; at++) {
    const character = name.charAt(at);
    if (character !== '_') {
      unescaped += character;
      continue;
    }
    const end = name.indexOf('_', at + 1);
    if (end === -1) return undefined;
    const code = name.slice(at + 1, end);
    if (code === '') unescaped += '_';
    else if (!/^[0-9a-fA-F]{1,6}$/.test(code)) return undefined;
    else {
      const codePoint = Number.parseInt(code, 16);
      if (codePoint > codePointMax || isSurrogate(codePoint)) return undefined;
      unescaped += String.fromCodePoint(codePoint);
    }
    at = end;
  }
  return unescaped;
}

function isSurrogate(codePoint: number): boolean {
  return codePoint >= 0xd800 && codePoint <= 0xdfff;
}
