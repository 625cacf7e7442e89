import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, expectTypeOf, test, vi } from 'vitest';
import type { Attempt } from './attempt.ts';
import { BreakerOpenError, BulkheadFullError, ResilienceError, RetriesExhaustedError, TimedOutError } from './errors.ts';
import { PolicyRecords, records } from './records.ts';
import { resilience } from './resilience.ts';
import { retryBudget } from './retry-budget.ts';
import type { RetryBudget } from './retry-budget.ts';

let names = 0;
/** Budgets and counts go by the name for the whole process. */
const newName = (): string => `policy-${++names}`;
const refused = (): Error => Object.assign(new Error('nobody listens'), { code: 'ECONNREFUSED' });
const plenty = (): RetryBudget => retryBudget({ perSecondMin: 1e6 });
const outcomes = (name: string): Record<string, number> =>
  Object.fromEntries(
    Array.from(records.of(name).observations())
      .filter((one) => one.name === 'resilience.calls')
      .map(({ attributes, value }) => [String(attributes['outcome']), value]),
  );
const count = (name: string, metric: string): number =>
  Array.from(records.of(name).observations())
    .filter((one) => one.name === metric)
    .reduce((sum, { value }) => sum + value, 0);
/** Settles when its signal aborts, as fetch does. */
const hang = ({ signal }: Attempt): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
/** Takes no notice of anything. */
const deaf = (): Promise<never> => new Promise(() => undefined);
/** Fails so often, then answers. */
function failing(times: number, fail: () => unknown = refused): () => Promise<string> {
  let made = 0;
  return async () => {
    if (made++ < times) throw fail();
    return 'done';
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  const timers = vi.getTimerCount();
  vi.useRealTimers();
  assert(timers === 0, `${timers} timers are left over`);
});

/** Awaits while the clock runs. */
async function settled<T>(promise: Promise<T>, ms = 60_000): Promise<T> {
  promise.catch(() => undefined);
  await vi.advanceTimersByTimeAsync(ms);
  return promise;
}

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
  const hedges = (name: string): Record<string, number> =>
    Object.fromEntries(
      Array.from(records.of(name).observations())
        .filter((one) => one.name === 'resilience.hedges')
        .map(({ attributes, value }) => [String(attributes['outcome']), value]),
    );

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
