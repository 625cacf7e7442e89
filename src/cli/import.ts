/** `sonde import`: sends files of OTLP JSON lines to a running Sonde, or any OTLP receiver. */
import { SondeError } from '../base/errors.ts';
import { tenantHeader } from '../server/tenant.ts';
import type { Command } from './command.ts';
import { readArguments } from './flags.ts';
import { bytesIn, filesIn, lineBytesMax, readLines } from './import-lines.ts';
import type { Line } from './import-lines.ts';
import { ImportProgress } from './import-progress.ts';
import { ImportReport } from './import-report.ts';
import { readLine } from './import-request.ts';
import { ImportSender } from './import-sender.ts';

const defaultUrl = 'http://127.0.0.1:4318';
const knownFlags: ReadonlySet<string> = new Set(['to', 'tenant', 'headers', 'strict']);
/** A server that is started again, or that has to merge first, is back by then. */
const patienceMs = 300_000;

export const importFiles: Command = {
  name: 'import',
  usage: 'FILE|FOLDER|- … [--to URL] [--tenant ID] [--headers NAME=VALUE,…] [--strict]',
  doc: 'Sends files of OTLP JSON lines, those of @sonde/instrument or of the Collector, to a running Sonde.',
  run: async (args) => {
    const { flags, rest } = readArguments(args, new Set(['strict']));
    for (const name of flags.keys()) if (!knownFlags.has(name)) throw new SondeError('config', `import has no flag --${name}.`);
    if (rest.length === 0)
      throw new SondeError('config', 'import takes files or folders, or - for standard input: sonde import x.jsonl');
    return sendFiles(filesIn(rest), {
      to: urlOf(flags.get('to') ?? defaultUrl),
      headers: { ...headersOf(flags.get('headers')), ...tenantOf(flags.get('tenant')) },
      isStrict: flags.has('strict'),
    });
  },
};

interface ImportOptions {
  readonly to: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Whether the first line that is not taken ends it. */
  readonly isStrict: boolean;
}

/** The exit code: 0 when everything was taken. */
async function sendFiles(files: readonly string[], { to, headers, isStrict }: ImportOptions): Promise<number> {
  const progress = new ImportProgress(process.stderr, bytesIn(files));
  const report = new ImportReport((line) => progress.tell(line));
  const stopping = new AbortController();
  const onInterrupt = (): void => stopping.abort(new SondeError('unavailable', 'Interrupted.'));
  process.once('SIGINT', onInterrupt);
  const sender = new ImportSender({ to, headers, report, patienceMs, signal: stopping.signal });
  let failure: unknown;
  let next: string | undefined;
  try {
    for await (const line of linesIn(files, report, progress)) {
      next = `${line.file}:${line.number}`;
      stopping.signal.throwIfAborted();
      await sendLine(line, sender, report);
      next = undefined;
      if (isStrict && !report.isComplete) break;
    }
    await sender.end();
    if (isStrict && !report.isComplete)
      throw new SondeError('bad_request', 'Ended at the first that was not taken, for --strict.');
  } catch (thrown) {
    failure = thrown;
    stopping.abort(thrown);
    await sender.giveUp();
    if (next !== undefined) progress.tell(`${next}: nothing was sent from here on`);
  }
  process.off('SIGINT', onInterrupt);
  progress.end();
  process.stdout.write(`${report.summary().join('\n')}\n`);
  if (failure !== undefined) throw failure;
  return report.isComplete ? 0 : 1;
}

/** A file that cannot be read to its end is told, and the next one is read. */
async function* linesIn(files: readonly string[], report: ImportReport, progress: ImportProgress): AsyncGenerator<Line> {
  for (const file of files) {
    try {
      for await (const lines of readLines(file, (bytes) => progress.add(bytes))) yield* lines;
    } catch (thrown) {
      report.unreadFile(file, (thrown as Error).message);
    }
  }
}

async function sendLine(line: Line, sender: ImportSender, report: ImportReport): Promise<void> {
  const { file, number, bytes, length, hasEnd } = line;
  const place = { file, first: number, last: number };
  if (length > lineBytesMax) {
    report.badLine(place, `has ${length} bytes, the most are ${lineBytesMax}`);
    return;
  }
  const read = readLine(bytes);
  switch (read.kind) {
    case 'empty':
      return;
    case 'bad':
      if (read.isCut && !hasEnd) report.tornLine(place, read.reason);
      else report.badLine(place, read.reason);
      return;
    case 'request':
      await sender.add({ file, number, request: read.request });
  }
}

function urlOf(text: string): string {
  if (!URL.canParse(text) || !/^https?:/.test(text)) {
    throw new SondeError('config', `--to expects a URL such as ${defaultUrl}; got "${text}".`);
  }
  return text.replace(/\/+$/, '');
}

/** `name=value` by commas, values percent-encoded, as in OTEL_EXPORTER_OTLP_HEADERS. */
function headersOf(text: string | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const pair of text?.split(',') ?? []) {
    const equals = pair.indexOf('=');
    if (equals < 1) throw new SondeError('config', `--headers expects NAME=VALUE by commas; got "${pair}".`);
    headers[pair.slice(0, equals).trim().toLowerCase()] = decoded(pair.slice(equals + 1).trim());
  }
  return headers;
}

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function tenantOf(tenant: string | undefined): Record<string, string> {
  return tenant === undefined ? {} : { [tenantHeader]: tenant };
}
