import { once } from 'node:events';
import { createServer, request } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { getRPCMetadata } from '@opentelemetry/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Distribution } from '../metric/distribution.ts';
import { activeContext } from '../trace/context.ts';
import type { RequestMetadata } from '../trace/context.ts';
import { ruleSampler } from '../trace/rule-sampler.ts';
import { alwaysOn } from '../trace/sampling.ts';
import { limitsAtFirst } from '../trace/span.ts';
import type { RecordedSpan } from '../trace/span.ts';
import { parentIn } from '../trace/tracer.ts';
import { httpServerDuration, watchHttpServers } from './server.ts';

let spans: RecordedSpan[];
let duration: Distribution;
let server: Server;
let stop: () => void;
beforeEach(() => {
  spans = [];
  duration = new Distribution(httpServerDuration);
  const sink = { limits: limitsAtFirst, spanEnded: (span: RecordedSpan) => spans.push(span) };
  stop = watchHttpServers({
    tracing: { sampler: alwaysOn, sink },
    extract: 'w3c',
    duration,
    isIgnored: () => false,
    log: () => undefined,
  });
});
afterEach(() => {
  stop();
  server.closeAllConnections();
  server.close();
});

async function listen(handler: RequestListener): Promise<number> {
  server = createServer(handler).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

/** All of a span: its own, and what it has in common with others. */
function attributesOf({ attributes = [], sharedAtStart, sharedAtEnd }: RecordedSpan): Map<unknown, unknown> {
  const all = [...(sharedAtStart?.list ?? []), ...attributes, ...(sharedAtEnd?.list ?? [])];
  const entries = all.flatMap((key, i) => (i % 2 === 0 ? [[key, all[i + 1]] as const] : []));
  expect(new Set(entries.map(([key]) => key)).size).toBe(entries.length);
  return new Map(entries);
}

const attributeOf = (span: RecordedSpan, key: string): unknown => attributesOf(span).get(key);

test('a request whose client goes away before the answer is an error of its own kind', async () => {
  const port = await listen(() => undefined);
  const asked = request({ port, host: '127.0.0.1', path: '/slow' }).on('error', () => undefined);
  asked.end();
  await once(server, 'request');
  asked.destroy();
  await until(() => spans.length === 1);
  expect(spans[0]).toMatchObject({ name: 'GET', statusCode: 2 });
  expect(attributeOf(spans[0]!, 'error.type')).toBe('aborted');
  expect(attributesOf(spans[0]!).has('http.response.status_code')).toBe(false);
  expect(duration.all.map(({ attributes, count }) => [attributes['error.type'], count])).toEqual([['aborted', 1]]);
});

test('requests that come at once over one connection are told apart, whichever is ready first', async () => {
  const within = new Map<string | undefined, string>();
  const port = await listen((asked, answer) => {
    within.set(asked.url, parentIn(activeContext())?.span1.toString() ?? '');
    setTimeout(() => answer.end(asked.url), asked.url === '/1' ? 30 : 1);
  });
  const socket = connect(port, '127.0.0.1');
  socket.write(['/1', '/2', '/3'].map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''));
  socket.resume();
  await until(() => spans.length === 3);
  socket.destroy();
  const paths = spans.map((span) => attributeOf(span, 'url.path'));
  expect(new Set(paths)).toEqual(new Set(['/1', '/2', '/3']));
  for (const span of spans) expect(within.get(attributeOf(span, 'url.path') as string)).toBe(span.span1.toString());
  expect(new Set(spans.map((span) => span.traceId)).size).toBe(3);
});

test('words that are no methods make no names and no series', async () => {
  const port = await listen((_, answer) => answer.end());
  const socket = connect(port, '127.0.0.1');
  // Node's parser knows more methods than HTTP's own specifications.
  socket.write('PROPFIND /x HTTP/1.1\r\nhost: a\r\n\r\n');
  await until(() => spans.length === 1);
  socket.destroy();
  expect(spans[0]?.name).toBe('HTTP');
  expect(attributeOf(spans[0]!, 'http.request.method')).toBe('_OTHER');
  expect(attributeOf(spans[0]!, 'http.request.method_original')).toBe('PROPFIND');
  expect(duration.all[0]?.attributes['http.request.method']).toBe('_OTHER');
});

test('a name that the application gave stays, and an error of a handler too', async () => {
  const port = await listen((_, answer) => {
    const span = spansOfContext();
    span?.updateName('checkout');
    span?.setStatus({ code: 2, message: 'out of stock' });
    answer.end();
  });
  const asked = request({ port, host: '127.0.0.1' }).end();
  const [answer] = (await once(asked, 'response')) as [NodeJS.ReadableStream];
  answer.resume();
  await until(() => spans.length === 1);
  expect(spans[0]).toMatchObject({ name: 'checkout', statusCode: 2, statusMessage: 'out of stock' });
});

test('a request that its handler wants nobody to read about leaves neither span nor metrics, whatever becomes of it', async () => {
  const port = await listen((asked, answer) => {
    const metadata = getRPCMetadata(activeContext()) as RequestMetadata | undefined;
    if (metadata !== undefined && asked.url !== '/told') metadata.leavesNoTrace = true;
    if (asked.url !== '/aborted') answer.end();
  });
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  socket.write(['/quiet', '/told', '/aborted'].map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''));
  await until(() => spans.length === 1);
  socket.destroy();
  const other = connect(port, '127.0.0.1');
  other.resume();
  other.write('GET /told HTTP/1.1\r\nhost: a\r\n\r\n');
  await until(() => spans.length === 2);
  other.destroy();
  expect(spans.map((span) => attributeOf(span, 'url.path'))).toEqual(['/told', '/told']);
  expect(duration.all.map(({ count }) => count)).toEqual([2]);
});

test('requests of one connection have in common what they ask with, until they ask with something else', async () => {
  const port = await listen((asked, answer) => answer.writeHead(asked.url === '/gone' ? 410 : 200).end());
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  const asked = [
    'GET /1 HTTP/1.1\r\nhost: a:80\r\nuser-agent: x\r\n\r\n',
    'GET /2 HTTP/1.1\r\nhost: a:80\r\nuser-agent: x\r\n\r\n',
    'GET /2b HTTP/1.1\r\nhost: a:80\r\nuser-agent: x\r\n\r\n',
    'GET /3 HTTP/1.1\r\nhost: [::1]\r\nuser-agent: x\r\n\r\n',
    'POST /4 HTTP/1.1\r\nhost: a:80\r\nx-forwarded-for: 9.9.9.9, 8.8.8.8\r\ncontent-length: 0\r\n\r\n',
    'GET /gone HTTP/1.1\r\nhost: a:80\r\n\r\n',
  ];
  socket.write(asked.join(''));
  await until(() => spans.length === asked.length);
  socket.destroy();
  const keys = [
    'url.path',
    'server.address',
    'server.port',
    'user_agent.original',
    'client.address',
    'http.response.status_code',
  ];
  const told = spans.map((span) => [attributeOf(span, 'http.request.method'), ...keys.map((key) => attributeOf(span, key))]);
  expect(told).toEqual([
    ['GET', '/1', 'a', 80, 'x', '127.0.0.1', 200],
    ['GET', '/2', 'a', 80, 'x', '127.0.0.1', 200],
    ['GET', '/2b', 'a', 80, 'x', '127.0.0.1', 200],
    ['GET', '/3', '[::1]', undefined, 'x', '127.0.0.1', 200],
    ['POST', '/4', 'a', 80, undefined, '9.9.9.9', 200],
    ['GET', '/gone', 'a', 80, undefined, '127.0.0.1', 410],
  ]);
  expect(spans[1]?.sharedAtStart?.list.length).toBeGreaterThan(0);
  expect(spans[2]?.sharedAtStart).toBe(spans[1]?.sharedAtStart);
  expect([0, 3, 4].map((i) => spans[i]?.sharedAtStart)).toEqual([undefined, undefined, undefined]);
  expect(new Set(duration.all.map(({ count }) => count))).toEqual(new Set([4, 1, 1]));
});

test('what the application sets goes before what the kit says, and is there once', async () => {
  const port = await listen((_, answer) => {
    const span = spansOfContext();
    span?.setAttributes({ 'server.address': 'shop.example', 'http.route': '/mine', 'url.path': '/redacted', cart: 7 });
    answer.end();
  });
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  socket.write('GET /secret HTTP/1.1\r\nhost: a:80\r\n\r\n'.repeat(3));
  await until(() => spans.length === 3);
  socket.destroy();
  for (const span of spans) {
    expect(Object.fromEntries(attributesOf(span))).toMatchObject({
      'server.address': 'shop.example',
      'server.port': 80,
      'http.route': '/mine',
      'url.path': '/redacted',
      'http.response.status_code': 200,
      cart: 7,
    });
  }
});

test('a span that the application ends itself says who asked', async () => {
  const port = await listen((_, answer) => {
    spansOfContext()?.end();
    answer.end();
  });
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  socket.write('GET /early HTTP/1.1\r\nhost: a:80\r\n\r\n'.repeat(2));
  await until(() => duration.all[0]?.count === 2);
  socket.destroy();
  expect(spans.map((span) => [attributeOf(span, 'url.path'), attributeOf(span, 'server.port')])).toEqual([
    ['/early', 80],
    ['/early', 80],
  ]);
});

function spansOfContext(): RecordedSpan | undefined {
  return parentIn(activeContext()) as RecordedSpan | undefined;
}

test('a sampler that looks at attributes is given those of the request', async () => {
  stop();
  const sink = { limits: limitsAtFirst, spanEnded: (span: RecordedSpan) => spans.push(span) };
  const sampler = ruleSampler([{ attributes: { 'url.path': '/assets/*' }, share: 0 }], alwaysOn);
  stop = watchHttpServers({ tracing: { sampler, sink }, extract: 'w3c', duration, isIgnored: () => false, log: () => undefined });
  const port = await listen((_, answer) => answer.end());
  const socket = connect(port, '127.0.0.1');
  socket.resume();
  socket.write(['/assets/a.css', '/pay'].map((path) => `GET ${path} HTTP/1.1\r\nhost: a\r\n\r\n`).join(''));
  await until(() => spans.length === 2);
  socket.destroy();
  expect(spans.filter(({ isSampled }) => isSampled).map((span) => attributeOf(span, 'url.path'))).toEqual(['/pay']);
  // What is not kept is measured all the same.
  expect(duration.all.map(({ count }) => count)).toEqual([2]);
});
