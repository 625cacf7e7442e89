/**
 * Prometheus's remote read: samples of series by matchers and time, as one snappy message of samples or as a stream of XOR chunks.
 * Chunks hold floats only; where there are native histograms, samples are sent instead to who takes them.
 */
import { SondeError } from '../../base/errors.ts';
import type { HttpResponse } from '../../base/http.ts';
import { encodeSnappy } from '../../codec/snappy.ts';
import { compareLabels } from '../../lang/labels.ts';
import { sampleKinds } from '../../promql/source.ts';
import type { SeriesSamples } from '../../promql/source.ts';
import { askEngine } from '../../promql/store/lookup.ts';
import { storeSource } from '../../promql/store/source.ts';
import { Gate } from './gate.ts';
import { decodeReadRequest } from './read-request.ts';
import type { ReadQuery } from './read-request.ts';
import { encodeFrames, encodeSamples } from './read-response.ts';
import type { Endpoint, Reader } from './reader.ts';

/** In one message; streams have the limit of PromQL queries. */
const samplesInMessageMax = 5_000_000;

/** The endpoint, with a gate of its own: reads are large and slow, and queries should not wait for them. */
export function remoteRead(): Endpoint {
  const gate = new Gate({ runningMax: 10, waitingMax: 100 });
  return {
    methods: ['POST'],
    path: '/api/v1/read',
    doc: 'Remote read: samples of series.',
    body: ['snappy'],
    answer: (reader) => {
      const { timeMs: timeoutMs } = reader.context.limits;
      return gate.run(() => readSamples(reader), { timeoutMs, signal: reader.request.signal });
    },
  };
}

async function readSamples(reader: Reader): Promise<HttpResponse> {
  const { queries, prefersChunks, takesSamples } = decodeReadRequest(reader.request.body);
  const results: (readonly SeriesSamples[])[] = [];
  let samples = 0;
  for (const query of queries) {
    const found = await selectSamples(reader, query);
    results.push(found);
    for (const { kinds } of found) samples += kinds.length;
    checkSamples(samples, reader.context.promql.samplesMax);
  }
  if (prefersChunks && !hasHistograms(results)) return streamChunks(results);
  if (!takesSamples) {
    throw new SondeError(
      'bad_request',
      'There are native histograms among the series, and they are sent as SAMPLES only: accept it.',
    );
  }
  checkSamples(samples, samplesInMessageMax);
  return {
    status: 200,
    headers: { 'content-type': 'application/x-protobuf', 'content-encoding': 'snappy' },
    body: encodeSnappy(encodeSamples(results)),
  };
}

async function selectSamples(reader: Reader, { matchers, startMs, endMs }: ReadQuery): Promise<readonly SeriesSamples[]> {
  if (endMs < startMs) return [];
  const { engine, promql, limits } = reader.context;
  const { tenant, signal } = reader.request;
  const scope = { tenant, signal, limits: { ...limits, rowsOut: promql.samplesMax + 1 } };
  const source = storeSource({ engine, lookup: promql.lookup ?? askEngine(engine), scope, withStarts: false });
  const found = await source.select({ matchers, afterMs: startMs - 1, toMs: endMs }, signal);
  return found.toSorted((a, b) => compareLabels(a.labels, b.labels));
}

function checkSamples(samples: number, most: number): void {
  if (samples > most)
    throw new SondeError('query_too_large', `A read gives at most ${most} samples in this form, and this needs more.`);
}

function hasHistograms(results: readonly (readonly SeriesSamples[])[]): boolean {
  return results.some((series) => series.some(({ kinds }) => kinds.includes(sampleKinds.histogram)));
}

function streamChunks(results: readonly (readonly SeriesSamples[])[]): HttpResponse {
  return {
    status: 200,
    headers: { 'content-type': 'application/x-streamed-protobuf; proto=prometheus.ChunkedReadResponse' },
    body: paced(encodeFrames(results)),
  };
}

/** Other requests get a turn after each of these. */
const framesPerTurn = 100;

async function* paced(frames: Iterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let sent = 0;
  for (const frame of frames) {
    yield frame;
    if (++sent % framesPerTurn === 0) await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
