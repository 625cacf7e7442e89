// @ts-check
/** The verb and the first table of the statements that the services send. */
const statement = /^\s*(INSERT INTO|DELETE FROM|UPDATE|SELECT\b.*?\bFROM)\s+(\w+)/is;

/**
 * A request hook for the instrumentation of `pg`: names the span after operation and table ("INSERT unicorn"), as the semantic
 * conventions do, and says both as attributes.
 * @type {import('@opentelemetry/instrumentation-pg').PgInstrumentationExecutionRequestHook}
 */
export function describeQuery(span, { query }) {
  const match = statement.exec(query.text);
  if (match === null) return;
  const [, verb = '', table = ''] = match;
  const operation = verb.slice(0, 6).toUpperCase();
  const summary = `${operation} ${table}`;
  span.updateName(summary);
  span.setAttributes({ 'db.operation.name': operation, 'db.collection.name': table, 'db.query.summary': summary });
}
