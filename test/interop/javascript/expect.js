// What the SDK holds in memory, as Sonde's API shows it.
import { SpanKind } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import { ValueType } from '@opentelemetry/api';

const isJson = process.env.OTEL_EXPORTER_OTLP_PROTOCOL === 'http/json';
const kinds = new Map([
  [SpanKind.INTERNAL, 'internal'],
  [SpanKind.SERVER, 'server'],
  [SpanKind.CLIENT, 'client'],
  [SpanKind.PRODUCER, 'producer'],
  [SpanKind.CONSUMER, 'consumer'],
]);
const contextHasIsRemote = 0x100;
const contextIsRemote = 0x200;

export function printSpan(span) {
  const { traceId, spanId, traceState, traceFlags } = span.spanContext();
  const parent = span.parentSpanContext;
  print('span', {
    traceId,
    spanId,
    parentSpanId: parent?.spanId ?? '',
    name: span.name,
    kind: kinds.get(span.kind),
    startNs: String(toNs(span.startTime)),
    durationNs: String(toNs(span.endTime) - toNs(span.startTime)),
    status: { code: ['unset', 'ok', 'error'][span.status.code], message: span.status.message ?? '' },
    traceState: traceState?.serialize() ?? '',
    flags: flagsOf(traceFlags, parent?.isRemote),
    attributes: toValue(span.attributes),
    droppedAttributes: span.droppedAttributesCount,
    resource: toResource(span.resource),
    scope: toScope(span.instrumentationScope),
    events: span.events.map((event) => ({
      timeNs: String(toNs(event.time)),
      name: event.name,
      attributes: toValue(event.attributes ?? {}),
      droppedAttributes: event.droppedAttributesCount ?? 0,
    })),
    droppedEvents: span.droppedEventsCount,
    links: span.links.map(({ context, attributes, droppedAttributesCount }) => ({
      traceId: context.traceId,
      spanId: context.spanId,
      traceState: context.traceState?.serialize() ?? '',
      flags: flagsOf(context.traceFlags, context.isRemote),
      attributes: toValue(attributes ?? {}),
      droppedAttributes: droppedAttributesCount ?? 0,
    })),
    droppedLinks: span.droppedLinksCount,
  });
}

export function printLog(record) {
  print('log', {
    timeNs: String(toNs(record.hrTime)),
    observedTimeNs: String(toNs(record.hrTimeObserved)),
    severityNumber: record.severityNumber ?? 0,
    severityText: record.severityText ?? '',
    bodyValue: toValue(record.body),
    eventName: record.eventName ?? '',
    traceId: record.spanContext?.traceId ?? '',
    spanId: record.spanContext?.spanId ?? '',
    flags: record.spanContext?.traceFlags ?? 0,
    attributes: toValue(record.attributes),
    droppedAttributes: record.droppedAttributesCount,
    resource: toResource(record.resource),
    scope: toScope(record.instrumentationScope),
  });
}

export function printPoints({ resource, scopeMetrics }) {
  for (const { scope, metrics } of scopeMetrics) {
    for (const metric of metrics) {
      for (const point of metric.dataPoints) {
        print('point', {
          name: metric.descriptor.name,
          unit: metric.descriptor.unit,
          description: metric.descriptor.description,
          attributes: toValue(point.attributes),
          resource: toResource(resource),
          scope: toScope(scope),
          timeNs: String(toNs(point.endTime)),
          startNs: String(toNs(point.startTime)),
          flags: 0,
          exemplars: [],
          ...toData(metric, point.value),
        });
      }
    }
  }
}

function toData(metric, value) {
  const temporality = metric.aggregationTemporality === AggregationTemporality.DELTA ? 'delta' : 'cumulative';
  switch (metric.dataPointType) {
    case DataPointType.GAUGE:
      return { type: 'gauge', temporality: 'unspecified', monotonic: false, value: toNumber(metric, value) };
    case DataPointType.SUM:
      return { type: 'sum', temporality, monotonic: metric.isMonotonic, value: toNumber(metric, value) };
    case DataPointType.HISTOGRAM:
      return {
        type: 'histogram',
        temporality,
        monotonic: false,
        ...toExtremes(value),
        bounds: value.buckets.boundaries,
        counts: value.buckets.counts.map(String),
      };
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      return {
        type: 'exponential_histogram',
        temporality,
        monotonic: false,
        ...toExtremes(value),
        exponential: {
          scale: value.scale,
          zeroCount: String(value.zeroCount),
          zeroThreshold: 0,
          positive: { offset: value.positive.offset, counts: value.positive.bucketCounts.map(String) },
          negative: { offset: value.negative.offset, counts: value.negative.bucketCounts.map(String) },
        },
      };
    default:
      throw new Error(`unknown kind of point: ${metric.dataPointType}`);
  }
}

function toNumber({ descriptor }, value) {
  return descriptor.valueType === ValueType.INT ? { int: String(BigInt(value)) } : { double: value };
}

function toExtremes({ count, sum, min, max }) {
  return { count: String(count), sum: sum ?? null, min: min ?? null, max: max ?? null };
}

function toResource({ attributes, schemaUrl }) {
  return { attributes: toValue(attributes), droppedAttributes: 0, schemaUrl: schemaUrl ?? '' };
}

function toScope({ name, version, schemaUrl, attributes, droppedAttributesCount }) {
  return {
    name,
    version: version ?? '',
    attributes: toValue(attributes ?? {}),
    droppedAttributes: droppedAttributesCount ?? 0,
    schemaUrl: schemaUrl ?? '',
  };
}

function toValue(value) {
  if (value === undefined || value === null) return null;
  if (typeof value === 'number') return toJsonNumber(value);
  if (typeof value !== 'object') return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(toValue);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toValue(inner)]));
}

/** The SDK sends whole numbers within 64 bits as integers; in JSON with the digits that JavaScript prints. */
function toJsonNumber(value) {
  if (!Number.isInteger(value) || Math.abs(value) >= 2 ** 63) return Number.isFinite(value) ? value : String(value);
  if (Number.isSafeInteger(value)) return value;
  return isJson ? JSON.stringify(value) : String(BigInt(value));
}

function flagsOf(traceFlags, isRemote) {
  return traceFlags | contextHasIsRemote | (isRemote ? contextIsRemote : 0);
}

function toNs([seconds, nanoseconds]) {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanoseconds);
}

/** Prints a line. */
export function print(kind, item) {
  process.stdout.write(`${JSON.stringify({ [kind]: item })}\n`);
}
