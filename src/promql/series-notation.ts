/**
 * Series in test scripts and in unit tests of rules (the notation of Prometheus 3.14): labels, then samples at equal distances.
 *
 *     up{job="x"} 1 2.5 _ stale 0+10x5 3x2 _x4 {{schema:1 count:3 sum:9 buckets:[1 2]}}
 *     up{job="x"}@st -30s -30s-1mx2 _
 *
 * `_` is a gap, `_xN` are N of them, `stale` says that the series ended. `axN` is a and N more of it, `a+bxN` and `a-bxN` are a
 * and N more that each grow or shrink by b. The second line gives the start times of the samples of the line that follows it,
 * each relative to the time of its sample.
 *
 * In `{{…}}` all is optional: schema, sum, count, z_bucket (count of the zero bucket), z_bucket_w (its threshold), buckets and
 * n_buckets (counts from the index `offset` and `n_offset` on), custom_values (bounds), counter_reset_hint.
 */
import { parseError } from '../lang/diagnostics.ts';
import { parseDuration } from '../lang/durations.ts';
import { labelsOf, type Labels } from '../lang/labels.ts';
import { parseNumber } from '../lang/numbers.ts';
import { failure, lastEnd, peek, readAt, unexpected, type Cursor } from './cursor.ts';
import { noBuckets, type Buckets, type Histogram, type ResetHint } from './histogram/histogram.ts';
import { isMetricToken, lex } from './lex.ts';
import { parseSelector } from './parse-selectors.ts';

/** One place of a series; histograms that are added up step by step are left to whoever can add them. */
export type SequenceItem = { readonly kind: 'gap' | 'stale' } | { readonly kind: 'float'; readonly value: number } | HistogramRun;

/** `count` places: the base, then each the one before plus (or, with sign -1, minus) the step; the base alone without one. */
export interface HistogramRun {
  readonly kind: 'histograms';
  readonly base: Histogram;
  readonly step: Histogram | undefined;
  readonly sign: 1 | -1;
  readonly count: number;
  /** Whether the reset hint was written: only then is it compared. */
  readonly isHintWritten: boolean;
}

export interface SeriesLine {
  readonly labels: Labels;
  readonly values: readonly SequenceItem[];
}

export interface StartTimesLine {
  readonly labels: Labels;
  /** Milliseconds from the time of the sample, undefined for a sample without a start time. */
  readonly offsetsMs: readonly (number | undefined)[];
}

/** Places of one line. */
export const sequenceLengthMax = 1_000_000;

const numberPattern = String.raw`(?:inf|nan|(?:\d+(?:_\d+)*\.?(?:\d+(?:_\d+)*)?|\.\d+(?:_\d+)*)(?:e[+-]?\d+)?)`;
const floatRun = new RegExp(`([+-]?${numberPattern})(?:([+-])(${numberPattern})(?=x))?(?:x(\\d+))?(?!\\S)`, 'iy');
const timeRun = /([+-]?)(\d+[a-wyz]*)(?:([+-])(\d+[a-wyz]*)(?=x))?(?:x(\d+))?(?!\S)/y;
const gapRun = /_(?:x(\d+))?(?!\S)/y;

/** Throws `bad_request` with a position, as all functions here do. */
export function parseSeriesLine(text: string): SeriesLine {
  const cursor = cursorOver(text);
  const labels = parseLabels(cursor);
  return { labels, values: parseValues(cursor) };
}

/** `up{job="x"}`: labels alone. */
export function parseSeriesLabels(text: string): Labels {
  const cursor = cursorOver(text);
  const labels = parseLabels(cursor);
  const end = skipBlanks(text, lastEnd(cursor));
  if (end < text.length) throw failure(cursor, end, 'unexpected text behind the labels of a series');
  return labels;
}

/** Start times, or undefined for any other line. */
export function parseStartTimesLine(text: string): StartTimesLine | undefined {
  const cursor = cursorOver(text);
  const labels = parseLabels(cursor);
  const marker = readPattern(text, lastEnd(cursor), /@st(?!\S)/y);
  if (marker === undefined) return undefined;
  const offsetsMs: (number | undefined)[] = [];
  for (let at = skipBlanks(text, marker.end); at < text.length; at = skipBlanks(text, at)) {
    at = readOffsets(cursor, at, offsetsMs);
  }
  return { labels, offsetsMs };
}

/** A name with the braces right behind it, if there are any: only these are words of the query language. */
const labelsPattern = /\s*[\w:]*(?:\{(?:[^"'`}]|"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`[^`]*`)*\}?)?/y;

function cursorOver(text: string): Cursor {
  const { end } = readPattern(text, 0, labelsPattern) ?? { end: 0 };
  return { text, tokens: lex(text.slice(0, end)), features: new Set(), index: 0, nesting: 0 };
}

function parseLabels(cursor: Cursor): Labels {
  const { type, start } = peek(cursor);
  if (type !== '{' && !isMetricToken(peek(cursor))) {
    throw unexpected(cursor, { within: 'series', expected: 'a metric name or "{"' });
  }
  const { matchers } = parseSelector(cursor);
  const other = matchers.find(({ operator }) => operator !== '=');
  if (other !== undefined) {
    throw failure(cursor, start, `unexpected "${other.operator}" in label set, expected "=" after "${other.name}"`);
  }
  return labelsOf(matchers.map(({ name, value }) => [name, value] as const));
}

function parseValues(cursor: Cursor): readonly SequenceItem[] {
  const { text } = cursor;
  const items: SequenceItem[] = [];
  let at = lastEnd(cursor);
  if (at < text.length && skipBlanks(text, at) === at) throw notAnItem(cursor, at);
  for (at = skipBlanks(text, at); at < text.length; at = skipBlanks(text, at)) at = readItem(cursor, at, items);
  return items;
}

/** Reads one item with what it stands for and gives where it ends. */
function readItem(cursor: Cursor, at: number, items: SequenceItem[]): number {
  const { text } = cursor;
  if (text.startsWith('{{', at)) return readHistograms(cursor, at, items);
  const gap = readPattern(text, at, gapRun);
  if (gap !== undefined) {
    repeat(cursor, at, items, countOf(gap.groups[0], 1), () => ({ kind: 'gap' }));
    return gap.end;
  }
  const stale = readPattern(text, at, /stale(?!\S)/y);
  if (stale !== undefined) {
    items.push({ kind: 'stale' });
    return stale.end;
  }
  const run = readPattern(text, at, floatRun);
  if (run === undefined) throw notAnItem(cursor, at);
  const [base = '', sign = '', step = '0', times] = run.groups;
  let value = readAt(cursor, at, () => signedNumber(base));
  const change = readAt(cursor, at, () => signedNumber(sign + step));
  repeat(cursor, at, items, countOf(times, 0) + 1, () => {
    const item: SequenceItem = { kind: 'float', value };
    value += change;
    return item;
  });
  return run.end;
}

function readOffsets(cursor: Cursor, at: number, offsetsMs: (number | undefined)[]): number {
  const gap = readPattern(cursor.text, at, gapRun);
  if (gap !== undefined) {
    repeat(cursor, at, offsetsMs, countOf(gap.groups[0], 1), () => undefined);
    return gap.end;
  }
  const run = readPattern(cursor.text, at, timeRun);
  if (run === undefined) throw notAnItem(cursor, at);
  const [baseSign, base = '', stepSign, step = '0', times] = run.groups;
  let offsetMs = readAt(cursor, at, () => signed(baseSign, parseDuration(base)));
  const changeMs = readAt(cursor, at, () => signed(stepSign, parseDuration(step)));
  repeat(cursor, at, offsetsMs, countOf(times, 0) + 1, () => {
    const current = offsetMs;
    offsetMs += changeMs;
    return current;
  });
  return run.end;
}

function readHistograms(cursor: Cursor, at: number, items: SequenceItem[]): number {
  const first = readHistogram(cursor, at);
  const operator = readPattern(cursor.text, first.end, /([+-])(?=\{\{)/y);
  const second = operator === undefined ? undefined : readHistogram(cursor, operator.end);
  const end = second?.end ?? first.end;
  const times = readPattern(cursor.text, end, second === undefined ? /(?:x(\d+))?(?!\S)/y : /x(\d+)(?!\S)/y);
  if (times === undefined) throw notAnItem(cursor, end);
  const count = countOf(times.groups[0], 0) + 1;
  limitLength(cursor, at, items.length + count);
  items.push({
    kind: 'histograms',
    base: first.histogram,
    step: second?.histogram,
    sign: operator?.groups[0] === '-' ? -1 : 1,
    count,
    isHintWritten: (second ?? first).isHintWritten,
  });
  return times.end;
}

interface HistogramText {
  readonly histogram: Histogram;
  readonly isHintWritten: boolean;
  readonly end: number;
}

const histogramKeys: ReadonlySet<string> = new Set([
  'schema',
  'sum',
  'count',
  'z_bucket',
  'z_bucket_w',
  'buckets',
  'offset',
  'n_buckets',
  'n_offset',
  'custom_values',
  'counter_reset_hint',
]);

/** Reads `{{key:value …}}`. */
function readHistogram(cursor: Cursor, start: number): HistogramText {
  const { text } = cursor;
  const entries = new Map<string, string>();
  let at = start + 2;
  for (;;) {
    const close = readPattern(text, at, /\s*\}\}/y);
    if (close !== undefined) return toHistogram(cursor, start, entries, close.end);
    const entry = readPattern(text, at, /\s*([a-z_]+):(\[[^\][{}]*\]|[^\s[\]{}]+)/y);
    const [key = '', value = ''] = entry?.groups ?? [];
    if (entry === undefined || !histogramKeys.has(key)) {
      throw failure(cursor, skipBlanks(text, at), 'bad histogram descriptor found, expected one such as "buckets:[5 10 7]"');
    }
    if (entries.has(key)) throw failure(cursor, at, `duplicate key "${key}" in histogram`);
    entries.set(key, value);
    at = entry.end;
  }
}

function toHistogram(cursor: Cursor, start: number, entries: ReadonlyMap<string, string>, end: number): HistogramText {
  const number = (key: string): number => readAt(cursor, start, () => signedNumber(entries.get(key) ?? '0'));
  const list = (key: string): number[] => readAt(cursor, start, () => numberList(entries.get(key) ?? ''));
  const hint = entries.get('counter_reset_hint');
  const histogram: Histogram = {
    schema: number('schema'),
    count: number('count'),
    sum: number('sum'),
    zeroThreshold: number('z_bucket_w'),
    zeroCount: number('z_bucket'),
    positive: bucketsFrom(number('offset'), list('buckets')),
    negative: bucketsFrom(number('n_offset'), list('n_buckets')),
    bounds: list('custom_values'),
    resetHint: toResetHint(cursor, start, hint ?? 'unknown'),
  };
  return { histogram, isHintWritten: hint !== undefined, end };
}

function toResetHint(cursor: Cursor, start: number, hint: string): ResetHint {
  if (hint === 'unknown' || hint === 'reset' || hint === 'not_reset' || hint === 'gauge') return hint;
  throw failure(cursor, start, `bad counter_reset_hint "${hint}", expected unknown, reset, not_reset or gauge`);
}

function bucketsFrom(offset: number, counts: readonly number[]): Buckets {
  return counts.length === 0 ? noBuckets : { indexes: counts.map((_, i) => offset + i), counts };
}

function numberList(text: string): number[] {
  return text
    .slice(1, -1)
    .split(/\s+/)
    .filter((item) => item !== '')
    .map(signedNumber);
}

function signedNumber(text: string): number {
  const digits = text.replace(/^[+-]/, '');
  return signed(text, parseNumber(digits));
}

function signed(sign: string | undefined, value: number): number {
  return sign?.startsWith('-') === true ? -value : value;
}

function countOf(digits: string | undefined, otherwise: number): number {
  return digits === undefined ? otherwise : Number(digits);
}

function repeat<T>(cursor: Cursor, at: number, items: T[], count: number, next: () => T): void {
  limitLength(cursor, at, items.length + count);
  for (let i = 0; i < count; i++) items.push(next());
}

function limitLength(cursor: Cursor, at: number, length: number): void {
  if (length <= sequenceLengthMax) return;
  throw failure(cursor, at, `the series has ${length} samples, more than the limit of ${sequenceLengthMax} in a line`);
}

interface Found {
  readonly groups: readonly (string | undefined)[];
  readonly end: number;
}

/** What a sticky expression of ours finds at a place. */
function readPattern(text: string, at: number, pattern: RegExp): Found | undefined {
  pattern.lastIndex = at;
  const found = pattern.exec(text);
  return found === null ? undefined : { groups: found.slice(1), end: at + found[0].length };
}

function skipBlanks(text: string, at: number): number {
  return readPattern(text, at, /[ \t]*/y)?.end ?? at;
}

function notAnItem(cursor: Cursor, at: number): Error {
  const [item = ''] = cursor.text.slice(at, at + 40).split(/[ \t]/);
  const expected = 'a number, "_", "stale" or a histogram, with "xN" behind it to repeat it';
  return parseError(cursor.text, at, `unexpected "${item}" in series values, expected ${expected}`);
}
