/**
 * `POST /prometheus/api/v1/write`: remote write 1.0 and 2.0, told apart by the Content-Type.
 *
 * What is invalid is refused on its own, with 400 and a sentence that says what and how many; the rest is stored before that is said.
 * Late and repeated samples are taken. Overload is answered with 503, not 429: Prometheus gives up on 429 unless it is told
 * otherwise, and what it gives up is lost.
 */
import { createHash } from 'node:crypto';
import { toSondeError, SondeError } from '../../base/errors.ts';
import type { HttpRequest, HttpResponse, Route } from '../../base/http.ts';
import { decodeSnappy } from '../../codec/snappy.ts';
import type { OpenCommit } from '../../engine/commit.ts';
import { createBatch } from '../../model/batch.ts';
import { oldestTimes } from '../../model/metric-retention.ts';
import type { WriteContext } from '../protocol.ts';
import { SeriesIds } from './decode-series-ids.ts';
import { decodeV1 } from './decode-v1.ts';
import { decodeV2 } from './decode-v2.ts';
import type { DecodeContext, WriteOutcome } from './decoding.ts';

type Decode = (body: Uint8Array, open: OpenCommit, context: DecodeContext) => WriteOutcome;

/** By the `proto` of the media type. Without one it is 1.0, which came before there was another. */
const decoders: ReadonlyMap<string, Decode> = new Map([
  ['prometheus.WriteRequest', decodeV1],
  ['io.prometheus.write.v2.Request', decodeV2],
]);

const nsPerMs = 1_000_000n;
const fingerprintBytes = 16;
/** Where an error gives no delay. */
const retryAfterMs = 1000;

/** The buffer for content is kept up to this size; Prometheus's own requests make less than 1 MiB. */
const roomBytesMax = 4 * 1024 * 1024;

export function remoteWriteRoutes(context: WriteContext): readonly Route[] {
  const receiver = new Receiver(context);
  return [
    {
      method: 'POST',
      path: '/prometheus/api/v1/write',
      doc: 'Prometheus remote write 1.0 and 2.0.',
      listeners: ['main'],
      contentEncodings: ['snappy'],
      takesBodyAsSent: true,
      handle: (request) => receiver.handle(request),
      renderError,
    },
  ];
}

/** What is kept from request to request. */
class Receiver {
  readonly #write: WriteContext;
  readonly #known: SeriesIds;
  /** Content is made here, one body after the other: nothing of it is looked at once it is decoded. */
  #room = new Uint8Array(0);

  constructor(write: WriteContext) {
    this.#write = write;
    this.#known = new SeriesIds(write.limits.knownSeriesBytesMax);
  }

  async handle({ tenant, body, headers }: HttpRequest): Promise<HttpResponse> {
    const decode = decoderOf(headers['content-type']);
    const context = { ...decodeContext(tenant, this.#write), known: this.#known };
    let outcome: WriteOutcome | undefined;
    await this.#write.committer.submit({
      tenant,
      signal: 'metrics',
      protocol: 'prometheus_remote_write',
      fingerprint: fingerprint(tenant, decode, body),
      decode: (open) => (outcome = decode(this.#inflate(body), open, context)),
    });
    // A request that was stored before is not decoded again: then it is looked at only to be counted.
    return answer(outcome ?? decode(this.#inflate(body), nowhere(), context));
  }

  /** Good until the next call. */
  #inflate(body: Uint8Array): Uint8Array {
    const content = decodeSnappy(body, this.#write.limits.bodyBytesMax, this.#room);
    if (content.buffer.byteLength <= roomBytesMax) this.#room = new Uint8Array(content.buffer);
    return content;
  }
}

/** Throws `unsupported_encoding` for what is not remote write. */
function decoderOf(contentType: string | undefined): Decode {
  const [mediaType = '', ...parameters] = (contentType ?? 'application/x-protobuf').split(';').map((part) => part.trim());
  const proto = parameters.find((parameter) => /^proto\s*=/i.test(parameter))?.replace(/^proto\s*=\s*/i, '');
  const message = proto?.replace(/^"(.*)"$/, '$1') ?? 'prometheus.WriteRequest';
  const decode = mediaType.toLowerCase() === 'application/x-protobuf' ? decoders.get(message) : undefined;
  if (decode !== undefined) return decode;
  const found = JSON.stringify((contentType ?? '').slice(0, 100));
  const known = [...decoders.keys()].join(' or ');
  throw new SondeError(
    'unsupported_encoding',
    `Expected the content type application/x-protobuf, with proto=${known} or none; found ${found}.`,
  );
}

function decodeContext(tenant: string, { limits, nowNs }: WriteContext): DecodeContext {
  const now = nowNs();
  return {
    tenant,
    nowNs: now,
    ...oldestTimes(now, limits.retentionMs.metrics, limits.metricsByName),
    newestNs: now + BigInt(Math.round(limits.futureMs)) * nsPerMs,
  };
}

/** The same for the same request sent again, byte by byte, as it was compressed. */
function fingerprint(tenant: string, decode: Decode, body: Uint8Array): Uint8Array {
  // A tenant's name holds no zero byte, so the parts can not run into each other.
  const hash = createHash('sha256').update(`${tenant}\0${decode.name}\0`).update(body).digest();
  return hash.subarray(0, fingerprintBytes);
}

/** A commit that is thrown away, in which every series is known. */
function nowhere(): OpenCommit {
  return { numberLow: 0, numberHigh: 0, batch: createBatch, isNew: () => false, isStored: () => false };
}

function answer({ reason, written: { samples, histograms, exemplars } }: WriteOutcome): HttpResponse {
  const headers = {
    'x-prometheus-remote-write-samples-written': String(samples),
    'x-prometheus-remote-write-histograms-written': String(histograms),
    'x-prometheus-remote-write-exemplars-written': String(exemplars),
  };
  if (reason === '') return { status: 204, headers };
  return { status: 400, headers: { ...headers, 'content-type': 'text/plain; charset=utf-8' }, body: `${reason}\n` };
}

function renderError(thrown: unknown): HttpResponse {
  const error = toSondeError(thrown);
  const headers: Record<string, string> = { 'content-type': 'text/plain; charset=utf-8' };
  if (error.retryable) headers['retry-after'] = String(Math.ceil((error.retryAfterMs ?? retryAfterMs) / 1000));
  return { status: error.code === 'overloaded' ? 503 : error.status, headers, body: `${error.message}\n` };
}
