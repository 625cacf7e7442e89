/** The log service over gRPC, with the kit in it: what each method answers, to whom, and what a restart leaves. Needs `npm run build`. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import grpc from '@grpc/grpc-js';
import type { ServiceError } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Children } from '../children.js';
import { bearer, createClient } from '../log-service/protocol.js';
import type { CommitLogClient, ConsumeResponse, ProduceResponse } from '../log-service/protocol.js';

const { status } = grpc;
const root = 'root-token';
const reader = 'reader-token';
const lines: string[] = [];

let folder: string;
let service: Children;
let client: CommitLogClient;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonde-log-service-'));
  await start();
});
afterAll(async () => {
  await stop();
  await rm(folder, { recursive: true });
});

async function start(): Promise<void> {
  service = new Children((line) => lines.push(line));
  const off = { OTEL_TRACES_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' };
  const address = await service.launch({
    name: 'commit-log',
    script: new URL('../log-service/service.js', import.meta.url),
    nodeArgs: ['--import', '@sonde/instrument'],
    settings: { DEMO_LOG_FOLDER: join(folder, 'log'), DEMO_LOG_SEGMENT_BYTES: '10000', ...off },
  });
  client = createClient(address);
}

async function stop(): Promise<void> {
  client.close();
  await service.stop();
}

const options = (): { deadline: number } => ({ deadline: Date.now() + 20_000 });

function produce(value: Buffer | string, token?: string): Promise<number> {
  return new Promise((resolve, reject) => {
    client.Produce({ value: Buffer.from(value) }, bearer(token), options(), (error, response) =>
      error === null ? resolve(response?.offset ?? NaN) : reject(error),
    );
  });
}

function consume(offset: number, token?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    client.Consume({ offset }, bearer(token), options(), (error, response) =>
      error === null ? resolve(response?.value.toString() ?? '') : reject(error),
    );
  });
}

/** Sends the texts, ends, and gives all offsets. */
async function produceStream(texts: readonly string[], token?: string): Promise<number[]> {
  const call = client.ProduceStream(bearer(token));
  for (const text of texts) call.write({ value: Buffer.from(text) });
  call.end();
  const offsets: number[] = [];
  for await (const { offset } of call as AsyncIterable<ProduceResponse>) offsets.push(offset);
  return offsets;
}

/** Takes so many records, and leaves. */
async function consumeStream(offset: number, count: number, token?: string): Promise<string[]> {
  const call = client.ConsumeStream({ offset }, bearer(token));
  const ended = new Promise<number>((resolve) => call.once('status', ({ code }) => resolve(code)));
  const texts: string[] = [];
  try {
    for await (const { offset, value } of call as AsyncIterable<ConsumeResponse>) {
      texts.push(`${offset} ${value.toString()}`);
      if (texts.length === count) call.cancel();
    }
  } catch (thrown) {
    if ((thrown as ServiceError).code !== status.CANCELLED) throw thrown;
  }
  expect(await ended).toBe(status.CANCELLED);
  return texts;
}

const refused = (code: number, details: string | RegExp): object => ({
  code,
  details: typeof details === 'string' ? details : (expect.stringMatching(details) as string),
});

describe('records', () => {
  test('are produced and consumed one by one', async () => {
    const first = await produce('one', root);
    expect(await produce('', root)).toBe(first + 1);
    expect([await consume(first, reader), await consume(first + 1, root)]).toEqual(['one', '']);
  });

  test('of a stream are acknowledged in order', async () => {
    const first = (await produce('before', root)) + 1;
    const texts = Array.from({ length: 100 }, (_, i) => `streamed ${i}`);
    expect(await produceStream(texts, root)).toEqual(texts.map((_, i) => first + i));
    expect(await consume(first + 99, reader)).toBe('streamed 99');
    expect(await produceStream([], root)).toEqual([]);
  });

  test('come as a stream from an offset on, also those that are produced meanwhile', async () => {
    const first = await produce('a', root);
    await produce('b', root);
    const followed = [consumeStream(first, 4, reader), consumeStream(first + 2, 2, root)];
    await produce('c', root);
    await produce('d', root);
    const all = ['a', 'b', 'c', 'd'].map((text, i) => `${first + i} ${text}`);
    expect(await Promise.all(followed)).toEqual([all, all.slice(2)]);
  });

  test('beyond the bounds are out of range, which the message names', async () => {
    const newest = await produce('newest', root);
    const message = (offset: number): string => `offset ${offset} is out of range: the log has 0 to ${newest}`;
    const beyond = newest + 2;
    await expect(consume(newest + 1, reader)).rejects.toMatchObject(refused(status.OUT_OF_RANGE, message(newest + 1)));
    await expect(consumeStream(beyond, 1, reader)).rejects.toMatchObject(refused(status.OUT_OF_RANGE, message(beyond)));
  });

  test('have a size, alone and in a stream that has begun', async () => {
    const large = 'x'.repeat((2 << 20) + 1);
    const details = 'a record has at most 2097152 bytes, this one has 2097153';
    await expect(produce(large, root)).rejects.toMatchObject(refused(status.INVALID_ARGUMENT, details));
    await expect(produceStream(['small', large, 'small'], root)).rejects.toMatchObject(refused(status.INVALID_ARGUMENT, details));
    const offset = await produce(large.slice(1), root);
    expect(await consume(offset, reader)).toHaveLength(2 << 20);
  });

  test('wait for a client that reads slowly, and are all there in the end', async () => {
    const value = 'y'.repeat(1 << 20);
    const first = await produce(`0${value}`, root);
    for (let i = 1; i < 8; i++) await produce(`${i}${value}`, root);
    const call = client.ConsumeStream({ offset: first }, bearer(reader));
    const got: string[] = [];
    for await (const { value: bytes } of call as AsyncIterable<ConsumeResponse>) {
      got.push(bytes.toString('utf8', 0, 1));
      if (got.length === 8) break;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(got).toEqual(['0', '1', '2', '3', '4', '5', '6', '7']);
  });
});

describe('callers', () => {
  const who = /^who calls\? expected metadata "authorization: Bearer TOKEN"$/;
  const nobody = 'nobody has this token';
  const methods = {
    Produce: (token?: string) => produce('by', token),
    ProduceStream: (token?: string) => produceStream(['by'], token),
    Consume: (token?: string) => consume(0, token),
    ConsumeStream: (token?: string) => consumeStream(0, 1, token),
  };

  test.each(Object.entries(methods))('%s is for those with a token that is known', async (_, call) => {
    await expect(call()).rejects.toMatchObject(refused(status.UNAUTHENTICATED, who));
    await expect(call('two words')).rejects.toMatchObject(refused(status.UNAUTHENTICATED, who));
    await expect(call('nobody-token')).rejects.toMatchObject(refused(status.UNAUTHENTICATED, nobody));
    await expect(call(root)).resolves.toBeDefined();
  });

  test.each([
    ['Produce', methods.Produce],
    ['ProduceStream', methods.ProduceStream],
  ])('the reader may not %s', async (name, call) => {
    const next = (await produce('mine', root)) + 1;
    const details = `reader may not log.v1.CommitLog/${name}`;
    await expect(call(reader)).rejects.toMatchObject(refused(status.PERMISSION_DENIED, details));
    expect(await produce('mine again', root)).toBe(next);
  });
});

describe('an end of the service', () => {
  test('tells those who follow, and the next one goes on where it was', async () => {
    const offset = await produce('last words', root);
    const following = consumeStream(offset, 2, reader);
    // It has come as far as the tail.
    await consumeStream(offset, 1, reader);
    const stopped = service.stop();
    await expect(following).rejects.toMatchObject(refused(status.UNAVAILABLE, 'the service stops'));
    await stopped;
    client.close();
    await start();
    expect(await consume(offset, reader)).toBe('last words');
    expect(await produce('first words', root)).toBe(offset + 1);
  });

  test('by a kill loses nothing that was acknowledged', async () => {
    const acknowledged: [number, string][] = [];
    const produceUntilKilled = async (worker: number): Promise<void> => {
      for (let i = 0; ; i++) {
        const text = `${worker} ${i}`;
        const offset = await produce(text, root).catch(() => undefined);
        if (offset === undefined) return;
        acknowledged.push([offset, text]);
        if (acknowledged.length === 60) process.kill(service.pids['commit-log'] ?? NaN, 'SIGKILL');
      }
    };
    await Promise.all([0, 1, 2, 3, 4].map(produceUntilKilled));
    await stop();
    await start();
    for (const [offset, text] of acknowledged) expect(await consume(offset, reader)).toBe(text);
    expect(await produce('after', root)).toBeGreaterThan(Math.max(...acknowledged.map(([offset]) => offset)));
  });
});

test('nothing else went wrong meanwhile', () => {
  expect(lines.filter((line) => !line.includes('a crash had left'))).toEqual([]);
});
