import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { Counters } from '../base/counters.ts';
import { toSondeError } from '../base/errors.ts';
import type { HttpRequest, HttpResponse, Route } from '../base/http.ts';
import { BodyBudget } from './body.ts';
import { listenHttp } from './http.ts';
import type { HttpListener, HttpOptions } from './http.ts';
import { createLog } from './log.ts';

const listeners: HttpListener[] = [];
afterEach(async () => {
  await Promise.all(listeners.splice(0).map((listener) => listener.close(100)));
});

function route(handle: Route['handle'], more: Partial<Route> = {}): Route {
  return {
    method: 'POST',
    path: '/echo',
    doc: 'test',
    listeners: ['main'],
    handle,
    renderError: (thrown) => ({ status: toSondeError(thrown).status, body: `mine: ${toSondeError(thrown).code}` }),
    ...more,
  };
}

async function start(
  routes: readonly Route[],
  more: Partial<HttpOptions> = {},
): Promise<{ url: string; log: string[]; counters: Counters }> {
  const log: string[] = [];
  const counters = new Counters();
  const listener = await listenHttp({
    host: '127.0.0.1',
    port: 0,
    routes,
    bodyBytesMax: 1000,
    bodyBudget: new BodyBudget(5000),
    allowedOrigins: ['http://app.example'],
    allowedHosts: [],
    counters,
    log: createLog({ write: (line) => log.push(line) }),
    ...more,
  });
  listeners.push(listener);
  return { url: `http://${listener.address}`, log, counters };
}

const echo = route(async ({ body, tenant, query, params }: HttpRequest): Promise<HttpResponse> => {
  return { status: 200, body: JSON.stringify({ body: Buffer.from(body).toString(), tenant, q: query.getAll('q'), params }) };
});

describe('requests', () => {
  test('body, tenant, query and encoding reach the handler', async () => {
    const { url, counters } = await start([echo]);
    const answer = await fetch(`${url}/echo?q=1&q=%20`, {
      method: 'POST',
      body: gzipSync('hello'),
      headers: { 'content-encoding': 'gzip', 'x-scope-orgid': 'team' },
    });
    expect(await answer.json()).toEqual({ body: 'hello', tenant: 'team', q: ['1', ' '], params: {} });
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(counters.value('sonde_http_requests_total', { path: '/echo', status: '200' })).toBe(1);
  });

  test('a route may take bodies as they were sent: only the encoding is checked', async () => {
    const { url } = await start([{ ...echo, contentEncodings: ['snappy'], takesBodyAsSent: true }]);
    const send = (headers: Record<string, string>): Promise<Response> =>
      fetch(`${url}/echo`, { method: 'POST', body: 'not snappy', headers });
    expect(await (await send({ 'content-encoding': 'snappy' })).json()).toMatchObject({ body: 'not snappy' });
    expect(await (await send({})).json()).toMatchObject({ body: 'not snappy' });
    expect((await send({ 'content-encoding': 'gzip' })).status).toBe(415);
  });

  test('a body is the same in one piece and in many', async () => {
    const { url } = await start([echo], { bodyBytesMax: 1_000_000, bodyBudget: new BodyBudget(1_000_000) });
    const check = async (body: string): Promise<void> => {
      const answer = await fetch(`${url}/echo`, { method: 'POST', body });
      expect(await answer.json()).toMatchObject({ body });
    };
    await check('a');
    await check(Array.from({ length: 60_000 }, (_, i) => String(i)).join(' '));
  });

  test('bodies that are read at the same time and one after another do not mix', async () => {
    const budget = new BodyBudget(10_000_000);
    const { url } = await start([echo], { bodyBytesMax: 1_000_000, bodyBudget: budget });
    const check = async (i: number): Promise<void> => {
      const body = String.fromCharCode(97 + (i % 26)).repeat(200_000 + i * 500);
      const answer = await fetch(`${url}/echo`, { method: 'POST', body });
      expect(await answer.json()).toMatchObject({ body });
    };
    for (let round = 0; round < 4; round++) await Promise.all(Array.from({ length: 8 }, (_, i) => check(round + i)));
    expect(budget.bytes).toBe(0);
    expect(budget.buffers.idleBytes).toBeGreaterThan(0);
  });

  test('long answers are compressed for who takes that, short ones and those to HEAD are not', async () => {
    const text = JSON.stringify('x'.repeat(5000));
    const headers = { 'content-type': 'application/json' };
    const { url } = await start([
      route(async () => ({ status: 200, headers, body: text }), { method: 'GET', path: '/long' }),
      route(async () => ({ status: 200, headers, body: '{}' }), { method: 'GET', path: '/short' }),
    ]);
    const ask = (path: string, method = 'GET'): Promise<Response> =>
      fetch(url + path, { method, headers: { 'accept-encoding': 'gzip', origin: 'http://app.example' } });
    const long = await ask('/long');
    expect(await long.text()).toBe(text);
    expect(Number(long.headers.get('content-length'))).toBeLessThan(500);
    expect(long.headers.get('content-encoding')).toBe('gzip');
    expect(long.headers.get('vary')).toBe('Origin, Accept-Encoding');
    expect((await ask('/short')).headers.get('content-encoding')).toBeNull();
    expect((await ask('/long', 'HEAD')).headers.get('content-length')).toBe(String(text.length));
  });

  test('a body over the limit is refused in the shape of the route: declared, chunked and inflated', async () => {
    const { url } = await start([echo]);
    const post = (body: RequestInit['body'], headers: Record<string, string> = {}): Promise<Response> =>
      fetch(`${url}/echo`, { method: 'POST', body: body ?? null, headers, duplex: 'half' });
    const chunked = new ReadableStream({
      start(controller) {
        for (let i = 0; i < 20; i++) controller.enqueue(new Uint8Array(100));
        controller.close();
      },
    });
    for (const answer of [
      await post('x'.repeat(1001)),
      await post(chunked),
      await post(gzipSync('x'.repeat(2000)), { 'content-encoding': 'gzip' }),
    ]) {
      expect([answer.status, await answer.text()]).toEqual([413, 'mine: too_large']);
    }
    expect((await post('x'.repeat(1000))).status).toBe(200);
  });

  test('bodies in flight are bounded together, and the room comes back', async () => {
    const budget = new BodyBudget(1500);
    let letGo = (): void => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    const { url } = await start([route(async () => held.then(() => ({ status: 200 })))], { bodyBudget: budget });
    const send = (): Promise<Response> => fetch(`${url}/echo`, { method: 'POST', body: 'x'.repeat(1000) });
    const first = send();
    await expect.poll(() => budget.bytes).toBe(1000);
    expect((await send()).status).toBe(429);
    letGo();
    expect((await first).status).toBe(200);
    expect(budget.bytes).toBe(0);
  });

  test('a bad tenant, an unknown encoding and a wrong method have the shape of the route', async () => {
    const { url } = await start([echo]);
    const tenant = await fetch(`${url}/echo`, { method: 'POST', headers: { 'x-scope-orgid': 'a/b' } });
    expect([tenant.status, await tenant.text()]).toEqual([400, 'mine: bad_tenant']);
    const encoding = await fetch(`${url}/echo`, { method: 'POST', body: 'x', headers: { 'content-encoding': 'br' } });
    expect([encoding.status, await encoding.text()]).toEqual([415, 'mine: unsupported_encoding']);
    const method = await fetch(`${url}/echo`);
    expect([method.status, method.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('what the code did not foresee is answered as internal and logged with its cause', async () => {
    const { url, log } = await start([route(async () => Promise.reject(new TypeError('oops')))]);
    const answer = await fetch(`${url}/echo`, { method: 'POST' });
    expect([answer.status, await answer.text()]).toEqual([500, 'mine: internal']);
    expect(log.join('')).toContain('oops');
  });

  test('unknown paths are 404, or the fallback for reads', async () => {
    const bare = await start([echo]);
    expect((await fetch(`${bare.url}/nothing`)).status).toBe(404);
    const site = await start([echo], { fallback: async ({ path }) => ({ status: 200, body: `page ${path}` }) });
    expect(await (await fetch(`${site.url}/logs`)).text()).toBe('page /logs');
    expect((await fetch(`${site.url}/logs`, { method: 'POST' })).status).toBe(404);
  });

  test('HEAD has the headers and no body', async () => {
    const { url } = await start([route(async () => ({ status: 200, body: 'hello' }), { method: 'GET' })]);
    const answer = await fetch(`${url}/echo`, { method: 'HEAD' });
    expect([answer.headers.get('content-length'), await answer.text()]).toEqual(['5', '']);
  });

  test('a stream is sent chunk by chunk', async () => {
    async function* chunks(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 100; i++) yield new Uint8Array(10_000).fill(65);
    }
    const { url } = await start([route(async () => ({ status: 200, body: chunks() }))]);
    expect((await (await fetch(`${url}/echo`, { method: 'POST' })).text()).length).toBe(1_000_000);
  });
});

describe('who may ask', () => {
  test('another Host is refused while on loopback', async () => {
    const { url } = await start([echo]);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      httpRequest(`${url}/echo`, { method: 'POST', headers: { host: 'evil.example' } }, (answer) =>
        resolve(answer.resume().statusCode),
      )
        .on('error', reject)
        .end();
    });
    expect(status).toBe(400);
  });

  test('preflights of allowed origins pass, others do not', async () => {
    const { url } = await start([echo]);
    const preflight = (origin: string): Promise<Response> =>
      fetch(`${url}/echo`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } });
    expect((await preflight('http://app.example')).status).toBe(204);
    expect((await preflight('http://evil.example')).status).toBe(403);
  });
});

describe('clients that go away, and stopping', () => {
  test('the signal aborts when the client disconnects', async () => {
    let seen: AbortSignal | undefined;
    const { url } = await start([
      route(async ({ signal }) => {
        seen = signal;
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
        return { status: 200 };
      }),
    ]);
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\nhi');
    await expect.poll(() => seen).toBeDefined();
    expect(seen?.aborted).toBe(false);
    socket.destroy();
    await expect.poll(() => seen?.aborted).toBe(true);
  });

  test('a body that ends early gives its memory back', async () => {
    const budget = new BodyBudget(5000);
    const { url } = await start([echo], { bodyBudget: budget });
    const { hostname, port } = new URL(url);
    const socket = connect(Number(port), hostname);
    socket.write('POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900\r\n\r\nhi');
    await expect.poll(() => budget.bytes).toBe(900);
    socket.destroy();
    await expect.poll(() => budget.bytes).toBe(0);
  });

  test('close lets running requests end, and cuts off those that do not', async () => {
    let finish = (): void => undefined;
    const slow = new Promise<void>((resolve) => (finish = resolve));
    const { url } = await start([route(async () => slow.then(() => ({ status: 200, body: 'done' })))]);
    const answer = fetch(`${url}/echo`, { method: 'POST' });
    await new Promise((resolve) => setTimeout(resolve, 50));
    const closing = listeners.splice(0)[0]?.close(1000);
    finish();
    expect(await (await answer).text()).toBe('done');
    await closing;
    await expect(fetch(`${url}/echo`, { method: 'POST' })).rejects.toThrow('fetch failed');
  });

  test('a port in use is a clear error', async () => {
    const { url } = await start([echo]);
    await expect(start([echo], { port: Number(new URL(url).port) })).rejects.toThrow('another program uses this port');
  });
});
