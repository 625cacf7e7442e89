/** What a peer sees of retries, timeouts and cancelled calls: its own count of requests is what counts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { resilience } from '../../src/resilience/resilience.ts';
import type { Resilience } from '../../src/resilience/resilience.ts';
import { retryBudget } from '../../src/resilience/retry-budget.ts';
import { callAll, startPeer, until } from './peer.ts';
import type { Peer } from './peer.ts';

let peer: Peer;
let names = 0;
const newName = (): string => `retry-${++names}`;
beforeEach(async () => void (peer = await startPeer()));
afterEach(() => peer.stop());
const ask = async (policy: Resilience, options: { isIdempotent: boolean; signal?: AbortSignal }): Promise<number> => {
  const answer = await policy.run(async ({ signal }) => {
    const answer = await fetch(peer.url, { signal });
    await answer.arrayBuffer();
    return answer;
  }, options);
  return answer.status;
};
const idempotent = { isIdempotent: true };

describe('a peer that always fails', () => {
  const retry = { attempts: 4, delayMs: 2, delayMsMax: 20 };
  const calls = 3000;
  const breakIt = (): void => peer.say((nth) => (nth % 3 === 0 ? 'hang up' : { status: nth % 3 === 1 ? 503 : 429 }));

  test('gets no more than calls, their share, and the floor, from several policies that share a budget', async () => {
    breakIt();
    const budget = retryBudget({ share: 0.2, perSecondMin: 5, windowMs: 2000 });
    const policies = Array.from({ length: 4 }, () => resilience({ name: newName(), retry, budget }));
    const startMs = performance.now();
    await callAll(calls, 20, (nth) => ask(policies[nth % policies.length], idempotent));
    const seconds = (performance.now() - startMs) / 1000;
    const retries = peer.arrivedMs.length - calls;
    expect(retries).toBeLessThanOrEqual(calls * 0.2 + 5 * (seconds + 1));
    // The budget is used too.
    expect(retries).toBeGreaterThan(calls * 0.15);
  });

  test('gets no more from policies of one name, made anew for each call', async () => {
    breakIt();
    const name = newName();
    const startMs = performance.now();
    await callAll(calls, 20, () => ask(resilience({ name, retry }), idempotent));
    const seconds = (performance.now() - startMs) / 1000;
    expect(peer.arrivedMs.length).toBeLessThanOrEqual(calls * 1.2 + 3 * (seconds + 1));
  });

  test('would get all attempts without a budget', async () => {
    breakIt();
    const policy = resilience({ name: newName(), retry, budget: retryBudget({ share: 10 }) });
    await callAll(500, 20, () => ask(policy, idempotent));
    expect(peer.arrivedMs.length).toBe(2000);
  });
});

test('retries of those who failed together are spread', async () => {
  peer.say((_, path) => ({ status: path === '/1' ? 503 : 200 }));
  const policy = resilience({ name: newName(), retry: { delayMs: 1000 }, budget: retryBudget({ share: 10 }) });
  const tenths = Array.from({ length: 10 }, () => 0);
  const one = async (): Promise<void> => {
    let failedMs = 0;
    await policy.run(async ({ signal, attempt }) => {
      if (attempt === 2) tenths[Math.min(9, Math.floor((performance.now() - failedMs) / 100))]++;
      const answer = await fetch(`${peer.url}/${attempt}`, { signal });
      await answer.arrayBuffer();
      failedMs = performance.now();
      return answer;
    }, idempotent);
  };
  await Promise.all(Array.from({ length: 100 }, one));
  expect(peer.arrivedMs).toHaveLength(200);
  // Ten each; none has more than thrice that in a hundred thousand runs.
  expect(Math.max(...tenths)).toBeLessThan(30);
  expect(tenths.filter((count) => count > 0).length).toBeGreaterThan(6);
});

describe('a peer gets one attempt', () => {
  test.each([
    [503, false],
    [404, true],
    [400, true],
    [500, true],
  ])('when it answers %d and the call is idempotent: %s', async (status, isIdempotent) => {
    peer.say(() => ({ status }));
    const policy = resilience({ name: newName(), retry: { attempts: 5, delayMs: 1 } });
    expect(await ask(policy, { isIdempotent })).toBe(status);
    await sleep(50);
    expect(peer.arrivedMs).toHaveLength(1);
  });

  test('when it hangs up on what is not idempotent', async () => {
    peer.say(() => 'hang up');
    const policy = resilience({ name: newName(), retry: { attempts: 5, delayMs: 1 } });
    await expect(ask(policy, { isIdempotent: false })).rejects.toThrow('fetch failed');
    await sleep(50);
    expect(peer.arrivedMs).toHaveLength(1);
  });
});

test.each([502, 503, 504, 429, 'hang up'] as const)('a peer that recovers from %s is asked again', async (fault) => {
  peer.say((nth) => (nth > 2 ? { status: 200 } : fault === 'hang up' ? fault : { status: fault }));
  const policy = resilience({ name: newName(), retry: { attempts: 3, delayMs: 1 } });
  expect(await ask(policy, idempotent)).toBe(200);
  expect(peer.arrivedMs).toHaveLength(3);
});

test('a peer that asks for time gets it', async () => {
  peer.say((nth) => (nth > 1 ? { status: 200 } : { status: 503, headers: { 'retry-after': '1' } }));
  const policy = resilience({ name: newName(), retry: { delayMs: 1 } });
  expect(await ask(policy, idempotent)).toBe(200);
  const waitedMs = peer.arrivedMs[1] - peer.arrivedMs[0];
  // Timers may fire a millisecond early against the finer clock.
  expect(waitedMs).toBeGreaterThan(990);
});

test('a peer that refuses connections is tried again too', async () => {
  await peer.stop();
  const policy = resilience({ name: newName(), retry: { attempts: 3, delayMs: 1 } });
  await expect(ask(policy, idempotent)).rejects.toMatchObject({ code: 'RETRIES_EXHAUSTED', attempts: 3 });
  peer = await startPeer();
});

describe('a caller that has gone', () => {
  test('ends the request that is under way, and none follows', async () => {
    peer.say(() => 'wait');
    const policy = resilience({ name: newName(), retry: { attempts: 5, delayMs: 1 }, hedge: { afterMs: 20 } });
    const caller = new AbortController();
    const run = ask(policy, { isIdempotent: true, signal: caller.signal });
    run.catch(() => undefined);
    await until(() => peer.arrivedMs.length === 2);
    const reason = new Error('gone');
    caller.abort(reason);
    const abortedMs = performance.now();
    await expect(run).rejects.toBe(reason);
    expect(performance.now() - abortedMs).toBeLessThan(500);
    await until(() => peer.given() === 2);
    await sleep(100);
    expect(peer.arrivedMs).toHaveLength(2);
  });

  test('lets no attempt follow the wait between two', async () => {
    peer.say(() => ({ status: 503 }));
    const policy = resilience({ name: newName(), retry: { attempts: 5, delayMs: 200, jitter: 'decorrelated' } });
    const caller = new AbortController();
    const run = ask(policy, { isIdempotent: true, signal: caller.signal });
    run.catch(() => undefined);
    await until(() => peer.arrivedMs.length === 1);
    await sleep(50);
    caller.abort();
    await expect(run).rejects.toMatchObject({ name: 'AbortError' });
    await sleep(700);
    expect(peer.arrivedMs).toHaveLength(1);
  });
});

describe('a timeout', () => {
  test('ends the request, and another attempt follows', async () => {
    peer.say((nth) => (nth === 1 ? 'wait' : { status: 200 }));
    const policy = resilience({ name: newName(), timeoutMs: 100, retry: { delayMs: 1 } });
    expect(await ask(policy, idempotent)).toBe(200);
    await until(() => peer.given() === 1);
    expect(peer.arrivedMs).toHaveLength(2);
  });

  test('of all attempts ends them all', async () => {
    peer.say(() => 'wait');
    const policy = resilience({
      name: newName(),
      timeoutMs: 100,
      deadlineMs: 250,
      retry: { attempts: 9, delayMs: 1 },
      budget: retryBudget({ share: 10 }),
    });
    const startMs = performance.now();
    await expect(ask(policy, idempotent)).rejects.toMatchObject({ code: 'TIMED_OUT', limit: 'deadline' });
    const tookMs = performance.now() - startMs;
    expect(tookMs).toBeGreaterThan(240);
    expect(tookMs).toBeLessThan(1000);
    const made = peer.arrivedMs.length;
    expect(made).toBeGreaterThanOrEqual(2);
    await until(() => peer.given() === made);
    await sleep(200);
    expect(peer.arrivedMs).toHaveLength(made);
  });
});
