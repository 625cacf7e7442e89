/** `sonde query promql`: asks a running Sonde, or any Prometheus, and shows the answer in the terminal. */
import { SondeError } from '../base/errors.ts';
import { parseTime, timeForms } from '../base/time.ts';
import { parseDuration } from '../lang/durations.ts';
import { tenantHeader } from '../server/tenant.ts';
import type { Command } from './command.ts';
import { readArguments } from './flags.ts';
import { showAnswer, showError } from './query-answer.ts';
import type { QueryAnswer, ShowOptions } from './query-answer.ts';

const defaultUrl = 'http://127.0.0.1:7070/prometheus';
const knownFlags: ReadonlySet<string> = new Set(['time', 'start', 'end', 'step', 'url', 'tenant', 'json']);
/** Points of a line when no step is given: about what a terminal shows. */
const pointsByDefault = 240;

export const query: Command = {
  name: 'query',
  usage: 'promql EXPR [--time T | --start T --end T --step D] [--url URL] [--tenant ID] [--json]',
  doc: 'Asks a running Sonde: a table for one time, a chart for a range. Times: RFC 3339, Unix, now, now-1h.',
  run: async (args) => {
    const { flags, rest } = readArguments(args, new Set(['json']));
    const [language, text, ...more] = rest;
    if (language !== 'promql' || text === undefined || more.length > 0)
      throw new SondeError(
        'config',
        `query takes a language and one expression: sonde query promql 'up'; got "${rest.join(' ')}".`,
      );
    for (const name of flags.keys()) if (!knownFlags.has(name)) throw new SondeError('config', `query has no flag --${name}.`);
    const { endpoint, form } = requestOf(text, flags, BigInt(Date.now()) * 1_000_000n);
    const answer = await ask(
      `${(flags.get('url') ?? defaultUrl).replace(/\/+$/, '')}/api/v1/${endpoint}`,
      form,
      flags.get('tenant'),
    );
    return show(answer, text, flags.has('json'));
  },
};

interface QueryRequest {
  readonly endpoint: 'query' | 'query_range';
  readonly form: URLSearchParams;
}

/** What to ask for the flags that were given. */
export function requestOf(text: string, flags: ReadonlyMap<string, string>, nowNs: bigint): QueryRequest {
  const seconds = (name: string): number | undefined => {
    const given = flags.get(name);
    if (given === undefined) return undefined;
    const ns = parseTime(given, nowNs);
    if (ns === undefined) throw new SondeError('config', `--${name} expects ${timeForms}; got "${given}".`);
    return Number(ns / 1_000_000n) / 1000;
  };
  const start = seconds('start');
  if (start === undefined) {
    if (flags.has('end') || flags.has('step')) throw new SondeError('config', '--end and --step need --start.');
    const time = seconds('time');
    return { endpoint: 'query', form: new URLSearchParams({ query: text, ...(time !== undefined && { time: String(time) }) }) };
  }
  if (flags.has('time')) throw new SondeError('config', '--time asks for one time, --start for a range: give one of them.');
  const end = seconds('end') ?? Number(nowNs / 1_000_000n) / 1000;
  const stepText = flags.get('step');
  const step = stepText === undefined ? Math.max(1, Math.ceil((end - start) / pointsByDefault)) : stepSeconds(stepText);
  return {
    endpoint: 'query_range',
    form: new URLSearchParams({ query: text, start: String(start), end: String(end), step: String(step) }),
  };
}

function stepSeconds(text: string): number {
  return /^\d+(\.\d+)?$/.test(text) ? Number(text) : parseDuration(text) / 1000;
}

interface Asked {
  readonly text: string;
  readonly answer: QueryAnswer;
}

async function ask(url: string, form: URLSearchParams, tenant: string | undefined): Promise<Asked> {
  const headers = tenant === undefined ? {} : { [tenantHeader]: tenant };
  let response: Response;
  try {
    response = await fetch(url, { method: 'POST', body: form, headers });
  } catch (thrown) {
    throw new SondeError('unavailable', `Nothing answers at ${url}. Does Sonde run, and is --url right?`, { cause: thrown });
  }
  const text = await response.text();
  try {
    return { text, answer: JSON.parse(text) as QueryAnswer };
  } catch (thrown) {
    const message = `${url} gives no answer of Prometheus's API, but status ${response.status}: ${text.slice(0, 200)}`;
    throw new SondeError('unavailable', message, { cause: thrown });
  }
}

function show({ text, answer }: Asked, query: string, asJson: boolean): number {
  const isError = answer.status === 'error';
  if (asJson) process.stdout.write(`${text.trimEnd()}\n`);
  else if (isError) process.stderr.write(`${showError(answer.error ?? '', query)}\n`);
  else {
    for (const note of [...(answer.warnings ?? []), ...(answer.infos ?? [])]) process.stderr.write(`${note}\n`);
    process.stdout.write(`${showAnswer(answer, terminal()).join('\n')}\n`);
  }
  return isError ? 1 : 0;
}

/** A file or pipe has no width and takes no colours. */
function terminal(): ShowOptions {
  const { stdout } = process;
  return stdout.isTTY ? { width: stdout.columns, colors: stdout.hasColors() } : { width: 100, colors: false };
}
