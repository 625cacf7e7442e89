/** However a service ends, what it recorded before arrives: spans, log records and metrics, in a receiver that is not Sonde. */
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { startReceiver, valuesOf } from './receiver.ts';
import type { Log, Receiver } from './receiver.ts';

let folder: string;
let receiver: Receiver;
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
});
beforeEach(() => receiver.clear());
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

async function run(args: readonly string[], more: Readonly<Record<string, string>> = {}): Promise<Run> {
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    ...more,
  };
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
  return { code, signal, stderr };
}

const ways: readonly [name: string, args: readonly string[]][] = [
  ['ESM, --import', ['--import', '@sonde/instrument', 'service.mjs']],
  ['CommonJS, --import', ['--import', '@sonde/instrument', 'service.cjs']],
  ['CommonJS, --require', ['--require', '@sonde/instrument', 'service.cjs']],
];

const ends: readonly [end: string, code: number | null, signal: NodeJS.Signals | null, uncaught: string | undefined][] = [
  ['nothing left to do', 0, null, undefined],
  ['exit', 3, null, undefined],
  ['throw', 1, null, 'TypeError: nobody catches this'],
  ['reject', 1, null, 'TypeError: nobody awaits this'],
  ['SIGTERM', null, 'SIGTERM', undefined],
];

describe.each(ways)('%s', (_, args) => {
  test.each(ends)('a service that ends with %s', async (end, code, signal, uncaught) => {
    const ended = await run(args, { END: end });
    expect(ended).toMatchObject({ code, signal });
    expect(ended.stderr).not.toContain('@sonde/instrument:');
    checkSpans();
    checkLogs(uncaught);
    expect([...receiver.metricNames]).toContain('http.server.request.duration');
  });
});

/** Both requests are one trace each, in which the server's span is the client's child. */
function checkSpans(): void {
  const servers = receiver.spans.filter(({ kind }) => kind === 2);
  const clients = receiver.spans.filter(({ kind }) => kind === 3);
  expect(receiver.spans).toHaveLength(4);
  const pathOf = (attributes: Record<string, { stringValue?: string }>): string | undefined =>
    attributes['url.path']?.stringValue;
  for (const server of servers) {
    const client = clients.find(({ spanId }) => spanId === server.parentSpanId);
    expect(client).toMatchObject({ traceId: server.traceId, name: 'GET' });
    expect(BigInt(server.endTimeUnixNano) >= BigInt(server.startTimeUnixNano)).toBe(true);
  }
  const [well, boom] = ['/well', '/boom'].map((path) => servers.find(({ attributes }) => pathOf(valuesOf(attributes)) === path));
  expect(valuesOf(well?.attributes)).toMatchObject({
    'http.request.method': { stringValue: 'GET' },
    'http.response.status_code': { intValue: '200' },
    'url.scheme': { stringValue: 'http' },
    'url.query': { stringValue: 'token=REDACTED&a=1' },
    'server.address': { stringValue: '127.0.0.1' },
    'client.address': { stringValue: '127.0.0.1' },
    'network.protocol.version': { stringValue: '1.1' },
  });
  expect(JSON.stringify(receiver.spans)).not.toContain('token=secret');
  expect(well?.status).toBeUndefined();
  expect(boom?.status).toEqual({ code: 2 });
  expect(valuesOf(boom?.attributes)).toMatchObject({
    'http.response.status_code': { intValue: '503' },
    'error.type': { stringValue: '503' },
  });
}

const exceptions = (): Log[] => receiver.logs.filter(({ eventName }) => eventName === 'exception');

/** The exception that was handled has the trace of its request; the one that ended the process is the last word. */
function checkLogs(uncaught: string | undefined): void {
  const boom = receiver.spans.find(({ kind, status }) => kind === 2 && status?.code === 2);
  const [handled, ...others] = exceptions();
  expect(handled).toMatchObject({
    eventName: 'exception',
    severityText: 'ERROR',
    body: { stringValue: 'RangeError: out of cheese' },
    traceId: boom?.traceId,
  });
  const attributes = valuesOf(handled?.attributes);
  expect(attributes).toMatchObject({
    'exception.type': { stringValue: 'RangeError' },
    'exception.message': { stringValue: 'out of cheese' },
    'exception.fingerprint': { stringValue: 'cheese' },
    'tag.shelf': { stringValue: '7' },
    'user.id': { stringValue: 'u1' },
  });
  expect(attributes['exception.stacktrace']?.stringValue).toContain('service.');
  expect(others.map(({ severityText, body }) => [severityText, body?.stringValue])).toEqual(
    uncaught === undefined ? [] : [['FATAL', uncaught]],
  );
}

describe('a service', () => {
  test('is named after its package, or as the environment says', async () => {
    await run(['--import', '@sonde/instrument', 'service.mjs']);
    expect(receiver.resources[0]).toMatchObject({
      'service.name': { stringValue: 'tested-app' },
      'service.version': { stringValue: '4.5.6' },
      'process.runtime.name': { stringValue: 'nodejs' },
      'telemetry.sdk.name': { stringValue: '@sonde/instrument' },
    });
    receiver.clear();
    await run(['--import', '@sonde/instrument', 'service.mjs'], {
      OTEL_SERVICE_NAME: 'checkout',
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=test',
    });
    expect(receiver.resources[0]).toMatchObject({
      'service.name': { stringValue: 'checkout' },
      'deployment.environment.name': { stringValue: 'test' },
    });
  });

  test('sends nothing when the kit is switched off', async () => {
    expect(await run(['--import', '@sonde/instrument', 'service.mjs'], { OTEL_SDK_DISABLED: 'true' })).toMatchObject({ code: 0 });
    expect(receiver.spans).toEqual([]);
    expect([...receiver.metricNames]).toEqual([]);
  });

  test('starts and ends as ever when nobody listens, and says so once for each signal', async () => {
    const beganMs = performance.now();
    const { code, stderr } = await run(['--import', '@sonde/instrument', 'service.mjs'], {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    });
    expect(code).toBe(0);
    expect(stderr.match(/cannot be reached/g)?.length).toBe(3);
    expect(performance.now() - beganMs).toBeLessThan(3000);
  });

  test('is told of settings that make no sense, and starts', async () => {
    const { code, stderr } = await run(['--import', '@sonde/instrument', 'service.mjs'], { OTEL_TRACES_SAMPLER: 'sometimes' });
    expect(code).toBe(0);
    expect(stderr).toContain('@sonde/instrument: OTEL_TRACES_SAMPLER should be one of always_on,');
    expect(receiver.spans).toHaveLength(4);
  });

  test('leaves no trace of paths that it ignores, nor of what they set off, on a connection that is used again', async () => {
    const env = {
      ...process.env,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      SONDE_IGNORED_PATHS: '/health,/health/*',
    };
    const child = fork('ignored.mjs', { cwd: folder, env, execArgv: ['--import', '@sonde/instrument'] });
    const [{ seen }] = (await once(child, 'message')) as [{ seen: [path: string, isRecording: boolean][] }];
    await once(child, 'close');
    expect(Object.fromEntries(seen)).toEqual({ '/first': true, '/health': false, '/within': true, '/last': true });
    const paths = receiver.spans
      .filter(({ kind }) => kind === 2)
      .map(({ attributes }) => valuesOf(attributes)['url.path']?.stringValue);
    expect(paths).not.toContain('/health');
    const within = receiver.spans.find(({ attributes }) => valuesOf(attributes)['url.path']?.stringValue === '/within');
    expect(within?.parentSpanId).toBeUndefined();
  });

  test.each([
    ['fastify', '/beasts/:name', ['no such beast']],
    ['fastify4', '/beasts/:name', ['no such beast']],
    ['express', '/zoo/beasts/:name', []],
  ])('has the routes of %s, in the names of its spans and in its metrics', async (framework, route, thrown) => {
    const app = `${framework.replace('4', '')}.mjs`;
    expect(await run(['--import', '@sonde/instrument', app], { FASTIFY: framework })).toMatchObject({ code: 0 });
    const servers = receiver.spans.filter(({ kind }) => kind === 2);
    expect(servers.map(({ name }) => name).toSorted()).toEqual(['GET', `GET ${route}`, `GET ${route}`]);
    const counted = receiver.points
      .filter(({ metric }) => metric === 'http.server.request.duration')
      .map(({ attributes, count }) => {
        const values = valuesOf(attributes);
        return `${values['http.response.status_code']?.intValue} ${values['http.route']?.stringValue}: ${count}`;
      });
    const failed = servers.find(({ status }) => status?.code === 2);
    expect(failed?.status?.message).toBe(thrown[0]);
    expect(exceptions().map(({ body, traceId }) => [body?.stringValue, traceId])).toEqual(
      thrown.map((message) => [`Error: ${message}`, failed?.traceId]),
    );
    expect(new Set(counted)).toEqual(new Set([`200 ${route}: 1`, `500 ${route}: 1`, '404 undefined: 1']));
  });

  test('has one kit, however often it is loaded', async () => {
    const program = `import { start } from '@sonde/instrument/start';
      import { createRequire } from 'node:module';
      const other = createRequire(import.meta.url)('@sonde/instrument/start');
      process.exitCode = start() === other.start() && start() === globalThis[Symbol.for('@sonde/instrument')] ? 7 : 8;`;
    const args = ['--import', '@sonde/instrument', '--require', '@sonde/instrument', '--input-type=module', '--eval', program];
    expect(await run(args)).toMatchObject({ code: 7 });
  });
});
