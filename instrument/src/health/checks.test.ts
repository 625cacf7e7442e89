import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir, totalmem } from 'node:os';
import { afterEach, expect, test, vi } from 'vitest';
import type { CheckState } from './check-state.ts';
import type { Check } from './checks.ts';
import { CheckRunner } from './check-runner.ts';
import { databaseCheck, diskCheck, eventLoopCheck, httpCheck, memoryCheck, queueCheck } from './checks.ts';

const state = (check: Check): Promise<CheckState> => new CheckRunner({ check, ended: () => undefined }).state();

afterEach(() => {
  vi.restoreAllMocks();
});

test('a database passes when its query does, and nothing that it found is kept', async () => {
  expect(await state(databaseCheck({ query: () => Promise.resolve({ value: 1, details: { secret: 'x' } }) }))).toMatchObject({
    name: 'database',
    type: 'datastore',
    status: 'pass',
    value: undefined,
    details: {},
  });
  const refused = databaseCheck({ name: 'orders', query: () => Promise.reject(new Error('refused')), groups: ['live'] });
  expect(refused.groups).toEqual(['live']);
  expect(await state(refused)).toMatchObject({ name: 'orders', status: 'fail', output: 'refused' });
});

test('a service over HTTP passes by its status', async () => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.method} ${request.url} ${String(request.headers['x-key'])}`);
    if (request.url === '/hangs') return;
    response.writeHead(Number(request.url?.slice(1, 4)), { location: '/500' });
    // A body without an end is nobody's business.
    response.write('x'.repeat(1000));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const base = `http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}`;
  const check = (path: string, more: object = {}): Promise<CheckState> =>
    state(httpCheck({ url: base + path, headers: { 'x-key': 'k' }, ...more }));
  expect(await check('/200')).toMatchObject({ name: '127.0.0.1', status: 'pass', details: { status: 200 } });
  expect(await check('/302')).toMatchObject({ status: 'pass', details: { status: 302 } });
  expect(await check('/404?key=secret', { name: 'cards' })).toMatchObject({
    name: 'cards',
    status: 'fail',
    output: `${base.replace('user:secret@', '')}/404 answered 404`,
  });
  expect(await check('/404', { isWell: (status: number) => status === 404 })).toMatchObject({ status: 'pass' });
  expect(await check('/hangs', { timeoutMs: 30 })).toMatchObject({ status: 'fail', output: 'no answer within 30 ms' });
  server.closeAllConnections();
  server.close();
  await once(server, 'close');
  expect(await check('/200')).toMatchObject({ status: 'fail', output: expect.stringContaining('ECONNREFUSED') });
  expect(asked.slice(0, 2)).toEqual(['GET /200 k', 'GET /302 k']);
});

test('a service over HTTP is named after its host, whatever that looks like', () => {
  expect(httpCheck({ url: 'https://cards.example:8443/ping' }).name).toBe('cards.example');
  expect(httpCheck({ url: 'http://[::1]:80' }).name).toBe('[..1]');
});

test('a disk passes while there is room', async () => {
  expect(await state(diskCheck({ path: tmpdir(), freeShareMin: 0 }))).toMatchObject({
    name: 'disk',
    type: 'system',
    measurement: 'free',
    status: 'pass',
    unit: 'By',
    value: expect.any(Number),
    details: { totalBytes: expect.any(Number) },
  });
  expect((await state(diskCheck({ path: tmpdir(), freeShareMin: 1.1 }))).output).toMatch(
    /^[\d.]+ % are free, and 110 % should be$/,
  );
  expect((await state(diskCheck({ path: tmpdir(), freeBytesMin: 1e18 }))).output).toMatch(
    /^\d+ bytes are free, and 1000000000000000000 should be$/,
  );
  expect((await state(diskCheck({ path: '/no/such/folder' }))).output).toContain('ENOENT');
});

test('memory passes while there is some left of heap and container', async () => {
  const { status, value, details } = await state(memoryCheck());
  expect(status).toBe('pass');
  expect(value).toBeGreaterThan(0);
  expect(Object.keys(details)).toEqual(['heapUsedBytes', 'heapLimitBytes', 'rssBytes', 'rssLimitBytes']);
  expect((await state(memoryCheck({ usedShareMax: 0 }))).status).toBe('warn');
  expect((await state(memoryCheck({ usedShareMax: 0, isCritical: true }))).output).toMatch(
    /% of the heap's limit of \d+ bytes are in use$/,
  );
  const rss = process.memoryUsage.rss();
  vi.spyOn(process, 'constrainedMemory').mockReturnValue(rss);
  expect((await state(memoryCheck({ usedShareMax: 0.8 }))).output).toMatch(
    new RegExp(`% of the ${rss} bytes of memory are in use$`),
  );
  // Without a limit some systems say 0, others more than there is.
  for (const none of [0, 2 ** 64]) {
    vi.spyOn(process, 'constrainedMemory').mockReturnValue(none);
    expect((await state(memoryCheck({ usedShareMax: 0.99 }))).details['rssLimitBytes']).toBe(totalmem());
  }
});

test('an event loop that is held up warns, and is well again after the next run', async () => {
  const check = eventLoopCheck({ delayMaxMs: 100, cacheMs: 0 });
  const runner = new CheckRunner({ check, ended: () => undefined });
  expect(await runner.state()).toMatchObject({ name: 'event-loop', status: 'pass', value: 0, unit: 'ms' });
  const tick = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 30));
  await tick();
  const until = performance.now() + 300;
  while (performance.now() < until);
  await tick();
  const late = await runner.state();
  expect(late).toMatchObject({
    status: 'warn',
    output: expect.stringMatching(/^the event loop is \d+ ms late, and 100 ms at most are well$/),
  });
  // What was late is told once: the largest delay is that since the last run.
  await vi.waitFor(
    async () => {
      const { status, details } = await runner.state();
      expect([status, Number(details['maxMs']) < 200]).toEqual(['pass', true]);
    },
    { timeout: 10_000 },
  );
  check.stop?.();
});

test('a queue passes up to its size, and fails when nobody can count it', async () => {
  expect(await state(queueCheck({ size: () => 5, sizeMax: 5 }))).toMatchObject({
    name: 'queue',
    measurement: 'size',
    status: 'pass',
    value: 5,
    unit: '{item}',
    details: { max: 5 },
  });
  expect(await state(queueCheck({ size: async () => 6, sizeMax: async () => 5 }))).toMatchObject({ output: '6 wait, and 5 may' });
  expect((await state(queueCheck({ size: () => NaN, sizeMax: 5 }))).status).toBe('fail');
});
