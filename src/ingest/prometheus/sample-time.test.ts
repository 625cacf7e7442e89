import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { SampleTime } from './sample-time.ts';

const dayMs = 86_400_000;
const bounds = { oldestNs: 0n, newestNs: 2n ** 63n - 1n };

function nsOf({ low, high }: SampleTime): bigint {
  return (BigInt(high) << 32n) | BigInt(low >>> 0);
}

test('milliseconds become the nanoseconds that they are', () => {
  const time = new SampleTime(bounds);
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 9_223_372_036_854n }), (ms) => {
      time.setHalves(Number(BigInt.asIntN(32, ms)), Number(ms >> 32n));
      expect([time.isTimely, nsOf(time), time.day]).toEqual([true, ms * 1_000_000n, (Number(ms) / dayMs) >>> 0]);
    }),
    { examples: [[0n], [1n], [4294n], [4295n], [2n ** 20n - 1n], [2n ** 32n], [1_763_630_000_123n], [9_223_372_036_854n]] },
  );
});

test('only times within the bounds are taken', () => {
  const time = new SampleTime({ oldestNs: 1_000_000_000n, newestNs: 2_000_000_000n });
  const check = (ms: number, isTimely: boolean): void => {
    time.set(ms);
    expect(time.isTimely).toBe(isTimely);
  };
  check(999, false);
  check(1000, true);
  check(2000, true);
  check(2001, false);
  check(-1, false);
  check(-(2 ** 62), false);
  check(2 ** 62, false);
  expect(time.ruleOf('up')).toBe('the time must be from 1970-01-01T00:00:01.000Z to 1970-01-01T00:00:02.000Z');
});

test('without a limit in the past, 1970 is taken and what is before is not', () => {
  const time = new SampleTime({ oldestNs: -(10n ** 18n), newestNs: 10n ** 18n });
  time.set(0);
  expect([time.isTimely, nsOf(time), time.day]).toEqual([true, 0n, 0]);
  time.set(-1);
  expect(time.isTimely).toBe(false);
});

test('where the past that is taken depends on names, each name has its own', () => {
  const asked: string[] = [];
  const time = new SampleTime({
    oldestNs: 1_000_000_000n,
    newestNs: 9_000_000_000n,
    oldestByName: {
      sureNs: 5_000_000_000n,
      of: (name) => {
        asked.push(name);
        return name === 'long' ? 1_000_000_000n : 5_000_000_000n;
      },
    },
  });
  const check = (ms: number, isSure: boolean, isTaken: readonly [long: boolean, short: boolean]): void => {
    time.set(ms);
    expect([time.isSure, time.isTakenOf('long'), time.isTakenOf('short')]).toEqual([isSure, ...isTaken]);
  };
  check(999, false, [false, false]);
  check(1000, false, [true, false]);
  check(4999, false, [true, false]);
  check(5000, true, [true, true]);
  check(9001, false, [false, false]);
  expect(time.ruleOf('short')).toBe('the time must be from 1970-01-01T00:00:05.000Z to 1970-01-01T00:00:09.000Z');
  // One series may have many points that are too late: its name is looked up once.
  time.set(2000);
  asked.length = 0;
  for (let i = 0; i < 3; i++) time.isTakenOf('long');
  expect(asked).toEqual(['long']);
});
