/**
 * Replacing text by the parts of it that an RE2 expression captures, with templates of Go's regexp.Expand: `$1`, `${1}`, `$name`,
 * `${name}`; `$$` is a dollar. A name without braces is as long as it can be: `$1x` is the group `1x`. A group that is not
 * there, or took no part in the match, is empty; a dollar before anything else stands for itself.
 */
import { RE2JS, RE2JSException } from 're2js';
import { checkRegexSize } from './regex-size.ts';

/** The template filled in, for a text that matches as a whole; undefined for one that does not. */
export type Replace = (text: string) => string | undefined;

/** Undefined for an expression that is not valid. A dot matches a newline too. Throws `bad_request` for one that is too large. */
export function compileReplacement(pattern: string, template: string): Replace | undefined {
  checkRegexSize(pattern);
  const compiled = compile(pattern);
  if (compiled === undefined) return undefined;
  const names = compiled.namedGroups();
  return (text) => {
    const matcher = compiled.matcher(text);
    if (!matcher.matches()) return undefined;
    return expandTemplate(template, (name) => {
      const group = /^\d{1,9}$/.test(name) ? Number(name) : Object.hasOwn(names, name) ? names[name] : undefined;
      return group === undefined || group > compiled.groupCount() ? '' : (matcher.group(group) ?? '');
    });
  };
}

function expandTemplate(template: string, groupOf: (name: string) => string): string {
  return template.replaceAll(/\$(?:\$|\{([\p{L}\p{Nd}_]+)\}|([\p{L}\p{Nd}_]+))/gu, (_, braced?: string, bare?: string) => {
    const name = braced ?? bare;
    return name === undefined ? '$' : groupOf(name);
  });
}

function compile(pattern: string): RE2JS | undefined {
  try {
    return RE2JS.compile(pattern, RE2JS.DOTALL);
  } catch (thrown) {
    if (thrown instanceof RE2JSException) return undefined;
    throw thrown;
  }
}
