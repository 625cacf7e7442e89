/** `@sonde/instrument/log`: a logger for applications that have none, and the levels of all loggers. */
import type { AnyValueMap } from '@opentelemetry/api-logs';
import { running } from '../instrument.ts';
import type { Instrument } from '../instrument.ts';
import { exceptionIn } from './exception-of.ts';
import { levelOf } from './levels.ts';
import type { LogLevel } from './levels.ts';
import type { ScopedLogger } from './logger.ts';
import { isError } from './plain.ts';

/** Values of any kind; those under `err` and `error` that are Errors become the record's exception. */
export type LogAttributes = Readonly<Record<string, unknown>>;

/**
 * A message, or an Error that is one; then an Error, attributes, or both. Below its level a call costs a few comparisons. Never throws.
 * Before the kit has started, and when it is switched off, nothing is recorded.
 */
export type Log = (message: string | Error, errorOrAttributes?: unknown, attributes?: LogAttributes) => void;

/** What was logged where and how, in the order of severity; `child` is a logger of the same name with more attributes. */
export interface KitLogger {
  readonly name: string;
  readonly trace: Log;
  readonly debug: Log;
  readonly info: Log;
  readonly warn: Log;
  readonly error: Log;
  readonly fatal: Log;
  readonly child: (attributes: LogAttributes) => KitLogger;
  /** For attributes that are costly to come by. */
  readonly isEnabled: (level: Exclude<LogLevel, 'off'>) => boolean;
}

const severities = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 } as const;
const severityTexts = { 1: 'TRACE', 5: 'DEBUG', 9: 'INFO', 13: 'WARN', 17: 'ERROR', 21: 'FATAL' } as const;
type Severity = keyof typeof severityTexts;

/** A logger; its name is what levels are set by: `db.pool` has that of `db` unless it has one of its own. */
export function logger(name: string): KitLogger {
  return makeLogger(name, sourceOf(name), {});
}

/** Finds the logger of the kit as it runs now: the kit may start after the application's loggers were made. */
function sourceOf(name: string): () => ScopedLogger | undefined {
  let instrument: Instrument | undefined;
  let found: ScopedLogger | undefined;
  return () => {
    const now = running();
    if (now !== instrument) {
      instrument = now;
      found = now?.loggers.getLogger(name);
    }
    return found;
  };
}

function makeLogger(name: string, source: () => ScopedLogger | undefined, bound: LogAttributes): KitLogger {
  const at = (severity: Severity): Log => {
    return (message, errorOrAttributes, attributes) => {
      const logger = source();
      if (logger?.passes(severity) !== true) return;
      emit(logger, severity, { message, errorOrAttributes, attributes, bound });
    };
  };
  return {
    name,
    trace: at(1),
    debug: at(5),
    info: at(9),
    warn: at(13),
    error: at(17),
    fatal: at(21),
    child: (attributes) => makeLogger(name, source, { ...bound, ...attributes }),
    isEnabled: (level) => source()?.passes(severities[level]) === true,
  };
}

interface Given {
  readonly message: unknown;
  readonly errorOrAttributes: unknown;
  readonly attributes: LogAttributes | undefined;
  readonly bound: LogAttributes;
}

/** What is given is read here, and may do anything when it is. */
function emit(logger: ScopedLogger, severityNumber: Severity, given: Given): void {
  const severity = { severityNumber, severityText: severityTexts[severityNumber] };
  const { message } = given;
  try {
    const { exception, attributes } = sorted(given, severityNumber);
    const body = isError(message) ? `${message.name}: ${message.message}` : (message as string);
    logger.emit({ ...severity, body, exception, attributes: attributes as AnyValueMap });
  } catch {
    logger.emit({ ...severity, body: typeof message === 'string' ? message : '(cannot be read)' });
  }
}

interface Sorted {
  readonly exception: unknown;
  readonly attributes: LogAttributes;
}

/** What was given, by what it is. */
function sorted({ message, errorOrAttributes, attributes, bound }: Given, severity: Severity): Sorted {
  const isAttributes = typeof errorOrAttributes === 'object' && !isError(errorOrAttributes);
  const given = { ...bound, ...(isAttributes && errorOrAttributes), ...attributes };
  const exception = (isAttributes ? undefined : errorOrAttributes) ?? (isError(message) ? message : undefined);
  if (exception === undefined) {
    const found = exceptionIn(given);
    if (found === undefined) return { exception, attributes: given };
    const { [found.key]: _, ...others } = given;
    return { exception: found.exception, attributes: others };
  }
  // Anything can be thrown; but where nothing went wrong, it is some value.
  const isValue = severity < severities.warn && !isError(exception);
  return isValue ? { exception: undefined, attributes: { ...given, value: exception } } : { exception, attributes: given };
}

/**
 * From which level on records leave the process, of all loggers or of those of a name (and below it: `db` is `db.pool` too), whichever
 * library they are of: `trace`, `debug`, `info`, `warn`, `error`, `fatal` or `off`, as it may come from outside. `undefined` takes a
 * level back. Says whether it did: not when the kit does not run, nor for what is no level.
 */
export function setLogLevel(level: string | undefined, name?: string): boolean {
  const levels = running()?.loggers.levels;
  const known = level === undefined ? undefined : levelOf(level);
  if (levels === undefined || (level !== undefined && known === undefined)) return false;
  levels.set(known, name);
  return true;
}

/** The levels as they count right now; undefined when the kit does not run. */
export function logLevels(): { readonly all: LogLevel; readonly byName: Readonly<Record<string, LogLevel>> } | undefined {
  return running()?.loggers.levels.current();
}
