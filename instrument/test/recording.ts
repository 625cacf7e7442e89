/** Runs the app that records numbered spans, log records and metrics, and reads what it has in its files. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Recording {
  readonly child: ChildProcess;
  /** The last number that it said for each kind. */
  readonly said: { span: number; log: number; metric: number };
  stderr: string;
  /** Resolves when stderr has the text, as often as asked for. */
  readonly untilStderr: (text: string, times?: number) => Promise<void>;
  readonly untilSaid: (kind: 'span' | 'log' | 'metric') => Promise<void>;
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
}

/** `shell` is put before the command. */
export function startRecording(folder: string, environment: Readonly<Record<string, string>>, shell = ''): Recording {
  const command = `${shell} exec "$0" --import @sonde/instrument recording.mjs`;
  const env = {
    ...process.env,
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_LOGS_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'none',
    ...environment,
  };
  const child = spawn('sh', ['-c', command, process.execPath], { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = { span: 0, log: 0, metric: 0 };
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve, reject) => {
      const check = (): void => (holds() ? resolve() : undefined);
      for (const stream of [child.stdout, child.stderr]) stream.on('data', check);
      child.on('close', () => (holds() ? resolve() : reject(new Error(`it ended before: ${recording.stderr}`))));
      check();
    });
  const recording: Recording = {
    child,
    said,
    stderr: '',
    untilStderr: (text, times = 1) => until(() => recording.stderr.split(text).length > times),
    untilSaid: (kind) => until(() => said[kind] > 0),
    ended: once(child, 'close').then(([code, signal]) => ({ code, signal })),
  };
  let open = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    const lines = (open + text).split('\n');
    open = lines.pop() ?? '';
    for (const line of lines) {
      const [kind = '', number] = line.split(' ');
      said[kind as keyof typeof said] = Number(number);
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => (recording.stderr += text));
  return recording;
}

export interface Written {
  /** Numbers in the order in which they were written. */
  readonly spans: number[];
  readonly logs: number[];
  /** The largest value of the counter. */
  readonly metric: number;
  /** Lines that were cut off, each the last of a file. */
  readonly torn: number;
  readonly files: readonly string[];
}

/** All that the files of a folder have. Throws for a line that is not whole, unless it is the last of its file. */
export function readWritten(folder: string): Written {
  const files = readdirSync(folder).toSorted();
  const written = { spans: [] as number[], logs: [] as number[], metric: 0, torn: 0, files };
  for (const name of files) {
    const lines = readFileSync(join(folder, name), 'utf8').split('\n');
    if (lines.pop() !== '') written.torn++;
    for (const line of lines) {
      JSON.parse(line);
      written.spans.push(...numbersIn(line, /"name":"span (\d+)"/g));
      written.logs.push(...numbersIn(line, /"stringValue":"log (\d+)"/g));
      written.metric = Math.max(written.metric, ...numbersIn(line, /"name":"recorded".*?"asDouble":(\d+)/g));
    }
  }
  return written;
}

function numbersIn(line: string, pattern: RegExp): number[] {
  return [...line.matchAll(pattern)].map(([, number]) => Number(number));
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
