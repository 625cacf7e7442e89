// @ts-check
/** What the instrumentations know of an error and do not say where the semantic conventions look for it. */
import { SpanStatusCode } from '@opentelemetry/api';

/**
 * A span processor that looks at failed spans before they end. A query gets its SQLSTATE as `db.response.status_code` and
 * `error.type`: the instrumentation of `pg` has it inside the message of an exception event. Other spans get the message of
 * their exception as that of their status: the instrumentation of HTTP sets a status without one, over the service's.
 * @returns {import('@opentelemetry/sdk-trace-node').SpanProcessor}
 */
export function createErrorProcessor() {
  return {
    onStart() {},
    onEnding(span) {
      if (span.status.code !== SpanStatusCode.ERROR) return;
      const message = span.events.findLast(({ name }) => name === 'exception')?.attributes?.['exception.message'];
      if (typeof message !== 'string') return;
      const [, sqlState] = span.instrumentationScope.name.endsWith('-pg') ? (/\(code: (\w{5})\)$/.exec(message) ?? []) : [];
      if (sqlState !== undefined) span.setAttributes({ 'db.response.status_code': sqlState, 'error.type': sqlState });
      if (!span.status.message) span.setStatus({ code: SpanStatusCode.ERROR, message });
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}
