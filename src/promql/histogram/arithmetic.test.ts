import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyCustom, anyExponential, bucketsOf, custom, exponential, observationsIn } from '../../../test/promql/histograms.ts';
import { add, compact, divide, equals, multiply, negate, subtract } from './arithmetic.ts';
import type { Combined } from './arithmetic.ts';
import type { Histogram, ResetHint } from './histogram.ts';

const sum = (a: Histogram, b: Histogram): Combined => add(a, b)!;

test('counts of the same bucket are added, others are kept', () => {
  const a = exponential({ count: 6, sum: 7, positive: bucketsOf({ 0: 2, 3: 4 }) });
  const b = exponential({ count: 5, sum: -2, positive: bucketsOf({ 3: 1, 5: 3 }), negative: bucketsOf({ 1: 1 }) });
  expect(sum(a, b).histogram).toEqual(
    exponential({ count: 11, sum: 5, positive: bucketsOf({ 0: 2, 3: 5, 5: 3 }), negative: bucketsOf({ 1: 1 }) }),
  );
});

test('the coarser schema is that of the sum', () => {
  const fine = exponential({ schema: 1, count: 10, positive: bucketsOf({ '-1': 1, 0: 2, 1: 3, 2: 4 }) });
  const coarse = exponential({ schema: 0, count: 1, positive: bucketsOf({ 1: 1 }) });
  expect(sum(fine, coarse).histogram).toEqual(exponential({ count: 11, positive: bucketsOf({ 0: 3, 1: 8 }) }));
  expect(sum(coarse, fine).histogram).toEqual(sum(fine, coarse).histogram);
});

test('the wider zero bucket takes what lies in it', () => {
  const wide = exponential({ count: 2, zeroThreshold: 1, zeroCount: 2 });
  const narrow = exponential({ count: 7, zeroThreshold: 0.25, zeroCount: 1, positive: bucketsOf({ 0: 2, 1: 4 }) });
  expect(sum(wide, narrow).histogram).toEqual(
    exponential({ count: 9, zeroThreshold: 1, zeroCount: 5, positive: bucketsOf({ 1: 4 }) }),
  );
});

test('a zero bucket that would cut a populated bucket grows to its end', () => {
  const wide = exponential({ count: 1, zeroThreshold: 1.5, zeroCount: 1, positive: bucketsOf({ 2: 3 }) });
  const narrow = exponential({ count: 4, zeroThreshold: 0, negative: bucketsOf({ 1: 4 }) });
  expect(sum(wide, narrow).histogram).toMatchObject({ zeroThreshold: 2, zeroCount: 5, positive: bucketsOf({ 2: 3 }) });
});

test('of different custom bounds the common ones are left', () => {
  const a = custom([1, 2, 4], { 0: 1, 1: 2, 2: 4, 3: 8 });
  const b = custom([2, 3, 4, 5], { 0: 1, 3: 1, 4: 1 });
  expect(sum(a, b)).toMatchObject({ boundsReconciled: true, histogram: custom([2, 4], { 0: 4, 1: 4, 2: 10 }) });
  expect(sum(a, custom([7], { 0: 5 })).histogram).toEqual(custom([], { 0: 20 }));
  expect(sum(a, a).boundsReconciled).toBe(false);
});

test('exponential and custom buckets have no sum', () => {
  expect(add(exponential(), custom([1], {}))).toBeUndefined();
  expect(subtract(custom([1], {}), exponential())).toBeUndefined();
});

test('hints: a gauge stays a gauge, unknown stays unknown, a reset and none collide', () => {
  const check = (a: ResetHint, b: ResetHint, hint: ResetHint, collides = false): void => {
    const { histogram, hintsCollide } = sum(exponential({ resetHint: a }), exponential({ resetHint: b }));
    expect([histogram.resetHint, hintsCollide]).toEqual([hint, collides]);
  };
  check('not_reset', 'not_reset', 'not_reset');
  check('reset', 'reset', 'reset');
  check('gauge', 'reset', 'gauge');
  check('unknown', 'gauge', 'gauge');
  check('not_reset', 'unknown', 'unknown');
  check('not_reset', 'reset', 'unknown', true);
  check('reset', 'not_reset', 'unknown', true);
});

test('scaling goes for every number, and a negative factor makes a gauge', () => {
  const h = exponential({
    count: 6,
    sum: 3,
    zeroThreshold: 1,
    zeroCount: 2,
    positive: bucketsOf({ 2: 4 }),
    resetHint: 'not_reset',
  });
  expect(multiply(h, 2)).toEqual({ ...h, count: 12, sum: 6, zeroCount: 4, positive: bucketsOf({ 2: 8 }) });
  expect(divide(h, 2)).toEqual({ ...h, count: 3, sum: 1.5, zeroCount: 1, positive: bucketsOf({ 2: 2 }) });
  expect(negate(h)).toEqual({ ...h, count: -6, sum: -3, zeroCount: -2, positive: bucketsOf({ 2: -4 }), resetHint: 'gauge' });
  expect(divide(h, -1).resetHint).toBe('gauge');
  expect(divide(h, 0)).toEqual({ ...h, count: Infinity, sum: Infinity, zeroCount: Infinity, positive: bucketsOf({}) });
  expect(multiply(h, 0).positive).toEqual(bucketsOf({}));
});

test('equality is of data: NaN is NaN, hints and empty buckets do not count', () => {
  const h = exponential({ count: 3, sum: NaN, positive: bucketsOf({ 1: 3 }) });
  expect(equals(h, { ...h, resetHint: 'gauge', positive: bucketsOf({ 1: 3, 4: 0 }) })).toBe(true);
  expect(equals(h, { ...h, sum: 1 })).toBe(false);
  expect(equals(h, { ...h, positive: bucketsOf({ 2: 3 }) })).toBe(false);
  expect(equals(h, { ...h, zeroThreshold: 1 })).toBe(false);
  expect(equals(custom([1], { 0: 1 }), custom([2], { 0: 1 }))).toBe(false);
});

test('addition is commutative and keeps every observation', () => {
  const holds = (a: Histogram, b: Histogram): void => {
    const both = sum(a, b).histogram;
    expect(equals(both, sum(b, a).histogram)).toBe(true);
    expect(observationsIn(both)).toBe(observationsIn(a) + observationsIn(b));
  };
  fc.assert(fc.property(anyExponential, anyExponential, holds));
  fc.assert(fc.property(anyCustom, anyCustom, holds));
});

test('what is added and then subtracted leaves the counts as they were', () => {
  const holds = (a: Histogram, b: Histogram): void => {
    const back = subtract(sum(a, b).histogram, b)!.histogram;
    const nothing = subtract(back, a)!.histogram;
    expect(compact(nothing)).toMatchObject({ count: 0, sum: 0, zeroCount: 0, positive: bucketsOf({}), negative: bucketsOf({}) });
  };
  fc.assert(fc.property(anyExponential, anyExponential, holds));
  fc.assert(fc.property(anyCustom, anyCustom, holds));
});
