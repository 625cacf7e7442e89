/** Health of the packed package: without code, and in servers of node:http, express, fastify and grpc-js. */
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { startReceiver, valuesOf } from './receiver.ts';
import type { Receiver } from './receiver.ts';

let folder: string;
let receiver: Receiver;
let children: ChildProcess[];
let dependency: Server;
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
  dependency = createServer((_, response) => response.end('here')).listen(0, '127.0.0.1');
  await once(dependency, 'listening');
});
beforeEach(() => {
  children = [];
  receiver.clear();
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
});
afterAll(async () => {
  dependency.close();
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Started<T> {
  readonly child: ChildProcess;
  readonly said: T;
  readonly stderr: () => string;
}

async function run<T>(app: string, more: Readonly<Record<string, string>> = {}, isStarted = true): Promise<Started<T>> {
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRIC_EXPORT_INTERVAL: '200',
    CARDS: `http://127.0.0.1:${(dependency.address() as AddressInfo).port}/cards`,
    ...more,
  };
  const execArgv = isStarted ? ['--import', '@sonde/instrument'] : [];
  const child = fork(app, { cwd: folder, env, execArgv, stdio: ['ignore', 'inherit', 'pipe', 'ipc'] });
  children.push(child);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [said] = (await once(child, 'message')) as [T];
  return { child, said, stderr: () => stderr };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** The answer, once there is one. */
async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<{ status: number; body: string }> {
  for (;;) {
    const answer = await fetch(url, { headers }).catch((error: Error & { cause?: { code?: string } }) => {
      if (error.cause?.code !== 'ECONNREFUSED') throw error;
    });
    if (answer !== undefined) return { status: answer.status, body: await answer.text() };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setTimeout(resolve, 20));
}

/** The last value of each series of a gauge, by the name of its check or group. */
function gauge(metric: string): Record<string, number> {
  const points = receiver.numbers.filter((point) => point.metric === metric);
  return Object.fromEntries(
    points.map(({ attributes, asDouble, asInt }) => {
      const values = valuesOf(attributes);
      return [(values['health.check.name'] ?? values['health.group'])?.stringValue ?? '', asDouble ?? Number(asInt)];
    }),
  );
}

const traced = (): (string | undefined)[] =>
  receiver.spans.map(({ attributes }) => valuesOf(attributes)['url.path']?.stringValue);

describe('a service that says nothing of its health', () => {
  test('has the state of its event loop and memory in metrics', async () => {
    const { child } = await run('idle.mjs');
    await until(() => 'memory' in gauge('health.check.status') && receiver.metricNames.has('health.check.duration'));
    expect(Object.keys(gauge('health.check.status')).toSorted()).toEqual(['event-loop', 'memory']);
    expect(gauge('health.check.status')['event-loop']).toBeGreaterThan(0);
    expect(Object.keys(gauge('health.status')).toSorted()).toEqual(['all', 'live', 'ready', 'startup']);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  test('answers orchestrators at a port that is set, which neither keeps it nor leaves a trace', async () => {
    const port = await freePort();
    const { child, stderr } = await run('idle.mjs', { SONDE_HEALTH_PORT: String(port) });
    const health = `http://127.0.0.1:${port}/health`;
    const pass = { status: 200, body: '{"status":"pass"}' };
    expect(await get(`${health}/live`)).toEqual(pass);
    // For all that is known, its code may be about to say more.
    expect(await get(`${health}/ready`)).toEqual({ status: 503, body: '{"status":"fail"}' });
    await until(async () => (await get(`${health}/ready`)).status === 200);
    for (const path of ['', '/ready', '/startup', '/started']) expect(await get(health + path)).toEqual(pass);
    expect(await get(`http://127.0.0.1:${port}/else`)).toMatchObject({ status: 404 });
    await until(() => receiver.metricNames.has('health.check.status'));
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
    expect(stderr()).toBe('');
    expect(receiver.spans).toEqual([]);
    expect([...receiver.metricNames]).not.toContain('http.server.request.duration');
  });

  test('says more, and listens at one address, where it is told to', async () => {
    const port = await freePort();
    const settings = { SONDE_HEALTH_PORT: String(port), SONDE_HEALTH_HOST: '127.0.0.1', SONDE_HEALTH_DETAILS: 'always' };
    await run('idle.mjs', settings);
    const { body } = await get(`http://127.0.0.1:${port}/health`);
    expect(JSON.parse(body)).toMatchObject({
      status: 'fail',
      serviceId: 'tested-app',
      releaseId: '4.5.6',
      checks: {
        lifecycle: [{ status: 'fail', output: 'the service is starting' }],
        'event-loop:delay': [{ componentType: 'system', status: 'pass', observedUnit: 'ms' }],
        'memory:utilization': [{ componentType: 'system', status: 'pass', observedUnit: '1' }],
      },
    });
  });

  test('goes on when the port is taken, and says so', async () => {
    const taken = createServer().listen(0);
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const { child, stderr } = await run('idle.mjs', { SONDE_HEALTH_PORT: String(port) });
    await until(() => stderr() !== '');
    expect(stderr()).toBe(
      `@sonde/instrument: there is no health at port ${port}: listen EADDRINUSE: address already in use :::${port}\n`,
    );
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
    taken.close();
  });
});

interface Ports {
  readonly ports: Readonly<Record<'plain' | 'express' | 'fastify', number>>;
  readonly rpcPort: number;
}

async function tell(child: ChildProcess, action: string): Promise<void> {
  child.send(action);
  await once(child, 'message');
}

describe('a service with checks of its own', () => {
  test('tells its health in every server, in telemetry, and at the port that the environment sets', async () => {
    const port = await freePort();
    const { child, said } = await run<Ports>('health.mjs', { SONDE_HEALTH_PORT: String(port) });
    const { plain, express, fastify } = said.ports;
    const places = [
      `http://127.0.0.1:${plain}/health`,
      `http://127.0.0.1:${express}/health`,
      `http://127.0.0.1:${express}/internal/health`,
      `http://127.0.0.1:${express}/status/health`,
      `http://127.0.0.1:${fastify}/health`,
      `http://127.0.0.1:${port}/health`,
    ];
    const everywhere = async (path: string): Promise<string[]> => {
      const answers = await Promise.all(places.map((place) => get(place + path)));
      return [...new Set(answers.map(({ status, body }) => `${status} ${body}`))];
    };
    expect(await everywhere('/ready')).toEqual(['503 {"status":"fail"}']);
    expect(await everywhere('/live')).toEqual(['200 {"status":"pass"}']);
    await tell(child, 'started');
    for (const path of ['', '/ready', '/startup', '/shop']) expect(await everywhere(path)).toEqual(['200 {"status":"pass"}']);
    expect(await everywhere('/nope')).toEqual(['404 there is no such group\n']);
    for (const [name, at] of Object.entries({ plain, express, fastify })) {
      expect(await get(`http://127.0.0.1:${at}/work`)).toEqual({ status: 200, body: name });
    }
    await tell(child, 'gone');
    expect(await everywhere('/shop')).toEqual(['503 {"status":"fail"}']);
    const told = await get(`http://127.0.0.1:${port}/health`, { authorization: 'Bearer sesame' });
    expect(JSON.parse(told.body)).toMatchObject({
      status: 'fail',
      checks: {
        'database:responseTime': [{ componentType: 'datastore', status: 'fail', output: 'connect ECONNREFUSED' }],
        'cards:responseTime': [{ status: 'pass', details: { status: 200 } }],
      },
    });
    await until(() => gauge('health.check.status')['database'] === 0 && gauge('health.status')['shop'] === 0);
    expect(gauge('health.status')).toMatchObject({ ready: 0, live: 1, startup: 1 });
    expect(gauge('health.check.status')).toMatchObject({ cards: 1 });
    await tell(child, 'back');
    expect(await everywhere('/shop')).toEqual(['200 {"status":"pass"}']);
    await tell(child, 'drain');
    expect(await everywhere('/ready')).toEqual(['503 {"status":"fail"}']);
    expect(await everywhere('/live')).toEqual(['200 {"status":"pass"}']);
    child.send('end');
    expect(await once(child, 'close')).toEqual([0, null]);
    checkTraces();
    checkEvents();
  });

  test('answers gRPC, which leaves no trace', async () => {
    const { child, said } = await run<Ports>('health.mjs');
    await tell(child, 'started');
    const client = new Client(`127.0.0.1:${said.rpcPort}`, credentials.createInsecure());
    const path = '/grpc.health.v1.Health';
    const asIs = (bytes: Buffer): Buffer => bytes;
    const checked = await new Promise<Buffer | undefined>((resolve, reject) =>
      client.makeUnaryRequest(`${path}/Check`, asIs, asIs, Buffer.from('\n\u0009shop.Shop'), (error, value) =>
        error ? reject(error) : resolve(value),
      ),
    );
    expect(checked).toEqual(Buffer.from([8, 1]));
    const watched = client.makeServerStreamRequest(`${path}/Watch`, asIs, asIs, Buffer.from('\n\u0009shop.Shop'));
    const ended = once(watched, 'error').catch((error: unknown) => [error]);
    expect(await once(watched, 'data')).toEqual([Buffer.from([8, 1])]);
    const next = once(watched, 'data');
    await tell(child, 'drain');
    expect(await next).toEqual([Buffer.from([8, 2])]);
    child.send('end');
    expect(await ended).toMatchObject([{ code: 14 }]);
    expect(await once(child, 'close')).toEqual([0, null]);
    client.close();
    expect(receiver.spans).toEqual([]);
    expect(receiver.logs.filter(({ eventName }) => eventName !== 'health.changed')).toEqual([]);
    expect([...receiver.metricNames].filter((name) => name.startsWith('rpc.'))).toEqual([]);
  });

  test('may be CommonJS, and start the kit after its health is made', async () => {
    const program = `
      const { makeHealth } = require('@sonde/instrument/health');
      const health = makeHealth({ intervalMs: 100 });
      const { start } = require('@sonde/instrument/start');
      start({ serviceName: 'late' });
      health.started();
      process.send('here');
      process.once('disconnect', () => undefined);`;
    writeFileSync(join(folder, 'late.cjs'), program);
    const { child } = await run('late.cjs', {}, false);
    await until(() => gauge('health.status')['ready'] === 1);
    child.disconnect();
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});

/** What the service does for others is traced; neither probes nor what checks ask are. */
function checkTraces(): void {
  expect(traced()).toEqual(['/work', '/work', '/work']);
  const counted = receiver.points.filter(({ metric }) => metric === 'http.server.request.duration');
  expect(new Set(counted.map(({ attributes }) => valuesOf(attributes)['http.response.status_code']?.intValue))).toEqual(
    new Set(['200']),
  );
  expect(receiver.metricNames.has('http.client.request.duration')).toBe(false);
}

function checkEvents(): void {
  const events = receiver.logs.filter(({ eventName }) => eventName === 'health.changed');
  const ofDatabase = events.filter(({ attributes }) => valuesOf(attributes)['health.check.name']?.stringValue === 'database');
  expect(ofDatabase.map(({ severityText, body, traceId }) => [severityText, body?.stringValue, traceId])).toEqual([
    ['ERROR', 'health check database: pass → fail: connect ECONNREFUSED', undefined],
    ['INFO', 'health check database: fail → pass', undefined],
  ]);
  expect(valuesOf(ofDatabase[0]?.attributes)).toEqual({
    'health.check.name': { stringValue: 'database' },
    'health.check.critical': { boolValue: true },
    'health.from': { stringValue: 'pass' },
    'health.to': { stringValue: 'fail' },
    'health.output': { stringValue: 'connect ECONNREFUSED' },
  });
  const ofReady = events.filter(({ attributes }) => valuesOf(attributes)['health.group']?.stringValue === 'ready');
  expect(ofReady.map(({ body }) => body?.stringValue)).toEqual([
    'health of ready: out-of-service → pass',
    'health of ready: pass → fail',
    'health of ready: fail → pass',
    'health of ready: pass → out-of-service',
  ]);
}
