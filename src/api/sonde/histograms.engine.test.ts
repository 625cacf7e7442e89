import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, yesterdayNs } from '../../../test/sonde/client.ts';
import type { TestStore } from '../../../test/sonde/client.ts';
import { Telemetry } from '../../../test/sonde/telemetry.ts';
import type { TestPoint, TestSeries } from '../../../test/sonde/telemetry.ts';
import type { MetricAnswer } from './contract.ts';

const secondNs = 1_000_000_000n;
const minuteNs = 60n * secondNs;
/** Yesterday, ten o'clock: a multiple of all steps here. */
const tenNs = yesterdayNs + 600n * minuteNs;
const hourBeforeNs = tenNs - 60n * minuteNs;

const at = (seconds: number): bigint => tenNs + BigInt(Math.round(seconds * 1e9));
let store: TestStore;

beforeAll(async () => {
  store = await openTestStore('histograms', at(3600));
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

describe('histograms', () => {
  const histogram = (name: string, temporality: 'delta' | 'cumulative', host = 'a'): TestSeries => ({
    metric: name,
    type: 'histogram',
    temporality,
    attributes: { host },
    unit: 's',
  });
  const point = (
    seconds: number,
    startNs: bigint,
    bounds: readonly number[],
    counts: readonly number[],
    sum: number,
  ): TestPoint => ({
    timeNs: at(seconds),
    startNs,
    bounds: `[${bounds.join(',')}]`,
    counts: `[${counts.join(',')}]`,
    count: counts.reduce((a, b) => a + b, 0),
    sum,
    present: 1,
  });

  test('of cumulative points show what came between these', async () => {
    const bounds = [1, 2, 4];
    await new Telemetry()
      .series(histogram('latency', 'cumulative'), [
        point(0, hourBeforeNs, bounds, [100, 100, 100, 100], 1000),
        point(60, hourBeforeNs, bounds, [110, 120, 110, 100], 1080),
        // A new process: all of it is new.
        point(120, at(61), bounds, [0, 10, 0, 0], 15),
        point(180, at(61), bounds, [0, 10, 0, 5], 100),
        point(240, at(61), bounds, [0, 10, 0, 5], 100),
      ])
      .store(store.engine);
    // 10 up to 1, 20 up to 2, 10 up to 4: the median of 40 lies half way through the second bucket.
    expect((await only('latency', 'fn=p50')).slice(0, 4)).toEqual([1.5, 1.5, 4, null]);
    expect((await only('latency', 'fn=p90')).slice(0, 4)).toEqual([2 + (6 / 10) * 2, 1.9, 4, null]);
    expect((await only('latency', 'fn=avg')).slice(0, 4)).toEqual([2, 1.5, 17, null]);
    expect((await only('latency', 'fn=increase')).slice(0, 4)).toEqual([40, 10, 5, 0]);
    expect((await only('latency', 'fn=rate'))[0]).toBe(Number((40 / 60).toPrecision(12)));
    expect(await metric('latency')).toMatchObject({
      fn: 'p95',
      metric: { type: 'histogram', unit: 's', temporality: 'cumulative' },
    });
  });

  test('of delta points are added up, over series with other bounds too', async () => {
    await new Telemetry()
      .series(histogram('size', 'delta', 'a'), [
        point(30, tenNs, [10, 20], [10, 10, 0], 250),
        point(60, at(30), [10, 20], [0, 10, 0], 150),
      ])
      .series(histogram('size', 'delta', 'b'), [point(60, tenNs, [15], [30, 0], 200)])
      .store(store.engine);
    // Cut at 10, 15, 20: 30, 20, 10 observations. Half of 60 is the whole first bucket.
    expect((await only('size', 'fn=p50'))[0]).toBe(10);
    expect((await only('size', 'fn=p90'))[0]).toBe(15 + (54 - 50) / 2);
    expect((await only('size', 'fn=avg'))[0]).toBe(10);
    const { series } = await metric('size', 'fn=p50&by=host');
    expect(Object.fromEntries(series.map(({ labels, values }) => [labels['host'], values[0]]))).toEqual({ a: 12.5, b: 7.5 });
  });

  test('that are exponential are merged at the lowest scale', async () => {
    const exponential = (host: string): TestSeries => ({
      ...histogram('exponential', 'delta', host),
      type: 'exponential_histogram',
    });
    await new Telemetry()
      // Scale 1: buckets (2^(i/2), 2^((i+1)/2)]. Indexes 2 to 5 are (2, 8].
      .series(exponential('a'), [
        {
          timeNs: at(60),
          startNs: tenNs,
          count: 12,
          sum: 60,
          scale: 1,
          zero_count: 2,
          positive_offset: 2,
          positive_counts: '[1,2,3,4]',
        },
      ])
      // Scale 0: index 1 is (2, 4], and -1 on the negative side is [-1, -0.5).
      .series(exponential('b'), [
        {
          timeNs: at(60),
          startNs: tenNs,
          count: 8,
          sum: 20,
          scale: 0,
          positive_offset: 1,
          positive_counts: '[7]',
          negative_offset: -1,
          negative_counts: '[1]',
        },
      ])
      .store(store.engine);
    // In all: 1 in [-1, -0.5), 2 zeros, 1 + 2 + 7 in (2, 4], 3 + 4 in (4, 8].
    expect((await only('exponential', 'fn=p50'))[0]).toBe(Number((2 * 2 ** 0.7).toPrecision(12)));
    expect((await only('exponential', 'fn=p90'))[0]).toBe(Number((4 * 2 ** (5 / 7)).toPrecision(12)));
    expect((await only('exponential', 'fn=avg'))[0]).toBe(4);
    expect((await only('exponential', 'fn=increase'))[0]).toBe(20);
    const { series } = await metric('exponential', 'fn=p99&by=host');
    expect(series.map(({ labels }) => labels['host'])).toEqual(['a', 'b']);
  });

  test('that are exponential and cumulative follow a change of their scale', async () => {
    const exponential: TestSeries = { ...histogram('rescaled', 'cumulative'), type: 'exponential_histogram' };
    const common = { startNs: hourBeforeNs };
    await new Telemetry()
      .series(exponential, [
        // Indexes 4 and 5 at scale 2 are half of index 2 at scale 1, and that is half of 1 at scale 0: all are (2, 4].
        { ...common, timeNs: tenNs, count: 6, sum: 18, scale: 2, positive_offset: 4, positive_counts: '[3,3]' },
        { ...common, timeNs: at(60), count: 16, sum: 58, scale: 1, positive_offset: 2, positive_counts: '[16]' },
        { ...common, timeNs: at(120), count: 36, sum: 178, scale: 0, positive_offset: 1, positive_counts: '[16,20]' },
      ])
      .store(store.engine);
    expect((await only('rescaled', 'fn=increase')).slice(0, 2)).toEqual([10, 20]);
    expect((await only('rescaled', 'fn=p50')).slice(0, 2)).toEqual([
      Number(Math.sqrt(8).toPrecision(12)),
      Number(Math.sqrt(32).toPrecision(12)),
    ]);
  });
});
