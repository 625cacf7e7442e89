/**
 * Query parameters as typed values. A parameter that is absent or empty is not there; one that can not be read is refused with
 * its name, what was expected and what came; one that nobody asks for is ignored.
 */
import { SondeError } from '../../base/errors.ts';
import type { QueryParameters } from '../../base/http.ts';
import { durationForms, formatTime, nsPerHour, parseDuration, parseTime, timeForms } from '../../base/time.ts';
import type { TimeRange } from '../../engine/engine.ts';

export interface LimitBounds {
  readonly default: number;
  readonly max: number;
}

/** `attr=key=value` as it came: the first `=` ends the key. */
export interface AttributeFilter {
  readonly key: string;
  readonly value: string;
}

const shownLengthMax = 100;
const filtersMax = 20;

/** Refuses a parameter: 400 `bad_request`. */
export function refuse(name: string, expected: string, came: string): never {
  const shown = came.length > shownLengthMax ? `${came.slice(0, shownLengthMax)}…` : came;
  throw new SondeError('bad_request', `Parameter \`${name}\`: expected ${expected}, got \`${shown}\`.`);
}

/** The parameter's text; the first one when it stands several times. */
export function readText(query: QueryParameters, name: string): string | undefined {
  const text = query.get(name);
  return text === null || text === '' ? undefined : text;
}

/** All of a parameter that may stand several times. */
export function readTexts(query: QueryParameters, name: string): readonly string[] {
  const texts = query.getAll(name).filter((text) => text !== '');
  if (texts.length > filtersMax) refuse(name, `at most ${filtersMax} of them`, String(texts.length));
  return texts;
}

/** `from` and `to`, half-open: the hour before `to` when there is no `from`, up to now when there is no `to`. */
export function readTimeRange(query: QueryParameters, nowNs: bigint): TimeRange {
  const toNs = readTime(query, 'to', nowNs) ?? nowNs;
  const fromNs = readTime(query, 'from', nowNs) ?? (toNs > nsPerHour ? toNs - nsPerHour : 0n);
  if (fromNs >= toNs) refuse('from', `a time before \`to\` (${formatTime(toNs)})`, formatTime(fromNs));
  return { fromNs, toNs };
}

/** `from` and `to` when one of them is given, else undefined. */
export function readOptionalTimeRange(query: QueryParameters, nowNs: bigint): TimeRange | undefined {
  const given = readText(query, 'from') ?? readText(query, 'to');
  return given === undefined ? undefined : readTimeRange(query, nowNs);
}

function readTime(query: QueryParameters, name: string, nowNs: bigint): bigint | undefined {
  const text = readText(query, name);
  if (text === undefined) return undefined;
  // Who forgets to escape the `+` of an offset or of `now+1h` sends a space.
  const plus = text.replace(/ (?=[^ ]*$)/, '+');
  return parseTime(text, nowNs) ?? parseTime(plus, nowNs) ?? refuse(name, timeForms, text);
}

/** A duration in nanoseconds. */
export function readDuration(query: QueryParameters, name: string): bigint | undefined {
  const text = readText(query, name);
  return text === undefined ? undefined : (parseDuration(text) ?? refuse(name, durationForms, text));
}

/** `limit`: how many items of a list to give. */
export function readLimit(query: QueryParameters, bounds: LimitBounds): number {
  const text = readText(query, 'limit');
  if (text === undefined) return bounds.default;
  const limit = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  return limit >= 1 && limit <= bounds.max ? limit : refuse('limit', `a number from 1 to ${bounds.max}`, text);
}

/** One of a few words. */
export function readChoice<const C extends string>(query: QueryParameters, name: string, choices: readonly C[]): C | undefined {
  const text = readText(query, name);
  return text === undefined ? undefined : choose(name, choices, text);
}

/** Any of a few words. */
export function readChoices<const C extends string>(query: QueryParameters, name: string, choices: readonly C[]): readonly C[] {
  return readTexts(query, name).map((text) => choose(name, choices, text));
}

function choose<C extends string>(name: string, choices: readonly C[], text: string): C {
  return choices.find((choice) => choice === text) ?? refuse(name, `one of ${choices.join(', ')}`, text);
}

/** All of `attr=key=value`. */
export function readAttributeFilters(query: QueryParameters): readonly AttributeFilter[] {
  return readTexts(query, 'attr').map((text) => {
    const end = text.indexOf('=');
    if (end < 1) refuse('attr', '`key=value`', text);
    return { key: text.slice(0, end), value: text.slice(end + 1) };
  });
}

/** An id given as hex digits of any case, leading zeros optional: lower case, padded to `bytes`. Never all zero. */
export function parseHexId(name: string, text: string, bytes: number): string {
  const expected = `1 to ${bytes * 2} hex digits, not all zero`;
  if (text.length > bytes * 2 || !/^[0-9a-fA-F]+$/.test(text) || /^0+$/.test(text)) refuse(name, expected, text);
  return text.toLowerCase().padStart(bytes * 2, '0');
}

/** An id among the query parameters. */
export function readHexId(query: QueryParameters, name: string, bytes: number): string | undefined {
  const text = readText(query, name);
  return text === undefined ? undefined : parseHexId(name, text, bytes);
}
