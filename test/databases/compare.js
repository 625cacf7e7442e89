// Spans and metrics of one run against what was expected.
import { isDeepStrictEqual } from 'node:util';

const client = 3;
const server = 2;
const secret = 'p4ssw0rd';
const connects = new Set(['pg.connect', 'pg-pool.connect', 'redis-connect']);
/** What instrumentations add under names of their own. */
const ignored = new Set(['db.postgresql.idle.timeout.millis']);

export function compare(expected, url, { spans, points }) {
  const tally = { passed: 0, faults: [] };
  const check = (isSo, fault) => (isSo ? tally.passed++ : tally.faults.push(fault()));
  const common = { ...expected.common, 'server.address': url.hostname, 'server.port': Number(url.port) };
  const ofDatabase = spans.filter(({ attributes }) => attributes['db.system.name'] !== undefined);
  const queries = ofDatabase.filter(({ name }) => !connects.has(name));
  const requests = (path) => spans.filter(({ kind, attributes }) => kind === server && attributes['url.path'] === path);
  const of = (request) => queries.filter(({ parentSpanId }) => parentSpanId === request.spanId).toSorted(byStart);

  compareList('outside', queries.filter(({ parentSpanId }) => !parentSpanId).toSorted(byStart), expected.before, common, check);
  for (const path of expected.wait === undefined ? ['/one'] : ['/one', '/wait']) {
    const answered = requests(path);
    check(answered.length === (path === '/one' ? 1 : 2), () => `${answered.length} requests to ${path}`);
    for (const request of answered) {
      compareList(path, of(request), expected[path.slice(1)], common, check);
      check(
        of(request).every(({ traceId }) => traceId === request.traceId),
        () => `another trace within ${path}`,
      );
    }
  }
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const lost = spans.filter(({ parentSpanId }) => parentSpanId && !ids.has(parentSpanId));
  check(lost.length === 0, () => `parents are missing of ${lost.map(({ name }) => name).join(', ')}`);
  const told = JSON.stringify([ofDatabase.map(({ name, attributes }) => [name, attributes]), points]);
  check(!told.includes(secret), () => 'a value is told');
  check(
    ofDatabase.every(({ events = [] }) => events.length === 0),
    () => 'there are events',
  );
  compareMetrics(expected, url, { queries, points }, check);
  return tally;
}

const byStart = (a, b) => Number(BigInt(a.startTimeUnixNano) - BigInt(b.startTimeUnixNano));

function compareList(where, spans, expected, common, check) {
  const names = (all) => all.map(({ name }) => name).join(', ');
  check(spans.length === expected.length, () => `${where}: ${names(spans)}, not ${names(expected)}`);
  for (const [index, { name, ...attributes }] of expected.entries()) {
    const span = spans[index];
    if (span === undefined) return;
    check(span.name === name, () => `${where} ${index}: ${span.name}, not ${name}`);
    check(span.kind === client, () => `${where} ${name}: its kind is ${span.kind}`);
    const isError = attributes['error.type'] !== undefined;
    const isTold = isError ? span.status?.code === 2 && span.status.message : span.status?.code === undefined;
    check(isTold, () => `${where} ${name}: its status is ${JSON.stringify(span.status)}`);
    compareAttributes(`${where} ${name}`, span.attributes, { ...common, ...attributes }, check);
  }
}

function compareAttributes(where, found, expected, check) {
  const keys = new Set([...Object.keys(found), ...Object.keys(expected)].filter((key) => !ignored.has(key)));
  for (const key of keys) {
    const [is, should] = [found[key], expected[key]];
    const isSo = should instanceof RegExp ? should.test(is) : isDeepStrictEqual(is, should);
    check(
      isSo,
      () => `${where}: ${key} is ${JSON.stringify(is)}, not ${should instanceof RegExp ? should : JSON.stringify(should)}`,
    );
  }
}

/** Of each point, the last one counts: they are cumulative. */
function compareMetrics({ pool, wait }, url, { queries, points }, check) {
  const last = new Map(points.map((point) => [JSON.stringify([point.metric, point.attributes]), point]));
  const named = (name) => [...last.values()].filter(({ metric }) => metric === name);
  const durations = named('db.client.operation.duration');
  const measured = durations.reduce((sum, { count }) => sum + Number(count), 0);
  check(measured === queries.length, () => `${measured} operations are measured, and there are ${queries.length} spans`);
  const types = (all) =>
    [...new Set(all.map(({ attributes }) => String(attributes['error.type'])))].toSorted((a, b) => (a < b ? -1 : 1)).join();
  check(
    types(durations) === types(queries),
    () => `errors are measured as ${types(durations)}, and spans have ${types(queries)}`,
  );
  check(
    durations.every(({ attributes }) => attributes['db.query.text'] === undefined),
    () => 'texts are in a metric',
  );
  if (pool === undefined || wait === undefined) return;
  const name = pool(url);
  for (const metric of ['wait_time', 'count', 'pending_requests', 'max']) {
    const found = named(`db.client.connection.${metric}`).map(({ attributes }) => attributes['db.client.connection.pool.name']);
    check(
      found.length > 0 && found.every((each) => each === name),
      () => `${metric} is of the pools ${found.join()}, not ${name}`,
    );
  }
  const most = Math.max(
    ...points
      .filter(({ metric }) => metric === 'db.client.connection.max')
      .map(({ asInt, asDouble }) => Number(asInt ?? asDouble)),
  );
  check(most === 1, () => `the pool has at most ${most} connections, not one`);
}
