import { SpanKind } from '@opentelemetry/api';
import { assert, array, double, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { otlpSchema } from '../../../src/ingest/otlp/schema.ts';
import { decode } from '../../../test/otlp/wire.ts';
import type { Message } from '../../../test/otlp/wire.ts';
import { OtlpWriter } from '../otlp/writer.ts';
import { RecordedSpan } from '../trace/span.ts';
import { Distribution, durationBounds } from './distribution.ts';

const spec = { name: 'wait', unit: 's', description: 'How long.', bounds: [0, 1, 2.5] };
const limits = {
  attributesMax: 1,
  attributeLengthMax: 1,
  eventsMax: 1,
  linksMax: 1,
  attributesPerEventMax: 1,
  attributesPerLinkMax: 1,
};

function spanOf(isSampled: boolean): RecordedSpan {
  const start = { kind: SpanKind.SERVER, parent: undefined, isSampled, traceState: '', startMs: 0 };
  const scope = { name: 'shop', version: '', schemaUrl: '' };
  const sink = { limits, spanEnded: () => {} };
  const span = new RecordedSpan({ ...start, scope, sink, name: 'pay' }, { trace0: 1, trace1: 2, trace2: 3, trace3: 4 });
  span.end();
  return span;
}

function metricOf(distribution: Distribution, isDelta = false): Message {
  const writer = new OtlpWriter();
  distribution.write(writer, isDelta);
  const { metrics } = decode(otlpSchema, 'ScopeMetrics', writer.written()) as unknown as { metrics: Message[] };
  expect(metrics.length).toBe(1);
  return metrics[0] ?? {};
}

interface Point extends Message {
  readonly start_time_unix_nano: bigint;
  readonly time_unix_nano: bigint;
  readonly exemplars: readonly Message[];
}

function pointsOf(distribution: Distribution, isDelta = false): Point[] {
  const { data_points: points } = metricOf(distribution, isDelta)['histogram'] as unknown as { data_points?: Point[] };
  return points ?? [];
}

describe('a distribution', () => {
  function check(what: string, values: number[], counts: bigint[]): void {
    test(`counts ${what} in the buckets ${counts.join(', ')}`, () => {
      const distribution = new Distribution(spec);
      const series = distribution.series({});
      for (const value of values) series.record(value, undefined);
      expect(pointsOf(distribution)).toEqual([
        expect.objectContaining({
          count: BigInt(values.length),
          sum: values.reduce((sum, value) => sum + value, 0),
          bucket_counts: counts,
          explicit_bounds: spec.bounds,
          min: Math.min(...values),
          max: Math.max(...values),
        }),
      ]);
    });
  }

  check('what is at a bound', [0, 1, 2.5], [1n, 1n, 1n, 0n]);
  check('what is just above a bound', [Number.MIN_VALUE, 1 + Number.EPSILON, 2.6], [0n, 1n, 1n, 1n]);
  check('what is below all bounds', [-5, -Infinity], [2n, 0n, 0n, 0n]);
  check('what is above all bounds', [3, Infinity], [0n, 0n, 0n, 2n]);
  check('the same again', [1, 1, 1], [0n, 3n, 0n, 0n]);

  test('has every measurement in the one bucket where it belongs', () => {
    assert(
      property(array(double({ noNaN: true, min: -1, max: 12 }), { minLength: 1 }), (values) => {
        const distribution = new Distribution({ ...spec, bounds: durationBounds });
        const series = distribution.series({});
        for (const value of values) series.record(value, undefined);
        const edges = [-Infinity, ...durationBounds, Infinity];
        const counts = edges.slice(1).map((edge, i) => values.filter((value) => value > (edges[i] ?? 0) && value <= edge).length);
        expect(pointsOf(distribution)[0]?.['bucket_counts']).toEqual(counts.map(BigInt));
        expect(series.count).toBe(values.length);
      }),
    );
  });

  test('goes out under its name, as a histogram with a point for each of its series', () => {
    const distribution = new Distribution(spec);
    distribution.series({ route: '/a' }).record(1, undefined);
    distribution.series({ route: '/never' });
    distribution.series({ route: '/b', status: 200 }).record(2, undefined);
    expect(metricOf(distribution)).toMatchObject({
      name: 'wait',
      description: 'How long.',
      unit: 's',
      histogram: {
        data_points: [
          { attributes: [{ key: 'route', value: { string_value: '/a' } }], sum: 1 },
          {
            attributes: [
              { key: 'route', value: { string_value: '/b' } },
              { key: 'status', value: { int_value: 200n } },
            ],
            sum: 2,
          },
        ],
        aggregation_temporality: 2,
      },
    });
    expect(pointsOf(distribution).length).toBe(2);
  });

  test('is empty until something is recorded', () => {
    const distribution = new Distribution(spec);
    const series = distribution.series({});
    expect(distribution.isEmpty).toBe(true);
    series.record(1, undefined);
    expect(distribution.isEmpty).toBe(false);
  });
});

describe('points', () => {
  const timesOf = ([point]: Point[]): bigint[] => [point?.start_time_unix_nano ?? -1n, point?.time_unix_nano ?? -1n];
  const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));

  test('that count from the start go on', async () => {
    const distribution = new Distribution(spec);
    const series = distribution.series({});
    series.record(1, undefined);
    const [start = 0n, first = 0n] = timesOf(pointsOf(distribution));
    await tick();
    series.record(3, undefined);
    const points = pointsOf(distribution);
    expect(points).toEqual([expect.objectContaining({ count: 2n, sum: 4, min: 1, max: 3, start_time_unix_nano: start })]);
    expect([start <= first, (timesOf(points)[1] ?? 0n) > first]).toEqual([true, true]);
  });

  test('that count from the last export begin anew where that ended', async () => {
    const distribution = new Distribution(spec);
    const [series, other] = [distribution.series({ a: 1 }), distribution.series({ a: 2 })];
    series.record(1, undefined);
    other.record(1, undefined);
    const metric = metricOf(distribution, true);
    expect(metric['histogram']).toMatchObject({ aggregation_temporality: 1 });
    const first = (metric['histogram'] as unknown as { data_points: Point[] }).data_points;
    expect([first.length, distribution.isEmpty, series.sum]).toEqual([2, true, 0]);
    await tick();
    series.record(3, undefined);
    const points = pointsOf(distribution, true);
    expect(points).toEqual([expect.objectContaining({ count: 1n, sum: 3, min: 3, max: 3, bucket_counts: [0n, 0n, 0n, 1n] })]);
    expect(timesOf(points)[0]).toBe(timesOf(first)[1]);
  });
});

describe('exemplars', () => {
  const exemplarsOf = (distribution: Distribution): readonly Message[] => pointsOf(distribution)[0]?.exemplars ?? [];

  test('are the last measurement within a sampled span of each bucket, and go out once', () => {
    const distribution = new Distribution(spec);
    const series = distribution.series({});
    const spans = [1, 2, 3].map(() => spanOf(true));
    for (const [i, value] of [0.5, 0.75, 5].entries()) series.record(value, spans[i]);
    series.record(1, spanOf(false));
    series.record(2, undefined);
    const exemplars = exemplarsOf(distribution);
    const traceId = Uint8Array.from([1, 2, 3, 4].flatMap((word) => [0, 0, 0, word]));
    expect(exemplars).toEqual([
      {
        time_unix_nano: expect.any(BigInt),
        as_double: 0.75,
        span_id: Uint8Array.from(Buffer.from(spans[1]?.spanId ?? '', 'hex')),
        trace_id: traceId,
      },
      {
        time_unix_nano: expect.any(BigInt),
        as_double: 5,
        span_id: Uint8Array.from(Buffer.from(spans[2]?.spanId ?? '', 'hex')),
        trace_id: traceId,
      },
    ]);
    for (const { time_unix_nano: time } of exemplars) expect(Math.abs(Number(time) / 1e6 - Date.now())).toBeLessThan(1000);
    expect(exemplarsOf(distribution)).toEqual([]);
    series.record(0.25, spans[0]);
    expect(exemplarsOf(distribution)).toMatchObject([{ as_double: 0.25 }]);
  });
});

describe('series beyond 2000', () => {
  test('are gathered in one that says so', () => {
    const distribution = new Distribution(spec);
    for (let i = 0; i < 2003; i++) distribution.series({ i }).record(1, undefined);
    const points = pointsOf(distribution);
    expect(points.length).toBe(2001);
    expect(points[1999]).toMatchObject({ attributes: [{ key: 'i', value: { int_value: 1999n } }], count: 1n });
    expect(points[2000]).toMatchObject({
      attributes: [{ key: 'otel.metric.overflow', value: { bool_value: true } }],
      count: 3n,
    });
    expect(distribution.all.length).toBe(2001);
  });

  test('are not there while there are no more than that', () => {
    const distribution = new Distribution(spec);
    for (let i = 0; i < 2000; i++) distribution.series({ i }).record(1, undefined);
    expect(pointsOf(distribution).length).toBe(2000);
  });
});
