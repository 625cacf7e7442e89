/**
 * Runs a script against whatever takes samples and answers queries. Each instant query that does not fail is also asked in other
 * words (replay.ts), and each of those, and the query itself, as the middle step of a range query.
 */
import type { QueryResult } from '../../src/promql/evaluate/evaluate.ts';
import type { QueryTime } from '../../src/promql/query.ts';
import type { SeriesSamples } from '../../src/promql/source.ts';
import { annotationFault, resultFault, scalarFault, vectorFault } from './compare.ts';
import { samplesOfLoad } from './load.ts';
import { meets, patternText } from './patterns.ts';
import { isSameInRange, pinnedReplays } from './replay.ts';
import { parseScript } from './script.ts';
import type { Eval, Expected } from './script.ts';

/** What a script is run against. */
export interface Subject {
  /** Forgets all samples. */
  clear(): Promise<void>;
  /** Adds samples, ready to be read when it is done. */
  load(series: readonly SeriesSamples[]): Promise<void>;
  /** Rejects with a SondeError when the query has no answer. */
  ask(text: string, time: QueryTime): Promise<QueryResult>;
}

export interface Outcome {
  /** The line of the `eval`, from 1. */
  readonly line: number;
  readonly text: string;
  /** How often it was asked in other words. */
  readonly replays: number;
  /** What is wrong, undefined when nothing is. */
  readonly fault: string | undefined;
}

const minuteMs = 60_000;

export interface RunOptions {
  /** Whether instant queries are asked in other words too: some nine times as many. */
  readonly replays: boolean;
}

/** Gives the outcome of each `eval`. Rejects when the script can not be read or its samples not be loaded. */
export async function runScript(text: string, subject: Subject, { replays }: RunOptions = { replays: true }): Promise<Outcome[]> {
  const outcomes: Outcome[] = [];
  await subject.clear();
  for (const command of parseScript(text)) {
    if (command.kind === 'clear') await subject.clear();
    else if (command.kind === 'load') await subject.load(samplesOfLoad(command));
    else outcomes.push(await runEval(command, subject, replays));
  }
  return outcomes;
}

async function runEval({ line, text, time, expected }: Eval, subject: Subject, replays: boolean): Promise<Outcome> {
  const asked = await ask(subject, text, time);
  const fault = faultOf(expected, asked);
  if (!replays || fault !== undefined || time.kind === 'range' || asked.kind === 'failure')
    return { line, text, replays: 0, fault };
  return { line, text, ...(await replay({ text, timeMs: time.timeMs, expected }, asked.result, subject)) };
}

type Asked = { readonly kind: 'result'; readonly result: QueryResult } | { readonly kind: 'failure'; readonly message: string };

async function ask(subject: Subject, text: string, time: QueryTime): Promise<Asked> {
  try {
    return { kind: 'result', result: await subject.ask(text, time) };
  } catch (thrown) {
    return { kind: 'failure', message: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

function faultOf(expected: Expected, asked: Asked): string | undefined {
  const { failure } = expected;
  if (asked.kind === 'failure') {
    if (failure === undefined) return `expected a result, but the query failed: ${asked.message}`;
    if (meets(asked.message, failure)) return undefined;
    return `expected the query to fail with ${patternText(failure)}, but it failed with ${JSON.stringify(asked.message)}`;
  }
  if (failure !== undefined) return `expected the query to fail with ${patternText(failure)}, but it gave a ${asked.result.type}`;
  return annotationFault(expected, asked.result) ?? resultFault(expected, asked.result);
}

interface Instant {
  readonly text: string;
  readonly timeMs: number;
  readonly expected: Expected;
}

async function replay(instant: Instant, result: QueryResult, subject: Subject): Promise<Pick<Outcome, 'replays' | 'fault'>> {
  let replays = 0;
  const asRange = async (text: string, timeMs: number, alone: QueryResult): Promise<string | undefined> => {
    if (!hasMiddle(instant.expected, alone) || !isSameInRange(text)) return undefined;
    replays++;
    return middleFault({ ...instant, text, timeMs }, alone, subject);
  };
  let fault = await asRange(instant.text, instant.timeMs, result);
  for (const { text, timeMs } of pinnedReplays(instant.text, instant.timeMs)) {
    if (fault !== undefined) break;
    replays++;
    const asked = await ask(subject, text, { kind: 'instant', timeMs });
    fault = faultOf(instant.expected, asked);
    if (fault !== undefined) fault = `as ${text} at ${timeMs} ms: ${fault}`;
    else if (asked.kind === 'result') fault = await asRange(text, timeMs, asked.result);
  }
  return { replays, fault };
}

/** Strings and range vectors are not results of range queries, and those have no order of their own. */
function hasMiddle({ isOrdered, result }: Expected, { type }: QueryResult): boolean {
  return !isOrdered && (type === 'scalar' || type === 'vector') && result.kind !== 'string';
}

async function middleFault(
  { text, timeMs, expected }: Instant,
  alone: QueryResult,
  subject: Subject,
): Promise<string | undefined> {
  const time: QueryTime = { kind: 'range', startMs: timeMs - minuteMs, endMs: timeMs + minuteMs, stepMs: minuteMs };
  const asked = await ask(subject, text, time);
  const where = `in the range query of ${text} around ${timeMs} ms`;
  if (asked.kind === 'failure') return `${where}: the query failed: ${asked.message}`;
  if (asked.result.type !== 'matrix') return `${where}: expected a matrix, but got a ${asked.result.type}`;
  const middle = asked.result.series.flatMap(({ labels, points }) =>
    points.filter((point) => point.timeMs === timeMs).map((point) => ({ labels, ...point })),
  );
  const fault = faultOfMiddle(expected, middle, alone.type === 'scalar');
  return fault && `${where}: ${fault}`;
}

type Middle = Parameters<typeof vectorFault>[1];

function faultOfMiddle({ result }: Expected, middle: Middle, isScalar: boolean): string | undefined {
  if (result.kind === 'series') return vectorFault(result.series, middle, false);
  const [sample] = middle;
  if (!isScalar || sample === undefined || 'histogram' in sample) return `expected a float for the ${result.kind}`;
  return scalarFault(result, sample.value);
}
