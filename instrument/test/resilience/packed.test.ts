/** Policies as they are published: what they do, and what is told of it, in a receiver that is not Sonde. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPacked } from '../packed.ts';
import { startReceiver, valuesOf } from '../receiver.ts';
import type { Receiver, Value } from '../receiver.ts';

let folder: string;
let receiver: Receiver;
let ended: { readonly code: number | null; readonly stdout: string; readonly stderr: string };
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
  const env = { ...process.env, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json' };
  ended = await run(['--import', '@sonde/instrument', 'resilience.mjs'], env);
});
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function run(args: readonly string[], env: NodeJS.ProcessEnv): Promise<typeof ended> {
  const child = spawn(process.execPath, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, stderr };
}

/** Without what is drawn at random. */
const texts = (attributes: Record<string, Value>): string =>
  Object.entries(attributes)
    .filter(([key]) => key !== 'policy' && key !== 'delay_ms')
    .map(([, value]) => value.stringValue ?? value.intValue)
    .join(' ');

/** The last points of a metric of a policy, as `attributes: value`. */
function points(metric: string, policy: string): Record<string, number> {
  const own = receiver.numbers.filter((point) => point.metric === metric);
  return Object.fromEntries(
    own
      .map((point) => ({ ...point, attributes: valuesOf(point.attributes) }))
      .filter(({ attributes }) => attributes['policy']?.stringValue === policy)
      .map(({ attributes, asInt, asDouble }) => [texts(attributes), asDouble ?? Number(asInt)]),
  );
}

/** The events of a span of the app, as name and attributes. */
function events(name: string): string[] {
  const span = receiver.spans.find((one) => one.name === name && one.scope === 'app');
  return (span?.events ?? [])
    .filter((event) => event.name.startsWith('resilience.'))
    .map((event) => `${event.name}: ${texts(valuesOf(event.attributes))}`);
}

const calls: readonly [name: string, end: unknown, events: readonly string[]][] = [
  ['well', 200, []],
  ['retried', 200, ['resilience.retry: 2 503', 'resilience.retry: 3 503']],
  ['missing', 404, []],
  ['once', 503, ['resilience.retry.stopped: not_idempotent']],
  ['budget', 503, ['resilience.retry.stopped: budget']],
  ['timeout', 'TIMED_OUT', ['resilience.timed_out: attempt 50']],
  [
    'opens',
    'open',
    ['resilience.fallback: failure success', 'resilience.breaker.changed: closed open', 'resilience.fallback: failure success'],
  ],
  ['open', 'cached', ['resilience.breaker.rejected: ', 'resilience.fallback: breaker_open success']],
  ['closes', '200 closed', ['resilience.breaker.changed: open half_open', 'resilience.breaker.changed: half_open closed']],
  ['full', 'BULKHEAD_FULL', ['resilience.bulkhead.rejected: queue_full']],
  ['limited', 'RATE_LIMITED', ['resilience.rate_limiter.rejected: ']],
  ['hedged', 200, ['resilience.hedge: 30', 'resilience.hedge.ended: won']],
  ['refused', 'RETRIES_EXHAUSTED TypeError', ['resilience.retry: 2 ECONNREFUSED', 'resilience.retry.stopped: attempts']],
];

describe('a packed app', () => {
  test('goes on through a wait that nothing else keeps it alive for, and ends well', () => {
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(Object.keys(JSON.parse(ended.stdout) as object)).toEqual(calls.map(([name]) => name));
  });

  test.each(calls)('%s: ends with %j, and its span tells why', (name, end, expected) => {
    expect((JSON.parse(ended.stdout) as Record<string, unknown>)[name]).toBe(end);
    expect(events(name)).toEqual(expected);
  });

  test.each<[metric: string, policy: string, values: Record<string, number>]>([
    ['resilience.calls', 'payments', { success: 3, failure: 1 }],
    ['resilience.calls', 'late', { timed_out: 1 }],
    ['resilience.calls', 'stock', { failure: 2, breaker_open: 1, success: 1 }],
    ['resilience.calls', 'files', { success: 1, bulkhead_full: 1 }],
    ['resilience.calls', 'mail', { success: 1, rate_limited: 1 }],
    ['resilience.calls', 'gone', { retries_exhausted: 1 }],
    ['resilience.retry.attempts', 'payments', { '503 failure': 1, '503 success': 1 }],
    ['resilience.retry.attempts', 'gone', { 'ECONNREFUSED failure': 1 }],
    ['resilience.retry.stopped', 'payments', { not_idempotent: 1 }],
    ['resilience.retry.stopped', 'poor', { budget: 1 }],
    ['resilience.retry.budget.remaining', 'poor', { '': 0 }],
    ['resilience.breaker.state', 'stock', { closed: 1, open: 0, half_open: 0 }],
    ['resilience.breaker.transitions', 'stock', { 'closed open': 1, 'open half_open': 1, 'half_open closed': 1 }],
    ['resilience.breaker.rejected', 'stock', { '': 1 }],
    ['resilience.bulkhead.rejected', 'files', { queue_full: 1 }],
    ['resilience.bulkhead.limit', 'files', { '': 1 }],
    ['resilience.bulkhead.active', 'files', { '': 0 }],
    ['resilience.bulkhead.queued', 'files', { '': 0 }],
    ['resilience.rate_limiter.rejected', 'mail', { '': 1 }],
    ['resilience.rate_limiter.waiting', 'mail', { '': 0 }],
    ['resilience.timeouts', 'late', { attempt: 1 }],
    ['resilience.hedges', 'search', { won: 1 }],
    ['resilience.fallbacks', 'stock', { 'failure success': 2, 'breaker_open success': 1 }],
  ])('%s of %s is exported', (metric, policy, values) => {
    expect(points(metric, policy)).toEqual(values);
  });

  test('has durations of calls in seconds', () => {
    const own = receiver.points.filter(
      ({ metric, attributes }) => metric === 'resilience.call.duration' && valuesOf(attributes)['policy']?.stringValue === 'late',
    );
    expect(own.at(-1)).toMatchObject({ count: '1' });
    expect(own.at(-1)?.sum).toBeGreaterThan(0.045);
    expect(own.at(-1)?.sum).toBeLessThan(5);
  });

  test('has a log record for each change of a breaker, with the trace of the call that led to it', () => {
    const records = receiver.logs.filter(({ eventName }) => eventName === 'resilience.breaker.changed');
    expect(records.map(({ severityText, body }) => [severityText, body?.stringValue])).toEqual([
      ['WARN', 'stock: the breaker was closed and is open'],
      ['INFO', 'stock: the breaker was open and is half open'],
      ['INFO', 'stock: the breaker was half open and is closed'],
    ]);
    const opens = receiver.spans.find(({ name }) => name === 'opens');
    expect(records[0]).toMatchObject({ traceId: opens?.traceId, spanId: opens?.spanId });
  });

  test('does the same without the kit running', async () => {
    const { code, stdout, stderr } = await run(['resilience.mjs'], process.env);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual(Object.fromEntries(calls.map(([name, end]) => [name, end])));
  });
});

describe('the published types', () => {
  /** What the compiler says of a file in the folder of the app. */
  function compile(file: string): string {
    const root = join(import.meta.dirname, '../../..');
    const options = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--module', 'nodenext', '--target', 'es2023'];
    const types = ['--types', 'node', '--typeRoots', join(root, 'node_modules/@types')];
    const args = [join(root, 'node_modules/typescript/bin/tsc'), ...options, ...types, '--ignoreConfig', file];
    return spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' }).stdout;
  }

  test('take what is meant', () => expect(compile('resilience-types.ts')).toBe(''));

  test('refuse what makes no sense', () => {
    const lines = [
      "import { resilience } from '@sonde/instrument/resilience';",
      "resilience({ name: 'x', breaker: { kind: 'consecutive', failureRatio: 0.5 } });",
      'resilience({});',
      "const wrong: Promise<string> = resilience({ name: 'x' }).run(() => 1);",
      "resilience({ name: 'x', hedge: { afterMs: 'p42' } });",
    ];
    writeFileSync(join(folder, 'wrong.ts'), lines.join('\n'));
    expect(Array.from(compile('wrong.ts').matchAll(/^wrong\.ts\((\d)/gm), ([, line]) => line)).toEqual(['2', '3', '4', '5']);
  });
});
