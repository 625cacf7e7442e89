/**
 * winston 3. Loggers and their children write records by one method of a prototype, where the ids of the active span are added, and
 * give them to their transports by another, after the logger's format: from there they are told, when one of the transports takes
 * them. Formats of single transports come later, and are not seen.
 */
import { stripVTControlCharacters } from 'node:util';
import type { AnyValue, AnyValueMap } from '@opentelemetry/api-logs';
import { exceptionIn } from '../exception-of.ts';
import { isError } from '../plain.ts';
import { severityAmong } from '../severity.ts';
import { contextOfFields, traceFieldNames, traceFields } from '../trace-fields.ts';
import { replaceMethod } from './methods.ts';
import { writing } from './sink.ts';
import type { Bridge, LogSink } from './sink.ts';

interface Winston {
  readonly Logger: { readonly prototype: object };
  readonly Transport: { readonly prototype: object };
}

/** Levels by name, 0 is the most severe. */
type Levels = Readonly<Record<string, number>>;

interface WinstonLogger {
  readonly levels: Levels;
  readonly level?: string;
  readonly transports: readonly Transport[];
}

interface Transport {
  readonly level?: string;
  readonly silent?: boolean;
  readonly handleExceptions?: boolean;
}

/** The record; an Error when one was logged alone. What formats change, the symbols keep (`triple-beam`). */
type Info = Record<PropertyKey, unknown>;
const levelKey = Symbol.for('level');
const splatKey = Symbol.for('splat');

type Method<This = unknown> = (this: This, ...args: readonly unknown[]) => unknown;

export const bridge: Bridge = (exports, sink) => {
  const { Logger, Transport } = exports as Partial<Winston>;
  if (Logger === undefined || !Object.hasOwn(Logger.prototype, '_transform')) return undefined;
  const ends = [
    replaceMethod<Method>(Logger.prototype, 'write', (original) => {
      return function write(info, ...others) {
        return Reflect.apply(original, this, [withTraceFields(info), ...others]);
      };
    }),
    replaceMethod<Method<WinstonLogger>>(Logger.prototype, 'push', (original) => {
      return function push(info, ...others) {
        if (typeof info === 'object' && info !== null) tell(info as Info, this, sink);
        return Reflect.apply(original, this, [info, ...others]);
      };
    }),
    ...(Transport === undefined
      ? []
      : ['_write', '_writev'].map((name) => replaceMethod<Method>(Transport.prototype, name, quietly))),
  ];
  return () => {
    for (const end of ends) end();
  };
};

/** Transports may write by way of the console. */
function quietly(original: Method): Method {
  return function write(...args) {
    return writing(() => Reflect.apply(original, this, args));
  };
}

/** A copy, as the record may be an object of the application. */
function withTraceFields(info: unknown): unknown {
  if (typeof info !== 'object' || info === null) return info;
  if (isError(info)) return marked(info);
  if ('trace_id' in info) return info;
  const fields = traceFields();
  return fields === undefined
    ? info
    : Object.assign(Object.create(Object.getPrototypeOf(info) as object | null) as object, info, fields);
}

const errorsMarked = new WeakSet<Error>();

/** There can be no copy of an Error; and it may be logged again, in another span. */
function marked(error: Error): Error {
  const fields = traceFields();
  if (errorsMarked.has(error)) for (const name of traceFieldNames) Reflect.deleteProperty(error, name);
  else if (fields === undefined || 'trace_id' in error) return error;
  errorsMarked.add(error);
  return Object.assign(error, fields);
}

function tell(info: Info, logger: WinstonLogger, sink: LogSink): void {
  const name = info[levelKey] ?? info['level'];
  if (typeof name !== 'string' || !isTaken(logger, name, info['exception'] === true)) return;
  const severity = severityAmong(logger.levels, name);
  if (!sink.ignores(severity)) emit(info, { severity, name }, sink);
}

/** As transports decide it: by their own level, or by that of the logger. */
function isTaken({ levels, level: ofLogger, transports }: WinstonLogger, name: string, isException: boolean): boolean {
  const rank = levels[name] ?? Infinity;
  const takes = (level: string | undefined): boolean => level === undefined || (levels[level] ?? -1) >= rank;
  if (transports.length === 0) return takes(ofLogger);
  return transports.some((transport) => {
    if (transport.silent === true || (isException && transport.handleExceptions !== true)) return false;
    return takes(transport.level ?? ofLogger);
  });
}

function emit(info: Info, { severity, name }: { readonly severity: number; readonly name: string }, sink: LogSink): void {
  const logger = sink.logger(info['label']);
  if (!logger.passes(severity)) return;
  const { message, timestamp } = info;
  const found = foundIn(info);
  const left = new Set<string>(['level', 'message', 'splat', ...traceFieldNames, ...(found?.keys ?? [])]);
  if (info['label'] === logger.scope.name) left.add('label');
  const timeMs = isoTime(timestamp);
  if (timeMs !== undefined) left.add('timestamp');
  const attributes: AnyValueMap = {};
  for (const key of Object.keys(info)) if (!left.has(key)) attributes[key] = info[key] as AnyValue;
  // Of when it was logged: a transport that is slow keeps the records behind it waiting.
  const context = contextOfFields(info);
  logger.emit({
    severityNumber: severity,
    severityText: name,
    body: bodyOf(message),
    attributes,
    ...(found !== undefined && { exception: found.exception }),
    ...(timeMs !== undefined && { timestamp: timeMs }),
    ...(context !== undefined && { context }),
  });
}

/** `colorize` paints messages too. */
function bodyOf(message: unknown): AnyValue {
  if (isError(message)) return `${message.name}: ${message.message}`;
  if (typeof message !== 'string' || !message.includes('\u001B')) return message as AnyValue;
  return stripVTControlCharacters(message);
}

/**
 * The exception, and the fields that say no more than it does: an Error that was logged alone, as message, beside one, or under a key
 * for it; or the stack that the format `errors` took from one.
 */
function foundIn(info: Info): { readonly exception: unknown; readonly keys: readonly string[] } | undefined {
  const splat = info[splatKey];
  const error = [info, info['message'], ...(Array.isArray(splat) ? (splat as unknown[]) : [])].find(isError);
  if (error !== undefined) return { exception: error, keys: ['stack', 'cause'] };
  const found = exceptionIn(info);
  if (found !== undefined) return { exception: found.exception, keys: [found.key] };
  const { stack, message, code } = info;
  if (typeof stack !== 'string') return undefined;
  return {
    exception: { name: /^[\w$.]+(?=:|\n|$)/.exec(stack)?.[0] ?? 'Error', message, stack, code },
    keys: ['stack', 'cause'],
  };
}

/** Of the format `timestamp` as it is when nothing else is asked of it. */
function isoTime(timestamp: unknown): number | undefined {
  if (typeof timestamp !== 'string' || !/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(timestamp)) return undefined;
  const timeMs = Date.parse(timestamp);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}
