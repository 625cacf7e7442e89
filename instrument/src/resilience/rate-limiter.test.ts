import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { RateLimitedError } from './errors.ts';
import { RateLimiter } from './rate-limiter.ts';
import { Stop } from './stop.ts';

const now = (): number => performance.now();
/** The times at which each of these got its token, from now; undefined for who was refused at once. */
function takeAll(limiter: RateLimiter, count: number): (number | undefined)[] {
  const startMs = now();
  const got: (number | undefined)[] = Array.from({ length: count }, () => undefined);
  for (let i = 0; i < count; i++) {
    try {
      const turn = limiter.take(undefined);
      if (turn === undefined) got[i] = 0;
      else void turn.then(() => (got[i] = now() - startMs));
    } catch (error) {
      assert(error instanceof RateLimitedError);
    }
  }
  return got;
}

/** 0 for who got a token, otherwise when there would have been one. */
function waitOf(limiter: RateLimiter): number {
  try {
    assert(limiter.take(undefined) === undefined);
    return 0;
  } catch (error) {
    assert(error instanceof RateLimitedError);
    return error.retryAfterMs;
  }
}

describe('a token bucket', () => {
  test('gives what an exact model gives', () => {
    const steps = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 2000 })), { maxLength: 200 });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 50 }), fc.integer({ min: 1, max: 20 }), (waits, perSecond, burst) => {
        let nowMs = 0;
        const limiter = new RateLimiter({ perSecond, burst }, 'bucket', () => nowMs);
        // In thousandths of a token: a millisecond brings `perSecond` of them.
        let thousandths = burst * 1000;
        for (const wait of waits) {
          nowMs += wait;
          thousandths = Math.min(burst * 1000, thousandths + wait * perSecond);
          const isExpected = thousandths >= 1000;
          expect(waitOf(limiter)).toBeCloseTo(isExpected ? 0 : (1000 - thousandths) / perSecond, 3);
          if (isExpected) thousandths -= 1000;
        }
      }),
      { numRuns: 200 },
    );
  });
});

describe('who waits', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test('gets its token in order and in time, the burst at once', async () => {
    const limiter = new RateLimiter({ perSecond: 10, burst: 3, waitMsMax: 400 }, 'wait', now);
    const got = takeAll(limiter, 10);
    expect(limiter.waiting).toBe(4);
    await vi.advanceTimersByTimeAsync(1000);
    expect(got).toEqual([0, 0, 0, 100, 200, 300, 400, undefined, undefined, undefined]);
    expect(limiter.waiting).toBe(0);
  });

  test('does not let who comes later pass', async () => {
    const limiter = new RateLimiter({ perSecond: 10, waitMsMax: 1000 }, 'order', now);
    const early = takeAll(limiter, 2);
    await vi.advanceTimersByTimeAsync(99);
    const late = takeAll(limiter, 1);
    await vi.advanceTimersByTimeAsync(1000);
    expect([early, late]).toEqual([[0, 100], [101]]);
  });

  test('is not overtaken when its timer is late', () => {
    let nowMs = 0;
    const limiter = new RateLimiter({ perSecond: 10, burst: 5, waitMsMax: 1000 }, 'late', () => nowMs);
    for (let i = 0; i < 5; i++) expect(limiter.take(undefined)).toBeUndefined();
    void limiter.take(undefined);
    nowMs = 300;
    // There are three tokens by now, and one of them is not for who comes last.
    expect(limiter.take(undefined)).toBeInstanceOf(Promise);
  });

  test('and gives up leaves its turn to the next, and no timer when it was the last', async () => {
    const limiter = new RateLimiter({ perSecond: 10, waitMsMax: 1000 }, 'give up', now);
    void limiter.take(undefined);
    const stop = new Stop();
    const given = limiter.take(stop);
    const [next] = [takeAll(limiter, 1)];
    stop.stop(new Error('enough'));
    await expect(given).rejects.toThrow('enough');
    expect(stop.listening).toBe(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(next).toEqual([100]);
    const last = new Stop();
    const alone = limiter.take(last);
    expect(vi.getTimerCount()).toBe(1);
    last.stop(new Error('too late'));
    await expect(alone).rejects.toThrow('too late');
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([7, 100, 1500])('gets through at %d a second', async (perSecond) => {
    const limiter = new RateLimiter({ perSecond, burst: 5, waitMsMax: 2000 }, 'rate', now);
    let given = 0;
    const asker = setInterval(() => {
      // Twice as many as may pass.
      for (let i = 0; i < Math.ceil(perSecond / 5); i++) {
        try {
          const turn = limiter.take(undefined);
          if (turn === undefined) given++;
          else void turn.then(() => given++);
        } catch {
          // Refused: the other half.
        }
      }
    }, 100);
    await vi.advanceTimersByTimeAsync(10_000);
    clearInterval(asker);
    const most = perSecond * 10 + 5;
    expect(given).toBeLessThanOrEqual(most);
    expect(given).toBeGreaterThanOrEqual(most * 0.98 - 1);
  });
});

test.each([
  [{ perSecond: 0 }, 'perSecond should be a number above 0, but is 0'],
  [{ perSecond: 1, burst: 0.5 }, 'burst should be a whole number of at least 1, but is 0.5'],
  [{ perSecond: 1, waitMsMax: -1 }, 'waitMsMax should be at least 0 and at most 2147483647 milliseconds, but is -1'],
])('%j is refused', (options, message) => {
  expect(() => new RateLimiter(options, 'wrong', now)).toThrow(message);
});
