/** Breaker, bulkhead, rate limiter and hedging before a peer that fails, is slow, or is neither. */
import { Agent, get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { MeterProvider, MetricReader } from '@opentelemetry/sdk-metrics';
import { metrics } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { BreakerOpenError } from '../../src/resilience/errors.ts';
import { resilience } from '../../src/resilience/resilience.ts';
import type { Resilience, ResilienceOptions } from '../../src/resilience/resilience.ts';
import { retryBudget } from '../../src/resilience/retry-budget.ts';
import { callAll, quantile, startPeer, until } from './peer.ts';
import type { Peer } from './peer.ts';

let peer: Peer;
let names = 0;
const newName = (): string => `guard-${++names}`;
beforeEach(async () => void (peer = await startPeer()));
afterEach(() => peer.stop());

async function statusOf<F>(policy: Resilience<F>, isIdempotent = false): Promise<number | F> {
  return policy.run(
    async ({ signal }) => {
      const answer = await fetch(peer.url, { signal });
      await answer.arrayBuffer();
      if (answer.status >= 500) throw Object.assign(new Error('failed'), { status: answer.status });
      return answer.status;
    },
    { isIdempotent },
  );
}

describe('a breaker', () => {
  class PulledReader extends MetricReader {
    protected override async onShutdown(): Promise<void> {}
    protected override async onForceFlush(): Promise<void> {}
  }
  let reader: PulledReader;
  beforeEach(() => {
    reader = new PulledReader();
    metrics.setGlobalMeterProvider(new MeterProvider({ readers: [reader] }));
  });
  afterEach(() => metrics.disable());

  /** Points of a metric of a policy, as `attributes: value`. */
  async function points(name: string, policy: string): Promise<Record<string, number>> {
    const { resourceMetrics } = await reader.collect();
    const all = resourceMetrics.scopeMetrics.flatMap((scope) => scope.metrics);
    const dataPoints = all.filter(({ descriptor }) => descriptor.name === name).flatMap((metric) => metric.dataPoints);
    const own = dataPoints.filter(({ attributes }) => attributes['policy'] === policy);
    const textOf = (attributes: Attributes): string =>
      Object.keys(attributes)
        .filter((key) => key !== 'policy')
        .map((key) => attributes[key])
        .join(' ');
    return Object.fromEntries(own.map(({ attributes, value }) => [textOf(attributes), value as number]));
  }

  const options = { breaker: { kind: 'count', calls: 20, callsMin: 10, failureRatio: 0.5, openMs: 200, probes: 3 } } as const;

  async function opened<F>(policy: Resilience<F>): Promise<void> {
    peer.say(() => ({ status: 503 }));
    await callAll(10, 1, () => statusOf(policy));
    expect(policy.breakerState).toBe('open');
    expect(peer.arrivedMs).toHaveLength(10);
  }

  test('keeps all from a peer that fails, and the fallback answers', async () => {
    const policy = resilience({
      name: newName(),
      ...options,
      breaker: { ...options.breaker, openMs: 60_000 },
      fallback: () => 'cached',
    });
    await opened(policy);
    const ends = await callAll(200, 50, () => statusOf(policy));
    expect(ends.every((end) => end.status === 'fulfilled' && end.value === 'cached')).toBe(true);
    expect(peer.arrivedMs).toHaveLength(10);
    expect(await points('resilience.breaker.state', policy.name)).toEqual({ closed: 0, open: 1, half_open: 0 });
    expect(await points('resilience.breaker.rejected', policy.name)).toEqual({ '': 200 });
    expect(await points('resilience.fallbacks', policy.name)).toEqual({ 'failure success': 10, 'breaker_open success': 200 });
  });

  test('lets exactly its probes through while many call, and closes when all went well', async () => {
    const policy = resilience({ name: newName(), ...options });
    await opened(policy);
    await sleep(210);
    peer.say(() => 'wait');
    const probing = callAll(200, 200, () => statusOf(policy));
    await until(() => peer.waiting.size === 3);
    await sleep(50);
    expect(peer.arrivedMs).toHaveLength(13);
    expect(await points('resilience.breaker.state', policy.name)).toEqual({ closed: 0, open: 0, half_open: 1 });
    peer.say(() => ({ status: 200 }));
    for (const response of peer.waiting) response.end('well');
    const ends = await probing;
    const codes = ends.map((end) => (end.status === 'fulfilled' ? 'well' : (end.reason as BreakerOpenError).code));
    expect(codes.filter((code) => code === 'well')).toHaveLength(3);
    expect(codes.filter((code) => code === 'BREAKER_OPEN')).toHaveLength(197);
    expect(policy.breakerState).toBe('closed');
    expect(await statusOf(policy)).toBe(200);
    expect(await points('resilience.breaker.transitions', policy.name)).toEqual({
      'closed open': 1,
      'open half_open': 1,
      'half_open closed': 1,
    });
    expect(await points('resilience.calls', policy.name)).toEqual({ failure: 10, success: 4, breaker_open: 197 });
  });

  test('opens again with the first probe that fails', async () => {
    const policy = resilience({ name: newName(), ...options });
    await opened(policy);
    await sleep(210);
    peer.say((nth) => (nth === 11 ? { status: 503 } : 'wait'));
    const probing = callAll(50, 50, () => statusOf(policy));
    await until(() => policy.breakerState === 'open');
    const seen = peer.arrivedMs.length;
    expect(seen).toBeLessThanOrEqual(13);
    await expect(statusOf(policy)).rejects.toMatchObject({ code: 'BREAKER_OPEN' });
    // The other probes end well, which no longer counts.
    await until(() => peer.waiting.size === 2);
    for (const response of peer.waiting) response.end('well');
    await probing;
    expect(policy.breakerState).toBe('open');
    expect(peer.arrivedMs).toHaveLength(13);
    expect(await points('resilience.breaker.transitions', policy.name)).toEqual({
      'closed open': 1,
      'open half_open': 1,
      'half_open open': 1,
    });
  });
});

describe('a bulkhead', () => {
  /**
   * The p99 of calls to a fast peer, while many call a peer that never answers, all by one agent with few connections: first with
   * nobody else there, then with it.
   */
  async function neighbourMs(slowPolicy: Partial<ResilienceOptions>, calls: number): Promise<{ alone: number; beside: number }> {
    const slow = await startPeer();
    slow.say(() => 'wait');
    const agent = new Agent({ maxTotalSockets: 10 });
    const through = (url: string, signal: AbortSignal): Promise<void> =>
      new Promise((resolve, reject) => {
        get(url, { agent, signal }, (response) => response.resume().on('end', resolve)).on('error', reject);
      });
    const fast = resilience({ name: newName(), timeoutMs: 2000, bulkhead: { limit: 4, queueMax: 100 } });
    const toSlow = resilience({ name: newName(), timeoutMs: 500, ...slowPolicy });
    const measure = async (): Promise<number> => {
      const took: number[] = [];
      await callAll(calls, 2, async () => {
        const startMs = performance.now();
        await fast.run(({ signal }) => through(peer.url, signal)).catch(() => undefined);
        took.push(performance.now() - startMs);
      });
      return quantile(took, 0.99);
    };
    await measure();
    const alone = await measure();
    const over = new AbortController();
    const saturating = callAll(40, 40, async (nth) => {
      await sleep(nth * 12);
      while (!over.signal.aborted) {
        await toSlow.run(({ signal }) => through(slow.url, signal)).catch(() => undefined);
        await sleep(5);
      }
    });
    await until(() => slow.waiting.size >= 4);
    await sleep(300);
    const beside = await measure();
    over.abort();
    await saturating;
    agent.destroy();
    await slow.stop();
    return { alone, beside };
  }

  test('keeps a neighbour’s latency flat while a slow peer is saturated', async () => {
    const { alone, beside } = await neighbourMs({ bulkhead: { limit: 4 } }, 300);
    expect(beside).toBeLessThan(Math.max(10 * alone, 150));
  });

  test('is what does that: without one the neighbour waits for the slow peer', async () => {
    const { beside } = await neighbourMs({}, 4);
    expect(beside).toBeGreaterThan(250);
  });

  test('lets no more than its limit reach the peer at once', async () => {
    peer.say(() => ({ status: 200, afterMs: 5 }));
    const policy = resilience({ name: newName(), bulkhead: { limit: 7, queueMax: 1000 } });
    let under = 0;
    let most = 0;
    const ends = await callAll(300, 100, () =>
      policy.run(async ({ signal }) => {
        most = Math.max(most, ++under);
        const answer = await fetch(peer.url, { signal });
        await answer.arrayBuffer();
        under--;
      }),
    );
    expect(ends.every(({ status }) => status === 'fulfilled')).toBe(true);
    expect(most).toBe(7);
  });
});

test('a rate limiter lets exactly its burst through at once', async () => {
  const policy = resilience({ name: newName(), rateLimit: { perSecond: 0.01, burst: 20 } });
  const ends = await callAll(100, 100, () => statusOf(policy));
  expect(peer.arrivedMs).toHaveLength(20);
  expect(ends.slice(0, 20).every(({ status }) => status === 'fulfilled')).toBe(true);
  for (const end of ends.slice(20)) expect.soft(end).toMatchObject({ reason: { code: 'RATE_LIMITED' } });
});

describe('a rate limiter', () => {
  /** Sends 440 requests as fast as they may go; gives the rate after the burst of 40. */
  async function measure(): Promise<number> {
    const policy = resilience({ name: newName(), rateLimit: { perSecond: 200, burst: 40, waitMsMax: 10_000 } });
    peer.arrivedMs.length = 0;
    const startMs = performance.now();
    let lastMs = 0;
    const send = (): Promise<unknown> =>
      policy.run(async ({ signal }) => {
        lastMs = performance.now();
        return (await fetch(peer.url, { signal })).arrayBuffer();
      });
    await Promise.all(Array.from({ length: 440 }, send));
    expect(peer.arrivedMs).toHaveLength(440);
    return 400 / ((lastMs - startMs) / 1000);
  }

  test('keeps to its rate', async () => {
    const rates: number[] = [];
    // What would have come in while this process stood still for longer than the burst lasts is lost, as it should be.
    for (let tries = 0; tries < 5 && !rates.some((rate) => rate >= 190); tries++) rates.push(await measure());
    expect(Math.max(...rates)).toBeLessThan(210);
    expect(Math.max(...rates)).toBeGreaterThanOrEqual(190);
  });
});

describe('hedging', () => {
  const calls = 600;
  /** Every twentieth request takes long. */
  async function tail(options: Partial<ResilienceOptions>): Promise<{ p97: number; requests: number; seconds: number }> {
    peer.say((nth) => ({ status: 200, afterMs: nth % 20 === 0 ? 400 : 2 }));
    peer.arrivedMs.length = 0;
    const policy = resilience({ name: newName(), ...options });
    const took: number[] = [];
    const startMs = performance.now();
    await callAll(calls, 10, async () => {
      const callMs = performance.now();
      await statusOf(policy, true);
      took.push(performance.now() - callMs);
    });
    return { p97: quantile(took, 0.97), requests: peer.arrivedMs.length, seconds: (performance.now() - startMs) / 1000 };
  }

  test.each([50, 'p90'] as const)('after %s lowers the tail, and its load keeps to the budget', async (afterMs) => {
    const without = await tail({});
    expect([without.p97 > 390, without.requests]).toEqual([true, calls]);
    const budget = retryBudget({ share: 0.2, perSecondMin: 1 });
    const hedged = await tail({ hedge: { afterMs }, budget });
    expect(hedged.p97).toBeLessThan(without.p97 / 2);
    expect(hedged.requests).toBeGreaterThan(calls);
    expect(hedged.requests).toBeLessThanOrEqual(calls * 1.2 + hedged.seconds + 1);
  });

  test('of a peer that is slow altogether keeps to the budget', async () => {
    peer.say(() => ({ status: 200, afterMs: 60 }));
    const policy = resilience({ name: newName(), hedge: { afterMs: 5 }, budget: retryBudget({ share: 0.1, perSecondMin: 1 }) });
    const startMs = performance.now();
    await callAll(400, 40, () => statusOf(policy, true));
    const seconds = (performance.now() - startMs) / 1000;
    expect(peer.arrivedMs.length).toBeLessThanOrEqual(400 * 1.1 + seconds + 1);
    expect(peer.arrivedMs.length).toBeGreaterThan(420);
  });

  test('ends the request that lost', async () => {
    peer.say((nth) => (nth === 1 ? 'wait' : { status: 200 }));
    const policy = resilience({ name: newName(), hedge: { afterMs: 20 } });
    expect(await statusOf(policy, true)).toBe(200);
    await until(() => peer.given() === 1);
  });
});
