/**
 * Content-Encoding of request bodies: identity, gzip, deflate (zlib or raw) and zstd, and snappy where a route asks for it, each
 * bounded after inflation.
 */
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import { Decompress } from 'fzstd';
import { SondeError } from '../base/errors.ts';
import type { ContentEncoding } from '../base/http.ts';
import { decodeSnappy } from '../codec/snappy.ts';

type Inflate = (body: Buffer, bytesMax: number) => Promise<Buffer>;

const gunzip = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.gunzip);
const inflateZlib = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflate);
const inflateRaw = promisify<zlib.InputType, zlib.ZlibOptions, Buffer>(zlib.inflateRaw);

/** What a client may send, with how it is undone. `deflate` is zlib by RFC 9110, yet some clients send it raw. */
const inflates: Readonly<Record<ContentEncoding, Inflate>> = {
  identity: async (body) => body,
  gzip: (body, maxOutputLength) => gunzip(body, { maxOutputLength }),
  'x-gzip': (body, maxOutputLength) => gunzip(body, { maxOutputLength }),
  deflate: (body, maxOutputLength) => (startsAsZlib(body) ? inflateZlib : inflateRaw)(body, { maxOutputLength }),
  zstd: inflateZstd,
  snappy: async (body, bytesMax) => {
    const { buffer, byteLength } = decodeSnappy(body, bytesMax);
    return Buffer.from(buffer, 0, byteLength);
  },
};

/** What a route takes that names no encodings. */
const usual: readonly ContentEncoding[] = ['identity', 'gzip', 'x-gzip', 'deflate', 'zstd'];

/** What the header Content-Encoding says, one of `taken`; without it the first of these. Throws `unsupported_encoding`. */
export function encodingOf(header: string | undefined, taken: readonly ContentEncoding[] = usual): ContentEncoding {
  const name = header?.trim().toLowerCase() ?? '';
  const encoding = name === '' ? taken[0] : taken.find((one) => one === name);
  if (encoding !== undefined) return encoding;
  const expected = taken.length === 1 ? '' : 'one of ';
  throw new SondeError(
    'unsupported_encoding',
    `Content-Encoding is ${expected}${taken.join(', ')}; got "${name.slice(0, 100)}".`,
  );
}

/** Undoes a body's content encoding. Throws `malformed_body`, or `too_large` when the result is over `bytesMax`, without making more than that. */
export async function inflate(body: Buffer, encoding: ContentEncoding, bytesMax: number): Promise<Buffer> {
  try {
    return await inflates[encoding](body, bytesMax);
  } catch (thrown) {
    if (thrown instanceof SondeError) throw thrown;
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(bytesMax);
    throw new SondeError('malformed_body', `The body is not valid ${encoding}: ${(thrown as Error).message}.`, {
      cause: thrown,
    });
  }
}

function tooLarge(bytesMax: number): SondeError {
  return new SondeError('too_large', `The body is at most ${bytesMax} bytes after inflation.`);
}

function startsAsZlib(body: Buffer): boolean {
  const [method = 0, flags = 0] = body;
  return (method & 0x0f) === 8 && ((method << 8) | flags) % 31 === 0;
}

interface BuiltInZstd {
  zstdDecompress?: (
    body: Buffer,
    options: { maxOutputLength: number },
    done: (error: Error | null, result: Buffer) => void,
  ) => void;
}

/** Node's own zstd where it has one (22.15 and later), else the port in JavaScript. */
async function inflateZstd(body: Buffer, bytesMax: number): Promise<Buffer> {
  const builtIn = (zlib as BuiltInZstd).zstdDecompress;
  if (builtIn === undefined) return inflateZstdPort(body, bytesMax);
  return new Promise((resolve, reject) => {
    builtIn(body, { maxOutputLength: bytesMax }, (error, result) => (error === null ? resolve(result) : reject(error)));
  });
}

/** The port of zstd in JavaScript; exported for its test, which must run where Node has its own. */
export function inflateZstdPort(body: Buffer, bytesMax: number): Buffer {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (const frame of zstdFrames(body, bytesMax)) {
    const stream = new Decompress((chunk) => {
      size += chunk.length;
      if (size > bytesMax) throw tooLarge(bytesMax);
      chunks.push(chunk);
    });
    stream.push(frame, true);
  }
  return Buffer.concat(chunks, size);
}

/**
 * Splits a body into its zstd frames (RFC 8878, section 3.1) and refuses one that declares a window or content over the limit
 * before anything of that size is made. Skippable frames are left out.
 */
function* zstdFrames(body: Buffer, bytesMax: number): Generator<Buffer> {
  let at = 0;
  while (at < body.length) {
    const magic = body.readUInt32LE(at);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      at += 8 + body.readUInt32LE(at + 4);
      continue;
    }
    if (magic !== 0xfd2fb528) throw new SondeError('malformed_body', 'The body is not valid zstd.', { position: at });
    const end = zstdFrameEnd(body, at, bytesMax);
    yield body.subarray(at, end);
    at = end;
  }
}

function zstdFrameEnd(body: Buffer, start: number, bytesMax: number): number {
  const descriptor = body.readUInt8(start + 4);
  const singleSegment = (descriptor & 0x20) !== 0;
  let at = start + 5;
  if (!singleSegment) {
    const window = body.readUInt8(at++);
    const base = 2 ** (10 + (window >> 3));
    if (base + (base / 8) * (window & 7) > Math.max(bytesMax, 8 << 20)) throw tooLarge(bytesMax);
  }
  at += [0, 1, 2, 4][descriptor & 3] ?? 0;
  const sizeBytes = [singleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  if (sizeBytes >= 4 && readSize(body, at, sizeBytes) > bytesMax) throw tooLarge(bytesMax);
  at += sizeBytes;
  for (let last = false; !last;) {
    const header = body.readUIntLE(at, 3);
    last = (header & 1) === 1;
    const isRle = ((header >> 1) & 3) === 1;
    at += 3 + (isRle ? 1 : header >> 3);
  }
  const end = at + ((descriptor & 4) === 0 ? 0 : 4);
  if (end > body.length) throw new SondeError('malformed_body', 'The zstd body ends early.', { position: body.length });
  return end;
}

function readSize(body: Buffer, at: number, bytes: number): number {
  return bytes === 4 ? body.readUInt32LE(at) : Number(body.readBigUInt64LE(at));
}
