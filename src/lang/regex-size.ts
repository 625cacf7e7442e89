/**
 * How large a regular expression gets when its repetitions are written out: `(ab{3}){2}` has 8 parts. RE2 bounds a single
 * repetition, also a nested one, to 1000; a row of many is bounded here, before it takes the memory and time that it would.
 */
import { SondeError } from '../base/errors.ts';

/** Parts (characters, classes, anchors) of one regular expression: it takes up to a second to compile. */
export const regexSizeMax = 250_000;

/** Throws `bad_request` when an expression is over the limit; whether it is valid is for RE2 to say. */
export function checkRegexSize(pattern: string): void {
  const size = regexSize(pattern);
  if (size <= regexSizeMax) return;
  const parts = size < 1e15 ? size : 'too many';
  throw new SondeError(
    'bad_request',
    `the regular expression has ${parts} parts with its repetitions written out, more than the limit of ${regexSizeMax}`,
  );
}

/** Never too few; too many where what looks like a repetition is none (`\x{41}`, `\Q{9}\E`). */
export function regexSize(pattern: string): number {
  /** Sizes of the groups that are open, each without what is in inner ones. */
  const sizes = [0];
  let lastSize = 0;
  const add = (size: number): void => {
    sizes.push((sizes.pop() ?? 0) + size);
    lastSize = size;
  };
  for (const [token] of pattern.matchAll(/\\[^]|\[\^?\]?(?:\\[^]|[^\]\\])*\]?|\{\d+(?:,\d*)?\}|[^]/g)) {
    if (token === '(') sizes.push(0);
    else if (token === ')') add(sizes.length > 1 ? (sizes.pop() ?? 0) : 1);
    else if (/^\{\d/.test(token)) add(lastSize * (repetitions(token) - 1));
    else add(1);
  }
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Of `{3}`, `{2,3}` and `{3,}`: 3. */
function repetitions(token: string): number {
  return Math.max(1, ...token.slice(1, -1).split(',').map(Number));
}
