import assert from 'node:assert/strict';
import { ROOT_CONTEXT, context, metrics, trace } from '@opentelemetry/api';
import type { Attributes, Span } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import type { LogRecord } from '@opentelemetry/api-logs';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { afterEach, describe, expect, test } from 'vitest';
import { ActiveContexts } from '../trace/context.ts';
import { resilience } from './resilience.ts';
import { retryBudget } from './retry-budget.ts';

class TestReader extends MetricReader {
  protected override async onShutdown(): Promise<void> {}
  protected override async onForceFlush(): Promise<void> {}

  /** The points of a policy by metric: attributes and value, or count for histograms. */
  async points(policy: string): Promise<Record<string, [attributes: Attributes, value: number][]>> {
    const { resourceMetrics } = await this.collect();
    const found: Record<string, [Attributes, number][]> = {};
    for (const { scope, metrics } of resourceMetrics.scopeMetrics) {
      assert.equal(scope.name, '@sonde/instrument/resilience');
      for (const { descriptor, dataPoints } of metrics) {
        for (const { attributes, value } of dataPoints) {
          if (attributes['policy'] !== policy) continue;
          const { policy: _, ...others } = attributes;
          (found[descriptor.name] ??= []).push([others, typeof value === 'number' ? value : (value as { count: number }).count]);
        }
      }
    }
    return found;
  }
}

const useProvider = (): TestReader => {
  const reader = new TestReader();
  metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  return reader;
};
afterEach(() => {
  metrics.disable();
  context.disable();
  logs.disable();
});
const refused = (): Promise<never> => Promise.reject(Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED' }));

describe('metrics', () => {
  test('are right when the meter provider is set after calls were made', async () => {
    const policy = resilience({ name: 'early', breaker: { kind: 'consecutive' }, bulkhead: { limit: 3 } });
    await policy.run(() => 1);
    await policy.run(refused).catch(() => undefined);
    const reader = useProvider();
    await policy.run(() => 1);
    const points = await reader.points('early');
    expect(points['resilience.calls']).toEqual([
      [{ outcome: 'success' }, 2],
      [{ outcome: 'failure' }, 1],
    ]);
    // A histogram cannot know what was before.
    expect(points['resilience.call.duration']).toEqual([[{ outcome: 'success' }, 1]]);
    expect(points['resilience.breaker.state']).toEqual([
      [{ state: 'closed' }, 1],
      [{ state: 'open' }, 0],
      [{ state: 'half_open' }, 0],
    ]);
    expect(points['resilience.bulkhead.limit']).toEqual([[{}, 3]]);
    expect(points['resilience.rate_limiter.waiting']).toBeUndefined();
  });

  test('follow another provider, and leave the old one', async () => {
    const first = useProvider();
    const policy = resilience({ name: 'moved' });
    await policy.run(() => 1);
    expect((await first.points('moved'))['resilience.calls']).toEqual([[{ outcome: 'success' }, 1]]);
    metrics.disable();
    const second = useProvider();
    await policy.run(() => 1);
    expect((await second.points('moved'))['resilience.calls']).toEqual([[{ outcome: 'success' }, 2]]);
    const old = await first.points('moved');
    expect(old['resilience.calls']).toEqual([[{ outcome: 'success' }, 1]]);
    expect(old['resilience.call.duration']).toEqual([[{ outcome: 'success' }, 1]]);
  });

  test('of two policies of one name add up', async () => {
    const reader = useProvider();
    const options = { name: 'twice', breaker: { kind: 'consecutive', failures: 1 }, bulkhead: { limit: 3 }, retry: {} } as const;
    const [one, two] = [resilience(options), resilience(options)];
    await one.run(refused).catch(() => undefined);
    const hold = resolvers();
    const held = two.run(() => hold.promise);
    const points = await reader.points('twice');
    expect(points['resilience.breaker.state']).toEqual([
      [{ state: 'closed' }, 1],
      [{ state: 'open' }, 1],
      [{ state: 'half_open' }, 0],
    ]);
    expect(points['resilience.bulkhead.active']).toEqual([[{}, 1]]);
    expect(points['resilience.bulkhead.limit']).toEqual([[{}, 6]]);
    expect(points['resilience.retry.budget.remaining']).toEqual([[{}, 3]]);
    hold.resolve();
    await held;
  });
});

function resolvers(): { promise: Promise<void>; resolve: () => void } {
  let resolve = (): void => undefined;
  const promise = new Promise<void>((done) => (resolve = done));
  return { promise, resolve };
}

describe('events', () => {
  /** What is told on the active span while this runs. */
  async function eventsOf(run: () => Promise<unknown>): Promise<[name: string, attributes: Attributes][]> {
    context.setGlobalContextManager(new ActiveContexts());
    const events: [string, Attributes][] = [];
    const span = {
      addEvent: (name: string, attributes: Attributes) => void events.push([name, attributes]),
      spanContext: () => ({ traceId: '0'.repeat(31) + '1', spanId: '0'.repeat(15) + '1', traceFlags: 1 }),
    } as unknown as Span;
    await context.with(trace.setSpan(ROOT_CONTEXT, span), () => run().catch(() => undefined));
    return events;
  }
  const idempotent = { isIdempotent: true };

  test('tell of every decision, on the span of whoever called', async () => {
    const policy = resilience({
      name: 'told',
      timeoutMs: 20,
      retry: { attempts: 3, delayMs: 0 },
      breaker: { kind: 'consecutive', failures: 3 },
      budget: retryBudget({ perSecondMin: 2 }),
      fallback: () => 'instead',
    });
    let made = 0;
    const work = ({ signal }: { signal: AbortSignal }): Promise<string> =>
      ++made < 3 ? refused() : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    expect(await eventsOf(() => policy.run(work, idempotent))).toEqual([
      ['resilience.retry', { policy: 'told', attempt: 2, reason: 'ECONNREFUSED', delay_ms: 0 }],
      ['resilience.retry', { policy: 'told', attempt: 3, reason: 'ECONNREFUSED', delay_ms: 0 }],
      ['resilience.timed_out', { policy: 'told', limit: 'attempt', timeout_ms: 20 }],
      ['resilience.breaker.changed', { policy: 'told', from: 'closed', to: 'open' }],
      ['resilience.retry.stopped', { policy: 'told', reason: 'attempts' }],
      ['resilience.fallback', { policy: 'told', reason: 'retries_exhausted', outcome: 'success' }],
    ]);
    expect(await eventsOf(() => policy.run(work, idempotent))).toEqual([
      ['resilience.breaker.rejected', { policy: 'told' }],
      ['resilience.fallback', { policy: 'told', reason: 'breaker_open', outcome: 'success' }],
    ]);
  });

  test('tell of waits, refusals, hedges and deadlines', async () => {
    const policy = resilience({
      name: 'more',
      deadlineMs: 60,
      bulkhead: { limit: 1, queueMax: 1 },
      hedge: { afterMs: 5 },
      rateLimit: { perSecond: 1000, burst: 1, waitMsMax: 100 },
    });
    const held = resolvers();
    const holder = policy.run(() => held.promise);
    const waits = eventsOf(() => policy.run(() => 1));
    const none = await eventsOf(() => policy.run(() => 1));
    expect(none).toEqual([['resilience.bulkhead.rejected', { policy: 'more', reason: 'queue_full' }]]);
    held.resolve();
    await holder;
    expect((await waits)[0]).toEqual(['resilience.bulkhead.waited', { policy: 'more', wait_ms: expect.any(Number) as number }]);
    const late = await eventsOf(() => policy.run(() => new Promise(() => undefined), idempotent));
    expect(late.filter(([name]) => !name.endsWith('.waited'))).toEqual([
      ['resilience.hedge', { policy: 'more', after_ms: 5 }],
      ['resilience.hedge.ended', { policy: 'more', outcome: 'lost' }],
      ['resilience.timed_out', { policy: 'more', limit: 'deadline', timeout_ms: 60 }],
    ]);
    const limited = resilience({ name: 'limited', rateLimit: { perSecond: 0.1 } });
    await limited.run(() => 1);
    expect(await eventsOf(() => limited.run(() => 1))).toEqual([['resilience.rate_limiter.rejected', { policy: 'limited' }]]);
    const writes = resilience({ name: 'writes', retry: {} });
    expect(await eventsOf(() => writes.run(refused))).toEqual([
      ['resilience.retry.stopped', { policy: 'writes', reason: 'not_idempotent' }],
    ]);
  });

  test('are none for a call that goes well', async () => {
    const policy = resilience({
      name: 'well',
      timeoutMs: 100,
      deadlineMs: 100,
      retry: {},
      breaker: { kind: 'count' },
      bulkhead: { limit: 1 },
    });
    expect(await eventsOf(() => policy.run(() => 1, idempotent))).toEqual([]);
  });
});

test('changes of a breaker are log records', async () => {
  const records: LogRecord[] = [];
  logs.setGlobalLoggerProvider({ getLogger: () => ({ emit: (record) => void records.push(record), enabled: () => true }) });
  const policy = resilience({ name: 'logged', breaker: { kind: 'consecutive', failures: 1, openMs: 1 } });
  await policy.run(refused).catch(() => undefined);
  await new Promise((resolve) => setTimeout(resolve, 5));
  await policy.run(() => 1);
  expect(records.map(({ eventName, severityText, body, attributes }) => [eventName, severityText, body, attributes])).toEqual([
    [
      'resilience.breaker.changed',
      'WARN',
      'logged: the breaker was closed and is open',
      { policy: 'logged', from: 'closed', to: 'open' },
    ],
    [
      'resilience.breaker.changed',
      'INFO',
      'logged: the breaker was open and is half open',
      { policy: 'logged', from: 'open', to: 'half_open' },
    ],
    [
      'resilience.breaker.changed',
      'INFO',
      'logged: the breaker was half open and is closed',
      { policy: 'logged', from: 'half_open', to: 'closed' },
    ],
  ]);
});

// The garbage collector is asked by a flag that other tests do without.
test('policies that the application has dropped leave nothing but their counts', async () => {
  const { setFlagsFromString } = await import('node:v8');
  const { runInNewContext } = await import('node:vm');
  setFlagsFromString('--expose-gc');
  const collectGarbage = runInNewContext('gc') as () => void;
  const reader = useProvider();
  for (let i = 0; i < 100; i++) await resilience({ name: 'dropped', bulkhead: { limit: 1 } }).run(() => 1);
  const limit = async (): Promise<number> => (await reader.points('dropped'))['resilience.bulkhead.limit']?.[0]?.[1] ?? 0;
  for (let tries = 0; (await limit()) > 1 && tries < 50; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
    collectGarbage();
  }
  expect(await limit()).toBeLessThanOrEqual(1);
  expect((await reader.points('dropped'))['resilience.calls']).toEqual([[{ outcome: 'success' }, 100]]);
});
