/**
 * Scripts of PromQL: what is loaded, what is asked, and what must come out. The format is that of Prometheus's own scripts.
 *
 *     clear
 *     load 1m
 *       up{job="node"} 1 1 0+1x3
 *     eval instant at 2m sum(up)
 *       expect no_warn
 *       {} 0
 *     eval range from 0 to 2m step 1m up
 *       up{job="node"} 1 1 0
 *
 * A line that starts with `#` counts as blank; a blank line ends a command. Times are durations since 1970. Under `eval`, lines are
 * expectations (`expect`), series with their values, or one number; none is an empty vector.
 */
import { SondeError } from '../../src/base/errors.ts';
import { parseDuration } from '../../src/lang/durations.ts';
import type { Labels } from '../../src/lang/labels.ts';
import { readString } from '../../src/lang/strings.ts';
import type { QueryTime } from '../../src/promql/query.ts';
import { parsePattern } from './patterns.ts';
import type { Pattern } from './patterns.ts';
import { readSeries, readStartOffsets } from './series-lines.ts';
import type { Point } from './series-lines.ts';

export type Command = Clear | Load | Eval;

interface Clear {
  readonly kind: 'clear';
  readonly line: number;
}

export interface Load {
  readonly kind: 'load';
  readonly line: number;
  /** Between one sample and the next; the first one is at 0. */
  readonly stepMs: number;
  /** Classic histograms are loaded as native ones with custom buckets, too. */
  readonly withCustomBuckets: boolean;
  readonly series: readonly LoadedSeries[];
}

export interface LoadedSeries {
  readonly labels: Labels;
  /** undefined where there is no sample. */
  readonly points: readonly (Point | undefined)[];
  /** For each point where counting started, relative to its time; undefined when nothing is known. */
  readonly startOffsetsMs: readonly (number | undefined)[] | undefined;
}

export interface Eval {
  readonly kind: 'eval';
  /** Line numbers start at 1. */
  readonly line: number;
  readonly text: string;
  readonly time: QueryTime;
  readonly expected: Expected;
}

export interface Expected {
  /** The query is refused, with such a message. */
  readonly failure: Pattern | undefined;
  readonly warnings: Annotations;
  readonly infos: Annotations;
  /** Samples come in the order of the lines. */
  readonly isOrdered: boolean;
  readonly result: ExpectedResult;
}

/** Each pattern is met by an annotation, and each annotation meets a pattern, if there are any; or there are no annotations. */
export type Annotations = { readonly kind: 'none' } | { readonly kind: 'like'; readonly patterns: readonly Pattern[] };

export type ExpectedResult =
  | { readonly kind: 'scalar'; readonly value: number }
  | { readonly kind: 'string'; readonly text: string }
  | { readonly kind: 'series'; readonly series: readonly ExpectedSeries[]; readonly times: Times };

/** When the points of expected series are. */
export interface Times {
  /** Samples of an instant query come as vector, or, when times are given, as matrix. */
  readonly isMatrix: boolean;
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
}

export interface ExpectedSeries {
  readonly labels: Labels;
  readonly points: readonly (Point | undefined)[];
}

/** Throws `bad_request` that names the line. */
export function parseScript(text: string): Command[] {
  const lines = text.split('\n').map((line) => (line.trim().startsWith('#') ? '' : line.trim()));
  const commands: Command[] = [];
  const reader: Reader = { lines, at: 0 };
  while (reader.at < lines.length) {
    if (lines[reader.at] === '') reader.at++;
    else commands.push(inLine(reader, () => parseCommand(reader)));
  }
  return commands;
}

/** The lines, and the one that is read next. */
interface Reader {
  readonly lines: readonly string[];
  at: number;
}

function parseCommand(reader: Reader): Command {
  const line = reader.at + 1;
  const head = next(reader) ?? '';
  const word = /^\S*/.exec(head)?.[0].toLowerCase() ?? '';
  if (word === 'clear') return { kind: 'clear', line };
  if (word.startsWith('load')) return parseLoad(head, line, reader);
  if (word.startsWith('eval')) return parseEval(head, line, reader);
  throw new SondeError('bad_request', `expected clear, load or eval, but got "${head}"`);
}

/** The next line of a block; undefined at its end. */
function next(reader: Reader): string | undefined {
  const line = reader.lines[reader.at];
  if (line === undefined || line === '') return undefined;
  reader.at++;
  return line;
}

function parseLoad(head: string, line: number, reader: Reader): Load {
  const [, nhcb, step = ''] = /^load(_with_nhcb)?\s+(\S+)$/.exec(head) ?? [];
  if (step === '') throw new SondeError('bad_request', `expected load[_with_nhcb] STEP, but got "${head}"`);
  const series: LoadedSeries[] = [];
  let startOffsetsMs: LoadedSeries['startOffsetsMs'];
  for (let text = next(reader); text !== undefined; text = next(reader)) {
    const starts = readStartOffsets(text);
    if (starts === undefined) series.push({ ...readSeries(text), startOffsetsMs });
    startOffsetsMs = starts;
  }
  return { kind: 'load', line, stepMs: parseDuration(step), withCustomBuckets: nhcb !== undefined, series };
}

const instantHead = /^eval(?:_(fail|warn|ordered|info))?\s+instant\s+at\s+(\S+)\s+(.+)$/;
const rangeHead = /^eval(?:_(fail|warn|info))?\s+range\s+from\s+(\S+)\s+to\s+(\S+)\s+step\s+(\S+)\s+(.+)$/;

function parseEval(head: string, line: number, reader: Reader): Eval {
  const instant = instantHead.exec(head);
  if (instant !== null) {
    const [, variant, at = '', text = ''] = instant;
    const time = { kind: 'instant', timeMs: parseDuration(at) } as const;
    return { kind: 'eval', line, text, time, expected: parseExpected(reader, variant, time) };
  }
  const range = rangeHead.exec(head);
  if (range === null) throw new SondeError('bad_request', `expected eval instant at … or eval range from …, but got "${head}"`);
  const [, variant, from = '', to = '', step = '', text = ''] = range;
  const time = { kind: 'range', ...parseTimes(from, to, step) } as const;
  return { kind: 'eval', line, text, time, expected: parseExpected(reader, variant, time) };
}

function parseTimes(from: string, to: string, step: string): { startMs: number; endMs: number; stepMs: number } {
  const [startMs, endMs, stepMs] = [parseDuration(from), parseDuration(to), parseDuration(step)];
  if (endMs < startMs) throw new SondeError('bad_request', `expected times in order, but ${to} is before ${from}`);
  return { startMs, endMs, stepMs };
}

/** What is gathered from the lines under an `eval`. */
interface Gathered {
  failure: Pattern | undefined;
  isOrdered: boolean;
  readonly warnings: Pattern[];
  readonly infos: Pattern[];
  noWarnings: boolean;
  noInfos: boolean;
  times: Times;
  readonly series: ExpectedSeries[];
  result: ExpectedResult | undefined;
}

/** `eval_fail` and its sisters are an older form of `expect` lines. */
function parseExpected(reader: Reader, variant: string | undefined, time: QueryTime): Expected {
  const any: Pattern = { kind: 'any' };
  const gathered: Gathered = {
    failure: variant === 'fail' ? any : undefined,
    isOrdered: variant === 'ordered',
    warnings: variant === 'warn' ? [any] : [],
    infos: variant === 'info' ? [any] : [],
    noWarnings: false,
    noInfos: false,
    times: timesOf(time),
    series: [],
    result: undefined,
  };
  while (gathered.result?.kind !== 'scalar') {
    const text = next(reader);
    if (text === undefined) break;
    inLine({ ...reader, at: reader.at - 1 }, () => gather(gathered, text));
  }
  const { failure, isOrdered, warnings, infos, noWarnings, noInfos, times, series } = gathered;
  return {
    failure,
    isOrdered,
    warnings: noWarnings ? { kind: 'none' } : { kind: 'like', patterns: warnings },
    infos: noInfos ? { kind: 'none' } : { kind: 'like', patterns: infos },
    result: gathered.result ?? { kind: 'series', series, times },
  };
}

function timesOf(time: QueryTime): Times {
  if (time.kind === 'instant') return { isMatrix: false, startMs: time.timeMs, endMs: time.timeMs, stepMs: 0 };
  return { isMatrix: true, startMs: time.startMs, endMs: time.endMs, stepMs: time.stepMs };
}

function gather(gathered: Gathered, text: string): void {
  const oldFailure = /^expected_fail_(message|regexp)\s+(.+)$/.exec(text);
  if (oldFailure !== null) {
    gathered.failure = parsePattern(oldFailure[1] === 'message' ? 'msg' : 'regex', oldFailure[2] ?? '');
  } else if (/^expect\s/.test(text)) gatherExpectation(gathered, text);
  else if (isNumber(text)) gathered.result = { kind: 'scalar', value: toNumber(text) };
  else gathered.series.push(readSeries(text));
}

function gatherExpectation(gathered: Gathered, text: string): void {
  const [, from, to, step] = /^expect range vector from (\S+) to (\S+) step (\S+)$/.exec(text) ?? [];
  if (from !== undefined && to !== undefined && step !== undefined) {
    gathered.times = { isMatrix: true, ...parseTimes(from, to, step) };
    return;
  }
  const [, literal] = /^expect string\s+(.+)$/.exec(text) ?? [];
  if (literal !== undefined) {
    gathered.result = { kind: 'string', text: readString(literal, 0).value };
    return;
  }
  const [, mode, kind, value] = /^expect\s+(\w+)(?:\s+(msg|regex):(.+))?$/.exec(text) ?? [];
  const pattern = parsePattern(kind, value ?? '');
  if (mode === 'fail') gathered.failure = pattern;
  else if (mode === 'warn') gathered.warnings.push(pattern);
  else if (mode === 'info') gathered.infos.push(pattern);
  else if (mode === 'no_warn') gathered.noWarnings = true;
  else if (mode === 'no_info') gathered.noInfos = true;
  else if (mode === 'ordered') gathered.isOrdered = true;
  else throw new SondeError('bad_request', `expected an expectation that is known, but got "${text}"`);
}

function isNumber(text: string): boolean {
  return /^[-+]?(?:nan|inf|0x[\da-f]+|(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?)$/i.test(text);
}

function toNumber(text: string): number {
  const unsigned = text.replace(/^[-+]/, '').toLowerCase();
  const value = unsigned === 'inf' ? Infinity : Number(unsigned);
  return text.startsWith('-') ? -value : value;
}

function inLine<T>(reader: Reader, parse: () => T): T {
  const line = reader.at + 1;
  try {
    return parse();
  } catch (thrown) {
    if (!(thrown instanceof SondeError) || thrown.message.startsWith('line ')) throw thrown;
    throw new SondeError('bad_request', `line ${line}: ${thrown.message}`, { cause: thrown });
  }
}
