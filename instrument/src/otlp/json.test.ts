import { SpanKind, SpanStatusCode, ValueType, createTraceState } from '@opentelemetry/api';
import type { HrTime } from '@opentelemetry/api';
import { AggregationTemporality, DataPointType } from '@opentelemetry/sdk-metrics';
import type { MetricData } from '@opentelemetry/sdk-metrics';
import { describe, expect, test } from 'vitest';
import { otlpSchema } from '../../../src/ingest/otlp/schema.ts';
import { decode } from '../../../test/otlp/wire.ts';
import type { Message } from '../../../test/otlp/wire.ts';
import type { Signal } from '../send/signals.ts';
import { RecordedSpan } from '../trace/span.ts';
import type { ParentIds, Scope, SpanLimits } from '../trace/span.ts';
import { otlpJson } from './json.ts';
import { writeLog } from './log.ts';
import type { LogFields } from './log.ts';
import { writeMetric } from './metric.ts';
import { ScopedRecords } from './scoped.ts';
import { writeSpan } from './span.ts';
import { writeAttribute } from './values.ts';
import { OtlpWriter } from './writer.ts';

const scope: Scope = { name: 'shop', version: '1.2', schemaUrl: 'https://example.com/schema' };
const startMs = 1_700_000_000_000.5;
const startNs = '1700000000000500000';
const limits: SpanLimits = {
  attributesMax: 4,
  attributeLengthMax: 20,
  eventsMax: 2,
  linksMax: 1,
  attributesPerEventMax: 1,
  attributesPerLinkMax: 1,
};

const parent: ParentIds = {
  trace0: 0x0af7_6519,
  trace1: 0x16cd_43dd,
  trace2: 0x8448_eb21 | 0,
  trace3: 0x1c80_319c,
  span0: 0xb7ad_6b71 | 0,
  span1: 0x6920_3331,
  traceState: 'a=1',
  isSampled: true,
  isRemote: true,
};
const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';

const resource = (): Uint8Array => {
  const writer = new OtlpWriter();
  writeAttribute(writer, 0x0a, 'service.name', 'shop');
  return writer.written();
};

/** The records of the one scope in the request, as its JSON has them. */
function recordsOf(signal: Signal, write: (writer: OtlpWriter) => void): Record<string, unknown>[] {
  const records = new ScopedRecords();
  write(records.add(scope));
  const request = JSON.parse(otlpJson(signal, records.take(resource()) ?? new Uint8Array())) as Record<string, unknown[]>;
  const ending = { traces: 'Spans', logs: 'Logs', metrics: 'Metrics' }[signal];
  const list = { traces: 'spans', logs: 'logRecords', metrics: 'metrics' }[signal];
  const written: Record<string, unknown>[] = [];
  expect(request).toEqual({
    [`resource${ending}`]: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'shop' } }] },
        [`scope${ending}`]: [
          { scope: { name: 'shop', version: '1.2' }, [list]: expect.any(Array), schemaUrl: 'https://example.com/schema' },
        ],
      },
    ],
  });
  const [perResource] = request[`resource${ending}`] as Record<string, Record<string, Record<string, unknown>[]>[]>[];
  written.push(...(perResource?.[`scope${ending}`]?.[0]?.[list] ?? []));
  return written;
}

describe('a span', () => {
  const start = { scope, name: 'GET /', kind: SpanKind.SERVER, parent, isSampled: true, traceState: 'a=1', startMs };
  const spanJson = (change: (span: RecordedSpan) => void): unknown => {
    const span = new RecordedSpan({ ...start, sink: { limits, spanEnded: () => {} } }, parent);
    change(span);
    span.end([1_700_000_000, 1_750_000]);
    const [json] = recordsOf('traces', (writer) => writeSpan(writer, span, limits));
    expect(json?.['spanId']).toBe(span.spanId);
    return json;
  };
  const plain = {
    traceId,
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    traceState: 'a=1',
    parentSpanId: spanId,
    name: 'GET /',
    kind: 2,
    startTimeUnixNano: startNs,
    endTimeUnixNano: '1700000000001750000',
    flags: 0x301,
  };

  function check(what: string, change: (span: RecordedSpan) => void, expected: object): void {
    test(`${what} has what it was given`, () => expect(spanJson(change)).toEqual({ ...plain, ...expected }));
  }

  check('with nothing more', () => {}, {});
  check('with attributes', (span) => span.setAttributes({ text: 'é'.repeat(30), whole: -3, part: 0.5, yes: true, more: 1 }), {
    attributes: [
      { key: 'text', value: { stringValue: 'é'.repeat(20) } },
      { key: 'whole', value: { intValue: '-3' } },
      { key: 'part', value: { doubleValue: 0.5 } },
      { key: 'yes', value: { boolValue: true } },
    ],
    droppedAttributesCount: 1,
  });
  check('with a list and no number', (span) => span.setAttributes({ list: ['a', 'b'], none: Number.NaN }), {
    attributes: [
      { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
      { key: 'none', value: { doubleValue: 'NaN' } },
    ],
  });
  check('with a failure', (span) => span.setStatus({ code: SpanStatusCode.ERROR, message: 'no' }), {
    status: { message: 'no', code: 2 },
  });
  check('with success', (span) => span.setStatus({ code: SpanStatusCode.OK, message: 'no' }), { status: { code: 1 } });
  check('with events', (span) => ['a', 'b', 'c'].map((name) => span.addEvent(name, { x: 1, y: 2 }, [1_700_000_000, 500_000])), {
    events: ['b', 'c'].map((name) => ({
      timeUnixNano: startNs,
      name,
      attributes: [{ key: 'x', value: { intValue: '1' } }],
      droppedAttributesCount: 1,
    })),
    droppedEventsCount: 1,
  });
  const linked = { traceId, spanId, traceFlags: 1, traceState: createTraceState('b=2') };
  check('with links', (span) => span.addLinks([{ context: linked, attributes: { x: 'y', z: 1 } }, { context: linked }]), {
    links: [
      {
        traceId,
        spanId,
        traceState: 'b=2',
        attributes: [{ key: 'x', value: { stringValue: 'y' } }],
        droppedAttributesCount: 1,
        flags: 0x101,
      },
    ],
    droppedLinksCount: 1,
  });

  test('of a trace of its own has no parent, and no flags of one', () => {
    const root = new RecordedSpan(
      { ...start, parent: undefined, traceState: '', sink: { limits, spanEnded: () => {} } },
      { trace0: 0, trace1: 0, trace2: 0, trace3: 1 },
    );
    const [json] = recordsOf('traces', (writer) => writeSpan(writer, root, limits));
    expect(json).toEqual({
      traceId: '00000000000000000000000000000001',
      spanId: root.spanId,
      name: 'GET /',
      kind: 2,
      startTimeUnixNano: startNs,
      endTimeUnixNano: startNs,
      flags: 1,
    });
  });
});

describe('a log record', () => {
  const fields: LogFields = {
    timeMs: startMs,
    observedMs: startMs + 1,
    severity: 9,
    severityText: 'INFO',
    body: 'paid',
    attributes: {},
    eventName: '',
    span: undefined,
  };
  const plain = {
    timeUnixNano: startNs,
    severityNumber: 9,
    severityText: 'INFO',
    body: { stringValue: 'paid' },
    observedTimeUnixNano: '1700000000001500000',
  };

  function check(what: string, change: Partial<LogFields>, expected: object): void {
    test(`${what} has what it was given`, () => {
      const most = { attributesMax: 2, attributeLengthMax: 3 };
      expect(recordsOf('logs', (writer) => writeLog(writer, { ...fields, ...change }, most))).toEqual([
        { ...plain, ...expected },
      ]);
    });
  }

  check('with nothing more', {}, {});
  check('of a span', { span: parent }, { flags: 1, traceId, spanId });
  check('of a span that is not sampled', { span: { ...parent, isSampled: false } }, { flags: 0, traceId, spanId });
  check('of an event', { eventName: 'paid' }, { eventName: 'paid' });
  check(
    'with attributes',
    { attributes: { a: 'long', b: undefined, c: { d: null }, e: 1 } },
    {
      attributes: [
        { key: 'a', value: { stringValue: 'lon' } },
        { key: 'c', value: { kvlistValue: { values: [{ key: 'd', value: {} }] } } },
      ],
      droppedAttributesCount: 1,
    },
  );
  check('with a body of bytes', { body: Uint8Array.of(1, 255) }, { body: { bytesValue: 'Af8=' } });
  check('with a long body', { body: 'x'.repeat(20_000) }, { body: { stringValue: 'x'.repeat(20_000) } });

  test('without severity, text and body says nothing of them', () => {
    const nothing = { ...fields, severity: 0, severityText: '', body: undefined };
    const [json] = recordsOf('logs', (writer) => writeLog(writer, nothing, { attributesMax: 2, attributeLengthMax: 3 }));
    expect(json).toEqual({ timeUnixNano: startNs, observedTimeUnixNano: '1700000000001500000' });
  });

  test.each([25, 128, 200, 1000, -1])('with severity %i, which there is not, leaves the request readable', (severity) => {
    const writer = new OtlpWriter();
    for (const one of [severity, 9]) {
      writeLog(writer, { ...fields, severity: one }, { attributesMax: 2, attributeLengthMax: 3 });
    }
    const { log_records: records } = decode(otlpSchema, 'ScopeLogs', writer.written()) as unknown as { log_records: Message[] };
    expect(records.map((record) => [record['severity_text'], record['body']])).toEqual([
      ['INFO', { string_value: 'paid' }],
      ['INFO', { string_value: 'paid' }],
    ]);
  });
});

describe('a metric', () => {
  const time: HrTime = [1_700_000_000, 500_000];
  const times = { startTimeUnixNano: startNs, timeUnixNano: startNs };
  const at = { startTime: time, endTime: time };
  const attributes = { route: '/' };
  const attributesJson = [{ key: 'route', value: { stringValue: '/' } }];
  const descriptor = { name: 'size', description: 'How large.', unit: 'By', valueType: ValueType.INT };
  const head = { name: 'size', description: 'How large.', unit: 'By' };
  const cumulative = AggregationTemporality.CUMULATIVE;

  function check(what: string, data: MetricData, expected: object): void {
    test(`${what} has its points`, () =>
      expect(recordsOf('metrics', (writer) => writeMetric(writer, data))).toEqual([{ ...head, ...expected }]));
  }

  check(
    'that is a gauge of whole numbers',
    {
      descriptor,
      aggregationTemporality: cumulative,
      dataPointType: DataPointType.GAUGE,
      dataPoints: [
        { ...at, attributes, value: -7 },
        { ...at, attributes: {}, value: -(2 ** 40) },
        { ...at, attributes: {}, value: 0.5 },
      ],
    },
    {
      gauge: {
        dataPoints: [
          { ...times, asInt: '-7', attributes: attributesJson },
          { ...times, asInt: '-1099511627776' },
          { ...times, asDouble: 0.5 },
        ],
      },
    },
  );
  check(
    'that is a sum of parts',
    {
      descriptor: { ...descriptor, valueType: ValueType.DOUBLE },
      aggregationTemporality: AggregationTemporality.DELTA,
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      dataPoints: [3, Number.NaN, -Infinity].map((value) => ({ ...at, attributes, value })),
    },
    {
      sum: {
        dataPoints: [3, 'NaN', '-Infinity'].map((asDouble) => ({ ...times, asDouble, attributes: attributesJson })),
        aggregationTemporality: 1,
        isMonotonic: true,
      },
    },
  );
  const buckets = { boundaries: [0.5, 1], counts: [1, 0, 2 ** 40] };
  check(
    'that is a histogram',
    {
      descriptor,
      aggregationTemporality: cumulative,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: [
        { ...at, attributes, value: { buckets, count: 2 ** 40 + 1, sum: 2.5, min: -1, max: 2 } },
        { ...at, attributes: {}, value: { buckets, count: 1 } },
      ],
    },
    {
      histogram: {
        dataPoints: [
          {
            ...times,
            count: '1099511627777',
            sum: 2.5,
            bucketCounts: ['1', '0', '1099511627776'],
            explicitBounds: [0.5, 1],
            attributes: attributesJson,
            min: -1,
            max: 2,
          },
          { ...times, count: '1', bucketCounts: ['1', '0', '1099511627776'], explicitBounds: [0.5, 1] },
        ],
        aggregationTemporality: 2,
      },
    },
  );
  check(
    'that is an exponential histogram',
    {
      descriptor,
      aggregationTemporality: cumulative,
      dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
      dataPoints: [
        {
          ...at,
          attributes,
          value: {
            count: 300,
            sum: 4,
            min: 1,
            max: 2,
            scale: -3,
            zeroCount: 5,
            positive: { offset: -200, bucketCounts: [1, 0, 290] },
            negative: { offset: 0, bucketCounts: [] },
          },
        },
      ],
    },
    {
      exponentialHistogram: {
        dataPoints: [
          {
            attributes: attributesJson,
            ...times,
            count: '300',
            sum: 4,
            scale: -3,
            zeroCount: '5',
            positive: { offset: -200, bucketCounts: ['1', '0', '290'] },
            min: 1,
            max: 2,
          },
        ],
        aggregationTemporality: 2,
      },
    },
  );
});

describe('records of several scopes', () => {
  test('stand each under its own, and are gone once taken', () => {
    const records = new ScopedRecords();
    const other = { name: 'other', version: '', schemaUrl: '' };
    const log = (from: Scope, body: string): void => {
      const fields = { timeMs: 0, observedMs: 0, severity: 0, severityText: '', eventName: '', attributes: {}, span: undefined };
      writeLog(records.add(from), { ...fields, body }, { attributesMax: 1, attributeLengthMax: 1 });
    };
    const bodies = (): unknown =>
      JSON.parse(otlpJson('logs', records.take(new Uint8Array()) ?? new Uint8Array()), (key, value: unknown) =>
        key === 'logRecords' ? (value as { body: { stringValue: string } }[]).map(({ body }) => body.stringValue) : value,
      );
    log(scope, 'a');
    log(other, 'b');
    log(scope, 'c');
    expect([records.count, records.bytes > 0]).toEqual([3, true]);
    const named = { scope: { name: 'shop', version: '1.2' }, schemaUrl: scope.schemaUrl };
    expect(bodies()).toEqual({
      resourceLogs: [
        {
          resource: {},
          scopeLogs: [
            { ...named, logRecords: ['a', 'c'] },
            { scope: { name: 'other' }, logRecords: ['b'] },
          ],
        },
      ],
    });
    expect([records.count, records.bytes, records.take(new Uint8Array())]).toEqual([0, 0, undefined]);
    log(other, 'd'.repeat(2 << 20));
    log(other, 'e');
    expect(JSON.stringify(bodies())).toContain('dd","e"]');
    log(other, 'f');
    expect(bodies()).toEqual({
      resourceLogs: [{ resource: {}, scopeLogs: [{ scope: { name: 'other' }, logRecords: ['f'] }] }],
    });
  });
});
