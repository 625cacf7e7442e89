import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { SondeError } from '../base/errors.ts';
import { encodeSnappy } from '../codec/snappy.ts';
import { encodingOf, inflate as inflateAs, inflateZstdPort } from './inflate.ts';

const text = Buffer.from('telemetry '.repeat(1000));

// `zstd -19` of 'telemetry ' a thousand times, as one frame; made once, as Node 20 has no zstd of its own to make it with.
const zstd = Buffer.from('28b52ffd6410269500005074656c656d6574727920010003a77c410267b0cd60', 'hex');

const inflate = async (body: Buffer, header: string | undefined, bytesMax: number, taken?: ['snappy']): Promise<Buffer> =>
  inflateAs(body, encodingOf(header, taken), bytesMax);

async function codeOf(result: Promise<unknown>): Promise<string> {
  const thrown = await result.catch((error: unknown) => error);
  return thrown instanceof SondeError ? thrown.code : `no SondeError: ${String(thrown)}`;
}

describe('inflate', () => {
  test.each([
    ['identity', text],
    ['gzip', gzipSync(text)],
    ['X-GZIP', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
  ])('undoes %s', async (encoding, body) => {
    expect((await inflate(body, encoding, 1 << 20)).equals(text)).toBe(true);
  });

  test('undoes snappy where a route takes it, and nothing else there', async () => {
    const block = Buffer.from(encodeSnappy(text));
    expect((await inflate(block, 'Snappy', 1 << 20, ['snappy'])).equals(text)).toBe(true);
    expect((await inflate(block, undefined, 1 << 20, ['snappy'])).equals(text)).toBe(true);
    expect(await codeOf(inflate(gzipSync(text), 'gzip', 1 << 20, ['snappy']))).toBe('unsupported_encoding');
    expect(await codeOf(inflate(block, 'snappy', 1 << 20))).toBe('unsupported_encoding');
    expect(await codeOf(inflate(block, 'snappy', text.length - 1, ['snappy']))).toBe('too_large');
    expect(await codeOf(inflate(block.subarray(0, 9), 'snappy', 1 << 20, ['snappy']))).toBe('malformed_body');
  });

  test('takes a missing or empty encoding as identity', async () => {
    expect(await inflate(text, undefined, 1 << 20)).toBe(text);
    expect(await inflate(text, '', 1 << 20)).toBe(text);
  });

  test.each([
    ['gzip', gzipSync(text)],
    ['deflate', deflateSync(text)],
    ['deflate', deflateRawSync(text)],
  ])('refuses %s that grows over the limit', async (encoding, body) => {
    expect(await codeOf(inflate(body, encoding, text.length - 1))).toBe('too_large');
    expect((await inflate(body, encoding, text.length)).length).toBe(text.length);
  });

  test('refuses an unknown encoding and names those it knows', async () => {
    await expect(inflate(text, 'br', 1 << 20)).rejects.toThrow('gzip, x-gzip, deflate, zstd; got "br"');
  });

  test.each(['gzip', 'deflate', 'zstd'])('a body that is not %s, or is cut at any length, is malformed', async (encoding) => {
    expect(await codeOf(inflate(text, encoding, 1 << 20))).toBe('malformed_body');
    const whole = encoding === 'gzip' ? gzipSync(text) : encoding === 'deflate' ? deflateSync(text) : zstd;
    for (let cut = 1; cut < whole.length; cut++) {
      expect(await codeOf(inflate(whole.subarray(0, cut), encoding, 1 << 20))).toBe('malformed_body');
    }
  });
});

describe('zstd in JavaScript', () => {
  test('undoes one frame, several, and skippable ones', () => {
    const skippable = Buffer.from('502a4d1804000000aabbccdd', 'hex');
    expect(inflateZstdPort(zstd, 1 << 20).equals(text)).toBe(true);
    expect(inflateZstdPort(Buffer.concat([zstd, skippable, zstd]), 1 << 20).length).toBe(2 * text.length);
  });

  test('refuses what grows over the limit', () => {
    expect(() => inflateZstdPort(zstd, text.length - 1)).toThrow('at most 9999 bytes');
    expect(() => inflateZstdPort(Buffer.concat([zstd, zstd]), text.length + 1)).toThrow('at most');
  });

  test('refuses a header that declares a huge window before making it', () => {
    // Window descriptor 0xa8: exponent 21, so 2 GiB.
    expect(() => inflateZstdPort(Buffer.from('28b52ffd00a8010000', 'hex'), 64 << 20)).toThrow('at most');
  });
});
