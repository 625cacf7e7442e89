/** A store with data that came by remote write and by OTLP, and a client of Prometheus's API on it. */
import { ask, readContext, yesterdayNs } from '../sonde/client.ts';
import { prometheus } from '../../src/api/prometheus/prometheus.ts';
import { Counters } from '../../src/base/counters.ts';
import type { HttpRequest, Route } from '../../src/base/http.ts';
import { ByteWriter } from '../../src/codec/byte-writer.ts';
import { encodeSnappy } from '../../src/codec/snappy.ts';
import type { Committer } from '../../src/engine/commit.ts';
import { protocols } from '../../src/ingest/protocols.ts';
import { openCommitter, openStore, temporaryDirectory } from '../commit/store.ts';

/** Yesterday at ten, in seconds. */
export const ten = Number(yesterdayNs / 1_000_000_000n) + 36_000;
const nowNs = BigInt(ten + 600) * 1_000_000_000n;
export const traceId = '0af7651916cd43dd8448eb211c80319c';
export const spanId = '00f067aa0ba902b7';

interface WrittenSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** Seconds after ten, and values. */
  readonly samples?: readonly (readonly [seconds: number, value: number])[];
  readonly exemplar?: { readonly labels: Readonly<Record<string, string>>; readonly seconds: number; readonly value: number };
  /** At ten, buckets of schema 0 from index 1 on. */
  readonly histogram?: readonly number[];
}

export function message(write: (writer: ByteWriter) => void): Uint8Array {
  const writer = new ByteWriter();
  write(writer);
  return writer.written();
}

export function labelFields(writer: ByteWriter, labels: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(labels)) {
    const label = message((inner) => {
      inner.textField(1, name);
      inner.textField(2, value);
    });
    writer.blockField(1, label);
  }
}

/** A remote write 1.0 request. */
function writeRequest(all: readonly WrittenSeries[]): Uint8Array {
  return message((request) => {
    for (const { labels, samples = [], exemplar, histogram } of all) {
      const series = message((writer) => {
        labelFields(writer, labels);
        for (const [seconds, value] of samples) writer.blockField(2, sampleMessage(seconds, value));
        if (exemplar !== undefined) {
          const written = message((inner) => {
            labelFields(inner, exemplar.labels);
            inner.doubleField(2, exemplar.value);
            inner.integerField(3, (ten + exemplar.seconds) * 1000);
          });
          writer.blockField(3, written);
        }
        if (histogram !== undefined) writer.blockField(4, histogramMessage(histogram));
      });
      request.blockField(1, series);
    }
    const metadata = message((writer) => {
      writer.integerField(1, 1);
      writer.textField(2, 'http_requests_total');
      writer.textField(4, 'Requests served.');
    });
    request.blockField(3, metadata);
  });
}

export function sampleMessage(seconds: number, value: number): Uint8Array {
  return message((writer) => {
    writer.doubleField(1, value);
    writer.integerField(2, (ten + seconds) * 1000);
  });
}

function histogramMessage(counts: readonly number[]): Uint8Array {
  return message((writer) => {
    writer.doubleField(
      2,
      counts.reduce((sum, count) => sum + count, 0),
    );
    writer.doubleField(3, 10);
    const span = message((inner) => {
      inner.tag(1, 'varint');
      inner.zigzag(1);
      inner.integerField(2, counts.length);
    });
    writer.blockField(11, span);
    writer.doublesField(13, counts);
    writer.integerField(15, ten * 1000);
  });
}

/** OTLP JSON of one histogram and one counter of a service. */
const otlp = {
  resourceMetrics: [
    {
      resource: {
        attributes: [
          { key: 'service.name', value: { stringValue: 'shop' } },
          { key: 'cloud.region', value: { stringValue: 'north' } },
        ],
      },
      scopeMetrics: [
        {
          metrics: [
            {
              name: 'http.server.request.duration',
              unit: 's',
              description: 'How long requests took.',
              histogram: {
                aggregationTemporality: 2,
                dataPoints: [
                  {
                    timeUnixNano: String(BigInt(ten) * 1_000_000_000n),
                    count: '6',
                    sum: 4,
                    explicitBounds: [0.5, 1],
                    bucketCounts: ['1', '2', '3'],
                    exemplars: [{ timeUnixNano: String(BigInt(ten) * 1_000_000_000n), asDouble: 0.7, traceId, spanId: spanId }],
                  },
                ],
              },
            },
          ],
        },
      ],
    },
  ],
};

const counter = (seconds: number): [number, number] => [seconds, seconds * 2];
const grid = Array.from({ length: 41 }, (_, i) => i * 15);
const data: readonly WrittenSeries[] = [
  {
    labels: { __name__: 'http_requests_total', code: '200', job: 'api' },
    samples: grid.map(counter),
    exemplar: { labels: { trace_id: traceId, span_id: spanId, path: '/a' }, seconds: 30, value: 60 },
  },
  { labels: { __name__: 'http_requests_total', code: '500', job: 'api' }, samples: grid.map((s) => [s, s]) },
  { labels: { __name__: 'up', job: 'api', 'zone.id': 'ä' }, samples: grid.map((s): [number, number] => [s, 1]) },
  { labels: { __name__: 'latency_seconds', job: 'api' }, histogram: [1, 0, 2] },
];

/** Gives a request to the write protocol of a path. */
async function post(
  committer: Committer,
  path: string,
  body: Uint8Array,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const limits = {
    retentionMs: { traces: 1e10, logs: 1e10, metrics: 1e10 },
    futureMs: 86_400_000,
    bodyBytesMax: 1e6,
    knownSeriesBytesMax: 1e6,
  };
  const write = { committer, counters: new Counters(), limits, nowNs: () => nowNs };
  const route = protocols.flatMap((protocol) => protocol.routes(write)).find((one) => one.path === path);
  const answer = await route?.handle({ ...emptyRequest, method: 'POST', path, body, headers });
  if (answer === undefined || answer.status >= 300) throw new Error(`${path}: status ${answer?.status}`);
}

export const emptyRequest: HttpRequest = {
  method: 'GET',
  path: '/',
  params: {},
  query: new URLSearchParams(),
  headers: {},
  body: new Uint8Array(),
  tenant: 'default',
  signal: new AbortController().signal,
};

export interface Envelope {
  /** The HTTP status. */
  readonly code: number;
  readonly status: string;
  readonly data?: unknown;
  readonly errorType?: string;
  readonly error?: string;
  readonly warnings?: readonly string[];
  readonly infos?: readonly string[];
}

type Query = Readonly<Record<string, string | readonly string[]>>;

export interface PrometheusStore {
  readonly routes: readonly Route[];
  /** An answer as it is; paths are those below /prometheus. */
  readonly envelope: (path: string, query?: Query) => Promise<Envelope>;
  /** The data of an answer; throws when it is an error. */
  readonly get: (path: string, query?: Query) => Promise<unknown>;
  readonly close: () => Promise<void>;
}

export async function openPrometheusStore(): Promise<PrometheusStore> {
  const directory = temporaryDirectory('prometheus-api');
  const engine = await openStore(directory.path);
  const committer = await openCommitter(engine);
  const routes = prometheus.routes(readContext(engine, nowNs));
  await post(committer, '/prometheus/api/v1/write', encodeSnappy(writeRequest(data)), {
    'content-type': 'application/x-protobuf',
  });
  await post(committer, '/v1/metrics', new TextEncoder().encode(JSON.stringify(otlp)), { 'content-type': 'application/json' });
  const envelope = async (path: string, query: Query = {}): Promise<Envelope> => {
    const parameters = new URLSearchParams();
    for (const [name, value] of Object.entries(query)) for (const one of [value].flat()) parameters.append(name, one);
    const { status, text } = await ask(routes, `/prometheus${path}?${parameters.toString()}`);
    return { ...(JSON.parse(text) as Envelope), code: status };
  };
  return {
    routes,
    envelope,
    get: async (path, query) => {
      const answer = await envelope(path, query);
      if (answer.status !== 'success' || answer.code !== 200) throw new Error(`${path}: ${JSON.stringify(answer)}`);
      return answer.data;
    },
    close: async () => {
      await committer.close();
      await engine.close();
      directory.remove();
    },
  };
}
