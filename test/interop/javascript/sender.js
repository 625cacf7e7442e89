// Sends all three signals with the OpenTelemetry SDK for JavaScript, and prints what it sent as JSON lines (see ../README.md).
// OTEL_EXPORTER_OTLP_ENDPOINT, …_PROTOCOL and …_COMPRESSION say where to and how, as they do for any service.
import { randomBytes } from 'node:crypto';
import {
  DiagLogLevel,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  ValueType,
  createTraceState,
  diag,
  trace,
} from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { ExportResultCode } from '@opentelemetry/core';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BatchLogRecordProcessor, LoggerProvider } from '@opentelemetry/sdk-logs';
import {
  AggregationTemporality,
  AggregationType,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import { print, printLog, printPoints, printSpan } from './expect.js';

const protocol = process.env.OTEL_EXPORTER_OTLP_PROTOCOL;
const packageEnd = { grpc: 'grpc', 'http/protobuf': 'proto', 'http/json': 'http' }[protocol];
const { OTLPTraceExporter } = await import(`@opentelemetry/exporter-trace-otlp-${packageEnd}`);
const { OTLPLogExporter } = await import(`@opentelemetry/exporter-logs-otlp-${packageEnd}`);
const { OTLPMetricExporter } = await import(`@opentelemetry/exporter-metrics-otlp-${packageEnd}`);
// JSON has no NaN, and the SDK writes every whole number as an integer: it has no bigint for values beyond 2^53.
const isJson = protocol === 'http/json';

// The exporter reports a partial success, and whatever else it has to say, here.
diag.setLogger({ ...console, warn: report, error: report, verbose() {}, debug() {}, info() {} }, DiagLogLevel.WARN);

const resource = resourceFromAttributes({
  'service.name': process.env.OTEL_SERVICE_NAME,
  'service.version': '1.2.3',
  'service.instance.id': 'instance-ü-1',
  'deployment.environment.name': 'interop',
  'process.pid': process.pid,
  'process.command_args': ['node', 'sender.js', ''],
  ratio: 0.1,
  enabled: true,
});

/** Every kind of value that the SDK takes. */
const everyType = {
  text: 'plain',
  empty: '',
  unicode: 'ß 漢字 🙂 \u0000 end',
  yes: true,
  no: false,
  zero: 0,
  negative: -42,
  'largest safe integer': Number.MAX_SAFE_INTEGER,
  'integer beyond 2^53': 2 ** 60 + 2 ** 10,
  tenth: 0.1,
  tiny: 5e-324,
  'not whole': -1234.000_000_1,
  texts: ['a', '', 'c'],
  integers: [1, -2, 3],
  doubles: [0.5, -0.25],
  booleans: [true, false],
  none: [],
  ...(isJson ? {} : { huge: Number.MAX_VALUE, 'not a number': Number.NaN, infinite: Number.NEGATIVE_INFINITY }),
};

await sendTraces();
await sendLogs();
await sendMetrics();
print('done', true);

async function sendTraces() {
  const provider = new TracerProvider({
    resource,
    spanLimits: {
      attributeCountLimit: 24,
      eventCountLimit: 3,
      linkCountLimit: 2,
      attributePerEventCountLimit: 24,
      attributePerLinkCountLimit: 2,
    },
    spanProcessors: [
      new BatchSpanProcessor({ exporter: recording(new OTLPTraceExporter(), (spans) => spans.forEach(printSpan)) }),
    ],
  });
  const tracer = provider.getTracer('interop.tracer', '0.1.0', { schemaUrl: 'https://opentelemetry.io/schemas/1.30.0' });
  const plain = provider.getTracer('interop.plain');
  const remote = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: randomBytes(16).toString('hex'),
    spanId: 'b7ad6b7169203331',
    traceFlags: TraceFlags.SAMPLED,
    traceState: createTraceState('vendor=value,other=1'),
    isRemote: true,
  });
  const server = tracer.startSpan('GET /orders/{id}', { kind: SpanKind.SERVER, attributes: everyType }, remote);
  const inServer = trace.setSpan(remote, server);
  for (const [kind, name] of [
    [SpanKind.CLIENT, 'SELECT orders'],
    [SpanKind.PRODUCER, 'orders publish'],
    [SpanKind.CONSUMER, 'orders process'],
    [SpanKind.INTERNAL, ''],
  ]) {
    plain.startSpan(name, { kind }, inServer).setStatus({ code: SpanStatusCode.OK }).end();
  }
  server.addEvent('without attributes');
  server.addEvent('with all', everyType, [seconds(), 123_456_789]);
  server.recordException(new TypeError('null value in column "name"'));
  server.addEvent('one over the limit');
  server.addLink({ context: trace.getSpanContext(remote), attributes: { first: 1, second: 'two', third: 3 } });
  server.addLink({ context: { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), traceFlags: TraceFlags.NONE } });
  server.addLink({ context: { traceId: 'f'.repeat(32), spanId: 'd'.repeat(16), traceFlags: TraceFlags.NONE } });
  server.setStatus({ code: SpanStatusCode.ERROR, message: 'the database said no' });
  server.end();

  const overLimit = tracer.startSpan('too many attributes', { root: true });
  for (let i = 0; i < 30; i++) overLimit.setAttribute(`attribute.${i}`, i);
  overLimit.end();
  const noDuration = tracer.startSpan('no duration', { startTime: [seconds() - 1, 999_999_999], root: true });
  noDuration.end(noDuration.startTime);
  await provider.shutdown();
}

async function sendLogs() {
  const provider = new LoggerProvider({
    resource,
    logRecordLimits: { attributeCountLimit: 28 },
    processors: [
      new BatchLogRecordProcessor({ exporter: recording(new OTLPLogExporter(), (records) => records.forEach(printLog)) }),
    ],
  });
  const logger = provider.getLogger('interop.logger', '0.2.0', {
    schemaUrl: 'https://opentelemetry.io/schemas/1.30.0',
    attributes: { 'scope.text': 'nested', 'scope.number': 7 },
  });
  const span = trace.setSpanContext(ROOT_CONTEXT, {
    traceId: '1'.repeat(32),
    spanId: '2'.repeat(16),
    traceFlags: TraceFlags.SAMPLED,
  });
  for (const name of Object.keys(SeverityNumber).filter((key) => Number.isNaN(Number(key)))) {
    logger.emit({
      severityNumber: SeverityNumber[name],
      severityText: name,
      body: `a record of severity ${name}`,
      context: span,
    });
  }
  const map = { deep: { er: ['x', 1, true, null, { y: 0.5 }] }, bytes: new Uint8Array([0, 1, 254, 255]), nothing: null };
  const bodies = ['text\nof two lines', '', 17, 0.25, true, ['a', 1, 0.5, false], map, new Uint8Array([255, 0, 127]), undefined];
  for (const body of bodies) logger.emit({ body, attributes: { ...everyType, map, bytes: new Uint8Array([9, 8, 7]) } });
  logger.emit({ eventName: 'order.paid', attributes: { 'order.id': 12 }, timestamp: [seconds() - 5, 7] });
  const tooMany = Object.fromEntries(Array.from({ length: 31 }, (_, i) => [`attribute.${i}`, `${i}`]));
  logger.emit({ severityText: 'WARNING', body: 'too many attributes', attributes: tooMany, observedTimestamp: [seconds(), 1] });
  await provider.shutdown();
}

async function sendMetrics() {
  const readers = [AggregationTemporality.CUMULATIVE, AggregationTemporality.DELTA].map((temporality) => {
    const exporter = recording(new OTLPMetricExporter({ temporalityPreference: temporality }), printPoints);
    return new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  });
  const provider = new MeterProvider({
    resource,
    readers,
    views: [
      {
        instrumentName: 'interop.exponential*',
        aggregation: { type: AggregationType.EXPONENTIAL_HISTOGRAM, options: { maxSize: 20, recordMinMax: true } },
      },
    ],
  });
  const meter = provider.getMeter('interop.meter', '0.3.0', { schemaUrl: 'https://opentelemetry.io/schemas/1.30.0' });
  const requests = meter.createCounter('interop.requests', {
    unit: '{request}',
    description: 'Requests, "quoted".',
    valueType: ValueType.INT,
  });
  const bytes = meter.createCounter('interop.bytes', { unit: 'By', valueType: ValueType.DOUBLE });
  const open = meter.createUpDownCounter('interop.open', { valueType: ValueType.INT });
  const temperature = meter.createGauge('interop.temperature', { unit: 'Cel', valueType: ValueType.DOUBLE });
  const level = meter.createGauge('interop.level', { valueType: ValueType.INT });
  const latency = meter.createHistogram('interop.latency', {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.005, 0.1, 1, 2.5] },
  });
  const exponential = meter.createHistogram('interop.exponential', { unit: 'ms' });
  const onlyZero = meter.createHistogram('interop.exponential.zero');
  meter
    .createObservableCounter('interop.observed.ticks', { valueType: ValueType.INT })
    .addCallback((result) => result.observe(2 ** 40, { cpu: '0' }));
  meter
    .createObservableUpDownCounter('interop.observed.queue', { valueType: ValueType.DOUBLE })
    .addCallback((result) => result.observe(-3.5));
  meter.createObservableGauge('interop.observed.load').addCallback((result) => {
    result.observe(0.1 + 0.2, { period: '1m' });
    result.observe(1e-300, { period: '5m' });
  });

  const record = (round) => {
    requests.add(1, everyType);
    requests.add(2 ** 53 - 10 * (round + 1), { route: `/round/${round}` });
    bytes.add(0.1 * (round + 1));
    open.add(round === 0 ? 5 : -7, { pool: 'a' });
    temperature.record(-273.15 + round, { room: 'ß' });
    level.record(-(2 ** 45) - round);
    for (const value of [0, 0.005, 0.0050001, 0.7, 2.5, 1e9]) latency.record(value * (round + 1), { route: '/' });
    for (const value of [0, 1e-3, 0.5, 1, 1.5, 2, 1024, 1e6]) exponential.record(value + round, { route: '/' });
    onlyZero.record(0);
  };
  record(0);
  await provider.forceFlush();
  record(1);
  await provider.shutdown();
}

/** The exporter, with everything that passes it printed first; it must succeed. */
function recording(exporter, printBatch) {
  return {
    export(batch, callback) {
      printBatch(batch);
      exporter.export(batch, (result) => {
        if (result.code !== ExportResultCode.SUCCESS) {
          process.stderr.write(`export failed: ${result.error?.stack}\n`);
          process.exitCode = 1;
        }
        callback(result);
      });
    },
    forceFlush: () => exporter.forceFlush?.(),
    shutdown: () => exporter.shutdown(),
    selectAggregationTemporality: (instrument) => exporter.selectAggregationTemporality(instrument),
    selectAggregation: (instrument) => exporter.selectAggregation(instrument),
  };
}

function report(...words) {
  print('notice', words.map((word) => (typeof word === 'string' ? word : JSON.stringify(word))).join(' '));
}

/** Now, in whole seconds. */
function seconds() {
  return Math.floor(Date.now() / 1000);
}
