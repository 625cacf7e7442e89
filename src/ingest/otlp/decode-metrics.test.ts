import { describe, expect, test } from 'vitest';
import { baseNs, decodeBody, field, requestOf, testContext, wire } from '../../../test/otlp/decode-request.ts';
import type { Decoded } from '../../../test/otlp/decode-request.ts';
import type { Row } from '../../../test/otlp/rows.ts';
import type { Message } from '../../../test/otlp/wire.ts';
import { metricIdOf } from '../../model/metric-ids.ts';
import { oldestTimes } from '../../model/metric-retention.ts';

const decodeMetric = (...metrics: readonly Message[]): Promise<Decoded> =>
  decodeBody('metrics', requestOf(...metrics.map((metric) => wire('Metric', metric))));
const gauge = (...points: readonly Message[]): Message => ({
  name: 'load',
  gauge: { data_points: points.map((point) => ({ time_unix_nano: baseNs, ...point })) },
});
const histogram = (point: Message): Promise<Decoded> =>
  decodeMetric({ name: 'h', histogram: { data_points: [{ time_unix_nano: baseNs, ...point }], aggregation_temporality: 2 } });
const attribute = (key: string, value: Message): Message => ({ key, value });
const ids = (rows: readonly Row[] | undefined): unknown[] => (rows ?? []).map((row) => row['series_id']);

describe('a series', () => {
  const a = attribute('a', { string_value: '1' });
  const b = attribute('b', { int_value: 2n });

  test('is the same in any order of its attributes, and written once', async () => {
    const { rows } = await decodeMetric(gauge({ attributes: [a, b] }, { attributes: [b, a] }));
    expect(new Set(ids(rows['samples'])).size).toBe(1);
    expect(rows['series']).toHaveLength(1);
    expect(rows['series']?.[0]).toMatchObject({
      attributes: [
        ['a', '1', 's'],
        ['b', '2', 'i'],
      ],
    });
  });

  test('is another for each value and type of an attribute, and each number of attributes', async () => {
    const values: Message[] = [
      { string_value: '1' },
      { int_value: 1n },
      { double_value: 1 },
      { bool_value: true },
      { bytes_value: Buffer.from('1') },
      { array_value: { values: [{ int_value: 1n }] } },
      { array_value: { values: [{ int_value: 2n }] } },
      { kvlist_value: { values: [{ key: '1' }] } },
      { int_value: 2n ** 32n + 1n },
      {},
      { string_value: '' },
    ];
    const points = values.map((value) => ({ attributes: [attribute('a', value)] }));
    const others = [[], [a, a], [a, a, a], [attribute('a1', {})], [attribute('', { string_value: 'a1' })]].map((attributes) => ({
      attributes,
    }));
    const { rows } = await decodeMetric(gauge(...points, ...others));
    expect(new Set(ids(rows['samples'])).size).toBe(values.length + others.length);
    expect(rows['series']).toHaveLength(values.length + others.length);
  });

  test('is another for each name, unit, type, temporality and monotonicity', async () => {
    const data = { data_points: [{ time_unix_nano: baseNs }] };
    const { rows } = await decodeMetric(
      { name: 'load', gauge: data },
      { name: 'load', sum: data },
      { name: 'load', unit: 's', gauge: data },
      { name: 'loads', gauge: data },
      { name: 'load', sum: { ...data, aggregation_temporality: 1 } },
      { name: 'load', sum: { ...data, aggregation_temporality: 2 } },
      { name: 'load', sum: { ...data, aggregation_temporality: 2, is_monotonic: true } },
      { name: 'load', summary: data },
      // These two are no other series.
      { name: 'load', gauge: data, description: 'Another text.' },
      { name: 'load', sum: { ...data, aggregation_temporality: 9 } },
    );
    expect(
      rows['series']?.map(({ metric, unit, type, temporality, monotonic }) => [metric, unit, type, temporality, monotonic]),
    ).toEqual([
      ['load', '', 'gauge', 0, 0],
      ['load', '', 'sum', 0, 0],
      ['load', 's', 'gauge', 0, 0],
      ['loads', '', 'gauge', 0, 0],
      ['load', '', 'sum', 1, 0],
      ['load', '', 'sum', 2, 0],
      ['load', '', 'sum', 2, 1],
      ['load', '', 'summary', 0, 0],
    ]);
  });

  test('is another for each tenant, resource and scope', async () => {
    const metric = field(2, wire('Metric', gauge({})));
    const scoped = (name: string): Buffer => field(2, Buffer.concat([field(1, wire('InstrumentationScope', { name })), metric]));
    const of = (service: string, scope: string): Buffer =>
      field(
        1,
        Buffer.concat([
          field(1, wire('Resource', { attributes: [attribute('service.name', { string_value: service })] })),
          scoped(scope),
        ]),
      );
    const body = Buffer.concat([of('x', 's'), of('y', 's'), of('x', 't'), of('x', 's')]);
    const found = await Promise.all(['one', 'two'].map((tenant) => decodeBody('metrics', body, { ...testContext, tenant })));
    const all = found.flatMap(({ rows }) => ids(rows['samples']));
    expect(all).toHaveLength(8);
    expect(new Set(all).size).toBe(6);
    expect(found.map(({ rows }) => [rows['resources']?.length, rows['scopes']?.length, rows['series']?.length])).toEqual([
      [2, 2, 3],
      [2, 2, 3],
    ]);
  });

  test('is written once for each day of its points', async () => {
    const midnight = 1_763_683_200_000_000_000n;
    const { rows } = await decodeMetric(
      gauge(...[midnight, midnight - 1n, midnight + 1n].map((time) => ({ time_unix_nano: time }))),
    );
    expect(rows['series']?.map(({ day }) => day)).toEqual([20_413, 20_412]);
    expect(new Set(ids(rows['samples'])).size).toBe(1);
  });
});

describe('a metric', () => {
  const gaugeField = field(5, wire('Gauge', { data_points: [{ time_unix_nano: baseNs, as_double: 1 }] }));
  const sumField = field(7, wire('Sum', { data_points: [{ time_unix_nano: baseNs, as_double: 2 }], is_monotonic: true }));
  const name = field(1, Buffer.from('m'));

  test('has the kind of data that came last', async () => {
    const { rows } = await decodeBody(
      'metrics',
      requestOf(Buffer.concat([gaugeField, sumField, name]), Buffer.concat([sumField, gaugeField, name])),
    );
    expect(rows['samples']?.map(({ value }) => value)).toEqual([2, 1]);
    expect(rows['series']?.map(({ type }) => type)).toEqual(['sum', 'gauge']);
  });

  test('has the points of all parts of its data', async () => {
    const temporality = field(7, wire('Sum', { aggregation_temporality: 2 }));
    const { rows } = await decodeBody('metrics', requestOf(Buffer.concat([sumField, name, sumField, temporality])));
    expect(rows['samples']).toHaveLength(2);
    expect(rows['series']).toMatchObject([{ temporality: 2, monotonic: 1 }]);
  });

  test('without data holds no points; without a name they are refused', async () => {
    const { rows, outcome } = await decodeBody('metrics', requestOf(name, Buffer.concat([gaugeField, gaugeField])));
    expect(outcome).toEqual({
      accepted: 0,
      rejected: 2,
      reason: '2 of 2 data points refused: the name of the metric must not be empty (2 times).',
    });
    expect(rows).toEqual({});
  });

  test('is refused as malformed when a field of its data has a wrong wire type; fields of others are skipped', async () => {
    const wrongSum = field(7, Buffer.of(0x12, 0));
    const monotonicHistogram = field(9, Buffer.of(0x18, 1));
    await expect(decodeBody('metrics', requestOf(Buffer.concat([name, wrongSum])))).rejects.toThrow(
      'field 2 with its own wire type',
    );
    expect((await decodeBody('metrics', requestOf(Buffer.concat([name, monotonicHistogram])))).outcome.reason).toBe('');
  });

  test('is refused as malformed with metadata that is, also when its series is known', async () => {
    const metadata = field(12, Buffer.of(0x0a, 5));
    await expect(decodeBody('metrics', requestOf(Buffer.concat([name, metadata])))).rejects.toMatchObject({
      code: 'malformed_body',
    });
  });
});

describe('the number of a point', () => {
  test('is the one that came last', async () => {
    const start = wire('NumberDataPoint', { time_unix_nano: baseNs, as_double: 1.5 });
    const point = Buffer.concat([start, wire('NumberDataPoint', { as_int: 7n })]);
    const { rows } = await decodeBody(
      'metrics',
      requestOf(Buffer.concat([field(1, Buffer.from('m')), field(5, field(1, point))])),
    );
    expect(rows['samples']).toMatchObject([{ value: 7, is_int: 1, int_rest: 0 }]);
  });

  test.each([
    0n,
    -1n,
    2n ** 53n,
    2n ** 53n + 1n,
    -(2n ** 53n) - 1n,
    2n ** 62n + 1n,
    2n ** 63n - 1n,
    2n ** 63n - 512n,
    2n ** 63n - 513n,
    2n ** 63n - 1025n,
    -(2n ** 63n),
    1_234_567_890_123_456_789n,
  ])('%i comes back exactly', async (exact) => {
    const { rows } = await decodeMetric(gauge({ as_int: exact, exemplars: [{ as_int: exact }] }));
    for (const row of [rows['samples']?.[0], rows['exemplars']?.[0]]) {
      const value = BigInt(Number(row?.['value']));
      const rest = BigInt(Number(row?.['int_rest']));
      expect(row?.['is_int']).toBe(1);
      expect(value + rest).toBe(exact);
      // The engine makes a signed integer of the double.
      expect(value).toBe(BigInt.asIntN(64, value));
    }
  });
});

test('an exemplar has the time of its point when it has none, and is left out when its own is out of bounds', async () => {
  const exemplars = [
    { as_double: 1 },
    { as_double: 2, time_unix_nano: baseNs - 1n },
    { as_double: 3, time_unix_nano: 5n, filtered_attributes: [{ key: 'k' }] },
    {},
  ];
  const { rows, outcome } = await decodeMetric(gauge({ as_double: 1, exemplars }));
  expect(outcome).toEqual({
    accepted: 1,
    rejected: 0,
    reason:
      'Left out of what was taken: exemplars: time_unix_nano must be from 2025-11-20T08:00:00.000Z to 2025-11-21T09:00:00.000Z.',
  });
  expect(rows['exemplars']?.map(({ value, time, is_int, attributes }) => [value, time, is_int, attributes])).toEqual([
    [1, baseNs, 0, []],
    [2, baseNs - 1n, 0, []],
    [0, baseNs, 2, []],
  ]);
  expect(new Set([...ids(rows['samples']), ...ids(rows['exemplars'])]).size).toBe(1);
});

describe('the buckets of a histogram', () => {
  test.each<[string, Message]>([
    ['none', {}],
    ['one without bounds', { bucket_counts: [5n] }],
    ['with a bound at infinity', { bucket_counts: [1n, 2n], explicit_bounds: [Number.POSITIVE_INFINITY] }],
    ['from minus infinity', { bucket_counts: [1n, 2n, 3n], explicit_bounds: [Number.NEGATIVE_INFINITY, 0] }],
  ])('may be: %s', async (_, point) => {
    expect((await histogram(point)).outcome).toEqual({ accepted: 1, rejected: 0, reason: '' });
  });

  const number = 'bucket_counts must hold one more than explicit_bounds, or both be empty';
  test.each<[string, Message, string]>([
    ['as many as bounds', { bucket_counts: [1n, 2n], explicit_bounds: [1, 2] }, number],
    ['two more than bounds', { bucket_counts: [1n, 2n, 3n], explicit_bounds: [1] }, number],
    ['bounds without counts', { explicit_bounds: [1] }, number],
    ['counts without bounds', { bucket_counts: [1n, 2n] }, number],
    ['equal bounds', { bucket_counts: [1n, 2n, 3n], explicit_bounds: [1, 1] }, 'explicit_bounds must rise'],
    ['falling bounds', { bucket_counts: [1n, 2n, 3n], explicit_bounds: [2, 1] }, 'explicit_bounds must rise'],
    ['a bound that is no number', { bucket_counts: [1n, 2n], explicit_bounds: [Number.NaN] }, 'explicit_bounds must rise'],
  ])('may not be: %s', async (_, point, rule) => {
    const { rows, outcome } = await histogram(point);
    expect(outcome).toEqual({ accepted: 0, rejected: 1, reason: `1 of 1 data points refused: ${rule}.` });
    expect(rows).toEqual({});
  });

  test('may come packed, one by one, or both', async () => {
    const counts = wire('HistogramDataPoint', { bucket_counts: [1n, 2n] });
    const one = Buffer.concat([Buffer.of(0x31), wire('HistogramDataPoint', { bucket_counts: [2n ** 64n - 1n] }).subarray(2)]);
    const bound = Buffer.concat([Buffer.of(0x39), wire('HistogramDataPoint', { explicit_bounds: [0.25] }).subarray(2)]);
    const bounds = wire('HistogramDataPoint', { explicit_bounds: [1e21] });
    const empty = Buffer.of(0x32, 0);
    const point = Buffer.concat([wire('HistogramDataPoint', { time_unix_nano: baseNs }), counts, bound, one, empty, bounds]);
    const { rows } = await decodeBody(
      'metrics',
      requestOf(Buffer.concat([field(1, Buffer.from('h')), field(9, field(1, point))])),
    );
    expect(rows['histograms']).toMatchObject([{ counts: '[1,2,18446744073709551615]', bounds: '[0.25,1e+21]' }]);
  });

  test('are malformed when a packed run is no multiple of its values', async () => {
    const body = requestOf(field(9, field(1, field(6, Buffer.alloc(9)))));
    await expect(decodeBody('metrics', body)).rejects.toThrow(
      'Expected a multiple of 8 bytes for packed 64-bit values, found 9, at byte',
    );
  });

  test('of an exponential one are malformed when a packed varint is cut', async () => {
    const start = wire('ExponentialHistogramDataPoint', { time_unix_nano: baseNs });
    const point = Buffer.concat([start, field(8, field(2, Buffer.of(1, 0x80)))]);
    const body = requestOf(Buffer.concat([field(1, Buffer.from('h')), field(10, field(1, point))]));
    await expect(decodeBody('metrics', body)).rejects.toThrow('Expected the rest of a varint');
  });
});

test('a point of any kind is refused when its time is out of bounds', async () => {
  const data = { data_points: [{ time_unix_nano: 5n }, {}] };
  const { rows, outcome } = await decodeMetric(
    ...['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'].map((kind) => ({ name: 'm', [kind]: data })),
  );
  expect(outcome).toMatchObject({
    accepted: 0,
    rejected: 10,
    reason: expect.stringContaining('time_unix_nano must be from') as string,
  });
  expect(rows).toEqual({});
});

test('what is too old of one metric may be taken of another', async () => {
  const hourNs = 3_600_000_000_000n;
  const keptMs = (name: string): number => (name.startsWith('long.') ? 9 * 3_600_000 : 3_600_000);
  const times = oldestTimes(baseNs, 1, { shortestMs: 3_600_000, longestMs: 9 * 3_600_000, keptMs });
  const data = (ageNs: bigint): Message => ({
    data_points: [
      { time_unix_nano: baseNs - ageNs, as_int: 1n, exemplars: [{ as_int: 1n }, { time_unix_nano: baseNs - 5n * hourNs }] },
    ],
  });
  const metrics = ['long.a', 'short', 'long.b'].flatMap((name) =>
    [hourNs, hourNs + 1n, 9n * hourNs + 1n].map((age) => ({ name, gauge: data(age) })),
  );
  const { rows, outcome } = await decodeBody('metrics', requestOf(...metrics.map((metric) => wire('Metric', metric))), {
    ...testContext,
    ...times,
  });
  expect(outcome).toMatchObject({ accepted: 5, rejected: 4 });
  expect(outcome.reason).toContain('from 2025-11-20T08:00:00.000Z');
  expect(outcome.reason).toContain('from 2025-11-20T00:00:00.000Z');
  const taken = rows['samples']!.map((row) => [row['metric_id'], baseNs - (row['time'] as bigint)]);
  expect(taken).toEqual([
    [metricIdOf('long.a'), hourNs],
    [metricIdOf('long.a'), hourNs + 1n],
    [metricIdOf('short'), hourNs],
    [metricIdOf('long.b'), hourNs],
    [metricIdOf('long.b'), hourNs + 1n],
  ]);
  expect(rows['exemplars']).toHaveLength(9);
});
