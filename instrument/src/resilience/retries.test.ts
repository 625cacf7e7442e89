import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { count, endFakeTimers, failing, newName, outcomes, plenty, refused, settled } from '../../test/resilience/calls.ts';
import { ResilienceError, RetriesExhaustedError } from './errors.ts';
import { resilience } from './resilience.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(endFakeTimers);

describe('retries', () => {
  test('of what is idempotent go on until it goes well', async () => {
    const policy = resilience({ name: newName(), retry: { attempts: 4 }, budget: plenty() });
    const attempts: number[] = [];
    const work = failing(3);
    const answer = policy.run(
      ({ attempt }) => {
        attempts.push(attempt);
        return work();
      },
      { isIdempotent: true },
    );
    expect(await settled(answer)).toBe('done');
    expect(attempts).toEqual([1, 2, 3, 4]);
    expect(outcomes(policy.name)).toEqual({ success: 1 });
    expect(count(policy.name, 'resilience.retry.attempts')).toBe(3);
  });

  test('end with the number of attempts, and the last error is the cause', async () => {
    const policy = resilience({ name: newName(), retry: { attempts: 3 }, budget: plenty() });
    const errors: Error[] = [];
    const work = (): never => {
      errors.push(refused());
      throw errors.at(-1)!;
    };
    const error: unknown = await settled(policy.run(work, { isIdempotent: true })).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(RetriesExhaustedError);
    expect(error).toMatchObject({ code: 'RETRIES_EXHAUSTED', reason: 'attempts', attempts: 3, policy: policy.name });
    expect((error as Error).cause).toBe(errors[2]);
    expect((error as Error).message).toBe(`${policy.name}: failed after 3 attempts; no more are allowed`);
    expect(outcomes(policy.name)).toEqual({ retries_exhausted: 1 });
  });

  test('are not made of what is not idempotent, nor of errors that are not the system’s', async () => {
    const policy = resilience({ name: newName(), retry: { attempts: 5 }, budget: plenty() });
    const check = async (fail: () => unknown, isIdempotent: boolean): Promise<void> => {
      const work = vi.fn<() => Promise<string>>(failing(1, fail));
      const error: unknown = await policy.run(work, { isIdempotent }).catch((error: unknown) => error);
      expect(work).toHaveBeenCalledTimes(1);
      expect(error).not.toBeInstanceOf(ResilienceError);
    };
    await check(refused, false);
    await check(() => new TypeError('a mistake'), true);
    await check(() => Object.assign(new Error('not found'), { status: 404 }), true);
    await check(() => Object.assign(new Error('fault'), { status: 500 }), true);
    await check(() => new DOMException('enough', 'AbortError'), true);
  });

  test('give the last answer when all of them say failure, and end the bodies of the others', async () => {
    const policy = resilience({ name: newName(), retry: { attempts: 3 }, budget: plenty() });
    const cancelled: number[] = [];
    let made = 0;
    const work = (): Response => {
      const one = ++made;
      return new Response(new ReadableStream({ cancel: () => void cancelled.push(one) }), { status: 503 });
    };
    const answer = await settled(policy.run(work, { isIdempotent: true }));
    expect([answer.status, made, cancelled]).toEqual([503, 3, [1, 2]]);
    expect(outcomes(policy.name)).toEqual({ failure: 1 });
  });

  test('wait for as long as the peer asks, and not at all when that is too long', async () => {
    const policy = resilience({ name: newName(), retry: { attempts: 2, delayMs: 10, retryAfterMsMax: 5000 }, budget: plenty() });
    const times: number[] = [];
    const asking = (seconds: number) => (): Response => {
      times.push(performance.now());
      return new Response(null, { status: 429, headers: { 'retry-after': String(seconds) } });
    };
    await settled(policy.run(asking(5), { isIdempotent: true }));
    const waited = times[1]! - times[0]!;
    expect(waited >= 5000 && waited <= 5011).toBe(true);
    times.length = 0;
    await settled(policy.run(asking(6), { isIdempotent: true }));
    expect(times).toHaveLength(1);
  });

  test('are not waited for when the deadline comes before', async () => {
    const policy = resilience({
      name: newName(),
      deadlineMs: 1000,
      retry: { attempts: 3, retryAfterMsMax: 60_000 },
      budget: plenty(),
    });
    const fail = (): Error => Object.assign(refused(), { headers: { 'retry-after': '2' } });
    const startMs = performance.now();
    const error: unknown = await policy.run(failing(9, fail), { isIdempotent: true }).catch((error: unknown) => error);
    expect(error).toMatchObject({ reason: 'deadline', attempts: 1 });
    expect(performance.now()).toBe(startMs);
  });

  test('end when the budget does, which all policies of a name share', async () => {
    const name = newName();
    const [one, other] = [resilience({ name, retry: { attempts: 2 } }), resilience({ name, retry: { attempts: 2 } })];
    const runs = Array.from({ length: 20 }, (_, i) => (i % 2 === 0 ? one : other).run(failing(9), { isIdempotent: true }));
    const ends = await settled(Promise.allSettled(runs));
    const reasons = ends.map((end) => (end.status === 'rejected' ? (end.reason as RetriesExhaustedError).reason : 'answered'));
    // Three a second, and one for each five calls: the first twenty are made before the first failure is heard of.
    expect(reasons.filter((reason) => reason === 'attempts')).toHaveLength(7);
    expect(reasons.filter((reason) => reason === 'budget')).toHaveLength(13);
  });
});
