import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyCustom, anyExponential, bucketsOf, custom, exponential, observationsIn } from '../../../test/promql/histograms.ts';
import { add, equals } from './arithmetic.ts';
import type { Histogram } from './histogram.ts';
import { HistogramTotal } from './total.ts';

function totalOf(wanted: 'sum' | 'mean', histograms: readonly Histogram[]): HistogramTotal {
  const total = new HistogramTotal(wanted);
  for (const h of histograms) total.add(h);
  return total;
}

const parts = (...sums: readonly number[]): Histogram[] =>
  sums.map((sum) => exponential({ count: 1, sum, positive: bucketsOf({ 1: 1 }) }));

test('a sum keeps what rounding takes away', () => {
  expect(totalOf('sum', parts(1, 1e100, 1, -1e100)).result()?.sum).toBe(2);
  expect(totalOf('mean', parts(1, 1e100, 1, -1e100)).result()).toMatchObject({ count: 1, sum: 0.5 });
  const buckets = [1, 1e100, 1, -1e100].map((n) => exponential({ positive: bucketsOf({ 2: n }) }));
  expect(totalOf('sum', buckets).result()?.positive).toEqual(bucketsOf({ 2: 2 }));
});

test('what was lost is carried to a coarser layout', () => {
  const fine = [1, 1e100, 1].map((n) => exponential({ schema: 1, positive: bucketsOf({ 1: n }), zeroCount: n }));
  const coarse = exponential({ schema: 0, positive: bucketsOf({ 1: -1e100, 2: 5 }), zeroCount: -1e100 });
  expect(totalOf('sum', [...fine, coarse]).result()).toMatchObject({
    schema: 0,
    zeroCount: 2,
    positive: bucketsOf({ 1: 2, 2: 5 }),
  });
});

test('a mean does not leave the range of doubles while its values do not', () => {
  const large = [1.5e308, 1e308, 5e307].map((count) => exponential({ count, sum: 3, positive: bucketsOf({ 1: count }) }));
  const mean = totalOf('mean', large).result();
  expect(mean?.count).toBeCloseTo(1e308, -300);
  expect(mean?.positive.counts[0]).toBeCloseTo(1e308, -300);
  expect(mean?.sum).toBeCloseTo(3, 12);
  expect(totalOf('sum', large).result()?.count).toBe(Infinity);
});

test('mixed kinds of buckets have no total', () => {
  const total = totalOf('sum', [exponential({ count: 1 }), custom([1], { 0: 1 }), exponential({ count: 1 })]);
  expect([total.incompatible, total.result()]).toEqual([true, undefined]);
  expect(totalOf('mean', []).result()).toBeUndefined();
});

test('bounds that were reconciled and hints that collide are reported', () => {
  const total = totalOf('sum', [
    custom([1, 2], { 0: 1 }, { resetHint: 'reset' }),
    custom([2], { 0: 1 }, { resetHint: 'not_reset' }),
  ]);
  expect([total.boundsReconciled, total.hintsCollide, total.result()?.resetHint]).toEqual([true, true, 'unknown']);
  const same = totalOf('sum', [custom([1], { 0: 1 }), custom([1], { 0: 1 })]);
  expect([same.boundsReconciled, same.hintsCollide]).toEqual([false, false]);
});

test('two are summed as by addition, and of many the order does not matter', () => {
  const holds = (a: Histogram, b: Histogram, c: Histogram): void => {
    expect(equals(totalOf('sum', [a, b]).result()!, add(a, b)!.histogram)).toBe(true);
    const forth = totalOf('sum', [a, b, c]).result()!;
    expect(equals(forth, totalOf('sum', [c, b, a]).result()!)).toBe(true);
    expect(observationsIn(forth)).toBe(observationsIn(a) + observationsIn(b) + observationsIn(c));
  };
  // Zero buckets of different widths may come out wider in another order, so here they are alike.
  const alike = anyExponential.map((h) => ({ ...h, zeroThreshold: 0 }));
  fc.assert(fc.property(alike, alike, alike, holds));
  fc.assert(fc.property(anyCustom, anyCustom, anyCustom, holds));
});

test('histograms that were added are left as they were', () => {
  const first = exponential({ count: 1, positive: bucketsOf({ 1: 1 }) });
  totalOf('sum', [first, first, first]);
  expect(first).toEqual(exponential({ count: 1, positive: bucketsOf({ 1: 1 }) }));
});
