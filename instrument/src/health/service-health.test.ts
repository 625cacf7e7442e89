import { afterEach, expect, test, vi } from 'vitest';
import type { Check } from './checks.ts';
import { ServiceHealth } from './service-health.ts';
import type { HealthChange } from './service-health.ts';

/** Checks that are as they are set. */
const results: Record<string, string | undefined> = {};
function made(name: string, more: Partial<Check> = {}): Check {
  return {
    name,
    cacheMs: 0,
    ...more,
    run() {
      if (results[name] !== undefined) throw new Error(results[name]);
    },
  };
}

let health: ServiceHealth | undefined;
afterEach(() => {
  health?.stop();
  for (const name of Object.keys(results)) delete results[name];
  vi.useRealTimers();
});

function service(checks: readonly Check[], groups: readonly string[] = []): { health: ServiceHealth; told: string[] } {
  health = new ServiceHealth({ checks, groups, intervalMs: 0 });
  const told: string[] = [];
  health.onChange((change) => told.push(toText(change)));
  return { health, told };
}

function toText(change: HealthChange): string {
  return `${change.kind === 'check' ? change.check.name : `(${change.group})`} ${change.from} → ${change.to}`;
}

const statuses = async (of: ServiceHealth): Promise<Record<string, string>> =>
  Object.fromEntries(await Promise.all(of.groups.map(async (group) => [group, (await of.state(group)).status] as const)));

test('a service is out of service until it has started and from when it ends, and alive all the time', async () => {
  const { health, told } = service([made('db')], ['shop']);
  const out = { all: 'out-of-service', ready: 'out-of-service', shop: 'out-of-service' };
  expect(await statuses(health)).toEqual({ ...out, live: 'pass', startup: 'out-of-service' });
  health.started();
  const up = { all: 'pass', ready: 'pass', shop: 'pass', live: 'pass', startup: 'pass' };
  expect(await statuses(health)).toEqual(up);
  health.drain();
  expect(await statuses(health)).toEqual({ ...out, live: 'pass', startup: 'pass' });
  // There is no way back.
  health.started();
  expect((await health.state('ready')).status).toBe('out-of-service');
  const groups = ['(all)', '(ready)', '(startup)', '(shop)'];
  expect(told).toEqual([
    ...groups.map((group) => `${group} out-of-service → pass`),
    ...groups.filter((group) => group !== '(startup)').map((group) => `${group} pass → out-of-service`),
  ]);
});

test('why it is out of service is said', async () => {
  const { health } = service([made('db')]);
  expect((await health.state('ready')).checks.map(({ name, status, output, value }) => [name, status, output, value])).toEqual([
    ['lifecycle', 'out-of-service', 'the service is starting', 'starting'],
    ['db', 'pass', undefined, undefined],
  ]);
  health.drain();
  expect((await health.state('all')).checks[0]).toMatchObject({
    name: 'lifecycle',
    output: 'the service is ending',
    value: 'draining',
  });
});

test('a group is as well as the worst of its checks, and no worse for checks of others', async () => {
  const { health } = service(
    [
      made('db'),
      made('cache', { isCritical: false }),
      made('loop', { groups: ['live'] }),
      made('cards', { groups: ['shop', 'ready'] }),
      made('nowhere', { groups: [] }),
    ],
    ['shop'],
  );
  health.started();
  results['cache'] = 'gone';
  expect(await statuses(health)).toEqual({ all: 'warn', ready: 'warn', live: 'pass', startup: 'pass', shop: 'pass' });
  results['cards'] = 'refused';
  expect(await statuses(health)).toEqual({ all: 'fail', ready: 'fail', live: 'pass', startup: 'pass', shop: 'fail' });
  delete results['cards'];
  delete results['cache'];
  results['loop'] = 'late';
  expect(await statuses(health)).toEqual({ all: 'fail', ready: 'pass', live: 'fail', startup: 'pass', shop: 'pass' });
  results['loop'] = undefined;
  results['nowhere'] = 'bad';
  expect(await statuses(health)).toMatchObject({ all: 'fail', ready: 'pass', live: 'pass' });
});

test('what fails is worse than what is out of service', async () => {
  const { health } = service([made('db')]);
  results['db'] = 'gone';
  expect((await health.state('ready')).status).toBe('fail');
});

test('each change is told once, those of a check before those of its groups', async () => {
  const { health, told } = service([made('db')]);
  health.started();
  await health.state('all');
  told.length = 0;
  for (const output of ['gone', 'gone', undefined, 'gone', undefined, undefined]) {
    results['db'] = output;
    await health.state('ready');
  }
  const down = ['db pass → fail', '(all) pass → fail', '(ready) pass → fail'];
  const up = ['db fail → pass', '(all) fail → pass', '(ready) fail → pass'];
  expect(told).toEqual([...down, ...up, ...down, ...up]);
});

test('the first result of a check is no news when it passes', async () => {
  results['bad'] = 'gone';
  const { health, told } = service([made('good', { groups: [] }), made('bad', { groups: [] })]);
  await health.state('all');
  expect(told).toEqual(['bad unknown → fail', '(all) out-of-service → fail']);
});

test('a listener that throws keeps neither the others nor the check', async () => {
  const { health, told } = service([made('db')]);
  health.onChange(() => {
    throw new Error('not my day');
  });
  const later: string[] = [];
  const end = health.onChange((change) => later.push(change.kind));
  results['db'] = 'gone';
  expect((await health.state('ready')).status).toBe('fail');
  expect([told.length, later.length]).toEqual([3, 3]);
  end();
  results['db'] = undefined;
  await health.state('ready');
  expect([told.length, later.length]).toEqual([6, 3]);
});

test('a group that does not exist is an error that names those that do', async () => {
  const { health } = service([]);
  await expect(health.state('redy')).rejects.toThrow('there is no group "redy", but all, live, ready, startup');
});

test('checks run by themselves from the start to the stop, and are stopped themselves', async () => {
  vi.useFakeTimers();
  let runs = 0;
  let stops = 0;
  const own = new ServiceHealth({
    checks: [{ name: 'db', run: () => void runs++, stop: () => void stops++ }],
    groups: [],
    intervalMs: 15_000,
  });
  const runsAfter = async (ms: number): Promise<number> => (await vi.advanceTimersByTimeAsync(ms), runs);
  expect(await runsAfter(60_000)).toBe(0);
  own.started();
  own.started();
  expect(await runsAfter(0)).toBe(1);
  expect(await runsAfter(30_000)).toBe(3);
  own.drain();
  expect(await runsAfter(15_000)).toBe(4);
  own.stop();
  own.stop();
  expect(await runsAfter(60_000)).toBe(4);
  expect(stops).toBe(1);
  expect((await own.state('live')).status).toBe('pass');
});
