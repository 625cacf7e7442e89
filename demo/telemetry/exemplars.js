// @ts-check
/**
 * Exemplars for OpenTelemetry's metrics SDK for JavaScript, which exports none (2.x and 3.x). Two halves: a meter provider
 * whose histograms keep, for every series and bucket, the last measurement made inside a sampled span; and an exporter that
 * puts them on the points of the SDK's own OTLP/JSON request. Each exemplar is exported once.
 */
import { context, trace } from '@opentelemetry/api';
import { OTLPMetricExporterBase } from '@opentelemetry/exporter-metrics-otlp-http';
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { JsonMetricsSerializer, MetricsExporterMetricsHelper } from '@opentelemetry/otlp-transformer';
import { DataPointType } from '@opentelemetry/sdk-metrics';

/** The SDK's boundaries for a histogram that names none. */
const boundsByDefault = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

/**
 * An exemplar as OTLP/JSON writes it.
 * @typedef {{ timeUnixNano: string, asDouble: number, traceId: string, spanId: string }} Exemplar
 */

/**
 * @typedef {object} Exemplars
 * @property {(metric: string, bounds: readonly number[], value: number, attributes: import('@opentelemetry/api').Attributes,
 *   at: import('@opentelemetry/api').Context) => void} offer Keeps the measurement if a sampled span is active in its context.
 * @property {(metric: string, attributes: import('@opentelemetry/api').Attributes) => Exemplar[]} take What was kept for a
 *   series since the last time, one per bucket at most.
 */

/** @returns {Exemplars} */
export function createExemplars() {
  /** @type {Map<string, Map<number, Exemplar>>} */
  const latest = new Map();
  return {
    offer(metric, bounds, value, attributes, at) {
      const span = trace.getSpanContext(at);
      if (span === undefined || (span.traceFlags & 1) === 0) return;
      const bucket = bounds.findIndex((bound) => value <= bound);
      const key = seriesKey(metric, attributes);
      const buckets = latest.get(key) ?? new Map();
      latest.set(key, buckets);
      buckets.set(bucket, {
        timeUnixNano: `${BigInt(Date.now()) * 1_000_000n}`,
        asDouble: value,
        traceId: span.traceId,
        spanId: span.spanId,
      });
    },
    take(metric, attributes) {
      const key = seriesKey(metric, attributes);
      const buckets = latest.get(key);
      latest.delete(key);
      return [...(buckets?.values() ?? [])];
    },
  };
}

/**
 * @param {string} metric
 * @param {import('@opentelemetry/api').Attributes} attributes
 */
function seriesKey(metric, attributes) {
  return JSON.stringify([metric, ...Object.entries(attributes).toSorted(([a], [b]) => (a < b ? -1 : 1))]);
}

/**
 * A meter provider like the given one, whose histograms offer what they record.
 * @param {import('@opentelemetry/api').MeterProvider} provider
 * @param {Exemplars} exemplars
 * @returns {import('@opentelemetry/api').MeterProvider}
 */
export function withExemplars(provider, exemplars) {
  return {
    getMeter(...scope) {
      const meter = provider.getMeter(...scope);
      return Object.create(meter, {
        createHistogram: {
          /** @type {import('@opentelemetry/api').Meter['createHistogram']} */
          value: (name, options) => offering(meter.createHistogram(name, options), name, options, exemplars),
        },
      });
    },
  };
}

/**
 * @param {import('@opentelemetry/api').Histogram} histogram
 * @param {string} name
 * @param {import('@opentelemetry/api').MetricOptions | undefined} options
 * @param {Exemplars} exemplars
 * @returns {import('@opentelemetry/api').Histogram}
 */
function offering(histogram, name, options, exemplars) {
  const bounds = options?.advice?.explicitBucketBoundaries ?? boundsByDefault;
  return {
    record(value, attributes = {}, at = context.active()) {
      histogram.record(value, attributes, at);
      exemplars.offer(name, bounds, value, attributes, at);
    },
  };
}

/**
 * The SDK's OTLP exporter for metrics, as http/json, with the exemplars added. Endpoint, headers, time limit, compression and
 * temporality come from the OTEL_EXPORTER_OTLP_… environment as for any other exporter.
 * @param {Exemplars} exemplars
 * @returns {import('@opentelemetry/sdk-metrics').PushMetricExporter}
 */
export function createExemplarExporter(exemplars) {
  // A connection of its own for each export: many servers close idle ones after 5 s, just when the next export begins.
  const settings = { httpAgentOptions: { keepAlive: false } };
  const options = convertLegacyHttpOptions(settings, 'METRICS', 'v1/metrics', { 'Content-Type': 'application/json' });
  const serializer = {
    ...JsonMetricsSerializer,
    /** @param {import('@opentelemetry/sdk-metrics').ResourceMetrics} metrics */
    serializeRequest: (metrics) => addExemplars(metrics, exemplars),
  };
  const type = 'otlp_http_json_metric_exporter';
  return new OTLPMetricExporterBase(
    createOtlpHttpExportDelegate(options, serializer, type, MetricsExporterMetricsHelper, undefined),
  );
}

/**
 * The SDK writes scopes, metrics and points in the order in which it was given them, so positions pair them up.
 * @param {import('@opentelemetry/sdk-metrics').ResourceMetrics} metrics
 * @param {Exemplars} exemplars
 */
function addExemplars(metrics, exemplars) {
  const bytes = JsonMetricsSerializer.serializeRequest(metrics);
  if (bytes === undefined) return undefined;
  const request = JSON.parse(new TextDecoder().decode(bytes));
  for (const [s, scope] of metrics.scopeMetrics.entries()) {
    for (const [m, metric] of scope.metrics.entries()) {
      if (metric.dataPointType !== DataPointType.HISTOGRAM) continue;
      const written = request.resourceMetrics[0].scopeMetrics[s].metrics[m].histogram.dataPoints;
      for (const [p, point] of metric.dataPoints.entries()) {
        written[p].exemplars = exemplars.take(metric.descriptor.name, point.attributes);
      }
    }
  }
  return new TextEncoder().encode(JSON.stringify(request));
}
