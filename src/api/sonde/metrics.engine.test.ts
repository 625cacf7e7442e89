import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, yesterdayNs } from '../../../test/sonde/client.ts';
import type { TestStore } from '../../../test/sonde/client.ts';
import { Telemetry } from '../../../test/sonde/telemetry.ts';
import type { TestPoint, TestSeries } from '../../../test/sonde/telemetry.ts';
import type { MetricAnswer, MetricsAnswer } from './contract.ts';

const secondNs = 1_000_000_000n;
const minuteNs = 60n * secondNs;
/** Yesterday, ten o'clock: a multiple of all steps here. */
const tenNs = yesterdayNs + 600n * minuteNs;
const hourBeforeNs = tenNs - 60n * minuteNs;

const at = (seconds: number): bigint => tenNs + BigInt(Math.round(seconds * 1e9));
const gauge = (metric: string, host: string): TestSeries => ({ metric, type: 'gauge', attributes: { host } });
const counter = (metric: string, host = 'a', temporality: 'delta' | 'cumulative' = 'cumulative'): TestSeries => ({
  metric,
  type: 'sum',
  temporality,
  monotonic: true,
  attributes: { host },
});
const values = (startNs: bigint, ...points: readonly (readonly [seconds: number, value: number])[]): TestPoint[] =>
  points.map(([seconds, value]) => ({ timeNs: at(seconds), startNs, value }));

let store: TestStore;

beforeAll(async () => {
  store = await openTestStore('metrics', at(3600));
});

afterAll(() => store.close());

async function metric(name: string, query = ''): Promise<MetricAnswer> {
  return store.get<MetricAnswer>(`/api/metrics/${encodeURIComponent(name)}?from=${tenNs}&to=${at(300)}&step=1m&${query}`);
}

/** The values of the only group. */
async function only(name: string, query = ''): Promise<readonly (number | null)[]> {
  const { series } = await metric(name, query);
  expect(series).toHaveLength(1);
  return (series[0]?.values ?? []).map((value) => (value === null ? null : Number(value.toPrecision(12))));
}

describe('gauges', () => {
  beforeAll(async () => {
    await new Telemetry()
      .series(gauge('temperature', 'a'), values(0n, [0, 1], [30, 3], [60, 5], [120, 7]))
      .series(gauge('temperature', 'b'), values(0n, [10, 10], [70, 20], [130, 30]))
      // Nothing recorded, and no value sent.
      .series(gauge('temperature', 'a'), [
        { timeNs: at(45), value: 1000, flags: 1 },
        { timeNs: at(46), value: 1000, is_int: 2 },
      ])
      .series(gauge('sparse', 'a'), values(0n, [-100, 4], [250, 8], [700, 9]))
      .series(gauge('steps', 'a'), values(0n, [-50, 4], [250, 8]))
      .store(store.engine);
  });

  test.each([
    ['avg', [(2 + 10) / 2, (5 + 20) / 2, (7 + 30) / 2]],
    ['min', [1, 5, 7]],
    ['max', [10, 20, 30]],
    ['sum', [2 + 10, 5 + 20, 7 + 30]],
    ['last', [3, 20, 30]],
  ] as const)('%s is over time first, then over series', async (fn, expected) => {
    const found = await only('temperature', `fn=${fn}`);
    expect(found.slice(0, 3)).toEqual(expected);
    // The last points are a minute after those before: they hold for another minute.
    const held = { avg: 18.5, min: 7, max: 30, sum: 37, last: 30 }[fn];
    expect(found.slice(3)).toEqual([held, null]);
  });

  test('are grouped by labels, the largest first', async () => {
    const { series, fn, truncated } = await metric('temperature', 'by=host');
    expect(fn).toBe('avg');
    expect(series.map(({ labels }) => labels)).toEqual([{ host: 'b' }, { host: 'a' }]);
    expect(series[1]?.values.slice(0, 3)).toEqual([2, 5, 7]);
    expect(truncated).toBe(false);
    expect(await metric('temperature', 'by=host&limit=1')).toMatchObject({
      series: [{ labels: { host: 'b' } }],
      truncated: true,
    });
  });

  test('hold their value between points that are at most five minutes apart', async () => {
    expect(await only('sparse')).toEqual([null, null, null, null, 8]);
    expect(await only('steps')).toEqual([4, 4, 4, 4, 8]);
  });

  test('can be filtered', async () => {
    expect((await only('temperature', 'attr=host%3Da')).slice(0, 2)).toEqual([2, 5]);
    expect((await only('temperature', 'attr=service.name%3Dshop&fn=max')).slice(0, 2)).toEqual([10, 20]);
    expect((await metric('temperature', 'attr=host%3Dz')).series).toEqual([]);
  });
});

describe('cumulative counters', () => {
  test('grow by the difference of points, spread over the time between them', async () => {
    // 60 per minute until 10:02:30, then 120 per minute.
    await new Telemetry()
      .series(counter('steady'), values(hourBeforeNs, [-30, 1000], [30, 1060], [90, 1120], [150, 1180], [210, 1300], [270, 1420]))
      .store(store.engine);
    expect(await only('steady', 'fn=increase')).toEqual([60, 60, 90, 120, 60]);
    expect(await only('steady', 'fn=rate')).toEqual([1, 1, 1.5, 2, 2]);
  });

  test('that start again count from 0: their value is smaller', async () => {
    await new Telemetry().series(counter('dropped'), values(0n, [-60, 500], [0, 560], [60, 20], [120, 50])).store(store.engine);
    expect(await only('dropped', 'fn=increase')).toEqual([20, 30, null, null, null]);
  });

  test('that start again count from 0: their start is later, though the value is not smaller', async () => {
    await new Telemetry()
      .series(counter('restarted'), [...values(hourBeforeNs, [0, 10], [60, 20]), ...values(at(90), [120, 50], [180, 56])])
      .store(store.engine);
    // 50 since the start at 10:01:30, which lies in the second minute in whole.
    expect(await only('restarted', 'fn=increase')).toEqual([10, 50, 6, null, null]);
  });

  test('that reset within a step lose nothing', async () => {
    await new Telemetry()
      .series(counter('flapping'), values(0n, [0, 100], [10, 110], [20, 5], [30, 7], [40, 1], [60, 3]))
      .store(store.engine);
    expect(await only('flapping', 'fn=increase')).toEqual([10 + 5 + 2 + 1 + 2, null, null, null, null]);
  });

  test('that began in the range count from their start, those of unknown start from their first point', async () => {
    await new Telemetry()
      .series(counter('began'), values(at(60), [120, 30], [180, 40]))
      .series(counter('unknown'), values(0n, [120, 30], [180, 40]))
      .series(counter('longAgo'), values(hourBeforeNs, [120, 30], [180, 40]))
      .series(counter('zeroed'), [...values(at(120), [120, 30]), ...values(at(120), [180, 40])])
      .store(store.engine);
    expect(await only('began', 'fn=increase')).toEqual([null, 30, 10, null, null]);
    expect(await only('unknown', 'fn=increase')).toEqual([null, null, 10, null, null]);
    expect(await only('longAgo', 'fn=increase')).toEqual([null, null, 10, null, null]);
    expect(await only('zeroed', 'fn=increase')).toEqual([null, null, 10, null, null]);
  });

  test('are added up over series of any rhythm', async () => {
    const every15 = Array.from({ length: 40 }, (_, i) => [i * 15 - 60, i * 15] as const);
    const every45 = Array.from({ length: 14 }, (_, i) => [i * 45 - 67, i * 90] as const);
    await new Telemetry()
      .series(counter('mixed', 'a'), values(0n, ...every15))
      .series(counter('mixed', 'b'), values(0n, ...every45))
      .store(store.engine);
    expect(await only('mixed')).toEqual([3, 3, 3, 3, 3]);
    expect(await only('mixed', 'fn=increase')).toEqual([180, 180, 180, 180, 180]);
    const { series } = await metric('mixed', 'by=host&by=service&by=resource.service.name&by=absent');
    expect(series.map(({ labels }) => labels)).toEqual([
      { host: 'b', service: 'shop', 'resource.service.name': 'shop', absent: '' },
      { host: 'a', service: 'shop', 'resource.service.name': 'shop', absent: '' },
    ]);
  });
});

test('long steps add up as short ones do, resets within a step included', async () => {
  const random = (n: number): number => ((n * 7919) % 1009) / 1009;
  const telemetry = new Telemetry();
  for (const kind of ['plain', 'restarting', 'dropping']) {
    let [value, startNs] = [1000, hourBeforeNs];
    const points = Array.from({ length: 400 }, (_, n) => {
      const seconds = -900 + n * 10;
      if (n % 37 === 5 && kind !== 'plain') value = 0;
      if (n % 37 === 5 && kind === 'restarting') startNs = at(seconds - 5);
      value += random(n);
      return { timeNs: at(seconds), startNs, value };
    });
    telemetry.series(counter(`long ${kind}`), points);
    telemetry.series(
      { metric: `long summary ${kind}`, type: 'summary' },
      points.map(({ timeNs, startNs, value }) => ({ timeNs, startNs, count: Math.floor(value), sum: value })),
    );
  }
  await telemetry.store(store.engine);
  for (const name of ['long plain', 'long restarting', 'long dropping', 'long summary restarting', 'long summary dropping']) {
    const increase = async (step: string): Promise<number[]> => {
      const path = `/api/metrics/${encodeURIComponent(name)}?from=${tenNs}&to=${at(2400)}&step=${step}&fn=increase`;
      const { series } = await store.get<MetricAnswer>(path);
      return (series[0]?.values ?? []).map(Number);
    };
    const [long, short] = [await increase('10m'), await increase('1m')];
    expect(long).toHaveLength(4);
    long.forEach((sum, i) =>
      expect(sum).toBeCloseTo(
        short.slice(i * 10, i * 10 + 10).reduce((a, b) => a + b),
        6,
      ),
    );
  }
});

test('delta counters count between start and time of each point', async () => {
  await new Telemetry()
    .series(counter('deltas', 'a', 'delta'), [
      { timeNs: at(60), startNs: tenNs, value: 6 },
      { timeNs: at(120), startNs: at(60), value: 12 },
      { timeNs: at(210), startNs: at(150), value: 60 },
      // Without a start all of it belongs to its time.
      { timeNs: at(250), value: 30 },
    ])
    .store(store.engine);
  expect(await only('deltas', 'fn=increase')).toEqual([6, 12, 30, 30, 30]);
  expect(await only('deltas', 'fn=rate')).toEqual([0.1, 0.2, 1, 1, 0.5]);
});

test('sums that may fall are shown as they are', async () => {
  await new Telemetry()
    .series({ metric: 'connections', type: 'sum', temporality: 'cumulative' }, values(hourBeforeNs, [0, 5], [60, 3], [120, 4]))
    .store(store.engine);
  expect((await only('connections')).slice(0, 3)).toEqual([5, 3, 4]);
  expect(await store.refused(`/api/metrics/connections?from=${tenNs}&to=${at(300)}&fn=rate`)).toMatchObject({
    status: 400,
    message: 'Parameter `fn`: expected one of avg, min, max, sum, last, got `rate`.',
  });
});

test('summaries have a rate and a mean', async () => {
  await new Telemetry()
    .series({ metric: 'summary', type: 'summary' }, [
      { timeNs: tenNs, startNs: hourBeforeNs, count: 100, sum: 50 },
      { timeNs: at(60), startNs: hourBeforeNs, count: 160, sum: 80 },
    ])
    .store(store.engine);
  expect(await only('summary')).toEqual([1, null, null, null, null]);
  expect(await only('summary', 'fn=avg')).toEqual([0.5, null, null, null, null]);
});

describe('series of Prometheus', () => {
  const untyped = (name: string): TestSeries => ({ metric: name, type: 'unknown', attributes: { job: 'node' } });
  beforeAll(async () => {
    await new Telemetry()
      .series(untyped('jobs_total'), values(0n, [-60, 0], [0, 60], [60, 120], [120, 240], [180, 360], [240, 480], [300, 600]))
      .series(untyped('temperature_celsius'), values(0n, [0, 20], [60, 21], [120, 22]))
      .series({ metric: 'latency', type: 'native_histogram', temporality: 'cumulative', monotonic: true }, [
        { timeNs: at(-60), count: 0, sum: 0 },
        { timeNs: at(0), count: 10, sum: 5 },
        { timeNs: at(60), count: 30, sum: 15 },
        { timeNs: at(90), count: 0, sum: Number.NaN, flags: 1 },
      ])
      .store(store.engine);
  });

  test('are shown as a rate where the name is that of a counter', async () => {
    expect(await metric('jobs_total')).toMatchObject({ fn: 'rate', metric: { type: 'unknown' } });
    expect(await only('jobs_total')).toEqual([1, 2, 2, 2, 2]);
    expect((await only('jobs_total', 'fn=max')).slice(0, 2)).toEqual([60, 120]);
  });

  test('are shown as they are where it is not', async () => {
    expect(await metric('temperature_celsius')).toMatchObject({ fn: 'avg' });
    expect((await only('temperature_celsius')).slice(0, 3)).toEqual([20, 21, 22]);
    expect(await metric('temperature_celsius', 'fn=rate')).toMatchObject({ fn: 'rate' });
  });

  test('with native histograms have a rate and a mean', async () => {
    expect(await metric('latency')).toMatchObject({ fn: 'rate', metric: { type: 'native_histogram' } });
    expect((await only('latency', 'fn=increase')).slice(0, 2)).toEqual([20, null]);
    expect((await only('latency', 'fn=avg'))[0]).toBe(0.5);
  });
});

test('the grid is aligned and its first step is whole', async () => {
  await new Telemetry().series(counter('grid'), values(0n, [-60, 0], [0, 60], [60, 120], [120, 180])).store(store.engine);
  const answer = await store.get<MetricAnswer>(`/api/metrics/grid?from=${at(30)}&to=${at(90)}&step=1m`);
  expect(answer.grid).toEqual({ startNs: String(tenNs), stepNs: String(minuteNs), points: 2 });
  expect(answer.series[0]?.values).toEqual([1, 1]);
});

test('exemplars are those of traces, the largest of each step', async () => {
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const points = Array.from({ length: 300 }, (_, i) => ({ timeNs: at(i), value: i }));
  const exemplars = points.map(({ timeNs, value }) => ({
    pointNs: timeNs,
    timeNs,
    value: value % 60,
    traceId,
    attributes: { n: value },
  }));
  await new Telemetry()
    .series(gauge('exemplified', 'a'), points, [...exemplars, { pointNs: at(7), timeNs: at(7), value: 1e6 }])
    .store(store.engine);
  const found = (await metric('exemplified')).exemplars;
  expect(found).toHaveLength(200);
  expect(found[0]).toEqual({ timeNs: String(at(20)), value: 20, traceId, spanId: '', attributes: { n: 20 } });
  expect(Math.min(...found.map(({ value }) => value))).toBe(20);
});

describe('the list of metrics', () => {
  test('says what each is', async () => {
    await new Telemetry()
      .series(
        { ...counter('list.requests', 'a'), unit: '{request}', description: 'How many', resource: { zone: 'z' } },
        values(0n, [0, 1]),
      )
      .series(
        { ...counter('list.requests', 'b'), unit: '{request}', description: 'How many', service: 'cart' },
        values(0n, [0, 1]),
      )
      .series({ ...gauge('list.requests', 'a'), attributes: { other: 1 } }, values(0n, [0, 1]))
      .series(gauge('list.other', 'a'), values(0n, [0, 1]))
      .store(store.engine);
    const { metrics } = await store.get<MetricsAnswer>(`/api/metrics?from=${tenNs}&to=${at(60)}&text=LIST.REQ`);
    expect(metrics).toEqual([
      {
        name: 'list.requests',
        type: 'sum',
        unit: '{request}',
        description: 'How many',
        temporality: 'cumulative',
        monotonic: true,
        seriesCount: 2,
        services: ['cart', 'shop'],
        attributeKeys: ['host', 'service', 'resource.service.name', 'resource.zone'],
        otherTypes: ['gauge'],
      },
    ]);
  });

  test('is filtered and paged by name', async () => {
    const list = async (query: string): Promise<MetricsAnswer> =>
      store.get<MetricsAnswer>(`/api/metrics?from=${tenNs}&to=${at(60)}&${query}`);
    const all = (await list('')).metrics.map(({ name }) => name);
    expect(all).toEqual(all.toSorted());
    expect(all.length).toBeGreaterThan(10);
    const paged: string[] = [];
    for (let next: string | null = ''; next !== null;) {
      const answer: MetricsAnswer = await list(`limit=4&cursor=${next}`);
      paged.push(...answer.metrics.map(({ name }) => name));
      next = answer.next;
    }
    expect(paged).toEqual(all);
    expect((await list('service=cart')).metrics.map(({ name }) => name)).toEqual(['list.requests']);
    expect((await list('text=how%20MANY')).metrics.map(({ name }) => name)).toEqual(['list.requests']);
    expect(await list(`from=${yesterdayNs - 1n}&to=${yesterdayNs}`)).toMatchObject({ next: null });
  });

  test('one of several types can be chosen', async () => {
    expect((await metric('list.requests')).fn).toBe('rate');
    expect((await metric('list.requests', 'type=gauge')).fn).toBe('avg');
    const range = `from=${tenNs}&to=${at(60)}`;
    expect(await store.refused(`/api/metrics/list.requests?type=summary&${range}`)).toMatchObject({
      status: 404,
      code: 'not_found',
    });
    expect(await store.refused(`/api/metrics/no.such?${range}`)).toMatchObject({ status: 404, code: 'not_found' });
    expect(await store.refused(`/api/metrics/list.requests?fn=p50&${range}`)).toMatchObject({ status: 400, code: 'bad_request' });
  });
});
