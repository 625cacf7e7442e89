import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestStore, yesterdayNs } from '../../../test/sonde/client.ts';
import type { TestStore } from '../../../test/sonde/client.ts';
import { Telemetry } from '../../../test/sonde/telemetry.ts';
import { known } from '../../base/assert.ts';
import type { ServiceAnswer, ServicesAnswer } from './contract.ts';

const secondNs = 1_000_000_000n;
const minuteNs = 60n * secondNs;
/** Yesterday, ten o'clock. */
const tenNs = yesterdayNs + 600n * minuteNs;
const hex = (n: number): string => n.toString(16).padStart(32, '0');

let store: TestStore;

beforeAll(async () => {
  store = await openTestStore('services', tenNs + 120n * minuteNs);
  const telemetry = new Telemetry();
  // One request every 10 s for half an hour from 10:00; each sixth fails; request n takes n ms.
  for (let n = 0; n < 180; n++) {
    telemetry.span({
      traceId: hex(n + 1),
      service: 'shop',
      name: n % 2 === 0 ? 'GET /' : 'POST /',
      startNs: tenNs + BigInt(n) * 10n * secondNs,
      durationNs: BigInt(n) * 1_000_000n,
      status: n % 6 === 0 ? 2 : 0,
      resource: { 'service.instance.id': `instance-${n % 2}` },
    });
    // Inner work is an operation, but no request.
    telemetry.span({
      traceId: hex(n + 1),
      parentSpanId: '00000000000000aa',
      service: 'shop',
      name: 'inner',
      kind: 1,
      startNs: tenNs + BigInt(n) * 10n * secondNs,
    });
  }
  telemetry.span({ traceId: hex(900), service: 'worker', kind: 5, parentSpanId: '00000000000000aa', startNs: tenNs + minuteNs });
  telemetry.log({ service: 'shop', level: 'error', timeNs: tenNs + 59n * secondNs });
  telemetry.log({ service: 'shop', level: 'fatal', timeNs: tenNs + 61n * secondNs });
  telemetry.log({ service: 'shop', level: 'warn', timeNs: tenNs + 61n * secondNs });
  telemetry.log({ service: 'logger', level: 'error', timeNs: tenNs + 10n * minuteNs });
  const cpu = { metric: 'process.cpu.utilization', type: 'gauge' } as const;
  telemetry.series({ ...cpu, service: 'shop', attributes: { 'cpu.mode': 'user' } }, [
    { timeNs: tenNs + minuteNs, value: 0.5 },
    { timeNs: tenNs + 3n * minuteNs, value: 0.25 },
  ]);
  telemetry.series({ ...cpu, service: 'shop', attributes: { 'cpu.mode': 'system' } }, [
    { timeNs: tenNs + 3n * minuteNs, value: 0.125 },
  ]);
  telemetry.series({ ...cpu, service: 'meter' }, [{ timeNs: tenNs + 5n * minuteNs, value: 0.75 }]);
  await telemetry.store(store.engine);
});

afterAll(() => store.close());

function between(from: bigint, to: bigint): string {
  return `from=${from}&to=${to}`;
}

async function serviceNamed(name: string, query: string): Promise<ServicesAnswer['services'][number] | undefined> {
  const { services } = await store.get<ServicesAnswer>(`/api/services?${query}`);
  return services.find((service) => service.name === name);
}

describe('counts', () => {
  // Edges within minutes, on minutes, within one minute, and on the very nanosecond of a request.
  const edges: readonly (readonly [fromNs: bigint, toNs: bigint])[] = [
    [tenNs, tenNs + 30n * minuteNs],
    [tenNs + 5n * secondNs, tenNs + 29n * minuteNs + 55n * secondNs],
    [tenNs + 10n * secondNs, tenNs + 20n * secondNs],
    [tenNs + 10n * secondNs + 1n, tenNs + 10n * minuteNs + 1n],
    [tenNs + 50n * secondNs, tenNs + minuteNs + 10n * secondNs],
    [tenNs + 7n * minuteNs, tenNs + 8n * minuteNs],
    [tenNs - 3n * minuteNs, tenNs + 1n],
  ];

  test.each(edges)('are exact from %s to %s, whatever the step', async (fromNs, toNs) => {
    const inRange = Array.from({ length: 180 }, (_, n) => n).filter((n) => {
      const startNs = tenNs + BigInt(n) * 10n * secondNs;
      return fromNs <= startNs && startNs < toNs;
    });
    const seconds = Number(toNs - fromNs) / 1e9;
    for (const step of ['', '&step=1m', '&step=7s', '&step=90s', '&step=1h']) {
      const shop = await serviceNamed('shop', between(fromNs, toNs) + step);
      const errors = inRange.filter((n) => n % 6 === 0).length;
      expect(shop).toMatchObject({ requests: inRange.length, errors, errorShare: errors / inRange.length, hasSpans: true });
      expect(shop?.ratePerSecond).toBeCloseTo(inRange.length / seconds, 9);
      const { grid, ratePerSecond } = known(shop, 'shop').overTime;
      expect(ratePerSecond).toHaveLength(grid.points);
      const counted = ratePerSecond.reduce<number>((sum, rate, i) => {
        const stepFrom = BigInt(grid.startNs) + BigInt(i) * BigInt(grid.stepNs);
        const stepTo = stepFrom + BigInt(grid.stepNs);
        const covered = (stepTo < toNs ? stepTo : toNs) - (stepFrom > fromNs ? stepFrom : fromNs);
        return sum + (rate ?? 0) * (Number(covered) / 1e9);
      }, 0);
      expect(counted).toBeCloseTo(inRange.length, 6);
    }
  });

  test('are of entries: consumers count without a parent in sight, inner spans do not', async () => {
    expect(await serviceNamed('worker', between(tenNs, tenNs + 30n * minuteNs))).toMatchObject({ requests: 1, errors: 0 });
  });
});

test('quantiles are within 9.1 % of the true ones', async () => {
  const shop = await serviceNamed('shop', between(tenNs, tenNs + 30n * minuteNs));
  for (const [estimate, exactMs] of [
    [shop?.p50Ns, 90],
    [shop?.p95Ns, 171],
    [shop?.p99Ns, 178],
  ]) {
    expect(Math.abs((estimate ?? 0) / ((exactMs ?? 0) * 1e6) - 1)).toBeLessThan(0.091);
  }
});

test('services are listed worst first, with those that only log or measure', async () => {
  const { services, next } = await store.get<ServicesAnswer>(`/api/services?${between(tenNs, tenNs + 30n * minuteNs)}`);
  expect(services.map(({ name, hasSpans, errorLogs }) => [name, hasSpans, errorLogs])).toEqual([
    ['shop', true, 2],
    ['worker', true, 0],
    ['logger', false, 1],
    ['meter', false, 0],
  ]);
  expect(services.at(-1)).toMatchObject({ requests: 0, p50Ns: null, saturation: { cpu: 0.75, memory: null, eventLoop: null } });
  expect(next).toBeNull();
});

test('a service is only listed where it sent something', async () => {
  const names = async (from: bigint, to: bigint): Promise<string[]> =>
    (await store.get<ServicesAnswer>(`/api/services?${between(from, to)}`)).services.map(({ name }) => name);
  expect(await names(tenNs + 4n * minuteNs, tenNs + 6n * minuteNs)).toEqual(['shop', 'meter']);
  expect(await names(tenNs + 40n * minuteNs, tenNs + 50n * minuteNs)).toEqual([]);
  expect(await names(tenNs - 60n * minuteNs, tenNs)).toEqual([]);
});

test('error logs are exact at the edges of minutes', async () => {
  const logs = async (from: bigint, to: bigint): Promise<number | undefined> =>
    (await serviceNamed('shop', between(from, to)))?.errorLogs;
  expect(await logs(tenNs, tenNs + 59n * secondNs)).toBe(0);
  expect(await logs(tenNs, tenNs + 59n * secondNs + 1n)).toBe(1);
  expect(await logs(tenNs + 59n * secondNs + 1n, tenNs + 5n * minuteNs)).toBe(1);
});

describe('a service', () => {
  const query = between(tenNs, tenNs + 30n * minuteNs);

  test('has its operations, worst first', async () => {
    const { operations } = await store.get<ServiceAnswer>(`/api/services/shop?${query}`);
    expect(operations.map(({ name, kind, entry, requests, errors }) => [name, kind, entry, requests, errors])).toEqual([
      ['GET /', 'server', true, 90, 30],
      ['POST /', 'server', true, 90, 0],
      ['inner', 'internal', false, 180, 0],
    ]);
  });

  test('has operations counted exactly at the edges', async () => {
    const { operations } = await store.get<ServiceAnswer>(
      `/api/services/shop?${between(tenNs + 10n * secondNs, tenNs + 2n * minuteNs + 1n)}`,
    );
    expect(operations.map(({ name, requests }) => [name, requests])).toEqual([
      ['GET /', 6],
      ['POST /', 6],
      ['inner', 12],
    ]);
  });

  test('has its instances', async () => {
    const { resources } = await store.get<ServiceAnswer>(`/api/services/shop?${query}`);
    const instances = resources.flatMap(({ attributes }) => attributes['service.instance.id'] ?? []);
    expect(new Set(instances)).toEqual(new Set(['instance-0', 'instance-1']));
  });

  test('has its saturation over time, values held between points', async () => {
    const { saturation, saturationOverTime } = await store.get<ServiceAnswer>(
      `/api/services/shop?${between(tenNs, tenNs + 5n * minuteNs)}&step=1m`,
    );
    expect(saturationOverTime.cpu).toEqual([null, 0.5, 0.5, 0.375, 0.375]);
    expect(saturation).toEqual({ cpu: 0.375, memory: null, eventLoop: null });
  });

  test('that sent nothing has zeros', async () => {
    const answer = await store.get<ServiceAnswer>(`/api/services/nobody?${query}`);
    expect(answer).toMatchObject({ name: 'nobody', requests: 0, p50Ns: null, operations: [], resources: [] });
    expect(new Set(answer.overTime.ratePerSecond)).toEqual(new Set([0]));
  });
});

test('bad parameters are refused', async () => {
  expect(await store.refused('/api/services?from=yesterday')).toMatchObject({ status: 400, code: 'bad_request' });
  expect(await store.refused('/api/services?step=1ns')).toMatchObject({ status: 400, code: 'bad_request' });
});
