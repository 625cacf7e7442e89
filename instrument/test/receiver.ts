/** An OTLP/HTTP receiver of another make: it knows JSON alone, and keeps what it gets. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Value {
  readonly stringValue?: string;
  readonly intValue?: string;
  readonly boolValue?: boolean;
  readonly doubleValue?: number;
  readonly bytesValue?: string;
  readonly arrayValue?: { readonly values?: readonly Value[] };
  readonly kvlistValue?: { readonly values?: readonly Attribute[] };
}

export interface Attribute {
  readonly key: string;
  readonly value: Value;
}

export interface Span {
  readonly scope: string;
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly attributes?: readonly Attribute[];
  readonly status?: { readonly code?: number; readonly message?: string };
  readonly events?: readonly { readonly name: string; readonly attributes?: readonly Attribute[] }[];
}

export interface Log {
  /** The name of the logger. */
  readonly scope: string;
  readonly timeUnixNano?: string;
  readonly eventName?: string;
  readonly severityNumber?: number;
  readonly severityText?: string;
  readonly body?: Value;
  readonly traceId?: string;
  readonly spanId?: string;
  readonly attributes?: readonly Attribute[];
}

/** A point of a histogram with the name of its metric. */
export interface HistogramPoint {
  readonly metric: string;
  readonly count: string;
  readonly sum: number;
  readonly attributes?: readonly Attribute[];
  readonly exemplars?: readonly { readonly traceId: string; readonly spanId: string }[];
}

/** A point of a sum or gauge with the name of its metric. */
export interface NumberPoint {
  readonly metric: string;
  readonly asInt?: string;
  readonly asDouble?: number;
  readonly attributes?: readonly Attribute[];
}

interface Scoped {
  readonly scope: { readonly name: string };
  readonly spans?: readonly Omit<Span, 'scope'>[];
  readonly logRecords?: readonly Omit<Log, 'scope'>[];
  readonly metrics?: readonly Metric[];
}

interface Metric {
  readonly name: string;
  readonly histogram?: { readonly dataPoints: readonly Omit<HistogramPoint, 'metric'>[] };
  readonly sum?: { readonly dataPoints: readonly Omit<NumberPoint, 'metric'>[] };
  readonly gauge?: { readonly dataPoints: readonly Omit<NumberPoint, 'metric'>[] };
}

interface Request {
  readonly resourceSpans?: readonly Resourced[];
  readonly resourceLogs?: readonly Resourced[];
  readonly resourceMetrics?: readonly Resourced[];
}

interface Resourced {
  readonly resource: { readonly attributes: readonly Attribute[] };
  readonly scopeSpans?: readonly Scoped[];
  readonly scopeLogs?: readonly Scoped[];
  readonly scopeMetrics?: readonly Scoped[];
}

export interface Receiver {
  /** What it answers in place of taking requests; undefined for none. */
  answer: { readonly status: number; readonly body: string } | undefined;
  readonly endpoint: string;
  readonly spans: Span[];
  readonly logs: Log[];
  readonly metricNames: Set<string>;
  readonly points: HistogramPoint[];
  readonly numbers: NumberPoint[];
  readonly resources: Record<string, Value>[];
  readonly clear: () => void;
  readonly stop: () => Promise<void>;
}

/** Listens on a free port, or on the given one. */
export async function startReceiver(port = 0): Promise<Receiver> {
  const kept = {
    spans: [] as Span[],
    logs: [] as Log[],
    metricNames: new Set<string>(),
    points: [] as HistogramPoint[],
    numbers: [] as NumberPoint[],
    resources: [] as Record<string, Value>[],
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { status, body } = receiver.answer ?? { status: 200, body: '{}' };
      if (receiver.answer === undefined) keep(JSON.parse(Buffer.concat(chunks).toString('utf8')) as Request, kept);
      response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    });
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const receiver: Receiver = {
    answer: undefined,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ...kept,
    clear() {
      kept.spans.length = 0;
      kept.logs.length = 0;
      kept.metricNames.clear();
      kept.points.length = 0;
      kept.numbers.length = 0;
      kept.resources.length = 0;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return receiver;
}

function keep(
  request: Request,
  kept: Pick<Receiver, 'spans' | 'logs' | 'metricNames' | 'points' | 'numbers' | 'resources'>,
): void {
  const { resourceSpans = [], resourceLogs = [], resourceMetrics = [] } = request;
  for (const each of [...resourceSpans, ...resourceLogs, ...resourceMetrics])
    kept.resources.push(valuesOf(each.resource.attributes));
  for (const { scope, spans = [] } of resourceSpans.flatMap(({ scopeSpans = [] }) => scopeSpans)) {
    kept.spans.push(...spans.map((span) => ({ ...span, scope: scope.name })));
  }
  for (const { scope, logRecords = [] } of resourceLogs.flatMap(({ scopeLogs = [] }) => scopeLogs)) {
    kept.logs.push(...logRecords.map((log) => ({ ...log, scope: scope.name })));
  }
  for (const { metrics = [] } of resourceMetrics.flatMap(({ scopeMetrics = [] }) => scopeMetrics)) {
    for (const { name, histogram, sum, gauge } of metrics) {
      kept.metricNames.add(name);
      kept.points.push(...(histogram?.dataPoints ?? []).map((point) => ({ ...point, metric: name })));
      kept.numbers.push(...((sum ?? gauge)?.dataPoints ?? []).map((point) => ({ ...point, metric: name })));
    }
  }
}

/** Attributes by key. */
export function valuesOf(attributes: readonly Attribute[] = []): Record<string, Value> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, value]));
}

/** A value as JavaScript has it. */
export function plainOf(value: Value | undefined): unknown {
  const { stringValue, intValue, doubleValue, boolValue, bytesValue, arrayValue, kvlistValue } = value ?? {};
  if (arrayValue !== undefined) return (arrayValue.values ?? []).map(plainOf);
  if (kvlistValue !== undefined) return plainAttributesOf(kvlistValue.values);
  if (intValue !== undefined) return Number(intValue);
  return stringValue ?? doubleValue ?? boolValue ?? bytesValue;
}

/** Attributes by key, with values as JavaScript has them. */
export function plainAttributesOf(attributes: readonly Attribute[] = []): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, plainOf(value)]));
}
