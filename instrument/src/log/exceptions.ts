/**
 * Exceptions as log records with the event name `exception` and the attributes `exception.*` (semantic conventions, "Exceptions in
 * logs"): those that an application hands over, and those that end the process.
 */
import { SeverityNumber, logs } from '@opentelemetry/api-logs';
import type { AnyValueMap, LogRecord } from '@opentelemetry/api-logs';
import { kit } from '../kit.ts';

export interface ExceptionDetails {
  /** Exceptions with the same fingerprint are one issue, whatever their stacks say. */
  readonly fingerprint?: string | readonly string[];
  /** Whom it happened to. */
  readonly user?: { readonly id?: string; readonly name?: string; readonly email?: string };
  readonly tags?: Readonly<Record<string, string>>;
  /** The version of the program, when it is not that of the resource. */
  readonly release?: string;
  /** `error` when absent. */
  readonly level?: 'fatal' | 'error' | 'warning' | 'info';
  readonly attributes?: AnyValueMap;
}

const severities = {
  fatal: { severityNumber: SeverityNumber.FATAL, severityText: 'FATAL' },
  error: { severityNumber: SeverityNumber.ERROR, severityText: 'ERROR' },
  warning: { severityNumber: SeverityNumber.WARN, severityText: 'WARN' },
  info: { severityNumber: SeverityNumber.INFO, severityText: 'INFO' },
} as const;

/** Records an exception that was handled, with the ids of the active span. Never throws; does nothing before the kit has started. */
export function captureException(exception: unknown, details: ExceptionDetails = {}): void {
  record(exception, details, {});
}

function record(exception: unknown, details: ExceptionDetails, more: AnyValueMap): void {
  const { fingerprint, user, tags, release, level = 'error' } = details;
  const known = exception instanceof Error || typeof exception === 'string' ? exception : String(exception);
  const attributes: AnyValueMap = {
    ...(fingerprint !== undefined && {
      'exception.fingerprint': typeof fingerprint === 'string' ? fingerprint : [...fingerprint],
    }),
    ...(user?.id !== undefined && { 'user.id': user.id }),
    ...(user?.name !== undefined && { 'user.name': user.name }),
    ...(user?.email !== undefined && { 'user.email': user.email }),
    ...(release !== undefined && { 'service.version': release }),
    ...Object.fromEntries(Object.entries(tags ?? {}).map(([key, value]) => [`tag.${key}`, value])),
    ...more,
    ...details.attributes,
  };
  const log: LogRecord = {
    eventName: 'exception',
    ...severities[level],
    body: typeof known === 'string' ? known : `${known.name}: ${known.message}`,
    exception: known,
    attributes,
  };
  logs.getLogger(`${kit.name}/exceptions`, kit.version).emit(log);
}

/** Records what nobody catches, as the last thing before the process ends; Node's own handling stays as it is. */
export function watchUncaught(): () => void {
  const onUncaught = (exception: unknown, origin: string): void =>
    record(exception, { level: 'fatal' }, { 'exception.escaped': true, 'exception.origin': origin });
  process.on('uncaughtExceptionMonitor', onUncaught);
  return () => process.off('uncaughtExceptionMonitor', onUncaught);
}
