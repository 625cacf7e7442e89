import { AggregationTemporality, MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Distribution } from '../metric/distribution.ts';
import { Pools, poolWait } from './pools.ts';
import type { PoolReader } from './pools.ts';

class Reader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}
}

interface FakePool {
  readonly name: string;
  readonly all: number;
  readonly idle: number;
  readonly waiting: number;
  readonly max?: number;
  isClosed?: boolean;
}

const reader: PoolReader<FakePool> = {
  name: ({ name }) => name,
  state: ({ isClosed, all, idle, waiting, max }) => (isClosed === true ? undefined : { used: all - idle, idle, waiting, max }),
};

let metrics: Reader;
let wait: Distribution;
let pools: Pools;
beforeEach(() => {
  metrics = new Reader({ aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE });
  wait = new Distribution(poolWait);
  pools = new Pools(new MeterProvider({ readers: [metrics] }).getMeter('test'), wait);
});
afterEach(() => pools.stop());

async function points(): Promise<Record<string, number>> {
  const { resourceMetrics } = await metrics.collect();
  const all = resourceMetrics.scopeMetrics.flatMap(({ metrics: some }) => some);
  return Object.fromEntries(
    all.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ attributes, value }) => [
        [descriptor.name.replace('db.client.connection.', ''), ...Object.values(attributes)].join(' '),
        value as number,
      ]),
    ),
  );
}

test('pools are asked as metrics are collected, those of one name are added up, and of closed ones nothing is left', async () => {
  const one: FakePool = { name: 'a:1/shop', all: 5, idle: 2, waiting: 7, max: 10 };
  const same: FakePool = { name: 'a:1/shop', all: 1, idle: 0, waiting: 0, max: 10 };
  const endless: FakePool = { name: 'b:1/', all: 0, idle: 0, waiting: 0 };
  expect(await points()).toEqual({});
  for (const pool of [one, one, same, endless]) pools.asked(pool, reader);
  const endlessPoints = { 'count b:1/ used': 0, 'count b:1/ idle': 0, 'pending_requests b:1/': 0 };
  expect(await points()).toEqual({
    'count a:1/shop used': 4,
    'count a:1/shop idle': 2,
    'pending_requests a:1/shop': 7,
    'max a:1/shop': 20,
    ...endlessPoints,
  });
  one.isClosed = true;
  same.isClosed = true;
  const nothing = { 'count a:1/shop used': 0, 'count a:1/shop idle': 0, 'pending_requests a:1/shop': 0, 'max a:1/shop': 0 };
  expect(await points()).toEqual({ ...nothing, ...endlessPoints });
  pools.asked({ ...same, isClosed: false }, reader);
  expect(await points()).toMatchObject({ 'count a:1/shop used': 1, 'max a:1/shop': 10 });
});

test('how long somebody waits is measured by pool', () => {
  const pool: FakePool = { name: 'a:1/shop', all: 0, idle: 0, waiting: 0 };
  const obtained = [pools.asked(pool, reader), pools.asked({ ...pool }, reader), pools.asked({ ...pool, name: 'c' }, reader)];
  for (const each of obtained) each();
  expect(wait.all.map(({ attributes, count }) => [attributes, count])).toEqual([
    [{ 'db.client.connection.pool.name': 'a:1/shop' }, 2],
    [{ 'db.client.connection.pool.name': 'c' }, 1],
  ]);
});
