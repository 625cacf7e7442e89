/** A small OTLP/HTTP receiver that keeps all that it gets in memory, for tests. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { attributesOf, decodeLogs, decodeTraces } from './otlp-decode.ts';
import type { LogRecord, Span } from './otlp-decode.ts';

export type Captured<T> = T & { readonly service: string };

/** A histogram's point as OTLP/JSON has it, with the name of its metric. */
export interface HistogramPoint {
  readonly service: string;
  readonly metric: string;
  readonly attributes: Readonly<Record<string, string | number | undefined>>;
  readonly exemplars: readonly { readonly traceId: string; readonly spanId: string; readonly asDouble: number }[];
}

export interface Capture {
  readonly endpoint: string;
  readonly spans: Captured<Span>[];
  readonly logs: Captured<LogRecord>[];
  readonly histogramPoints: HistogramPoint[];
  /** Names of metrics by service. */
  readonly metricNames: Map<string, Set<string>>;
  readonly contentTypes: Set<string>;
  readonly stop: () => Promise<void>;
}

export async function startCapture(): Promise<Capture> {
  const kept = { spans: [], logs: [], histogramPoints: [], metricNames: new Map(), contentTypes: new Set<string>() };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const contentType = request.headers['content-type'] ?? '';
      kept.contentTypes.add(`${request.url} ${contentType}`);
      keep(request.url, Buffer.concat(chunks), kept);
      response.writeHead(200, { 'content-type': contentType }).end(contentType.endsWith('json') ? '{}' : undefined);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const stop = async (): Promise<void> => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { endpoint: `http://127.0.0.1:${port}`, ...kept, stop };
}

type Kept = Pick<Capture, 'spans' | 'logs' | 'histogramPoints' | 'metricNames'>;

function keep(path: string | undefined, body: Buffer, kept: Kept): void {
  if (path === '/v1/traces') {
    for (const { resource, scopeSpans } of decodeTraces(body).resourceSpans) {
      const service = serviceOf(resource);
      for (const span of scopeSpans.flatMap(({ spans }) => spans)) kept.spans.push({ ...span, service });
    }
  } else if (path === '/v1/logs') {
    for (const { resource, scopeLogs } of decodeLogs(body).resourceLogs) {
      const service = serviceOf(resource);
      for (const record of scopeLogs.flatMap(({ logRecords }) => logRecords)) kept.logs.push({ ...record, service });
    }
  } else if (path === '/v1/metrics') keepMetrics(JSON.parse(body.toString('utf8')) as MetricsRequest, kept);
  else throw new Error(`Nothing is sent to ${path}.`);
}

type Attributed = Parameters<typeof attributesOf>[0];

interface MetricsRequest {
  readonly resourceMetrics: readonly {
    readonly resource: Attributed;
    readonly scopeMetrics: readonly {
      readonly metrics: readonly {
        readonly name: string;
        readonly histogram?: {
          readonly dataPoints: readonly (Attributed & { readonly exemplars?: HistogramPoint['exemplars'] })[];
        };
      }[];
    }[];
  }[];
}

function keepMetrics({ resourceMetrics }: MetricsRequest, kept: Kept): void {
  for (const { resource, scopeMetrics } of resourceMetrics) {
    const service = serviceOf(resource);
    const names = kept.metricNames.get(service) ?? new Set();
    kept.metricNames.set(service, names);
    for (const { name, histogram } of scopeMetrics.flatMap(({ metrics }) => metrics)) {
      names.add(name);
      for (const point of histogram?.dataPoints ?? []) {
        kept.histogramPoints.push({ service, metric: name, attributes: attributesOf(point), exemplars: point.exemplars ?? [] });
      }
    }
  }
}

function serviceOf(resource: Attributed): string {
  return String(attributesOf(resource)['service.name']);
}
