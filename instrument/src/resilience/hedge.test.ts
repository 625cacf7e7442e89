import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { countsBy, endFakeTimers, failing, hang, newName, plenty, refused, settled } from '../../test/resilience/calls.ts';
import type { Attempt } from './attempt.ts';
import { resilience } from './resilience.ts';
import { retryBudget } from './retry-budget.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(endFakeTimers);

describe('a hedge', () => {
  /** Attempts that take so long each; what became of their signals. */
  const taking = (...ms: number[]): { work: (attempt: Attempt) => Promise<number>; aborted: number[]; begun: number[] } => {
    const [aborted, begun]: number[][] = [[], []];
    return {
      aborted: aborted!,
      begun: begun!,
      work: ({ signal, attempt, isHedge }) => {
        begun!.push(isHedge ? -attempt : attempt);
        return new Promise((resolve, reject) => {
          const timer = setTimeout(() => resolve(attempt), ms[attempt - 1]);
          signal.addEventListener('abort', () => {
            aborted!.push(attempt);
            clearTimeout(timer);
            reject(signal.reason as Error);
          });
        });
      },
    };
  };
  const hedges = (policy: string): Record<string, number> => countsBy('outcome', 'resilience.hedges', policy);

  test('goes beside an attempt that takes long, and the faster one is the answer', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 50 }, budget: plenty() });
    const { work, aborted, begun } = taking(1000, 10);
    expect(await settled(policy.run(work, { isIdempotent: true }), 60)).toBe(2);
    expect([begun, aborted]).toEqual([[1, -2], [1]]);
    const slower = taking(70, 1000);
    expect(await settled(policy.run(slower.work, { isIdempotent: true }), 70)).toBe(1);
    expect(slower.aborted).toEqual([2]);
    const fast = taking(49);
    expect(await settled(policy.run(fast.work, { isIdempotent: true }))).toBe(1);
    expect(hedges(policy.name)).toEqual({ won: 1, lost: 1 });
  });

  test('is not made of what is not idempotent, nor without budget', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 50 }, budget: retryBudget({ share: 0, perSecondMin: 0 }) });
    const { work, begun } = taking(100);
    expect(await settled(policy.run(work))).toBe(1);
    expect(await settled(policy.run(work, { isIdempotent: true }))).toBe(1);
    expect(begun).toEqual([1, 1]);
    expect(hedges(policy.name)).toEqual({ denied: 1 });
  });

  test('waits for the other one when one fails, and gives the last failure when both do', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 10 }, budget: plenty() });
    const fails = (ms: number): Promise<never> => new Promise((_, reject) => setTimeout(() => reject(refused()), ms));
    const well = policy.run((attempt) => (attempt.isHedge ? taking(0, 50).work(attempt) : fails(20)), { isIdempotent: true });
    expect(await settled(well)).toBe(2);
    await expect(settled(policy.run(({ isHedge }) => fails(isHedge ? 30 : 20), { isIdempotent: true }))).rejects.toThrow(
      'nobody',
    );
  });

  test('that may not go when the first one has failed leaves that as the end', async () => {
    const policy = resilience({
      name: newName(),
      hedge: { afterMs: 10 },
      bulkhead: { limit: 1, queueMax: 1 },
      breaker: { kind: 'consecutive', failures: 1 },
      budget: plenty(),
    });
    const fails = (): Promise<never> => new Promise((_, reject) => setTimeout(() => reject(refused()), 20));
    await expect(settled(policy.run(fails, { isIdempotent: true }))).rejects.toThrow('nobody listens');
    expect(policy.breakerState).toBe('open');
    expect(hedges(policy.name)).toEqual({ lost: 1 });
  });

  test('gives the last answer when both say failure, and drops the other', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 10 }, budget: plenty() });
    const cancelled: number[] = [];
    const work = async ({ attempt }: Attempt): Promise<Response> => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      return new Response(new ReadableStream({ cancel: () => void cancelled.push(attempt) }), {
        status: 503,
        statusText: `of ${attempt}`,
      });
    };
    const answer = await settled(policy.run(work, { isIdempotent: true }));
    expect([answer.statusText, cancelled]).toEqual(['of 2', [1]]);
  });

  test('does not make the tail seem shorter by ending it', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 'p90' }, budget: plenty() });
    const take = (i: number, slowMs: number): Promise<number> =>
      settled(policy.run(taking(i % 5 === 0 ? slowMs : 20, 1).work, { isIdempotent: true }), 600);
    for (let i = 0; i < 40; i++) await take(i, 500);
    // From here on what is slow never ends by itself; after 256 of these all that was learnt before is forgotten.
    for (let i = 0; i < 300; i++) await take(i, 2000);
    const { begun, work } = taking(499);
    expect(await settled(policy.run(work, { isIdempotent: true }))).toBe(1);
    expect(begun).toEqual([1]);
  });

  test('does not take failures that come at once, nor cancelled calls, for fast answers', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 'p50' }, budget: plenty() });
    const idempotent = { isIdempotent: true };
    for (let i = 0; i < 40; i++) await settled(policy.run(taking(100).work, idempotent), 100);
    for (let i = 0; i < 200; i++) {
      await policy.run(failing(1), idempotent).catch(() => undefined);
      const caller = new AbortController();
      const run = policy.run(hang, { ...idempotent, signal: caller.signal });
      caller.abort();
      await run.catch(() => undefined);
    }
    const { begun, work } = taking(99);
    expect(await settled(policy.run(work, idempotent))).toBe(1);
    expect(begun).toEqual([1]);
  });

  test('that finds no place leaves the first one be', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 10 }, bulkhead: { limit: 1 }, budget: plenty() });
    expect(await settled(policy.run(taking(50).work, { isIdempotent: true }))).toBe(1);
    const fails = (): Promise<never> => new Promise((_, reject) => setTimeout(() => reject(refused()), 20));
    await expect(settled(policy.run(fails, { isIdempotent: true }))).rejects.toThrow('nobody listens');
  });

  test('waits until the first one is sent, not while it stands in a queue', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 10 }, bulkhead: { limit: 1, queueMax: 9 }, budget: plenty() });
    const { work, begun } = taking(9);
    await settled(Promise.all(Array.from({ length: 5 }, () => policy.run(work, { isIdempotent: true }))));
    expect(begun).toEqual([1, 1, 1, 1, 1]);
  });

  test('comes after the percentile of what the last attempts took, also when the tail never ends', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 'p90' }, budget: plenty() });
    const options = { isIdempotent: true };
    const { begun, work } = taking(100, 1);
    await settled(policy.run(work, options));
    expect(begun).toEqual([1]);
    for (let i = 0; i < 100; i++) await settled(policy.run(taking(i % 20 === 0 ? 500 : 20, 1).work, options), 500);
    const startMs = performance.now();
    let endMs = 0;
    const run = policy.run(taking(1000, 1).work, options).finally(() => (endMs = performance.now()));
    expect(await settled(run)).toBe(2);
    expect(endMs - startMs).toBe(21);
  });

  test('whose answer comes after the other one’s is dropped', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 10 }, budget: plenty() });
    const cancel = vi.fn<() => void>();
    const work = async ({ isHedge }: Attempt): Promise<Response> => {
      await new Promise((resolve) => setTimeout(resolve, isHedge ? 5 : 100));
      return new Response(isHedge ? 'fast' : new ReadableStream({ cancel }));
    };
    const answer = await settled(policy.run(work, { isIdempotent: true }));
    expect(await answer.text()).toBe('fast');
    expect(cancel).toHaveBeenCalledOnce();
  });

  test('leaves the next attempt to retries when both fail', async () => {
    const policy = resilience({ name: newName(), hedge: { afterMs: 10 }, retry: { attempts: 2, delayMs: 1 }, budget: plenty() });
    const work = vi.fn<(attempt: Attempt) => Promise<number>>(
      ({ attempt }) =>
        new Promise<number>((resolve, reject) => {
          setTimeout(() => (attempt <= 2 ? reject(refused()) : resolve(attempt)), attempt <= 2 ? 50 : 5);
        }),
    );
    expect(await settled(policy.run(work, { isIdempotent: true }))).toBe(3);
  });
});
