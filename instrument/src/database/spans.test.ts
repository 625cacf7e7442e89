import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import { beforeEach, describe, expect, test } from 'vitest';
import { Distribution } from '../metric/distribution.ts';
import { ActiveContexts, runIn, withSpan } from '../trace/context.ts';
import { alwaysOff, alwaysOn } from '../trace/sampling.ts';
import type { Sampler } from '../trace/sampling.ts';
import { limitsAtFirst } from '../trace/span.ts';
import type { RecordedSpan } from '../trace/span.ts';
import { tracerProvider } from '../trace/tracer.ts';
import { noteError } from './errors.ts';
import type { DatabaseLibrary } from './library.ts';
import { mongodb } from './mongodb.ts';
import { mysql2 } from './mysql2.ts';
import { pg } from './pg.ts';
import { ioredis, redis } from './redis.ts';
import { databaseTracers, operationDuration, operationMeasurer } from './spans.ts';

let spans: RecordedSpan[];
let duration: Distribution;
const contexts = new ActiveContexts();
beforeEach(() => {
  spans = [];
  duration = new Distribution(operationDuration);
});

const sink = { limits: limitsAtFirst, spanEnded: (span: RecordedSpan) => spans.push(span) };

function tracerOf(library: DatabaseLibrary, sampler: Sampler = alwaysOn): Tracer {
  const measure = operationMeasurer(duration);
  return databaseTracers({ library, measure, sampler, sink }).getTracer('test');
}

interface Recorded {
  readonly name: string;
  readonly attributes?: Attributes;
  readonly error?: string;
  readonly exception?: Error | string;
}

/** What the instrumentation of a library records, within a request. */
function record(library: DatabaseLibrary, { name, attributes = {}, error, exception }: Recorded): RecordedSpan | undefined {
  const request = tracerProvider({ sampler: alwaysOn, sink }).getTracer('request').startSpan('GET');
  runIn(withSpan(contexts.active(), request), () => {
    const span = tracerOf(library).startSpan(name, { kind: SpanKind.CLIENT, attributes });
    if (exception !== undefined) span.recordException(exception);
    if (error !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message: error });
    span.end();
  });
  return spans.at(-1);
}

function attributesOf(span: RecordedSpan | undefined): Record<string, unknown> {
  const list = span?.attributes ?? [];
  return Object.fromEntries(Array.from({ length: list.length / 2 }, (_, index) => [list[index * 2], list[index * 2 + 1]]));
}

const postgres = { 'db.system.name': 'postgresql', 'db.namespace': 'shop', 'server.address': 'db', 'server.port': 5432 };

test('a query is named by its operation and tables, and its text is without literals', () => {
  const span = record(pg, {
    name: 'pg.query:SELECT shop',
    attributes: { ...postgres, 'db.query.text': "SELECT * FROM carts WHERE a = 'x'" },
  });
  expect(span?.name).toBe('SELECT carts');
  expect(attributesOf(span)).toEqual({
    ...postgres,
    'db.operation.name': 'SELECT',
    'db.collection.name': 'carts',
    'db.query.summary': 'SELECT carts',
    'db.query.text': 'SELECT * FROM carts WHERE a = ?',
  });
});

test('what nobody can read is named after the system', () => {
  expect(record(mysql2, { name: '??', attributes: { 'db.system.name': 'mysql', 'db.query.text': '??' } })?.name).toBe('mysql');
  expect(record(pg, { name: 'pg.query', attributes: postgres })?.name).toBe('postgresql');
});

describe('an error', () => {
  const query = { ...postgres, 'db.query.text': 'SELECT 1' };
  const failing = [
    ['of PostgreSQL', pg, { exception: "PostgreSQL error of type 'error' occurred (code: 23505)", error: 'dup' }, '23505', true],
    [
      'of the network',
      pg,
      { exception: "PostgreSQL error of type 'Error' occurred (code: ECONNRESET)", error: 'x' },
      'ECONNRESET',
      false,
    ],
    [
      'without a code',
      pg,
      { exception: "PostgreSQL error of type 'Error' occurred (code: UNKNOWN)", error: 'y' },
      '_OTHER',
      false,
    ],
    ['of Redis', redis, { exception: new Error('WRONGTYPE Operation'), error: 'WRONGTYPE Operation' }, 'WRONGTYPE', true],
    [
      'of a socket of Redis',
      ioredis,
      { exception: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }), error: 'connect ECONNREFUSED' },
      'ECONNREFUSED',
      false,
    ],
    ['that nobody knows', mongodb, { error: 'another' }, '_OTHER', false],
  ] as const;
  test.each(failing)('%s', (_, library, { error, ...others }, type, isAnswer) => {
    const span = record(library, { name: 'get', attributes: query, error, ...others });
    expect(span).toMatchObject({ statusCode: SpanStatusCode.ERROR, statusMessage: error, extras: undefined });
    const { 'error.type': errorType, 'db.response.status_code': code } = attributesOf(span);
    expect([errorType, code]).toEqual([type, isAnswer ? type : undefined]);
    expect(duration.all.map(({ attributes, count }) => [attributes['error.type'], count])).toEqual([[type, 1]]);
  });

  test('that was noted just before is found by its message, and no other', () => {
    noteError(Object.assign(new Error('Duplicate entry'), { code: 'ER_DUP_ENTRY' }));
    expect(attributesOf(record(mysql2, { name: 'INSERT', error: 'Duplicate entry' }))['error.type']).toBe('ER_DUP_ENTRY');
    expect(attributesOf(record(mysql2, { name: 'INSERT', error: 'No such table' }))['error.type']).toBe('_OTHER');
    noteError('no error at all');
    noteError(undefined);
    expect(attributesOf(record(mysql2, { name: 'INSERT', error: 'Duplicate entry' }))['error.type']).toBe('ER_DUP_ENTRY');
  });
});

describe('outside of any request', () => {
  const start = (library: DatabaseLibrary, name: string): Span => tracerOf(library).startSpan(name, { kind: SpanKind.CLIENT });

  test.each([
    [pg, 'pg-pool.connect'],
    [pg, 'pg.connect'],
    [redis, 'redis-connect'],
    [redis, 'redis-AUTH'],
    [ioredis, 'info'],
    [mongodb, 'saslStart $cmd'],
  ] as const)('what a library does for itself is no span: %o', (library, name) => {
    const span = start(library, name);
    expect([span.isRecording(), trace.isSpanContextValid(span.spanContext())]).toEqual([false, false]);
    span.end();
    expect(spans).toEqual([]);
    expect(duration.all).toEqual([]);
  });

  test('a query is a trace of its own', () => {
    start(mysql2, 'SELECT').end();
    expect(spans.map(({ parent, isSampled }) => [parent, isSampled])).toEqual([[undefined, true]]);
  });
});

test('getting a connection is a span where it took time or failed, and no operation', () => {
  record(pg, { name: 'pg-pool.connect', attributes: postgres });
  expect(spans).toEqual([]);
  expect(record(pg, { name: 'pg.connect', attributes: postgres, error: 'no' })?.name).toBe('pg.connect');
  const request = tracerProvider({ sampler: alwaysOn, sink }).getTracer('request').startSpan('GET');
  const context = withSpan(contexts.active(), request);
  tracerOf(pg)
    .startSpan('pg-pool.connect', { startTime: Date.now() - 50 }, context)
    .end();
  expect(spans.map(({ name }) => name)).toEqual(['pg.connect', 'pg-pool.connect']);
  expect(duration.all).toEqual([]);
});

test('of traces that are not kept, operations are measured all the same', () => {
  const tracer = tracerOf(redis, alwaysOff);
  for (const key of ['a', 'b']) {
    const span = tracer.startSpan('redis-GET', { attributes: { 'db.system.name': 'redis', 'db.operation.name': 'GET' } });
    span.setAttribute('db.query.text', `GET ${key}`);
    span.end();
  }
  expect(spans.map(({ isSampled }) => isSampled)).toEqual([false, false]);
  expect(duration.all.map(({ attributes, count }) => [attributes, count])).toEqual([
    [{ 'db.system.name': 'redis', 'db.operation.name': 'GET' }, 2],
  ]);
});

test('names of MongoDB’s collections come from the driver, or from the commands that have them', () => {
  const attributes = { 'db.system.name': 'mongodb', 'db.operation.name': 'aggregate', 'db.collection.name': '$cmd' };
  const span = record(mongodb, {
    name: 'aggregate $cmd',
    attributes: { ...attributes, 'db.query.text': 'carts\n{"aggregate":"?"}' },
  });
  expect([span?.name, attributesOf(span)['db.query.text']]).toEqual(['aggregate carts', '{"aggregate":"?"}']);
  const other = record(mongodb, {
    name: 'x',
    attributes: { ...attributes, 'db.operation.name': 'ping', 'db.query.text': '\n{"ping":"?"}' },
  });
  expect([other?.name, attributesOf(other)['db.collection.name']]).toEqual(['ping', undefined]);
});
