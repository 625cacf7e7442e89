// @ts-check
/** What the semantic conventions for database spans ask for and the instrumentation of `pg` leaves out. */
import { SpanStatusCode } from '@opentelemetry/api';

const instrumentation = '@opentelemetry/instrumentation-pg';

/** The verb and the first table of the statements that the services send. */
const statement = /^\s*(INSERT INTO|DELETE FROM|UPDATE|SELECT\b.*?\bFROM)\s+(\w+)/is;

/**
 * A request hook: names the span after operation and table ("INSERT unicorn") and says both as attributes.
 * @type {import('@opentelemetry/instrumentation-pg').PgInstrumentationExecutionRequestHook}
 */
export function describeQuery(span, { query }) {
  const match = statement.exec(query.text);
  if (match === null) return;
  const [, verb = '', table = ''] = match;
  const operation = verb.slice(0, 6).toUpperCase();
  span.updateName(`${operation} ${table}`);
  span.setAttributes({
    'db.operation.name': operation,
    'db.collection.name': table,
    'db.query.summary': `${operation} ${table}`,
  });
}

/**
 * A span processor: the SQLSTATE of a failed query as `db.response.status_code` and `error.type`. The instrumentation gives it
 * only inside the message of the span's exception event.
 * @returns {import('@opentelemetry/sdk-trace-node').SpanProcessor}
 */
export function createSqlStateProcessor() {
  return {
    onStart() {},
    onEnding(span) {
      if (span.instrumentationScope.name !== instrumentation || span.status.code !== SpanStatusCode.ERROR) return;
      const state = span.events.map(sqlState).find((found) => found !== undefined);
      if (state !== undefined) span.setAttributes({ 'db.response.status_code': state, 'error.type': state });
    },
    onEnd() {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
}

/** @param {import('@opentelemetry/sdk-trace-node').TimedEvent} event */
function sqlState({ attributes }) {
  return /\(code: (\w{5})\)$/.exec(String(attributes?.['exception.message']))?.[1];
}
