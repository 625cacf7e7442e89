/**
 * pino, 7 and later. All its loggers share a prototype with the method that makes a record's line, after level, serializers,
 * formatters, mixins and redaction: the line is what the application says, so the record is read from it, and the ids of the active
 * span are added to it. The prototype is found through a logger of our own, and the method under the symbol that pino exports for it.
 */
import type { AnyValue, AnyValueMap } from '@opentelemetry/api-logs';
import { exceptionIn } from '../exception-of.ts';
import { isError } from '../plain.ts';
import { severityOfName, severityOfNumber } from '../severity.ts';
import { traceFieldNames, traceFields } from '../trace-fields.ts';
import { replaceMethod } from './methods.ts';
import { writing } from './sink.ts';
import type { Bridge, LogSink } from './sink.ts';

interface Pino {
  (options: object, destination: object): object;
  readonly symbols: Readonly<Record<string, symbol>>;
}

/** A logger, of which the keys of its line are asked under pino's symbols. */
type PinoLogger = Readonly<Record<symbol, unknown>> & { readonly levels: { readonly labels: Readonly<Record<number, string>> } };

/** `time` is a piece of the line: `,"time":1531171074631`; empty when the logger has none. */
type AsJson = (this: PinoLogger, object: unknown, message: unknown, level: number, time: string) => string;
type Write = (this: PinoLogger, ...args: readonly unknown[]) => void;

export const bridge: Bridge = (exports, sink) => {
  const { symbols } = exports as Partial<Pino>;
  const { asJsonSym, writeSym } = symbols ?? {};
  if (typeof exports !== 'function' || symbols === undefined || asJsonSym === undefined || writeSym === undefined)
    return undefined;
  const prototype = holderOf(asJsonSym, (exports as Pino)({ enabled: false }, { write: () => undefined }));
  if (prototype === undefined) return undefined;
  const ends = [
    replaceMethod<AsJson>(prototype, asJsonSym, (original) => telling(original, symbols, sink)),
    replaceMethod<Write>(prototype, writeSym, (original) => {
      return function write(...args) {
        writing(() => Reflect.apply(original, this, args));
      };
    }),
  ];
  return () => {
    for (const end of ends) end();
  };
};

/** The object that has the property itself, of those that a logger inherits from. */
function holderOf(key: symbol, logger: object): object | undefined {
  for (let each: object | null = logger; each !== null; each = Object.getPrototypeOf(each) as object | null) {
    if (Object.hasOwn(each, key)) return each;
  }
  return undefined;
}

function telling(original: AsJson, symbols: Pino['symbols'], sink: LogSink): AsJson {
  return function asJson(object, message, level, time) {
    const line = Reflect.apply(original, this, [object, message, level, time]);
    const label = this.levels.labels[level] ?? '';
    const severity = severityOfName(label) ?? severityOfNumber(level);
    if (!sink.ignores(severity)) tell({ line, object, level, time, severity, label, keys: keysOf(this, symbols, level) }, sink);
    return withTraceFields(line);
  };
}

/** Under which keys the logger's lines have what is no attribute. */
interface Keys {
  readonly level: string;
  readonly message: string;
  readonly error: string;
}

function keysOf(logger: PinoLogger, symbols: Pino['symbols'], level: number): Keys {
  const text = (symbol: symbol | undefined, otherwise: string): string => {
    const key = symbol === undefined ? undefined : logger[symbol];
    return typeof key === 'string' ? key : otherwise;
  };
  const { lsCacheSym, messageKeySym, errorKeySym } = symbols;
  // What lines of a level begin with: `{"level":30`.
  const starts = (lsCacheSym === undefined ? undefined : logger[lsCacheSym]) as Readonly<Record<number, string>> | undefined;
  return { level: firstKey(starts?.[level] ?? ''), message: text(messageKeySym, 'msg'), error: text(errorKeySym, 'err') };
}

/** The key of a piece of a line: `time` of `,"time":1531171074631`. */
function firstKey(piece: string): string {
  return piece.slice(2, Math.max(2, piece.indexOf('"', 2)));
}

interface Told {
  readonly line: string;
  /** What was logged, before it became JSON. */
  readonly object: unknown;
  readonly level: number;
  readonly time: string;
  readonly severity: number;
  readonly label: string;
  readonly keys: Keys;
}

/** Whatever goes wrong here, the application's line is written. */
function tell({ line, object, time, severity, label, keys }: Told, sink: LogSink): void {
  const record = parsed(line);
  const logger = sink.logger(record['name']);
  if (!logger.passes(severity)) return;
  const timeKey = firstKey(time);
  const found = exceptionIn(withErrors(record, object), [keys.error, 'err', 'error']);
  const left = new Set<string>([keys.level, keys.message, timeKey, ...traceFieldNames]);
  if (found !== undefined) left.add(found.key);
  if (record['name'] === logger.scope.name) left.add('name');
  // The resource has them.
  if (record['pid'] === process.pid) left.add('pid').add('hostname');
  const attributes: AnyValueMap = {};
  for (const key of Object.keys(record)) if (!left.has(key)) attributes[key] = record[key];
  const timestamp = timeOf(record[timeKey]);
  logger.emit({
    severityNumber: severity,
    severityText: label,
    body: record[keys.message],
    attributes,
    ...(found !== undefined && { exception: found.exception }),
    ...(timestamp !== undefined && { timestamp }),
  });
}

function parsed(line: string): AnyValueMap {
  try {
    return JSON.parse(line) as AnyValueMap;
  } catch {
    // A logger whose `timestamp` is no JSON, for one.
    return { msg: line.trimEnd() };
  }
}

/** pino has no serializer for `error`: an Error there has neither message nor stack in the line. One that was redacted is a text. */
function withErrors(record: AnyValueMap, object: unknown): Readonly<Record<string, unknown>> {
  const { error } = record;
  if (typeof error !== 'object' || error === null || 'stack' in error) return record;
  const given = (object as { readonly error?: unknown } | null | undefined)?.error;
  return isError(given) ? { ...record, error: given } : record;
}

/** Unix milliseconds: from those, from seconds (`unixTime`), or from an ISO time. */
function timeOf(time: AnyValue): number | undefined {
  const number = typeof time === 'string' ? Date.parse(time) : time;
  if (typeof number !== 'number' || !Number.isFinite(number)) return undefined;
  return number < 1e11 ? number * 1000 : number;
}

function withTraceFields(line: string): string {
  const fields = traceFields();
  const end = line.lastIndexOf('}');
  if (fields === undefined || end < 2 || line.includes('"trace_id":')) return line;
  return `${line.slice(0, end)},${JSON.stringify(fields).slice(1, -1)}${line.slice(end)}`;
}
