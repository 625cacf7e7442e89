/** Queries of PostgreSQL (itself, in WebAssembly) and commands of Redis by either client, within the requests that make them. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { startReceiver, valuesOf } from './receiver.ts';
import type { Receiver, Span } from './receiver.ts';
import { startRedis } from './redis-server.ts';

const database = join(import.meta.dirname, '..', '..', 'demo', 'services', 'database.js');

let folder: string;
let receiver: Receiver;
let postgres: { readonly process: ChildProcess; readonly address: string };
let redis: Awaited<ReturnType<typeof startRedis>>;
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
  redis = await startRedis();
  const child = fork(database);
  const [{ address }] = (await once(child, 'message')) as [{ address: string }];
  postgres = { process: child, address };
});
afterAll(async () => {
  postgres.process.kill();
  await once(postgres.process, 'close');
  redis.stop();
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** Runs an app to its end; gives the instrumentations that it has loaded. */
async function run(app: string, environment: Readonly<Record<string, string>> = {}): Promise<ReadonlySet<string>> {
  receiver.clear();
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    POSTGRES: `postgres://postgres@${postgres.address}/postgres`,
    REDIS: redis.url,
    ...environment,
  };
  const child = fork(app, { cwd: folder, env, execArgv: ['--import', '@sonde/instrument'] });
  const closed = once(child, 'close');
  const [{ loaded }] = (await Promise.race([once(child, 'message'), closed.then(() => [{ loaded: [] }])])) as [
    { loaded: readonly string[] },
  ];
  const [code] = await closed;
  if (code !== 0) throw new Error(`${app} ended with ${code}`);
  return new Set(loaded);
}

const ofPostgres = (): unknown => ({
  'db.system.name': { stringValue: 'postgresql' },
  'db.namespace': { stringValue: 'postgres' },
  'server.address': { stringValue: '127.0.0.1' },
  'server.port': { intValue: postgres.address.split(':')[1] },
});
const ofRedis = (): unknown => ({
  'db.system.name': { stringValue: 'redis' },
  'server.address': { stringValue: '127.0.0.1' },
  'server.port': { intValue: redis.url.split(':')[2] },
});
const texts = (values: Readonly<Record<string, string>>): unknown =>
  Object.fromEntries(Object.entries(values).map(([key, stringValue]) => [key, { stringValue }]));

const within = (request: Span | undefined): Span[] =>
  receiver.spans.filter(({ parentSpanId }) => parentSpanId !== undefined && parentSpanId === request?.spanId);
const requestsTo = (path: string): Span[] =>
  receiver.spans.filter(({ kind, attributes }) => kind === 2 && valuesOf(attributes)['url.path']?.stringValue === path);

describe.each(['databases.mjs', 'databases.cjs'])('%s', (app) => {
  let loaded: ReadonlySet<string>;
  beforeAll(async () => {
    loaded = await run(app);
  });

  test('loads what watches the libraries that it uses, and nothing else', () => {
    expect([...loaded].filter((name) => !/-(?:http|undici|runtime)$/.test(name)).toSorted()).toEqual([
      'instrumentation-ioredis',
      'instrumentation-pg',
      'instrumentation-redis',
    ]);
  });

  test('queries of pg are spans of the request that makes them, in the words of the conventions', () => {
    const [request] = requestsTo('/one');
    const queries = within(request).filter(({ scope, name }) => scope.endsWith('-pg') && !name.endsWith('connect'));
    const facts = (values: Readonly<Record<string, string>>): unknown => ({
      ...(ofPostgres() as object),
      ...(texts(values) as object),
    });
    const insert = {
      'db.operation.name': 'INSERT',
      'db.collection.name': 'carts',
      'db.query.summary': 'INSERT carts',
      'db.query.text': 'INSERT INTO carts VALUES ($1, $2)',
    };
    const select = {
      'db.operation.name': 'SELECT',
      'db.collection.name': 'carts',
      'db.query.summary': 'SELECT carts',
      'db.query.text': 'SELECT total FROM carts WHERE id = ?',
    };
    expect(
      queries.map(({ name, kind, traceId, status, attributes }) => [name, kind, traceId, status?.code, valuesOf(attributes)]),
    ).toEqual([
      ['INSERT carts', 3, request?.traceId, undefined, facts(insert)],
      ['SELECT carts', 3, request?.traceId, undefined, facts(select)],
      ['INSERT carts', 3, request?.traceId, 2, facts({ ...insert, 'error.type': '23505', 'db.response.status_code': '23505' })],
    ]);
    expect(queries.at(-1)?.status?.message).toContain('duplicate key');
  });

  test('commands of redis and ioredis are, too', () => {
    const [request] = requestsTo('/one');
    const facts = (operation: string, text: string, error?: string): unknown => ({
      ...(ofRedis() as object),
      ...(texts({
        'db.operation.name': operation,
        'db.query.text': text,
        ...(error !== undefined && { 'error.type': error, 'db.response.status_code': error }),
      }) as object),
    });
    const of = (library: string): unknown =>
      within(request)
        .filter(({ scope }) => scope.endsWith(`-${library}`))
        .map(({ name, status, attributes }) => [name, status?.code, valuesOf(attributes)]);
    expect(of('redis')).toEqual([
      ['SET', undefined, facts('SET', 'SET cart:7 ? ? ?')],
      ['INCR', 2, facts('INCR', 'INCR cart:7', 'ERR')],
      ['MULTI', undefined, facts('MULTI', 'SET a ?')],
      ['MULTI', undefined, facts('MULTI', 'GET a')],
    ]);
    expect(of('ioredis')).toEqual([
      ['SET', undefined, facts('SET', 'SET cart:7 ?')],
      ['INCR', 2, facts('INCR', 'INCR cart:7', 'ERR')],
    ]);
  });

  test('who waits for a connection stays within the own request, and the wait is a span', () => {
    const requests = requestsTo('/wait');
    expect(requests).toHaveLength(2);
    const names = requests.map((request) => within(request).map(({ name }) => name));
    for (const each of names) expect(each.filter((name) => name === 'SELECT')).toHaveLength(1);
    expect(names.flat().filter((name) => name === 'pg-pool.connect').length).toBeGreaterThan(0);
  });

  test('outside of any request, a query is a trace of its own, and connections are none', () => {
    const roots = receiver.spans.filter(
      ({ parentSpanId, scope }) => parentSpanId === undefined && /-(?:pg|redis|ioredis)$/.test(scope),
    );
    expect(roots.map(({ name }) => name).toSorted()).toEqual(['CREATE TABLE carts', 'DROP TABLE carts']);
    // Every parent is there.
    const ids = new Set(receiver.spans.map(({ spanId }) => spanId));
    expect(receiver.spans.filter(({ parentSpanId }) => parentSpanId !== undefined && !ids.has(parentSpanId))).toEqual([]);
  });

  test('no value of a query is told', () => {
    expect(JSON.stringify(receiver.spans.map(({ name, attributes }) => [name, attributes]))).not.toContain('p4ssw0rd');
    expect(JSON.stringify(receiver.points)).not.toContain('p4ssw0rd');
  });

  test('durations of operations are a metric with exemplars, and pools are metrics by their names', () => {
    const points = receiver.points.filter(({ metric }) => metric === 'db.client.operation.duration');
    const failed = points.find(({ attributes }) => valuesOf(attributes)['error.type']?.stringValue === '23505');
    const summary = {
      ...(texts({ 'db.operation.name': 'INSERT', 'db.collection.name': 'carts', 'db.query.summary': 'INSERT carts' }) as object),
    };
    expect(valuesOf(failed?.attributes)).toEqual({
      ...(ofPostgres() as object),
      ...summary,
      ...(texts({ 'error.type': '23505', 'db.response.status_code': '23505' }) as object),
    });
    const [request] = requestsTo('/one');
    expect(failed).toMatchObject({ count: '1', exemplars: [{ traceId: request?.traceId }] });
    const wait = receiver.points.find(({ metric }) => metric === 'db.client.connection.wait_time');
    expect(valuesOf(wait?.attributes)['db.client.connection.pool.name']?.stringValue).toBe(`${postgres.address}/postgres`);
    for (const name of ['count', 'max', 'pending_requests'])
      expect(receiver.metricNames).toContain(`db.client.connection.${name}`);
  });
});

test('what is disabled is not watched', async () => {
  const loaded = await run('databases.cjs', { OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'pg,redis,undici,runtime-node' });
  expect([...loaded]).toContain('instrumentation-ioredis');
  expect([...loaded]).not.toContain('instrumentation-pg');
  expect(new Set(receiver.spans.map(({ scope }) => scope))).toEqual(
    new Set(['@sonde/instrument/http', '@opentelemetry/instrumentation-ioredis']),
  );
  expect([...receiver.metricNames].filter((name) => /^(?:nodejs|v8js|http\.client)\./.test(name))).toEqual([]);
});

test('of all that can be watched, one thing alone can be', async () => {
  await run('databases.mjs', { OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'redis' });
  expect(new Set(receiver.spans.map(({ scope }) => scope))).toEqual(new Set(['@opentelemetry/instrumentation-redis']));
});
