/** Content-Encoding of answers: gzip or deflate (zlib, RFC 9110) for text that is worth it and a client that takes it. */
import { Readable, pipeline } from 'node:stream';
import { promisify } from 'node:util';
import { constants, createDeflate, createGzip, deflate, deflateSync, gzip, gzipSync } from 'node:zlib';
import type { InputType, ZlibOptions } from 'node:zlib';
import type { HttpResponse } from '../base/http.ts';

/** Below it the headers of a compressed answer would eat up what it saves. */
const bytesMin = 1024;
/** JSON shrinks to a tenth at the fastest level; the slower ones save little more for several times the work. */
const fast: ZlibOptions = { level: constants.Z_BEST_SPEED };

/** Up to here, about 0.2 ms of work, the way to another thread and back costs more than it takes off this one. */
const bytesAtOnceMax = 32_768;

const encoders = {
  gzip: { whole: promisify<InputType, ZlibOptions, Buffer>(gzip), atOnce: gzipSync, stream: createGzip },
  deflate: { whole: promisify<InputType, ZlibOptions, Buffer>(deflate), atOnce: deflateSync, stream: createDeflate },
} as const;

type Encoding = keyof typeof encoders;

/** The answer, compressed when the client takes it and it is text of 1 KiB or more. */
export async function compress(answer: HttpResponse, acceptEncoding: string | undefined): Promise<HttpResponse> {
  const { body, headers = {} } = answer;
  if (body === undefined || 'content-encoding' in headers || !isCompressible(headers['content-type'])) return answer;
  const vary = headers['vary'] === undefined ? 'Accept-Encoding' : `${headers['vary']}, Accept-Encoding`;
  const varied: HttpResponse = { ...answer, headers: { ...headers, vary } };
  const encoding = chooseEncoding(acceptEncoding);
  if (encoding === undefined || (isWhole(body) && Buffer.byteLength(body) < bytesMin)) return varied;
  const encoded = isWhole(body) ? await encodeWhole(body, encoding) : through(body, encoders[encoding].stream(fast));
  return { ...varied, headers: { ...varied.headers, 'content-encoding': encoding }, body: encoded };
}

async function encodeWhole(body: string | Uint8Array, encoding: Encoding): Promise<Uint8Array> {
  const { whole, atOnce } = encoders[encoding];
  return Buffer.byteLength(body) <= bytesAtOnceMax ? atOnce(body, fast) : whole(body, fast);
}

function isWhole(body: string | Uint8Array | AsyncIterable<Uint8Array>): body is string | Uint8Array {
  return typeof body === 'string' || body instanceof Uint8Array;
}

/** Text but for event streams, which must not wait in a buffer. */
function isCompressible(contentType = ''): boolean {
  return /^(?:text\/(?!event-stream)|application\/(?:[\w.+-]*json|openmetrics-text))/.test(contentType);
}

/** The first of gzip and deflate that the client takes (RFC 9110, section 12.5.3): named, or by `*`, and not with weight 0. */
export function chooseEncoding(acceptEncoding = ''): Encoding | undefined {
  const weights = new Map<string, number>();
  for (const item of acceptEncoding.toLowerCase().split(',')) {
    const [name = '', ...parameters] = item.split(';').map((part) => part.trim());
    const weight = parameters.find((parameter) => parameter.startsWith('q='));
    weights.set(name, weight === undefined ? 1 : Number(weight.slice(2)));
  }
  return (['gzip', 'deflate'] as const).find((encoding) => (weights.get(encoding) ?? weights.get('*') ?? 0) > 0);
}

function through(body: AsyncIterable<Uint8Array>, encoder: ReturnType<typeof createGzip>): AsyncIterable<Uint8Array> {
  // An error of the body ends the encoder with it, and so reaches who reads from that; leaving the encoder ends the body.
  pipeline(Readable.from(body), encoder, () => undefined);
  return encoder;
}
