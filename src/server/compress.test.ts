import { gunzipSync, inflateSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { HttpResponse } from '../base/http.ts';
import { chooseEncoding, compress } from './compress.ts';

const json = { 'content-type': 'application/json' };
const long = JSON.stringify(Array.from({ length: 1000 }, (_, i) => ({ i })));

async function bytesOf({ body }: HttpResponse): Promise<Buffer> {
  if (body === undefined || typeof body === 'string') return Buffer.from(body ?? '');
  if (body instanceof Uint8Array) return Buffer.from(body);
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function* pieces(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < long.length; at += 100) yield Buffer.from(long.slice(at, at + 100));
}

describe('the encoding is one that the client takes', () => {
  test.each([
    [undefined, undefined],
    ['', undefined],
    ['gzip', 'gzip'],
    ['deflate, GZIP', 'gzip'],
    ['deflate', 'deflate'],
    ['br, zstd', undefined],
    ['gzip;q=0, deflate;q=0.5', 'deflate'],
    ['gzip; q=0', undefined],
    ['*', 'gzip'],
    ['*;q=0', undefined],
    ['gzip;q=0, *', 'deflate'],
  ])('%s: %s', (header: string | undefined, expected: string | undefined) => {
    expect(chooseEncoding(header)).toBe(expected);
  });
});

test('long text is compressed, whole or as it comes', async () => {
  for (const body of [long, Buffer.from(long), long.repeat(10)]) {
    const answer = await compress({ status: 200, headers: json, body }, 'gzip');
    expect(answer.headers).toEqual({ ...json, 'content-encoding': 'gzip', vary: 'Accept-Encoding' });
    expect(gunzipSync(await bytesOf(answer)).toString()).toBe(body.toString());
  }
  const negotiated = await compress({ status: 200, headers: { ...json, vary: 'accept' }, body: long }, undefined);
  expect(negotiated.headers?.['vary']).toBe('accept, Accept-Encoding');
  const streamed = await compress({ status: 200, headers: json, body: pieces() }, 'deflate');
  const bytes = await bytesOf(streamed);
  expect(bytes.length).toBeLessThan(long.length / 3);
  expect(inflateSync(bytes).toString()).toBe(long);
});

test.each<[HttpResponse, string | undefined]>([
  [{ status: 200, headers: json, body: '{}' }, 'gzip'],
  [{ status: 200, headers: { 'content-type': 'image/png' }, body: long }, 'gzip'],
  [{ status: 200, headers: { 'content-type': 'text/event-stream' }, body: long }, 'gzip'],
  [{ status: 200, headers: { ...json, 'content-encoding': 'br' }, body: long }, 'gzip'],
  [{ status: 200, headers: json, body: long }, undefined],
  [{ status: 204 }, 'gzip'],
])('what is short, no text, encoded already, or not asked for stays as it is', async (answer, accept) => {
  const { body, headers } = await compress(answer, accept);
  expect(body).toBe(answer.body);
  expect(headers?.['content-encoding']).toBe(answer.headers?.['content-encoding']);
});

test('a body that fails half-way fails the compressed one', async () => {
  async function* failing(): AsyncGenerator<Uint8Array> {
    yield Buffer.from(long);
    throw new Error('the engine went away');
  }
  const answer = await compress({ status: 200, headers: json, body: failing() }, 'gzip');
  await expect(bytesOf(answer)).rejects.toThrow('the engine went away');
});

test('who stops reading the compressed body ends the one below', async () => {
  let ended = false;
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) yield Buffer.from(long);
    } finally {
      ended = true;
    }
  }
  const { body } = await compress({ status: 200, headers: json, body: endless() }, 'gzip');
  for await (const chunk of body as AsyncIterable<Uint8Array>) if (chunk.length > 0) break;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(ended).toBe(true);
});
