/**
 * OpenTelemetry's logger provider, and the one way of all log records out of the process: those of bridges, of the kit, and of whoever
 * uses the API. A record passes the level of its logger, becomes plain data without secrets, and is written for the backend, for
 * stdout, or both.
 */
import { ROOT_CONTEXT } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import type { AnyValueMap, LogRecord, Logger, LoggerOptions, LoggerProvider } from '@opentelemetry/api-logs';
import { nowMs, toEpochMs } from '../clock.ts';
import { requestAttributes } from '../trace/request.ts';
import { sharedLogBytes, writeLog, writeLogOfKind } from '../otlp/log.ts';
import type { LogFields, LogLimits, LogOfKind, SharedLogFields } from '../otlp/log.ts';
import type { OtlpWriter } from '../otlp/writer.ts';
import type { Telemetry } from '../telemetry.ts';
import { RequestContext, activeContext } from '../trace/context.ts';
import type { RequestMetadata } from '../trace/context.ts';
import { exceptionAttributes } from '../trace/span.ts';
import type { RecordedSpan, Scope } from '../trace/span.ts';
import { parentIn } from '../trace/tracer.ts';
import type { Gate, LogLevels } from './levels.ts';
import { plainAttributes, plainValue } from './plain.ts';
import type { Secrets } from './secrets.ts';

export interface LoggersOptions {
  readonly telemetry: Telemetry;
  readonly limits: LogLimits;
  readonly levels: LogLevels;
  /** Undefined for none. */
  readonly secrets: Secrets | undefined;
  /** Writes a record to stdout; undefined when it is not to be there. */
  readonly print: ((record: LogFields, logger: string) => void) | undefined;
  readonly warn: (message: string) => void;
}

/** All loggers of the process, by name. */
export class Loggers implements LoggerProvider {
  readonly levels: LogLevels;
  readonly #options: LoggersOptions;
  readonly #loggers = new Map<string, ScopedLogger>();

  constructor(options: LoggersOptions) {
    this.levels = options.levels;
    this.#options = options;
  }

  /** Whether records that libraries write themselves go anywhere. */
  get takesOfLibraries(): boolean {
    return this.#options.telemetry.takes('logs');
  }

  getLogger(name: string, version = '', options: LoggerOptions = {}): ScopedLogger {
    return this.#logger({ name, version, schemaUrl: options.schemaUrl ?? '' }, this.#options.print);
  }

  /** The logger for records that a library has written somewhere itself: they do not go to stdout once more. */
  ofLibrary(name: string): ScopedLogger {
    return this.#logger({ name, version: '', schemaUrl: '' }, undefined);
  }

  #logger(scope: Scope, print: LoggersOptions['print']): ScopedLogger {
    const key = JSON.stringify([scope.name, scope.version, scope.schemaUrl, print !== undefined]);
    let logger = this.#loggers.get(key);
    if (logger === undefined) {
      logger = new ScopedLogger(scope, { ...this.#options, print }, this.levels.gate(scope.name));
      this.#loggers.set(key, logger);
    }
    return logger;
  }
}

/** Lines of requests that ended alike. */
export interface LineKind extends SharedLogFields {
  /** Of what each line has of its own. */
  readonly keys: readonly string[];
  /** Those fields on the wire; undefined where each line has to be read whole, as it is printed too, or has secrets. */
  readonly bytes: Uint8Array | undefined;
}

/** What the line of one request says besides. */
export interface Line {
  readonly timeMs: number;
  readonly body: string;
  /** By the keys of its kind; undefined for what is not known. */
  readonly values: readonly unknown[];
  readonly request: RequestMetadata & { readonly span: RecordedSpan };
}

export class ScopedLogger implements Logger {
  readonly scope: Scope;
  private readonly options: LoggersOptions;
  private readonly gate: Gate;
  private readonly isOn: boolean;
  private readonly writeOfKind: (writer: OtlpWriter, record: LogOfKind) => void;

  constructor(scope: Scope, options: LoggersOptions, gate: Gate) {
    this.scope = scope;
    this.options = options;
    this.gate = gate;
    this.isOn = options.print !== undefined || options.telemetry.takes('logs');
    this.writeOfKind = (writer, record) => writeLogOfKind(writer, record, options.limits);
  }

  enabled(record: { readonly severityNumber?: number } = {}): boolean {
    return this.isOn && (record.severityNumber === undefined || this.passes(record.severityNumber));
  }

  /** Whether a record of a severity would go anywhere. One whose severity is not known (0) is held back by `off` alone. */
  passes(severity: number): boolean {
    const { severityMin } = this.gate;
    return this.isOn && (severity >= severityMin || (severity === 0 && severityMin !== Infinity));
  }

  /** Never throws, whatever the record holds. */
  emit(record: LogRecord): void {
    if (!this.passes(record.severityNumber ?? 0)) return;
    const { telemetry, limits, secrets, print, warn } = this.options;
    try {
      const fields = fieldsOf(record, secrets);
      telemetry.write('logs', this.scope, (writer) => writeLog(writer, fields, limits));
      print?.(fields, this.scope.name);
    } catch (thrown) {
      warn(`a log record could not be read: ${thrown instanceof Error ? thrown.message : typeof thrown}`);
    }
  }

  /** A kind of line; `keys`: of the attributes that each line has of its own. */
  kind(shared: SharedLogFields, keys: readonly string[]): LineKind {
    const { print, limits, secrets } = this.options;
    const all = [...Object.keys(shared.attributes), ...keys];
    const isRead = print !== undefined || all.length > limits.attributesMax || all.some((key) => secrets?.has(key) === true);
    return { ...shared, keys, bytes: isRead ? undefined : sharedLogBytes(shared, limits) };
  }

  /** Emits the line of a request: what lines of its kind have in common is not written anew. */
  emitLine(kind: LineKind, { timeMs, body, values, request }: Line): void {
    if (!this.passes(kind.severity)) return;
    const { bytes: shared, keys, severity, severityText, eventName } = kind;
    if (shared !== undefined && request.caller === undefined) {
      const record = { shared, timeMs, body, keys, values, span: request.span };
      this.options.telemetry.writeSoon('logs', this.scope, this.writeOfKind, record);
      return;
    }
    const own = Object.fromEntries(keys.map((key, i) => [key, values[i]]));
    const context = new RequestContext(ROOT_CONTEXT, request);
    const times = { timestamp: timeMs, observedTimestamp: timeMs };
    const all = { ...kind.attributes, ...own } as AnyValueMap;
    this.emit({ ...times, severityNumber: severity, severityText, eventName, body, attributes: all, context });
  }
}

function fieldsOf(record: LogRecord, secrets: Secrets | undefined): LogFields {
  const observedMs = record.observedTimestamp === undefined ? nowMs() : toEpochMs(record.observedTimestamp);
  const { exception, attributes = {} } = record;
  const context = record.context ?? activeContext();
  const all = withKnown(attributes, exception, requestAttributes(context));
  return {
    timeMs: record.timestamp === undefined ? observedMs : toEpochMs(record.timestamp),
    observedMs,
    severity: record.severityNumber ?? 0,
    severityText: record.severityText ?? '',
    body: plainValue(record.body, secrets),
    attributes: plainAttributes(all, secrets),
    eventName: record.eventName ?? '',
    span: parentIn(context),
  };
}

/** What the record says itself goes before what its exception says, and that before what is known of the request. */
function withKnown(attributes: AnyValueMap, exception: unknown, ofRequest: Attributes | undefined): AnyValueMap {
  const isPlain = exception === undefined || exception === null;
  // Most records are plain ones, and copies cost more than all else of them.
  if (isPlain && ofRequest === undefined) return attributes;
  return { ...ofRequest, ...(!isPlain && exceptionAttributes(exception)), ...attributes };
}
