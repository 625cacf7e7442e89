import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpTransport } from './http-transport.ts';
import type { HttpTarget } from './http-transport.ts';
import type { Outcome, Transport } from './transport.ts';

interface Request {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const body = Buffer.from([0x0a, 0x00, 0xff, ...Buffer.alloc(500, 7)]);

let answer: (response: ServerResponse) => void;
let received: Request[];
let server: Server;
let base: string;
let transport: Transport | undefined;

beforeEach(async () => {
  answer = (response) => response.end();
  received = [];
  server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      received.push({ method, url, headers, body: Buffer.concat(chunks) });
      answer(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  transport?.close();
  transport = undefined;
  server.close();
  server.closeAllConnections();
});

const targetOf = (more: Partial<HttpTarget>): HttpTarget => ({
  url: `${base}/v1/traces?a=b`,
  headers: {},
  timeoutMs: 2000,
  compression: 'none',
  encoding: 'protobuf',
  tls: {},
  ...more,
});

const toJson = (signal: string, bytes: Uint8Array): string => JSON.stringify({ signal, bytes: bytes.length });

function send(more: Partial<HttpTarget> = {}, json: typeof toJson = toJson): Promise<Outcome> {
  transport ??= httpTransport({ traces: targetOf(more) }, json);
  return transport.send('traces', body);
}

describe('a request', () => {
  test('is a POST of protobuf to the URL as it is', async () => {
    expect(await send()).toEqual({ kind: 'sent' });
    expect(received).toMatchObject([
      {
        method: 'POST',
        url: '/v1/traces?a=b',
        headers: { 'content-type': 'application/x-protobuf', 'content-length': '503', 'user-agent': 'sonde-instrument' },
        body,
      },
    ]);
    expect(received[0]?.headers['content-encoding']).toBeUndefined();
  });

  test('has the headers that were asked for', async () => {
    await send({ headers: { authorization: 'Bearer x', 'user-agent': 'own' } });
    expect(received[0]?.headers).toMatchObject({ authorization: 'Bearer x', 'user-agent': 'own' });
  });

  test('is packed by gzip when that is asked for', async () => {
    expect(await send({ compression: 'gzip' })).toEqual({ kind: 'sent' });
    const [request] = received;
    expect(request?.headers).toMatchObject({ 'content-encoding': 'gzip', 'content-length': String(request?.body.length) });
    expect(request?.body.length).toBeLessThan(100);
    expect(gunzipSync(request?.body ?? '')).toEqual(body);
  });

  test('is JSON when that is asked for', async () => {
    expect(await send({ encoding: 'json' })).toEqual({ kind: 'sent' });
    expect(received[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(String(received[0]?.body))).toEqual({ signal: 'traces', bytes: 503 });
  });

  test('is packed JSON when both are asked for', async () => {
    await send({ encoding: 'json', compression: 'gzip' });
    expect(JSON.parse(String(gunzipSync(received[0]?.body ?? '')))).toEqual({ signal: 'traces', bytes: 503 });
  });

  test('keeps the connection of the one before', async () => {
    let connections = 0;
    server.on('connection', () => connections++);
    for (let i = 0; i < 3; i++) expect(await send()).toEqual({ kind: 'sent' });
    expect([connections, received.length]).toEqual([1, 3]);
  });

  test('that cannot be made into JSON is refused, as it never can be', async () => {
    const outcome = await send({ encoding: 'json' }, () => {
      throw new RangeError('out of range');
    });
    expect(outcome).toEqual({ kind: 'refused', why: expect.stringContaining('out of range') });
    expect(received).toEqual([]);
  });
});

describe('an answer', () => {
  function check(status: number, kind: Outcome['kind']): void {
    test(`of ${status} means ${kind}`, async () => {
      answer = (response) => response.writeHead(status).end(status === 204 ? undefined : 'no');
      const told = kind === 'sent' ? {} : { why: `${base}/v1/traces?a=b answered ${status}: no` };
      expect(await send()).toEqual({ kind, ...told });
    });
  }

  check(200, 'sent');
  check(202, 'sent');
  check(204, 'sent');
  check(301, 'refused');
  check(400, 'refused');
  check(401, 'refused');
  check(404, 'refused');
  check(413, 'refused');
  check(429, 'later');
  check(500, 'refused');
  check(502, 'later');
  check(503, 'later');
  check(504, 'later');

  function checkText(what: string, text: string | Buffer, expected: string): void {
    test(`is told by what can be read of ${what}`, async () => {
      answer = (response) => response.writeHead(400).end(text);
      expect(await send()).toEqual({ kind: 'refused', why: `${base}/v1/traces?a=b answered 400${expected}` });
    });
  }

  checkText('nothing', '', '');
  checkText('protobuf', Buffer.from([0x12, 0x08, ...Buffer.from('bad span')]), ': bad span');
  checkText('a long text', 'x'.repeat(100_000), `: ${'x'.repeat(200)}`);
  checkText('several lines', 'one\n\ttwo\n', ': one two');

  function checkRetry(header: string, leastMs: number, mostMs = leastMs): void {
    test(`with retry-after ${header} is to be asked again after ${leastMs} to ${mostMs} ms`, async () => {
      answer = (response) => response.writeHead(503, { 'retry-after': header }).end();
      const outcome = await send();
      const afterMs = outcome.kind === 'later' ? outcome.afterMs : undefined;
      expect(afterMs).toBeGreaterThanOrEqual(leastMs);
      expect(afterMs).toBeLessThanOrEqual(mostMs);
    });
  }

  checkRetry('0', 0);
  checkRetry('7', 7000);
  checkRetry(new Date(Date.now() + 60_000).toUTCString(), 30_000, 60_000);
  checkRetry(new Date(Date.now() - 60_000).toUTCString(), 0);

  test.each([{}, { 'retry-after': 'soon' }, { 'retry-after': '' }])('with %j does not say after which time', async (headers) => {
    answer = (response) => response.writeHead(503, headers).end();
    expect(await send()).toEqual({ kind: 'later', why: expect.any(String), afterMs: undefined });
  });
});

describe('where nothing answers', () => {
  test('a refused connection means later, and why', async () => {
    server.close();
    expect(await send()).toEqual({ kind: 'later', why: expect.stringMatching(/cannot be reached: .*ECONNREFUSED/) });
  });

  test('a URL that is none means later, and why', async () =>
    expect(await send({ url: 'nonsense' })).toEqual({
      kind: 'later',
      why: expect.stringContaining('nonsense cannot be reached'),
    }));

  test('a connection that is cut means later', async () => {
    answer = (response) => response.destroy();
    expect(await send()).toMatchObject({ kind: 'later' });
  });

  test('an answer that is cut means later', async () => {
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('x');
      setTimeout(() => response.destroy(), 5);
    };
    expect(await send()).toMatchObject({ kind: 'later' });
  });

  test('no answer within the time limit means later', async () => {
    answer = () => {};
    expect(await send({ timeoutMs: 30 })).toMatchObject({ kind: 'later', why: expect.stringContaining('within 30 ms') });
  });

  test('an answer that goes on past the time limit means later', async () => {
    answer = (response) => {
      response.writeHead(200);
      const timer = setInterval(() => response.write('x'), 10);
      setTimeout(() => {
        clearInterval(timer);
        response.end();
      }, 600);
    };
    const start = performance.now();
    expect(await send({ timeoutMs: 50 })).toMatchObject({ kind: 'later' });
    expect(performance.now() - start).toBeLessThan(400);
  });
});
