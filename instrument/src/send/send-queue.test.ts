import { createServer } from 'node:http';
import type { Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { httpTransport } from './http-transport.ts';
import { SendQueue } from './send-queue.ts';
import type { Transport } from './transport.ts';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly text?: string;
}

const later: Answer = { status: 503, headers: { 'retry-after': '0' } };

/** What the backend answers, one after the other, and then 200; `held` waits for `release`. */
let answers: (Answer | 'held')[];
let received: string[];
let held: ServerResponse[];
let warnings: string[];
let server: Server;
let transport: Transport;

beforeEach(async () => {
  [answers, received, held, warnings] = [[], [], [], []];
  server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += String(chunk)));
    request.on('end', () => {
      received.push(text);
      const answer = answers.shift() ?? { status: 200 };
      if (answer === 'held') held.push(response);
      else response.writeHead(answer.status, answer.headers).end(answer.text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`;
  const target = { url, headers: {}, timeoutMs: 2000, compression: 'none', encoding: 'protobuf', tls: {} } as const;
  transport = httpTransport({ traces: target }, () => '');
});

afterEach(() => {
  transport.close();
  server.close();
  server.closeAllConnections();
});

const queueOf = (bytesMax = 1000): SendQueue =>
  new SendQueue({ signal: 'traces', transport, bytesMax, warn: (message) => warnings.push(message) });

function push(queue: SendQueue, ...bodies: string[]): void {
  for (const body of bodies) queue.push(Buffer.from(body));
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 1));
}

const release = (): void => void held.shift()?.writeHead(200).end();

describe('requests', () => {
  test('go out in the order in which they came, one at a time', async () => {
    answers = ['held'];
    const queue = queueOf();
    push(queue, 'a', 'bb');
    await until(() => held.length === 1);
    push(queue, 'ccc');
    await new Promise((resolve) => setTimeout(resolve, 10));
    expect([received, queue.bytes]).toEqual([['a'], 6]);
    release();
    expect([await queue.flush(2000), received, queue.bytes]).toEqual([true, ['a', 'bb', 'ccc'], 0]);
    expect(queue.counts).toEqual({ sent: 3, refused: 0, givenUp: 0 });
    push(queue, 'd');
    expect([await queue.flush(2000), received.at(-1), warnings]).toEqual([true, 'd', []]);
  });

  test('are not sent while the caller still runs', async () => {
    const queue = queueOf();
    push(queue, 'a');
    await Promise.resolve();
    expect(received).toEqual([]);
    expect(await queue.flush(2000)).toBe(true);
  });

  test.each([429, 502, 503, 504])('that are answered with %i are sent again, before any other', async (status) => {
    answers = [
      { ...later, status },
      { ...later, status },
    ];
    const queue = queueOf();
    push(queue, 'a', 'b');
    await until(() => queue.bytes === 0);
    expect(received).toEqual(['a', 'a', 'a', 'b']);
    expect(queue.counts).toEqual({ sent: 2, refused: 0, givenUp: 0 });
    expect(warnings).toEqual([expect.stringMatching(/^traces: http.* answered \d+$/)]);
  });

  test('that are refused are not sent again, counted, and told once', async () => {
    answers = [1, 2].map(() => ({ status: 400, text: 'bad span' }));
    const queue = queueOf();
    push(queue, 'a', 'b', 'c');
    expect([await queue.flush(2000), received]).toEqual([true, ['a', 'b', 'c']]);
    expect(queue.counts).toEqual({ sent: 1, refused: 2, givenUp: 0 });
    expect(warnings).toEqual([expect.stringMatching(/^traces: .* answered 400: bad span$/)]);
    answers = [{ status: 400, text: 'bad span' }];
    push(queue, 'd');
    expect([await queue.flush(2000), queue.bytes, warnings.length]).toEqual([true, 0, 2]);
  });

  test('that fail for another reason are told anew', async () => {
    answers = ['no', 'never'].map((text) => ({ status: 400, text }));
    const queue = queueOf();
    push(queue, 'a', 'b');
    await queue.flush(2000);
    expect(warnings.map((text) => text.split(': ').at(-1))).toEqual(['no', 'never']);
  });
});

describe('more bytes than may wait', () => {
  test('lose the oldest, which are counted and told once', async () => {
    answers = ['held'];
    const queue = queueOf(10);
    push(queue, 'aaaa');
    await until(() => held.length === 1);
    push(queue, 'bbb', 'ccc', 'ddd', 'eee');
    expect([queue.bytes, queue.counts.givenUp]).toEqual([10, 2]);
    release();
    expect([await queue.flush(2000), received]).toEqual([true, ['aaaa', 'ddd', 'eee']]);
    expect(queue.counts).toEqual({ sent: 3, refused: 0, givenUp: 2 });
    expect(warnings).toEqual([expect.stringContaining('more than 10 bytes wait')]);
  });

  test('are sent all the same when they are one request', async () => {
    const queue = queueOf(3);
    push(queue, 'aaaa');
    expect([await queue.flush(2000), received, queue.counts.givenUp]).toEqual([true, ['aaaa'], 0]);
  });

  test('of just the limit all wait', async () => {
    const queue = queueOf(6);
    push(queue, 'aaa', 'bbb');
    expect([await queue.flush(2000), received, warnings]).toEqual([true, ['aaa', 'bbb'], []]);
  });
});

describe('a flush', () => {
  test('of nothing says at once that all is gone', async () => expect(await queueOf().flush(0)).toBe(true));

  test('says that something is left when its time is over', async () => {
    answers = ['held'];
    const queue = queueOf();
    push(queue, 'a');
    const start = performance.now();
    expect(await queue.flush(30)).toBe(false);
    expect(performance.now() - start).toBeLessThan(1000);
    await until(() => held.length === 1);
    release();
    expect(await queue.flush(2000)).toBe(true);
  });

  test('says that something is left as soon as the backend cannot take it', async () => {
    answers = [{ status: 503, headers: { 'retry-after': '600' } }];
    const queue = queueOf();
    push(queue, 'a');
    const start = performance.now();
    expect([await queue.flush(10_000), queue.bytes]).toEqual([false, 1]);
    expect(performance.now() - start).toBeLessThan(2000);
    expect([await queue.flush(2000), received]).toEqual([true, ['a', 'a']]);
  });

  test('does not wait for a pause to end', async () => {
    answers = [{ status: 503, headers: { 'retry-after': '600' } }];
    const queue = queueOf();
    push(queue, 'a');
    await until(() => warnings.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect([await queue.flush(2000), received]).toEqual([true, ['a', 'a']]);
  });
});

describe('what is taken away unsent', () => {
  test('is all that waits, in its order, and is not sent any more', async () => {
    answers = ['held'];
    const queue = queueOf();
    push(queue, 'a', 'b');
    await until(() => held.length === 1);
    expect(queue.takeUnsent().map(({ signal, body }) => [signal, Buffer.from(body).toString()])).toEqual([
      ['traces', 'a'],
      ['traces', 'b'],
    ]);
    expect([queue.bytes, queue.takeUnsent()]).toEqual([0, []]);
    release();
    expect([await queue.flush(2000), received, queue.bytes]).toEqual([true, ['a'], 0]);
  });
});
