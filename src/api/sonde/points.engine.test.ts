import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, yesterdayNs } from '../../../test/sonde/client.ts';
import type { TestStore } from '../../../test/sonde/client.ts';
import { Telemetry } from '../../../test/sonde/telemetry.ts';
import type { TestSeries } from '../../../test/sonde/telemetry.ts';
import type { MetricPoint, PointsAnswer } from './contract.ts';

const tenNs = yesterdayNs + 36_000_000_000_000n;
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const at = (n: number): bigint => tenNs + BigInt(n);

let store: TestStore;

beforeAll(async () => {
  store = await openTestStore('points', tenNs + 60_000_000_000n);
});

afterAll(() => store.close());

async function points(name: string, query = ''): Promise<readonly MetricPoint[]> {
  const path = `/api/metrics/${encodeURIComponent(name)}/points?from=${tenNs}&to=${at(1000)}&limit=5000&${query}`;
  return (await store.get<PointsAnswer>(path)).points;
}

const gauge = (metric: string): TestSeries => ({ metric, type: 'gauge', attributes: { host: 'a' } });

test('native histograms of Prometheus come with their buckets', async () => {
  const native: TestSeries = { metric: 'native', type: 'native_histogram', attributes: { job: 'node' } };
  await new Telemetry()
    .series(native, [
      {
        timeNs: at(1),
        schema: 3,
        reset_hint: 2,
        count: 7.5,
        sum: Number.POSITIVE_INFINITY,
        zero_threshold: 0.001,
        zero_count: 2,
        positive_indexes: '[-1,4]',
        positive_counts: '[1.5,3]',
        negative_indexes: '[0]',
        negative_counts: '[1]',
      },
    ])
    .store(store.engine);
  expect(await points('native')).toMatchObject([
    {
      type: 'native_histogram',
      count: '7.5',
      sum: 'Infinity',
      native: {
        schema: 3,
        resetHint: 'not_reset',
        zeroThreshold: 0.001,
        zeroCount: 2,
        positive: { indexes: [-1, 4], counts: [1.5, 3] },
        negative: { indexes: [0], counts: [1] },
        bounds: [],
      },
    },
  ]);
});

test('integers are exact, and doubles keep what they are', async () => {
  await new Telemetry()
    .series(gauge('numbers/of any kind'), [
      { timeNs: at(1), value: 2 ** 63, is_int: 1, int_rest: -1 },
      { timeNs: at(2), value: -(2 ** 63), is_int: 1 },
      { timeNs: at(3), value: 2 ** 53, is_int: 1, int_rest: 1 },
      { timeNs: at(4), value: 5, is_int: 1 },
      { timeNs: at(5), value: 5 },
      { timeNs: at(6), value: 0.1 },
      { timeNs: at(7), value: Number.NaN },
      { timeNs: at(8), value: Number.NEGATIVE_INFINITY },
      { timeNs: at(9), value: 5e-324 },
      { timeNs: at(10), value: 0, is_int: 2, flags: 1 },
    ])
    .store(store.engine);
  expect((await points('numbers/of any kind')).map(({ value }) => value)).toEqual([
    { int: '9223372036854775807' },
    { int: '-9223372036854775808' },
    { int: '9007199254740993' },
    { int: '5' },
    { double: 5 },
    { double: 0.1 },
    { double: 'NaN' },
    { double: '-Infinity' },
    { double: 5e-324 },
    null,
  ]);
});

test('a point comes back whole, with its exemplars', async () => {
  const series: TestSeries = {
    metric: 'sum',
    type: 'sum',
    unit: '1',
    description: 'A sum.',
    temporality: 'delta',
    monotonic: true,
    attributes: { host: 'a' },
    resource: { zone: 'z' },
    scopeName: 'meter',
  };
  await new Telemetry()
    .series(
      series,
      [{ timeNs: at(9), startNs: at(1), value: 1.5 }],
      [{ pointNs: at(9), timeNs: tenNs - 3n, value: 1.25, traceId, attributes: { user: 'u' } }],
    )
    .store(store.engine);
  expect(await points('sum')).toEqual([
    {
      type: 'sum',
      unit: '1',
      description: 'A sum.',
      temporality: 'delta',
      monotonic: true,
      attributes: { host: 'a' },
      resource: { attributes: { 'service.name': 'shop', zone: 'z' }, droppedAttributes: 0, schemaUrl: '' },
      scope: { name: 'meter', version: '1', attributes: {}, droppedAttributes: 0, schemaUrl: '' },
      timeNs: String(at(9)),
      startNs: String(at(1)),
      flags: 0,
      value: { double: 1.5 },
      exemplars: [{ timeNs: String(tenNs - 3n), value: { double: 1.25 }, traceId, spanId: '', attributes: { user: 'u' } }],
    },
  ]);
});

test('histograms and summaries keep what was sent of them', async () => {
  await new Telemetry()
    .series({ ...gauge('many kinds'), type: 'histogram', temporality: 'cumulative' }, [
      { timeNs: at(1), count: 3n, sum: 4.5, present: 1, bounds: '[1,inf]', counts: '[1,2,18446744073709551615]' },
      { timeNs: at(2), count: 0, min: -1, max: 2, present: 6 },
    ])
    .series({ ...gauge('many kinds'), type: 'exponential_histogram', temporality: 'delta' }, [
      {
        timeNs: at(3),
        count: 7,
        scale: -3,
        zero_count: 2,
        zero_threshold: 0.5,
        positive_offset: -4,
        positive_counts: '[1,0,3]',
        negative_offset: 2,
        negative_counts: '[1]',
      },
    ])
    .series({ ...gauge('many kinds'), type: 'summary' }, [
      { timeNs: at(4), count: 2, sum: 3, quantiles: '[0.5,1]', quantile_values: '[1.5,nan]' },
    ])
    .store(store.engine);
  const [first, second, third, fourth] = await points('many kinds');
  expect(first).toMatchObject({
    type: 'histogram',
    temporality: 'cumulative',
    count: '3',
    sum: 4.5,
    min: null,
    max: null,
    bounds: [1, 'Infinity'],
    counts: ['1', '2', '18446744073709551615'],
  });
  expect(second).toMatchObject({ count: '0', sum: null, min: -1, max: 2, bounds: [], counts: [] });
  expect(third).toMatchObject({
    type: 'exponential_histogram',
    count: '7',
    exponential: {
      scale: -3,
      zeroCount: '2',
      zeroThreshold: 0.5,
      positive: { offset: -4, counts: ['1', '0', '3'] },
      negative: { offset: 2, counts: ['1'] },
    },
  });
  expect(third).not.toHaveProperty('bounds');
  expect(fourth).toMatchObject({
    type: 'summary',
    count: '2',
    sum: 3,
    quantiles: [
      { quantile: 0.5, value: 1.5 },
      { quantile: 1, value: 'NaN' },
    ],
  });
});

test('pages of any size hold all points once, in order of time, over types and series', async () => {
  const hosts = ['a', 'b', 'c'];
  const telemetry = new Telemetry();
  for (const host of hosts) {
    const attributes = { host };
    const times = Array.from({ length: 40 }, (_, i) => ({ timeNs: at(Math.floor(i / 2) * 10) }));
    telemetry.series(
      { metric: 'paged', type: 'gauge', attributes, service: host },
      times.map((time, i) => ({ ...time, value: i % 5 })),
    );
    telemetry.series(
      { metric: 'paged', type: 'summary', attributes, service: host },
      times.map((time) => ({ ...time, count: 1 })),
    );
  }
  await telemetry.store(store.engine);
  const whole = (await points('paged')).map((point) => JSON.stringify(point));
  expect(whole).toHaveLength(240);
  expect((await points('paged', 'service=b')).every(({ attributes }) => attributes['host'] === 'b')).toBe(true);
  for (const limit of [5, 17, 239, 240]) {
    const found: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const path: string = `/api/metrics/paged/points?from=${tenNs}&to=${at(1000)}&limit=${limit}&cursor=${cursor}`;
      const answer: PointsAnswer = await store.get<PointsAnswer>(path);
      found.push(...answer.points.map((point) => JSON.stringify(point)));
      cursor = answer.next;
    }
    expect(found).toEqual(whole);
  }
});

test('a metric that is not there has no points', async () => {
  expect(await points('nothing')).toEqual([]);
  expect(await store.refused('/api/metrics/nothing/points?limit=0')).toMatchObject({ status: 400, code: 'bad_request' });
});
