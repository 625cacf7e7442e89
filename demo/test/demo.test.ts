/** The demo from end to end: real processes, a real database, and an OTLP receiver that looks at what they send. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startDemo } from '../start.js';
import type { Demo } from '../start.js';
import { startCapture } from './otlp-capture.ts';
import type { Capture, Captured } from './otlp-capture.ts';
import { attributesOf } from './otlp-decode.ts';
import type { Span } from './otlp-decode.ts';

const kinds = { internal: 1, server: 2, client: 3, producer: 4, consumer: 5 };
const databaseText =
  /^null value in column "name" of relation "(?:unicorn|manticore|illithid|owlbear|beholder)" violates not-null constraint$/;

let capture: Capture;
let demo: Demo;
let readyMs: number;
const lines: string[] = [];

beforeAll(async () => {
  capture = await startCapture();
  // So that the database is tidied up a few times meanwhile.
  process.env['DEMO_TIDY_MS'] = '2000';
  // A folder of its own for the address that it leaves, so that another demo on this machine is not in the way.
  process.env['TMPDIR'] = mkdtempSync(join(tmpdir(), 'sonde-demo-test-'));
  demo = await startDemo({ otlpEndpoint: capture.endpoint, onLine: (line) => lines.push(line) });
  readyMs = performance.now();
}, 60_000);

afterAll(async () => {
  await demo?.stop();
  await capture?.stop();
  rmSync(process.env['TMPDIR'] ?? '', { recursive: true });
}, 30_000);

/** Looks until there is a value. */
async function until<T>(find: () => T | undefined, timeoutMs = 30_000): Promise<T> {
  for (const endMs = performance.now() + timeoutMs; performance.now() < endMs;) {
    const found = find();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`Not found in ${timeoutMs} ms. The demo said: ${lines.join('\n')}`);
}

/** The spans from the root down to the given one; undefined when a parent is missing. */
function pathTo(span: Captured<Span>): Captured<Span>[] | undefined {
  if (span.parentSpanId === undefined) return [span];
  const parent = capture.spans.find(({ spanId, traceId }) => spanId === span.parentSpanId && traceId === span.traceId);
  const path = parent === undefined ? undefined : pathTo(parent);
  return path === undefined ? undefined : [...path, span];
}

function sqlStateOf(span: Span): string | number | undefined {
  return attributesOf(span)['db.response.status_code'];
}

const isFailedInsert = (span: Captured<Span>): boolean => span.service === 'server' && sqlStateOf(span) === '23502';

/** The element that has to be there. */
function nth<T>(items: readonly T[], at: number): T {
  const item = items[at];
  if (item === undefined) throw new RangeError(`There are ${items.length}, not ${at + 1}.`);
  return item;
}

async function failedPath(): Promise<Captured<Span>[]> {
  return until(() =>
    capture.spans
      .filter(isFailedInsert)
      .map(pathTo)
      .find((path) => path !== undefined),
  );
}

describe('a failing request', () => {
  test('is there a few seconds after the start', async () => {
    await failedPath();
    expect(performance.now() - readyMs).toBeLessThan(10_000);
  });

  test('is one trace from the requester over the server to the insert', async () => {
    const path = await failedPath();
    expect(path.map(({ service, kind }) => [service, kind])).toEqual([
      ['requester', kinds.client],
      ['requester', kinds.client],
      ['server', kinds.server],
      ['server', kinds.client],
    ]);
    const [request, insert] = [nth(path, 2), nth(path, 3)];
    expect(nth(path, 0).name).toMatch(/^POST \w+$/);
    expect(nth(path, 1).name).toBe('POST');
    expect(request.name).toBe('POST /:beast');
    expect(attributesOf(request)).toMatchObject({ 'http.route': '/:beast', 'http.response.status_code': 500 });
    expect(insert.name).toMatch(/^INSERT \w+$/);
    expect(path.map(({ status }) => status?.code)).toEqual([2, 2, 2, 2]);
  });

  test('carries the words and the code of the database', async () => {
    const path = await failedPath();
    const [request, insert] = [nth(path, 2), nth(path, 3)];
    const exception = request.events?.find(({ name }) => name === 'exception');
    const attributes = exception === undefined ? {} : attributesOf(exception);
    expect(attributes['exception.message']).toMatch(databaseText);
    expect(request.status?.message).toMatch(databaseText);
    expect(attributes['exception.stacktrace']).toMatch(/services\/server\.js:\d+/);
    expect(insert.status?.message).toMatch(databaseText);
    expect(attributesOf(insert)).toMatchObject({
      'db.system.name': 'postgresql',
      'db.query.text': expect.stringMatching(/^INSERT INTO \w+ \(name\) VALUES \(\$1\)/) as string,
      'db.response.status_code': '23502',
      'error.type': '23502',
      'db.operation.name': 'INSERT',
    });
    expect(insert.events?.map(({ name }) => name)).toContain('exception');
  });

  test('has the words in a log record with the same trace and span', async () => {
    const request = nth(await failedPath(), 2);
    const record = await until(() =>
      capture.logs.find(
        ({ service, traceId, severityText }) => service === 'server' && traceId === request.traceId && severityText === 'ERROR',
      ),
    );
    expect(record.spanId).toBe(request.spanId);
    expect(record.body.stringValue).toContain('violates not-null constraint');
    expect(attributesOf(record)).toMatchObject({ 'db.response.status_code': '23502', 'exception.type': '23502' });
    expect(attributesOf(record)['exception.message']).toMatch(databaseText);
  });

  test('most often comes from version 2.0.0, and one POST in ten fails', async () => {
    const isPost = (span: Captured<Span>): boolean => span.name === 'POST /:beast' && span.service === 'server';
    const posts = await until(() => {
      const found = capture.spans.filter(isPost);
      return found.length >= 250 ? found : undefined;
    }, 60_000);
    const failed = posts.filter(({ status }) => status?.code === 2);
    expect(failed.length / posts.length).toBeGreaterThan(0.05);
    expect(failed.length / posts.length).toBeLessThan(0.15);
    const ofTwo = failed.filter((span) => attributesOf(span)['app.version'] === '2.0.0');
    expect(ofTwo.length / failed.length).toBeGreaterThan(0.65);
  }, 70_000);
});

describe('a request that goes well', () => {
  test('goes on through the queue to the recorder, in the same trace', async () => {
    const path = await until(() =>
      capture.spans
        .filter(({ service, name }) => service === 'recorder' && name === 'INSERT recordings')
        .map(pathTo)
        .find((found) => found !== undefined),
    );
    expect(path.map(({ service, name, kind }) => `${service} ${kind} ${name.replace(/^POST \w+$/, 'POST beast')}`)).toEqual([
      `requester ${kinds.client} POST beast`,
      `requester ${kinds.client} POST`,
      `server ${kinds.server} POST /:beast`,
      `server ${kinds.producer} send beast_events`,
      `recorder ${kinds.consumer} process beast_events`,
      `recorder ${kinds.client} INSERT recordings`,
    ]);
    const [sent, processed] = [attributesOf(nth(path, 3)), attributesOf(nth(path, 4))];
    expect(sent['messaging.message.id']).toBeDefined();
    expect(processed['messaging.message.id']).toBe(sent['messaging.message.id']);
  });

  test('has the queries of its own work and no others, also where these had to wait for a connection', async () => {
    await until(() => (capture.spans.filter(({ name }) => name === 'INSERT recordings').length >= 100 ? true : undefined));
    const works = capture.spans.filter(({ name }) => name === 'process beast_events' || name === 'send beast_events');
    const inserts = works.map(({ spanId }) =>
      capture.spans.filter(({ parentSpanId, kind }) => parentSpanId === spanId && kind === kinds.client),
    );
    expect(Math.max(...inserts.map((found) => found.length))).toBe(1);
  });

  test('is linked to the request before it', async () => {
    const root = await until(() =>
      capture.spans.find(({ parentSpanId, links }) => parentSpanId === undefined && links !== undefined),
    );
    const linked = root.links?.[0]?.traceId;
    expect(linked).not.toBe(root.traceId);
    const before = await until(() =>
      capture.spans.find(({ traceId, parentSpanId }) => traceId === linked && parentSpanId === undefined),
    );
    expect(before.service).toBe('requester');
  });

  test('may take long where a portrait is drawn', async () => {
    const portrait = await until(() => capture.spans.find(({ name }) => name === 'draw portrait'));
    expect(pathTo(portrait)?.at(-2)?.name).toBe('process beast_events');
  });
});

describe('metrics', () => {
  test.each([
    ['requester', 'beasts.call.duration'],
    ['server', 'http.server.request.duration'],
    ['recorder', 'messaging.process.duration'],
  ])('of the %s: %s has exemplars that lead to its spans', async (service, metric) => {
    const exemplar = await until(() =>
      capture.histogramPoints
        .filter((point) => point.service === service && point.metric === metric)
        .flatMap(({ exemplars }) => exemplars)
        .at(0),
    );
    const span = await until(() =>
      capture.spans.find(({ traceId, spanId }) => traceId === exemplar.traceId && spanId === exemplar.spanId),
    );
    expect(span.service).toBe(service);
    expect(exemplar.asDouble).toBeGreaterThan(0);
  });

  test('a failed call is an exemplar of the failures, not of the successes', async () => {
    const failures = (): string[] =>
      capture.histogramPoints
        .filter(({ metric, attributes }) => metric === 'beasts.call.duration' && attributes['outcome'] === 'failure')
        .flatMap(({ exemplars }) => exemplars.map(({ traceId }) => traceId));
    const [traceId] = await until(() => (failures().length > 0 ? failures() : undefined));
    const failed = await until(() => capture.spans.find((span) => span.traceId === traceId && isFailedInsert(span)));
    expect(sqlStateOf(failed)).toBe('23502');
  });

  test.each(['requester', 'server', 'recorder'])('of the %s show how busy its process is', async (service) => {
    const names = await until(() => capture.metricNames.get(service));
    expect([...names]).toEqual(
      expect.arrayContaining([
        'nodejs.eventloop.utilization',
        'v8js.memory.heap.used',
        'v8js.memory.heap.limit',
        'process.cpu.utilization',
        'process.memory.usage',
      ]),
    );
  });

  test('traces and logs are sent as protobuf, metrics as JSON', () => {
    expect([...capture.contentTypes].toSorted()).toEqual([
      '/v1/logs application/x-protobuf',
      '/v1/metrics application/json',
      '/v1/traces application/x-protobuf',
    ]);
  });
});

describe('the switch', () => {
  const fault = fileURLToPath(new URL('../fault.js', import.meta.url));
  const run = async (...args: string[]): Promise<string> =>
    (await promisify(execFile)(process.execPath, [fault, ...args])).stdout;

  /** How many of the POSTs of the next seconds go well and fail. */
  async function posts(seconds: number): Promise<{ well: number; failed: number }> {
    await new Promise((resolve) => setTimeout(resolve, 2500));
    const from = capture.spans.length;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    const found = capture.spans.slice(from).filter(({ name }) => name === 'POST /:beast');
    const failed = found.filter(({ status }) => status?.code === 2).length;
    return { well: found.length - failed, failed };
  }

  test('takes the fault away and brings it back while the demo runs', async () => {
    expect(await run('off', '--server', demo.addresses.server)).toBe('The fault is off.\n');
    const off = await posts(8);
    expect(off.well).toBeGreaterThan(30);
    expect(off.failed).toBe(0);
    expect(await run('on')).toBe('The fault is on.\n');
    const on = await posts(8);
    expect(on.failed).toBeGreaterThan(0);
  }, 60_000);

  test('refuses what it does not know', async () => {
    const response = await fetch(`${demo.addresses.server}/fault`, { method: 'POST', body: '{"on":"maybe"}' });
    expect(response.status).toBe(400);
    await expect(run('maybe')).rejects.toThrow('Expected on or off, got "maybe".');
  });
});

test('nothing went wrong meanwhile', () => {
  expect(lines).toEqual([]);
});
