// @ts-check
/**
 * Structured log records: to OpenTelemetry, which adds the ids of the active trace and span; with SONDE_DEBUG=1 also to stderr,
 * as JSON lines.
 */
import { trace } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';

const isShown = process.env['SONDE_DEBUG'] === '1';

/**
 * @typedef {(message: string, attributes?: import('@opentelemetry/api').Attributes, error?: unknown) => void} LogLine
 * @typedef {{ debug: LogLine, info: LogLine, warn: LogLine, error: LogLine }} Log
 */

/**
 * @param {import('@opentelemetry/api-logs').Logger} logger
 * @returns {Log}
 */
export function createLog(logger) {
  /** @type {(level: 'DEBUG' | 'INFO' | 'WARN' | 'ERROR') => LogLine} */
  const lineOf = (level) => (message, attributes, error) => {
    const all = { ...attributes, ...(error === undefined ? {} : exceptionAttributes(error)) };
    logger.emit({ severityNumber: SeverityNumber[level], severityText: level, body: message, attributes: all });
    if (!isShown) return;
    const { traceId, spanId } = trace.getActiveSpan()?.spanContext() ?? {};
    process.stderr.write(`${JSON.stringify({ time: new Date(), level, message, traceId, spanId, ...all })}\n`);
  };
  return { debug: lineOf('DEBUG'), info: lineOf('INFO'), warn: lineOf('WARN'), error: lineOf('ERROR') };
}

/** @param {unknown} error */
function exceptionAttributes(error) {
  if (!(error instanceof Error)) return { 'exception.message': String(error) };
  const { name, message, stack } = error;
  // As the SDK does for exceptions of spans: an error's code says more than its name.
  const type = 'code' in error ? String(error.code) : name;
  return { 'exception.type': type, 'exception.message': message, 'exception.stacktrace': stack ?? message };
}
