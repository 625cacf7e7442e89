// @ts-check
/**
 * OpenTelemetry's own SDK for one service: traces, metrics and logs over OTLP/HTTP to OTEL_EXPORTER_OTLP_ENDPOINT.
 *
 * Libraries are instrumented while `require` loads them, so a service calls startTelemetry first and loads `http` and `pg`
 * with `require` after that.
 */
import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { DiagLogLevel, diag, metrics, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { OTLPLogExporter } from '@opentelemetry/exporter-logs-otlp-proto';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { registerInstrumentations } from '@opentelemetry/instrumentation';
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http';
import { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import { RuntimeNodeInstrumentation } from '@opentelemetry/instrumentation-runtime-node';
import { UndiciInstrumentation } from '@opentelemetry/instrumentation-undici';
import { defaultResource, detectResources, envDetector, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import { MeterProvider, PeriodicExportingMetricReader } from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, NodeTracerProvider } from '@opentelemetry/sdk-trace-node';
import { describeQuery } from './database.js';
import { createErrorProcessor } from './errors.js';
import { createExemplarExporter, createExemplars, withExemplars } from './exemplars.js';
import { createLog } from './log.js';
import { measureProcess } from './process.js';

/** Short, so that a person sees data within seconds. */
const exportSpansAndLogsMs = 1000;
const exportMetricsMs = 5000;
/** More than an exporter takes by itself (10 s by default), so that complaints are about the endpoint and not about the time. */
const exportTimeoutMs = 12_000;

/** Of histograms of durations, in seconds; the same that the HTTP instrumentations use. */
export const durationBounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];

/**
 * @typedef {object} Telemetry
 * @property {import('@opentelemetry/api').Tracer} tracer
 * @property {import('@opentelemetry/api').Meter} meter
 * @property {import('./log.js').Log} log
 * @property {() => Promise<void>} stop Sends what is left.
 */

/**
 * @param {string} service The service's name.
 * @param {(problem: string) => void} onProblem Told what OpenTelemetry complains of, such as an endpoint that does not answer.
 * @returns {Telemetry}
 */
export function startTelemetry(service, onProblem) {
  /** @param {string} complaint */
  const complain = (complaint) => onProblem(`telemetry: ${plain(complaint)}`);
  diag.setLogger({ error: complain, warn: complain, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);
  const resource = describeService(service);
  const exemplars = createExemplars();
  const reader = new PeriodicExportingMetricReader({
    exporter: createExemplarExporter(exemplars),
    exportIntervalMillis: exportMetricsMs,
    exportTimeoutMillis: exportMetricsMs,
  });
  const batch = { scheduledDelayMillis: exportSpansAndLogsMs, exportTimeoutMillis: exportTimeoutMs };
  const spans = new BatchSpanProcessor(new OTLPTraceExporter(), batch);
  const tracers = new NodeTracerProvider({ resource, spanProcessors: [createErrorProcessor(), spans] });
  const meters = new MeterProvider({ resource, readers: [reader] });
  const records = new BatchLogRecordProcessor({ exporter: new OTLPLogExporter(), ...batch });
  const loggers = new LoggerProvider({ resource, processors: [records] });
  tracers.register();
  metrics.setGlobalMeterProvider(withExemplars(meters, exemplars));
  logs.setGlobalLoggerProvider(loggers);
  instrument();
  const meter = metrics.getMeter(service);
  measureProcess(meter);
  return {
    tracer: trace.getTracer(service),
    meter,
    log: createLog(logs.getLogger(service)),
    stop: async () => {
      await Promise.allSettled([tracers.shutdown(), meters.shutdown(), loggers.shutdown()]);
    },
  };
}

/**
 * What there is to read in a complaint: an error comes as JSON.
 * @param {string} complaint
 */
function plain(complaint) {
  try {
    const { message = complaint } = JSON.parse(complaint);
    return message === '' ? complaint : message;
  } catch {
    return complaint;
  }
}

/** @param {string} service */
function describeService(service) {
  const own = resourceFromAttributes({
    'service.name': service,
    'service.namespace': 'beasts',
    'service.version': '1.4.0',
    'service.instance.id': randomUUID(),
    'deployment.environment.name': 'demo',
    'host.name': hostname(),
    'process.pid': process.pid,
    'process.runtime.name': 'nodejs',
    'process.runtime.version': process.versions.node,
  });
  return defaultResource()
    .merge(own)
    .merge(detectResources({ detectors: [envDetector] }));
}

function instrument() {
  registerInstrumentations({
    instrumentations: [
      new RuntimeNodeInstrumentation(),
      new UndiciInstrumentation(),
      new HttpInstrumentation({
        disableOutgoingRequestInstrumentation: true,
        ignoreIncomingRequestHook: ({ url }) => url === '/fault' || url === '/health',
      }),
      // Without a parent there would be a trace for each of the recorder's looks into an empty queue.
      new PgInstrumentation({ requireParentSpan: true, ignoreConnectSpans: true, requestHook: describeQuery }),
    ],
  });
}
