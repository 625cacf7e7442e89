/** Health as it is asked for over HTTP, each answer with its status, headers and body. */
import { once } from 'node:events';
import { createServer, request as ask } from 'node:http';
import type { IncomingHttpHeaders, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import type { Check } from './checks.ts';
import { currentHealth } from './current.ts';
import { makeHealth } from './health.ts';
import type { Health, HealthOptions } from './health.ts';
import { makeHandle } from './handle.ts';

let server: Server | undefined;
const made: Health[] = [];
afterEach(() => {
  for (const health of made.splice(0)) health.stop();
  server?.closeAllConnections();
  server?.close();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

interface Asked {
  readonly method?: string;
  readonly accept?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

async function get(port: number, path: string, { method = 'GET', accept, headers = {} }: Asked = {}): Promise<Answer> {
  const all = { ...headers, ...(accept !== undefined && { accept }) };
  const asking = ask({ port, host: '127.0.0.1', path, method, headers: all }).end();
  const [answer] = await once(asking, 'response');
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk);
  return { status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() };
}

/** `quiet` is without the checks of the process, so that bodies are as short as their subject. */
const quiet: readonly Check[] = ['event-loop', 'memory'].map((name) => ({ name, groups: [], run: () => undefined }));
const fails: Check = { name: 'db', run: () => Promise.reject(new Error('password of root is wrong')) };

async function serve(options: HealthOptions, isStarted = true): Promise<{ health: Health; port: number }> {
  const health = makeHealth({ ...options, checks: [...(options.checks ?? []), ...quiet] });
  made.push(health);
  if (isStarted) health.started();
  server = createServer((request, response) => {
    if (!health.handle(request, response)) response.writeHead(418).end('tea');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { health, port: (server.address() as AddressInfo).port };
}

test('who may not know more gets the status alone, with all that HTTP wants of an answer', async () => {
  const { port } = await serve({ checks: [fails] });
  const { status, headers, body } = await get(port, '/health/ready');
  expect({ status, body }).toEqual({ status: 503, body: '{"status":"fail"}' });
  expect(headers).toMatchObject({
    'content-type': 'application/health+json',
    'content-length': '17',
    'cache-control': 'no-store',
    vary: 'accept',
  });
  expect((await get(port, '/health/live')).body).toBe('{"status":"pass"}');
});

const statuses: readonly [what: string, check: Partial<Check> & Pick<Check, 'run'>, code: number, status: string][] = [
  ['passes', { run: () => undefined }, 200, 'pass'],
  ['warns', { run: () => ({ warning: 'soon' }) }, 200, 'warn'],
  ['fails and is not critical', { run: () => Promise.reject(new Error('x')), isCritical: false }, 200, 'warn'],
  ['fails', { run: () => Promise.reject(new Error('x')) }, 503, 'fail'],
  ['hangs', { run: () => new Promise(() => undefined), timeoutMs: 10 }, 503, 'fail'],
];
test.each(statuses)('where a check %s', async (_, check, code, status) => {
  const { port } = await serve({ checks: [{ name: 'x', ...check }] });
  for (const path of ['/health', '/health/ready']) {
    expect(await get(port, path)).toMatchObject({ status: code, body: JSON.stringify({ status }) });
  }
  expect(await get(port, '/health/live')).toMatchObject({ status: 200, body: '{"status":"pass"}' });
});

test('a service that is starting or ending is out of service, and alive', async () => {
  const { health, port } = await serve({}, false);
  const codes = async (): Promise<number[]> =>
    Promise.all(['', '/live', '/ready', '/startup', '/started'].map(async (path) => (await get(port, `/health${path}`)).status));
  expect(await codes()).toEqual([503, 200, 503, 503, 503]);
  health.started();
  expect(await codes()).toEqual([200, 200, 200, 200, 200]);
  health.drain();
  expect(await codes()).toEqual([503, 200, 503, 200, 200]);
});

test('Accept and the option choose the shape', async () => {
  const about = { serviceId: 'shop' };
  const { port } = await serve({
    checks: [{ name: 'db', run: () => ({ value: 1 }) }],
    details: 'always',
    shape: 'spring',
    about,
  });
  const body = async (accept?: string, path = '/health/ready'): Promise<[unknown, unknown]> => {
    const answer = await get(port, path, accept === undefined ? {} : { accept });
    return [answer.headers['content-type'], JSON.parse(answer.body)];
  };
  const spring = 'application/vnd.spring-boot.actuator.v3+json';
  const components = { db: { status: 'UP', details: { value: 1 } } };
  expect(await body()).toEqual([spring, { status: 'UP', components }]);
  expect(await body('*/*', '/health')).toEqual([
    spring,
    {
      status: 'UP',
      components: { ...components, 'event-loop': { status: 'UP' }, memory: { status: 'UP' } },
      groups: ['live', 'ready', 'startup'],
    },
  ]);
  expect(await body('application/json')).toEqual([
    'application/json',
    { status: 'UP', checks: [{ name: 'db', status: 'UP', data: { value: 1 } }] },
  ]);
  expect(await body('application/health+json')).toEqual([
    'application/health+json',
    {
      status: 'pass',
      serviceId: 'shop',
      checks: { db: [{ componentType: 'component', observedValue: 1, status: 'pass', time: expect.any(String) }] },
    },
  ]);
});

test('HEAD has the headers of GET and no body; other methods are refused', async () => {
  const { port } = await serve({ checks: [fails] });
  const head = await get(port, '/health', { method: 'HEAD' });
  expect(head).toMatchObject({ status: 503, body: '', headers: { 'content-length': '17', 'cache-control': 'no-store' } });
  expect(await get(port, '/health/nope', { method: 'HEAD' })).toMatchObject({ status: 404, body: '' });
  for (const method of ['POST', 'DELETE', 'OPTIONS']) {
    expect(await get(port, '/health/live', { method })).toMatchObject({ status: 405, headers: { allow: 'GET, HEAD' } });
  }
});

test.each([
  ['/health', 200],
  ['/health/', 200],
  ['/health?verbose=1', 200],
  ['/health/live/', 200],
  ['/health/shop.v1?a=/b', 200],
  ['/health/all', 200],
  ['/health/redy', 404],
  ['/health/live/more', 404],
  ['/health//', 404],
  ['/health/__proto__', 404],
  ['/healthz', 418],
  ['/', 418],
  ['/api/health', 418],
])('%s is answered with %d', async (path, status) => {
  const { port } = await serve({ groups: ['shop.v1'] });
  expect((await get(port, path)).status).toBe(status);
});

test('health may have another path', async () => {
  const { port } = await serve({ path: '/internal/healthz' });
  expect((await get(port, '/internal/healthz/live')).status).toBe(200);
  expect((await get(port, '/health')).status).toBe(418);
});

const permissions: readonly [what: string, details: NonNullable<HealthOptions['details']>, isTold: boolean][] = [
  ['always', 'always', true],
  ['never', 'never', false],
  ['who has the word', ({ headers }) => headers['x-word'] === 'sesame', true],
  ['who has another', ({ headers }) => headers['x-word'] === 'rye', false],
  ['later', () => Promise.resolve(true), true],
  ['later, not', () => Promise.resolve(false), false],
  ['something like yes', () => 1 as never, false],
  [
    'who breaks it',
    () => {
      throw new Error('x');
    },
    false,
  ],
  ['who breaks it later', () => Promise.reject(new Error('x')), false],
];
test.each(permissions)('details for %s', async (_, details, isTold) => {
  const { port } = await serve({ checks: [fails], details, about: { serviceId: 'shop' } });
  for (const accept of ['application/health+json', 'application/json', 'application/vnd.spring-boot.actuator.v3+json']) {
    const { status, body } = await get(port, '/health', { accept, headers: { 'x-word': 'sesame' } });
    expect(status).toBe(503);
    for (const secret of ['password', 'db']) expect(body.includes(secret)).toBe(isTold);
  }
});

test('health that cannot be computed is 500, and says no more', async () => {
  const handle = makeHandle({
    state: () => Promise.reject(new Error('secret')),
    groups: ['all'],
    path: '/health',
    shape: 'health+json',
    details: 'always',
    about: {},
  });
  server = createServer(handle).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect(await get(port, '/health')).toMatchObject({ status: 500, body: '{"status":"fail"}' });
  expect(await get(port, '/health', { accept: 'application/json' })).toMatchObject({
    status: 500,
    body: '{"status":"DOWN","checks":[]}',
  });
});

test('a hundred probes at once are one run', async () => {
  let runs = 0;
  const { port } = await serve({
    checks: [{ name: 'db', run: () => (runs++, new Promise((resolve) => setTimeout(resolve, 50))) }],
    intervalMs: 0,
  });
  const answers = await Promise.all(Array.from({ length: 100 }, () => get(port, '/health/ready')));
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  expect(runs).toBe(1);
});

test('a client that goes away before the answer bothers nobody', async () => {
  let answer: () => void = () => undefined;
  const { health, port } = await serve({
    checks: [{ name: 'db', run: () => new Promise((resolve) => (answer = () => resolve(undefined))) }],
    intervalMs: 0,
  });
  const asking = ask({ port, host: '127.0.0.1', path: '/health' }).on('error', () => undefined);
  asking.end();
  const [, response] = await once(server as Server, 'request');
  asking.destroy();
  await once(response, 'close');
  answer();
  expect(await health.state()).toMatchObject({ status: 'pass' });
});

test('a port of its own answers for health alone, until the health is stopped', async () => {
  const health = makeHealth({});
  made.push(health);
  const { port, address } = await health.listen(0, '127.0.0.1');
  expect(address).toBe('127.0.0.1');
  expect((await get(port, '/health/live')).status).toBe(200);
  expect((await get(port, '/shop')).status).toBe(404);
  await expect(health.listen(port, '127.0.0.1')).rejects.toThrow('EADDRINUSE');
  health.stop();
  await expect(get(port, '/health/live')).rejects.toThrow(/ECONN|hang up/);
  await expect(health.listen(0, '127.0.0.1')).rejects.toThrow('aborted');
});

const mistakes: readonly [what: string, options: HealthOptions, message: string][] = [
  ['two of a name', { checks: [fails, fails] }, 'two checks of the name "db"'],
  ['a colon', { checks: [{ ...fails, name: 'a:b' }] }, 'no colon'],
  ['no name', { checks: [{ ...fails, name: '' }] }, 'no colon'],
  ['a name that is taken', { checks: [{ ...fails, name: 'lifecycle' }] }, 'is not "lifecycle"'],
  ['nothing to run', { checks: [{ name: 'x' } as Check] }, 'no function'],
  [
    'a group that nobody named',
    { checks: [{ ...fails, groups: ['redy'] }] },
    'in a group "redy", but there are live, ready, startup',
  ],
  ['a group that is there', { groups: ['ready'] }, 'a group "ready" already'],
  ['a group twice', { groups: ['a', 'a'] }, 'a group "a" already'],
  ['a group that is no part of a path', { groups: ['a/b'] }, 'but one is "a/b"'],
  ['no time', { checks: [{ ...fails, timeoutMs: 0 }] }, 'timeoutMs of "db" should be'],
  ['endless time', { checks: [{ ...fails, timeoutMs: Infinity }] }, 'timeoutMs of "db" should be'],
  ['what is no time', { intervalMs: NaN }, 'intervalMs should be'],
  ['no path', { path: 'health/' }, 'should be like /health'],
];
test.each(mistakes)('%s cannot be meant', (_, options, message) => {
  const before = currentHealth();
  expect(() => makeHealth(options)).toThrow(message);
  expect(currentHealth()).toBe(before);
});

test('event loop and memory are watched in any case, and only warn', async () => {
  const health = makeHealth({ checks: [{ name: 'memory', run: () => ({ value: 1 }) }] });
  made.push(health);
  health.started();
  const { status, checks } = await health.state();
  expect(status).toBe('pass');
  expect(checks.map(({ name, isCritical, value }) => [name, isCritical, typeof value])).toEqual([
    ['memory', true, 'number'],
    ['event-loop', false, 'number'],
  ]);
});
