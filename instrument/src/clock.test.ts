import { performance } from 'node:perf_hooks';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { followWallClock, nowMs, toEpochMs } from './clock.ts';

afterEach(() => {
  vi.useRealTimers();
  followWallClock();
});

describe('now', () => {
  test('is that of the wall clock', () => {
    followWallClock();
    expect(Math.abs(nowMs() - Date.now())).toBeLessThan(20);
  });

  test('never goes back', () => {
    const times = Array.from({ length: 10_000 }, nowMs);
    expect(times.every((time, i) => i === 0 || time >= (times[i - 1] ?? 0))).toBe(true);
  });

  test('has a fraction of a millisecond', () =>
    expect(Array.from({ length: 20 }, nowMs).some((time) => !Number.isInteger(time))).toBe(true));

  test.each([-3_600_000, -50, 50, 3_600_000])('follows a wall clock that was set by %i ms once that is asked for', (byMs) => {
    followWallClock();
    const set = Date.now() + byMs;
    vi.useFakeTimers({ toFake: ['Date'], now: set });
    expect(Math.abs(nowMs() - (set - byMs))).toBeLessThan(20);
    followWallClock();
    expect(Math.abs(nowMs() - set)).toBeLessThan(20);
  });

  test('stays as it is while the two clocks agree', () => {
    followWallClock();
    const before = nowMs() - performance.now();
    vi.useFakeTimers({ toFake: ['Date'], now: Math.floor(nowMs()) + 1 });
    followWallClock();
    expect(nowMs() - performance.now()).toBeCloseTo(before, 1);
  });
});

describe('a time', () => {
  function check(what: string, time: () => Parameters<typeof toEpochMs>[0], expected: () => number): void {
    test(`as ${what} is in Unix milliseconds`, () => expect(Math.abs(toEpochMs(time()) - expected())).toBeLessThan(20));
  }

  check('Unix milliseconds of now', Date.now, Date.now);
  check(
    'Unix milliseconds to come',
    () => Date.now() + 1e6,
    () => Date.now() + 1e6,
  );
  check(
    'Unix milliseconds from before the process started',
    () => performance.timeOrigin - 60_000,
    () => performance.timeOrigin - 60_000,
  );
  check(
    'Unix milliseconds of another year',
    () => 1_600_000_000_000,
    () => 1_600_000_000_000,
  );
  check('a reading of the monotonic clock', () => performance.now(), nowMs);
  check(
    'an earlier reading of the monotonic clock',
    () => performance.now() - 100,
    () => nowMs() - 100,
  );
  check(
    'seconds and nanoseconds',
    () => [1_700_000_000, 123_456_789],
    () => 1_700_000_000_123.4568,
  );
  check(
    'a date',
    () => new Date(1_700_000_000_123),
    () => 1_700_000_000_123,
  );

  test('in seconds and nanoseconds keeps microseconds', () =>
    expect(toEpochMs([1_700_000_000, 123_456_789])).toBeCloseTo(1_700_000_000_123.4568, 3));
});
