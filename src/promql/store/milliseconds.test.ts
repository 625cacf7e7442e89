import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { millisecondsAt } from './milliseconds.ts';

function check(ns: bigint, ms: number): void {
  const times = BigInt64Array.of(7n, ns);
  expect(millisecondsAt(new DataView(times.buffer), 1)).toBe(ms);
}

test('times that are whole milliseconds stay these, also where a double of nanoseconds would fall short', () => {
  check(1_795_652_915_250_000_000n, 1_795_652_915_250);
  check(1_795_652_915_257_000_000n, 1_795_652_915_257);
  check(0n, 0);
});

test('fractions are cut off, towards the past', () => {
  check(1_795_652_915_249_999_999n, 1_795_652_915_249);
  check(-1n, -1);
  check(2n ** 63n - 1n, 9_223_372_036_854);
  check(-(2n ** 63n), -9_223_372_036_855);
});

test('every time comes out as division of whole numbers gives it', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), (ns) => {
      const ms = ns / 1_000_000n;
      check(ns, Number(ns < 0n && ms * 1_000_000n !== ns ? ms - 1n : ms));
    }),
  );
  fc.assert(
    fc.property(fc.integer({ min: 1_500_000_000_000, max: 2_500_000_000_000 }), (ms) => check(BigInt(ms) * 1_000_000n, ms)),
  );
});
