/** Whether a matcher lets series pass that do not have its label. */
import { compileMatcher, type Matcher } from '../lang/matchers.ts';
import { checkRegexSize } from '../lang/regex-size.ts';

/** By matcher: the parser asks to see whether a regular expression is valid, the checker to see what a selector selects. */
const answers = new WeakMap<Matcher, boolean>();

/** Throws what is wrong with the regular expression, if anything is. A long one takes some time, but only once. */
export function matchesEmpty(matcher: Matcher): boolean {
  const known = answers.get(matcher);
  if (known !== undefined) return known;
  if (matcher.operator === '=~' || matcher.operator === '!~') checkRegexSize(matcher.value);
  const answer = compileMatcher(matcher)('');
  answers.set(matcher, answer);
  return answer;
}
