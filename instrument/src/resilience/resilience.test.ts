import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import {
  count,
  deaf,
  endFakeTimers,
  failing,
  hang,
  newName,
  outcomes,
  plenty,
  refused,
  settled,
} from '../../test/resilience/calls.ts';
import type { Attempt } from './attempt.ts';
import { BreakerOpenError, BulkheadFullError, ResilienceError, TimedOutError } from './errors.ts';
import { PolicyRecords, records } from './records.ts';
import { resilience } from './resilience.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(endFakeTimers);

describe('a call', () => {
  test('gives what the work gives, and begins it at once', async () => {
    const policy = resilience({ name: newName() });
    let hasBegun = false;
    const answer = policy.run(({ attempt, isHedge, signal }) => {
      hasBegun = true;
      return { attempt, isHedge, isAborted: signal.aborted };
    });
    expect(hasBegun).toBe(true);
    expect(await answer).toEqual({ attempt: 1, isHedge: false, isAborted: false });
    expect(outcomes(policy.name)).toEqual({ success: 1 });
  });

  test('throws what the work throws, sooner or later, as it is', async () => {
    const policy = resilience({ name: newName(), timeoutMs: 50, breaker: { kind: 'count' }, retry: {} });
    const mistake = new TypeError('x is not a function');
    const throwing = (): never => {
      throw mistake;
    };
    for (const work of [throwing, async () => throwing()]) {
      await expect(policy.run(work, { isIdempotent: true })).rejects.toBe(mistake);
    }
    // Anything can be thrown.
    await expect(policy.run(() => Promise.reject(undefined), { isIdempotent: true })).rejects.toBeUndefined();
    expect(outcomes(policy.name)).toEqual({ failure: 3 });
  });

  test('keeps nothing of the signal of its caller once it is over', async () => {
    const policy = resilience({
      name: newName(),
      timeoutMs: 50,
      deadlineMs: 500,
      retry: { delayMs: 1 },
      hedge: { afterMs: 5 },
      budget: plenty(),
    });
    const { signal } = new AbortController();
    const run = policy.run(failing(2), { signal, isIdempotent: true });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await settled(run);
    await expect(policy.run(() => Promise.reject(new Error('no')), { signal })).rejects.toThrow('no');
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('shares the listener on a signal with all others, and each hears of its end', async () => {
    const warned = vi.fn<(warning: Error) => void>();
    process.on('warning', warned);
    const policy = resilience({ name: newName() });
    const caller = new AbortController();
    const runs = Array.from({ length: 50 }, () => policy.run(hang, { signal: caller.signal }));
    await policy.run(() => 1, { signal: caller.signal });
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(1);
    caller.abort(new Error('shutdown'));
    const ends = await Promise.allSettled(runs);
    expect(ends.every((end) => end.status === 'rejected' && (end.reason as Error).message === 'shutdown')).toBe(true);
    expect(getEventListeners(caller.signal, 'abort')).toHaveLength(0);
    await vi.advanceTimersByTimeAsync(1);
    process.off('warning', warned);
    expect(warned).not.toHaveBeenCalled();
  });
});

describe('a timeout', () => {
  test('ends an attempt, aborts its work, and counts as a failure that may pass', async () => {
    const policy = resilience({ name: newName(), timeoutMs: 100, retry: { attempts: 2, delayMs: 0 }, budget: plenty() });
    const signals: AbortSignal[] = [];
    const run = policy.run(
      (attempt) => {
        signals.push(attempt.signal);
        return hang(attempt);
      },
      { isIdempotent: true },
    );
    const error: unknown = await settled(run).catch((error: unknown) => error);
    expect((error as Error).cause).toBeInstanceOf(TimedOutError);
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
    expect(signals[0]?.reason).toMatchObject({ code: 'TIMED_OUT', limit: 'attempt', timeoutMs: 100 });
    expect(count(policy.name, 'resilience.timeouts')).toBe(2);
  });

  test('ends work that takes no notice, and its answer that comes too late is dropped', async () => {
    const policy = resilience({ name: newName(), timeoutMs: 100 });
    await expect(settled(policy.run(deaf))).rejects.toThrow(`${policy.name}: an attempt took longer than 100 ms`);
    const cancel = vi.fn<() => void>();
    const late = async (): Promise<Response> => {
      await new Promise((resolve) => setTimeout(resolve, 200));
      return new Response(new ReadableStream({ cancel }));
    };
    await expect(settled(policy.run(late), 100)).rejects.toThrow(TimedOutError);
    expect(cancel).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(100);
    expect(cancel).toHaveBeenCalledOnce();
    expect(outcomes(policy.name)).toEqual({ timed_out: 2 });
  });

  test('does not abort a signal once the work is done', async () => {
    const policy = resilience({ name: newName(), timeoutMs: 100, deadlineMs: 200 });
    const signal = await policy.run((attempt) => attempt.signal);
    await vi.advanceTimersByTimeAsync(1000);
    expect(signal.aborted).toBe(false);
  });

  test('of all attempts together is kept to, with what failed last as the cause', async () => {
    const policy = resilience({
      name: newName(),
      timeoutMs: 400,
      deadlineMs: 1000,
      retry: { attempts: 9, delayMs: 1 },
      budget: plenty(),
    });
    const startMs = performance.now();
    let endMs = 0;
    const run = policy.run(hang, { isIdempotent: true }).catch((error: unknown) => {
      endMs = performance.now();
      return error;
    });
    const error = await settled(run);
    expect(endMs - startMs).toBe(1000);
    expect(error).toMatchObject({ code: 'TIMED_OUT', limit: 'deadline', cause: { code: 'TIMED_OUT', limit: 'attempt' } });
    expect(outcomes(policy.name)).toEqual({ timed_out: 1 });
    expect(count(policy.name, 'resilience.timeouts')).toBe(3);
  });
});

describe('the signal of the caller', () => {
  const reason = new Error('the user has left');

  test('that is aborted already lets nothing begin', async () => {
    const policy = resilience({ name: newName(), fallback: () => 'instead' });
    const work = vi.fn<() => void>();
    await expect(policy.run(work, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(work).not.toHaveBeenCalled();
    expect(outcomes(policy.name)).toEqual({ cancelled: 1 });
  });

  const options = {
    retry: { attempts: 5, delayMs: 1000 },
    budget: plenty(),
    breaker: { kind: 'consecutive', failures: 1 },
  } as const;
  test.each<[string, (attempt: Attempt) => Promise<unknown>]>([
    ['work that listens', hang],
    ['work that does not', deaf],
  ])('ends %s at once, and the breaker hears nothing of it', async (_, work) => {
    const policy = resilience({ name: newName(), ...options, hedge: { afterMs: 5 }, budget: plenty() });
    const caller = new AbortController();
    const made = vi.fn<typeof work>(work);
    const run = policy.run(made, { signal: caller.signal, isIdempotent: true });
    await vi.advanceTimersByTimeAsync(10);
    expect(made).toHaveBeenCalledTimes(2);
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(made).toHaveBeenCalledTimes(2);
    expect(policy.breakerState).toBe('closed');
    expect(outcomes(policy.name)).toEqual({ cancelled: 1 });
  });

  test('that the work was given too may be heard there first', async () => {
    const policy = resilience({ name: newName(), ...options });
    const caller = new AbortController();
    // Listens before the policy does.
    const own = new Promise((_, reject) => caller.signal.addEventListener('abort', () => reject(refused())));
    own.catch(() => undefined);
    const run = policy.run(() => own, { signal: caller.signal, isIdempotent: true });
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(policy.breakerState).toBe('closed');
  });

  test('ends the wait between two attempts at once', async () => {
    const policy = resilience({
      name: newName(),
      retry: { attempts: 5, delayMs: 10_000, jitter: 'decorrelated' },
      budget: plenty(),
    });
    const caller = new AbortController();
    const work = vi.fn<() => Promise<string>>(failing(9));
    const run = policy.run(work, { signal: caller.signal, isIdempotent: true });
    await vi.advanceTimersByTimeAsync(10);
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(work).toHaveBeenCalledTimes(1);
    expect(count(policy.name, 'resilience.retry.attempts')).toBe(0);
  });

  test('is not heard by an attempt that is over', async () => {
    const policy = resilience({ name: newName(), retry: { delayMs: 1 }, budget: plenty() });
    const caller = new AbortController();
    const signals: AbortSignal[] = [];
    const work = (attempt: Attempt): Promise<never> => {
      signals.push(attempt.signal);
      return attempt.attempt === 1 ? Promise.reject(refused()) : hang(attempt);
    };
    const run = policy.run(work, { signal: caller.signal, isIdempotent: true });
    await vi.advanceTimersByTimeAsync(10);
    caller.abort(reason);
    await expect(run).rejects.toBe(reason);
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, true]);
  });

  test('ends the wait for a place and for a token, and nothing is kept', async () => {
    const policy = resilience({
      name: newName(),
      bulkhead: { limit: 2, queueMax: 1 },
      rateLimit: { perSecond: 1, waitMsMax: 10_000 },
    });
    const callers = Array.from({ length: 3 }, () => new AbortController());
    const runs = callers.map(({ signal }) => policy.run(hang, { signal }));
    const gauges = (): Record<string, number> =>
      Object.fromEntries(Array.from(records.of(policy.name).observations(), ({ name, value }) => [name, value]));
    expect(gauges()).toMatchObject({
      'resilience.bulkhead.active': 2,
      'resilience.bulkhead.queued': 1,
      'resilience.bulkhead.limit': 2,
      'resilience.rate_limiter.waiting': 1,
    });
    for (const caller of callers.toReversed()) caller.abort(reason);
    for (const run of runs) await expect(run).rejects.toBe(reason);
    expect(gauges()).toMatchObject({
      'resilience.bulkhead.active': 0,
      'resilience.bulkhead.queued': 0,
      'resilience.rate_limiter.waiting': 0,
    });
  });
});

describe('a breaker', () => {
  test('ends retries when it opens, and says what they failed with', async () => {
    const policy = resilience({
      name: newName(),
      retry: { attempts: 9, delayMs: 1 },
      breaker: { kind: 'consecutive', failures: 3, openMs: 30_000 },
      budget: plenty(),
    });
    const work = vi.fn<() => Promise<string>>(failing(9));
    const error: unknown = await settled(policy.run(work, { isIdempotent: true }), 1000).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(BreakerOpenError);
    expect((error as Error).cause).toMatchObject({ code: 'ECONNREFUSED' });
    expect(work).toHaveBeenCalledTimes(3);
    expect(policy.breakerState).toBe('open');
    expect(outcomes(policy.name)).toEqual({ breaker_open: 1 });
  });

  test('lets nobody wait for a place while it is open, nor go when it has opened meanwhile', async () => {
    const policy = resilience({
      name: newName(),
      breaker: { kind: 'consecutive', failures: 1 },
      bulkhead: { limit: 1, queueMax: 5 },
      timeoutMs: 100,
    });
    const work = vi.fn<typeof deaf>(deaf);
    const runs = [policy.run(work), policy.run(work), policy.run(work)];
    const ends = await settled(Promise.allSettled(runs));
    expect(ends.map((end) => end.status === 'rejected' && (end.reason as ResilienceError).code)).toEqual([
      'TIMED_OUT',
      'BREAKER_OPEN',
      'BREAKER_OPEN',
    ]);
    expect(work).toHaveBeenCalledTimes(1);
  });

  test('that is open takes no token and no place in the queue', async () => {
    const policy = resilience({
      name: newName(),
      breaker: { kind: 'consecutive', failures: 1 },
      rateLimit: { perSecond: 0.01, burst: 1 },
    });
    await expect(policy.run(failing(1))).rejects.toThrow('nobody listens');
    await expect(policy.run(failing(0))).rejects.toThrow(BreakerOpenError);
  });

  test('counts what the deadline ends as a failure, where attempts have no timeout of their own', async () => {
    const breaker = { kind: 'consecutive', failures: 1 } as const;
    const policy = resilience({ name: newName(), deadlineMs: 100, breaker });
    await expect(settled(policy.run(hang))).rejects.toMatchObject({ limit: 'deadline' });
    expect(policy.breakerState).toBe('open');
    const other = resilience({ name: newName(), deadlineMs: 100, timeoutMs: 200, breaker });
    await expect(settled(other.run(hang))).rejects.toMatchObject({ limit: 'deadline' });
    expect(other.breakerState).toBe('closed');
  });

  test('counts what a judge says, not what the kind of answer says', async () => {
    const policy = resilience({
      name: newName(),
      breaker: { kind: 'consecutive', failures: 1 },
      judge: (ended) => ('answer' in ended && ended.answer === 'sold out' ? 'failed' : undefined),
    });
    expect(await policy.run(() => 'sold out')).toBe('sold out');
    expect(policy.breakerState).toBe('open');
  });

  test('is not stuck when a judge throws, which is thrown to the caller', async () => {
    const policy = resilience({
      name: newName(),
      breaker: { kind: 'consecutive', failures: 1, openMs: 1000 },
      judge: (ended) => {
        if ('answer' in ended) throw new RangeError('no judge');
        return undefined;
      },
    });
    await expect(policy.run(failing(1))).rejects.toThrow('nobody listens');
    await vi.advanceTimersByTimeAsync(1000);
    for (let i = 0; i < 3; i++) await expect(policy.run(() => 'x')).rejects.toThrow('no judge');
    expect(policy.breakerState).toBe('half_open');
  });
});

describe('a fallback', () => {
  test('answers when the peer or the policy failed', async () => {
    const seen: unknown[] = [];
    const policy = resilience({
      name: newName(),
      timeoutMs: 100,
      deadlineMs: 150,
      bulkhead: { limit: 1 },
      fallback: (failure) => {
        seen.push('error' in failure ? (failure.error as Error).name : (failure.answer as Response).status);
        return 'instead';
      },
    });
    expect(await policy.run(() => new Response(null, { status: 500 }))).toBe('instead');
    expect(await policy.run(failing(1))).toBe('instead');
    expect(await settled(Promise.all([policy.run(hang), policy.run(hang)]))).toEqual(['instead', 'instead']);
    expect(seen).toEqual([500, 'Error', 'BulkheadFullError', 'TimedOutError']);
    expect(outcomes(policy.name)).toEqual({ failure: 2, bulkhead_full: 1, timed_out: 1 });
    expect(count(policy.name, 'resilience.fallbacks')).toBe(4);
  });

  test('hides no mistakes, no answer that is no failure, and no cancel', async () => {
    const policy = resilience({ name: newName(), fallback: () => 'instead' });
    const mistake = new TypeError('a mistake');
    await expect(policy.run(() => Promise.reject(mistake))).rejects.toBe(mistake);
    const missing = Object.assign(new Error('not found'), { status: 404 });
    await expect(policy.run(() => Promise.reject(missing))).rejects.toBe(missing);
    expect(await policy.run(() => new Response(null, { status: 404 }))).toMatchObject({ status: 404 });
    const caller = new AbortController();
    const run = policy.run(hang, { signal: caller.signal });
    caller.abort();
    await expect(run).rejects.toThrow('aborted');
  });

  test('may be that of the call, may fail, and the answer that it stands for is dropped', async () => {
    const policy = resilience({ name: newName(), fallback: () => 'of the policy' });
    expect(await policy.run(failing(1), { fallback: async () => 7 })).toBe(7);
    const fails = (): never => {
      throw new RangeError('none left');
    };
    await expect(policy.run(failing(1), { fallback: fails })).rejects.toThrow('none left');
    const cancel = vi.fn<() => void>();
    const answer = (): Response => new Response(new ReadableStream({ cancel }), { status: 503 });
    expect(
      await policy.run(answer, { fallback: (failure) => ('answer' in failure ? failure.answer : undefined) }),
    ).toBeInstanceOf(Response);
    expect(cancel).not.toHaveBeenCalled();
    expect(await policy.run(answer)).toBe('of the policy');
    expect(cancel).toHaveBeenCalledOnce();
  });
});

test('types say what a call gives', () => {
  const plain = resilience({ name: newName() });
  const falling = resilience({ name: newName(), fallback: () => 'cached' });
  expectTypeOf(plain.run(() => 1)).toEqualTypeOf<Promise<number>>();
  expectTypeOf(plain.run(async ({ signal }) => signal)).toEqualTypeOf<Promise<AbortSignal>>();
  expectTypeOf(falling.run(async () => 1)).toEqualTypeOf<Promise<number | string>>();
  expectTypeOf(falling.run(() => 1, { isIdempotent: true })).toEqualTypeOf<Promise<number | string>>();
  expectTypeOf(falling.run(() => 1, { fallback: () => true })).toEqualTypeOf<Promise<number | boolean>>();
  expectTypeOf(plain.run(() => 1, { fallback: async () => null })).toEqualTypeOf<Promise<number | null>>();
});

test('a name that comes after a thousand others shares its counts and its budget', () => {
  const many = new PolicyRecords();
  for (let i = 0; i < 1200; i++) many.of(`tenant-${i}`);
  expect(many.of('tenant-1199')).toBe(many.of('tenant-1198'));
  expect(many.of('tenant-1199').policy).toBe('_OTHER');
  expect(many.of('tenant-0').policy).toBe('tenant-0');
  expect(Array.from(many.all())).toHaveLength(1001);
});

test('a bulkhead’s refusal is of its kind', async () => {
  const policy = resilience({ name: newName(), bulkhead: { limit: 1 } });
  const caller = new AbortController();
  const run = policy.run(hang, { signal: caller.signal });
  await expect(policy.run(hang)).rejects.toBeInstanceOf(BulkheadFullError);
  caller.abort();
  await expect(run).rejects.toThrow('aborted');
});
