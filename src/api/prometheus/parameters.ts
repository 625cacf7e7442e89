/**
 * Parameters as Prometheus's HTTP API has them: in the query string or as a form in the body, times in seconds or RFC 3339,
 * durations in seconds or as PromQL writes them, repeated ones with a name that ends in `[]`. What can not be read is refused
 * with its name, what was expected and what came; an empty parameter counts as absent.
 */
import { SondeError } from '../../base/errors.ts';
import type { HttpRequest, QueryParameters } from '../../base/http.ts';
import { lastTimeNs, parseTime } from '../../base/time.ts';
import type { TimeRange } from '../../engine/engine.ts';
import { parseDuration } from '../../lang/durations.ts';
import { compileMatcher } from '../../lang/matchers.ts';
import type { Matcher } from '../../lang/matchers.ts';
import type { Expr } from '../../promql/ast.ts';
import { parseExpr, parseMatchers } from '../../promql/parse.ts';

const shownLengthMax = 100;
const selectorsMax = 100;
const nsPerMs = 1_000_000n;
/** The last and the first millisecond that 64 bits of nanoseconds hold: years 2262 and 1677. */
const timeMsMax = 9_223_372_036_854;
/** What clients of Prometheus send for the first and the last time of all. */
const unbounded: Readonly<Record<string, number>> = {
  '-292273086-05-16T16:47:06Z': -timeMsMax,
  '292277025-08-18T07:12:54.999999999Z': timeMsMax,
};

/** Refuses a parameter. */
export function refuse(name: string, expected: string, came: string): never {
  const shown = came.length > shownLengthMax ? `${came.slice(0, shownLengthMax)}…` : came;
  throw new SondeError('bad_request', `invalid parameter "${name}": expected ${expected}, got ${JSON.stringify(shown)}`);
}

/** The parameters of a request; those of a form in the body come first. Other bodies are refused: forms are not multipart. */
export function parametersOf({ query, body, headers }: HttpRequest): QueryParameters {
  if (body.length === 0) return query;
  const type = (headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase();
  if (type !== 'application/x-www-form-urlencoded') {
    throw new SondeError(
      'unsupported_encoding',
      `The body is a form: Content-Type application/x-www-form-urlencoded; got ${JSON.stringify(type)}.`,
    );
  }
  const form = new URLSearchParams(new TextDecoder().decode(body));
  return {
    get: (name) => form.get(name) ?? query.get(name),
    getAll: (name) => [...form.getAll(name), ...query.getAll(name)],
    has: (name) => form.has(name) || query.has(name),
  };
}

export function readText(query: QueryParameters, name: string): string | undefined {
  const text = query.get(name);
  return text === null || text === '' ? undefined : text;
}

/** A time in Unix milliseconds: seconds with decimals, or RFC 3339 from 1970 on. */
export function readTimeMs(query: QueryParameters, name: string): number | undefined {
  const text = readText(query, name);
  if (text === undefined) return undefined;
  const ms = parseTimeMs(text) ?? refuse(name, 'Unix seconds or RFC 3339', text);
  return Math.abs(ms) <= timeMsMax ? ms : refuse(name, 'a time between the years 1677 and 2262', text);
}

export function requireTimeMs(query: QueryParameters, name: string): number {
  return readTimeMs(query, name) ?? refuse(name, 'Unix seconds or RFC 3339', '');
}

function parseTimeMs(text: string): number | undefined {
  const seconds = parseNumber(text);
  if (seconds !== undefined) return Math.round(seconds * 1000);
  // A plus sign that was not escaped in the URL comes as a space.
  const plain = text.replace(/ (?=\d\d:\d\d$)/, '+').replace(/^\+(?=\d{6})/, '');
  if (unbounded[plain] !== undefined) return unbounded[plain];
  const ns = /^\d{4}-/.test(plain) ? parseTime(plain, 0n) : undefined;
  return ns === undefined ? undefined : Number(ns / nsPerMs);
}

/** A decimal number as Go reads it, but for infinities and NaN. */
function parseNumber(text: string): number | undefined {
  return text.length < 400 && /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text) ? Number(text) : undefined;
}

/** `start` and `end` for what is looked up by days: all of time when absent. */
export function readTimeRange(query: QueryParameters): TimeRange | undefined {
  const startMs = readTimeMs(query, 'start');
  const endMs = readTimeMs(query, 'end');
  if (startMs === undefined && endMs === undefined) return undefined;
  return timeRangeOf(startMs ?? -timeMsMax, endMs ?? timeMsMax);
}

/** The times from one millisecond to another, both included, as far as times are stored: from 1970 on. */
export function timeRangeOf(startMs: number, endMs: number): TimeRange {
  if (endMs < startMs) throw new SondeError('bad_request', 'invalid parameter "end": end is before start');
  const fromNs = BigInt(Math.floor(Math.max(startMs, 0))) * nsPerMs;
  const toNs = (BigInt(Math.floor(Math.max(endMs, 0))) + 1n) * nsPerMs;
  return { fromNs, toNs: toNs < lastTimeNs ? toNs : lastTimeNs };
}

/** A duration in milliseconds: seconds with decimals, or `1h30m`. */
export function readDurationMs(query: QueryParameters, name: string): number | undefined {
  const text = readText(query, name);
  if (text === undefined) return undefined;
  const seconds = parseNumber(text);
  const ms = seconds === undefined ? named(name, () => parseDuration(text)) : Math.round(seconds * 1000);
  return Math.abs(ms) <= timeMsMax ? ms : refuse(name, 'a duration below 292 years', text);
}

/** A whole number from 0 on. */
export function readCount(query: QueryParameters, name: string): number | undefined {
  const text = readText(query, name);
  if (text === undefined) return undefined;
  return /^\d{1,15}$/.test(text) ? Number(text) : refuse(name, 'a whole number from 0 on', text);
}

/** `limit`: 0 and absent are none. */
export function readLimit(query: QueryParameters): number {
  const limit = readCount(query, 'limit') ?? 0;
  return limit === 0 ? Number.POSITIVE_INFINITY : limit;
}

export function readChoice<const C extends string>(query: QueryParameters, name: string, choices: readonly C[]): C | undefined {
  const text = readText(query, name);
  if (text === undefined) return undefined;
  return choices.find((choice) => choice === text) ?? refuse(name, `one of ${choices.join(', ')}`, text);
}

export function readFlag(query: QueryParameters, name: string): boolean | undefined {
  const text = readText(query, name);
  if (text === undefined) return undefined;
  if (/^(?:1|t|true)$/i.test(text)) return true;
  return /^(?:0|f|false)$/i.test(text) ? false : refuse(name, 'true or false', text);
}

/** The parameter `query` as a tree; an error in it is told with its place. */
export function readExpr(query: QueryParameters, experimental: boolean): Expr {
  return named('query', () => parseExpr(query.get('query') ?? '', { experimental }));
}

/** All of `match[]`, or of a parameter alike: each a series selector that does not let everything pass. */
export function readSelectors(query: QueryParameters, name = 'match[]'): readonly (readonly Matcher[])[] {
  const texts = query.getAll(name);
  if (texts.length > selectorsMax) refuse(name, `at most ${selectorsMax} of them`, String(texts.length));
  return texts.map((text) => {
    const matchers = named(name, () => parseMatchers(text));
    if (matchers.every((matcher) => compileMatcher(matcher)('')))
      refuse(name, 'a matcher that does not match the empty value', text);
    return matchers;
  });
}

/** The same, where there must be one. */
export function requireSelectors(query: QueryParameters): readonly (readonly Matcher[])[] {
  const selectors = readSelectors(query);
  if (selectors.length === 0) throw new SondeError('bad_request', 'no match[] parameter provided');
  return selectors;
}

/** Runs a parser; what it refuses is refused in the name of the parameter. */
function named<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (thrown) {
    if (!(thrown instanceof SondeError) || thrown.code === 'internal') throw thrown;
    const { code, message, position } = thrown;
    throw new SondeError(code, `invalid parameter "${name}": ${message}`, {
      cause: thrown,
      ...(position !== undefined && { position }),
    });
  }
}
