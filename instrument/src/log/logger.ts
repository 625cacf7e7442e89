/** OpenTelemetry's logger provider: what bridges of logging libraries and the kit's own records go through. */
import type { Attributes } from '@opentelemetry/api';
import type { AnyValueMap, LogRecord, Logger, LoggerOptions, LoggerProvider } from '@opentelemetry/api-logs';
import { nowMs, toEpochMs } from '../clock.ts';
import { writeLog } from '../otlp/log.ts';
import type { LogLimits } from '../otlp/log.ts';
import { requestAttributes } from '../trace/request.ts';
import type { Telemetry } from '../telemetry.ts';
import { activeContext } from '../trace/context.ts';
import { exceptionAttributes } from '../trace/span.ts';
import type { Scope } from '../trace/span.ts';
import { parentIn } from '../trace/tracer.ts';

/** A provider whose loggers write into the telemetry of the process. */
export function loggerProvider(telemetry: Telemetry, limits: LogLimits): LoggerProvider {
  const loggers = new Map<string, Logger>();
  return {
    getLogger(name: string, version = '', options: LoggerOptions = {}): Logger {
      const schemaUrl = options.schemaUrl ?? '';
      const key = JSON.stringify([name, version, schemaUrl]);
      const known = loggers.get(key);
      if (known !== undefined) return known;
      const scope: Scope = { name, version, schemaUrl };
      const logger: Logger = {
        emit: (record) => emit(record, { telemetry, limits, scope }),
        enabled: () => telemetry.takes('logs'),
      };
      loggers.set(key, logger);
      return logger;
    },
  };
}

interface Destination {
  readonly telemetry: Telemetry;
  readonly limits: LogLimits;
  readonly scope: Scope;
}

function emit(record: LogRecord, { telemetry, limits, scope }: Destination): void {
  if (!telemetry.takes('logs')) return;
  const observedMs = record.observedTimestamp === undefined ? nowMs() : toEpochMs(record.observedTimestamp);
  const { exception, attributes = {} } = record;
  const context = record.context ?? activeContext();
  const fields = {
    timeMs: record.timestamp === undefined ? observedMs : toEpochMs(record.timestamp),
    observedMs,
    severity: record.severityNumber ?? 0,
    severityText: record.severityText ?? '',
    body: record.body,
    attributes: withKnown(attributes, exception, requestAttributes(context)),
    eventName: record.eventName ?? '',
    span: parentIn(context),
  };
  telemetry.write('logs', scope, (writer) => writeLog(writer, fields, limits));
}

/** What the record says itself goes before what its exception says, and that before what is known of the request. */
function withKnown(attributes: AnyValueMap, exception: unknown, ofRequest: Attributes | undefined): AnyValueMap {
  const isPlain = exception === undefined || exception === null;
  // Most records are plain ones, and copies cost more than all else of them.
  if (isPlain && ofRequest === undefined) return attributes;
  return { ...ofRequest, ...(!isPlain && exceptionAttributes(exception)), ...attributes };
}
