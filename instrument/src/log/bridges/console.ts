/**
 * `console`: what it prints becomes a record, one for each call, with the text that Node makes of the arguments. Its output stays as it
 * is, or is replaced by what the logger prints. Of the others, those that print by these methods come along (`table`, `count`, `group`,
 * `timeEnd` …), and those that do not (`dir`) stay unseen.
 */
import { format, formatWithOptions, stripVTControlCharacters } from 'node:util';
import type { AnyValueMap } from '@opentelemetry/api-logs';
import { activeContext, isOwn } from '../../trace/context.ts';
import type { ScopedLogger } from '../logger.ts';
import { isError } from '../plain.ts';
import { replaceMethod } from './methods.ts';
import { isWriting, writing } from './sink.ts';

type Print = (this: unknown, ...args: readonly unknown[]) => void;

/** A method of the console as its records say it. */
interface Level {
  readonly severityNumber: number;
  readonly severityText: string;
}

const levels: Readonly<Record<'debug' | 'log' | 'info' | 'warn' | 'error', Level>> = {
  debug: { severityNumber: 5, severityText: 'DEBUG' },
  log: { severityNumber: 9, severityText: 'INFO' },
  info: { severityNumber: 9, severityText: 'INFO' },
  warn: { severityNumber: 13, severityText: 'WARN' },
  error: { severityNumber: 17, severityText: 'ERROR' },
};
const traceLevel: Level = { severityNumber: 1, severityText: 'TRACE' };

export interface ConsoleBridgeOptions {
  readonly logger: ScopedLogger;
  /** Whether the logger prints the records itself. */
  readonly isPrinted: boolean;
}

/** Watches a console; returns what ends that. */
export function bridgeConsole(console: Console, options: ConsoleBridgeOptions): () => void {
  const ends = Object.entries(levels).map(([name, level]) =>
    replaceMethod<Print>(console, name, (print) => printing(name, print, level, options)),
  );
  ends.push(
    replaceMethod<Print>(console, 'trace', (print) => tracing(console, print, options)),
    replaceMethod<Print>(console, 'assert', (print) => asserting(print, options)),
  );
  return () => {
    for (const end of ends) end();
  };
}

function printing(name: string, print: Print, level: Level, options: ConsoleBridgeOptions): Print {
  const method: Print = function method(...args) {
    if (isNotOurs()) return Reflect.apply(print, this, args);
    if (!options.isPrinted) Reflect.apply(print, this, args);
    record(args, level, options.logger);
  };
  return named(method, name);
}

/** Records of libraries have been told already; and what the kit's own requests set off would never end. */
function isNotOurs(): boolean {
  return isWriting() || isOwn(activeContext());
}

/** Node's own shows the line that called it first, which would be one of the kit. */
function tracing(console: Console, print: Print, options: ConsoleBridgeOptions): Print {
  const trace: Print = function trace(...args) {
    if (isNotOurs()) return Reflect.apply(print, this, args);
    const shown = { name: 'Trace', message: formatWithOptions({ colors: hasColors() }, ...args), stack: '' };
    Error.captureStackTrace(shown, trace);
    if (!options.isPrinted) writing(() => console.error(shown.stack));
    record(args, traceLevel, options.logger, { 'code.stacktrace': framesOf(shown.stack) });
  };
  return trace;
}

function hasColors(): boolean {
  return process.stderr.isTTY && process.stderr.getColorDepth() > 2;
}

function framesOf(stack: string): string {
  const first = stack.search(/^ {4}at /m);
  return first === -1 ? '' : stack.slice(first);
}

function asserting(print: Print, options: ConsoleBridgeOptions): Print {
  const assert: Print = function assert(condition, ...args) {
    if (condition || isNotOurs()) return Reflect.apply(print, this, [condition, ...args]);
    if (!options.isPrinted) writing(() => Reflect.apply(print, this, [condition, ...args]));
    const [first, ...others] = args;
    const shown = typeof first === 'string' ? [`Assertion failed: ${first}`, ...others] : ['Assertion failed', ...args];
    record(shown, levels.error, options.logger);
  };
  return assert;
}

/** Arguments may be anything, and say of themselves how they are shown; an empty line is no record. */
function record(args: readonly unknown[], level: Level, logger: ScopedLogger, attributes?: AnyValueMap): void {
  if (args.length === 0 || !logger.passes(level.severityNumber)) return;
  try {
    const text = format(...args);
    const body = text.includes('\u001B') ? stripVTControlCharacters(text) : text;
    logger.emit({ ...level, body, exception: args.find(isError), ...(attributes !== undefined && { attributes }) });
  } catch (thrown) {
    logger.emit({ ...level, body: `(cannot be shown: ${thrown instanceof Error ? thrown.message : typeof thrown})` });
  }
}

function named(method: Print, name: string): Print {
  return Object.defineProperty(method, 'name', { value: name });
}
