import { array, assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { compareWorstFirst, goldenOverTime, quantiles, tally, toGolden } from './golden.ts';
import { cutIntoSteps } from './grid.ts';

/** As model/rollups.ts has it in SQL. */
function bucketOf(durationNs: number): number {
  return Math.ceil(Math.log2(Math.max(durationNs, 1)) * 8);
}

test('quantiles are within 9.1 % of the true ones', () => {
  assert(
    property(array(integer({ min: 1, max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 300 }), (durations) => {
      const buckets = new Map<number, number>();
      for (const duration of durations) buckets.set(bucketOf(duration), (buckets.get(bucketOf(duration)) ?? 0) + 1);
      const sorted = durations.toSorted((a, b) => a - b);
      const shares = [0.5, 0.95, 0.99];
      quantiles(buckets, shares).forEach((estimate, i) => {
        const exact = sorted[Math.ceil((shares[i] ?? 0) * sorted.length) - 1] ?? Number.NaN;
        expect(Math.abs(Math.log2(estimate / exact))).toBeLessThanOrEqual(1 / 8 + 1e-9);
      });
    }),
  );
});

test('within a bucket requests lie evenly by their logarithm', () => {
  const [half, all] = quantiles(new Map([[80, 10]]), [0.5, 1]);
  expect(half).toBeCloseTo(2 ** (79.5 / 8), 9);
  expect(all).toBe(1024);
});

test('no requests give no quantiles and no errors', () => {
  expect(toGolden(tally([]), 60)).toEqual({
    requests: 0,
    ratePerSecond: 0,
    errors: 0,
    errorShare: 0,
    p50Ns: null,
    p95Ns: null,
    p99Ns: null,
  });
});

test('rates of steps that reach beyond the range are of the part within', () => {
  const grid = cutIntoSteps({ fromNs: 30_000_000_000n, toNs: 180_000_000_000n }, 60_000_000_000n);
  const over = goldenOverTime(
    [
      { step: 0, errors: 1, buckets: [[8, 30]] },
      { step: 2, errors: 0, buckets: [[8, 60]] },
    ],
    grid,
  );
  expect(over.ratePerSecond).toEqual([1, 0, 1]);
  expect(over.errorShare).toEqual([1 / 30, null, 0]);
  expect(over.p50Ns.map((value) => value !== null)).toEqual([true, false, true]);
});

test('worst first: errors, then p99, then those without requests', () => {
  const golden = (errors: number, bucket: number, requests: number) =>
    toGolden({ requests, errors, buckets: new Map(requests === 0 ? [] : [[bucket, requests]]) }, 1);
  const [slow, failing, idle, fast] = [golden(0, 90, 10), golden(1, 10, 10), golden(0, 0, 0), golden(0, 10, 10)];
  expect([idle, fast, slow, failing].toSorted(compareWorstFirst)).toEqual([failing, slow, fast, idle]);
});
