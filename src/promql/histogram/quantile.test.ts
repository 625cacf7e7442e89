import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyCustom, anyExponential, bucketsOf, custom, exponential } from '../../../test/promql/histograms.ts';
import type { Histogram } from './histogram.ts';
import { isCustom } from './layout.ts';
import { fraction as fractionOf, quantile as quantileOf } from './quantile.ts';

const positive = exponential({ count: 10, sum: 20, zeroThreshold: 0.5, zeroCount: 2, positive: bucketsOf({ 1: 4, 3: 4 }) });
const negative = exponential({ count: 10, sum: -20, zeroThreshold: 0.5, zeroCount: 2, negative: bucketsOf({ 1: 4, 3: 4 }) });
const both = exponential({ count: 4, sum: 0, zeroThreshold: 1, zeroCount: 4 });

const quantile = (q: number, h: Histogram): number => quantileOf(q, h).value;
const fraction = (lower: number, upper: number, h: Histogram): number => fractionOf(lower, upper, h).value;

describe('a quantile', () => {
  test('lies within its bucket on a logarithmic scale', () => {
    expect(quantile(0.4, positive)).toBeCloseTo(Math.SQRT2, 12);
    expect(quantile(0.8, positive)).toBeCloseTo(Math.sqrt(32), 12);
    expect(quantile(1, positive)).toBeCloseTo(8, 12);
    expect(quantile(0.2, negative)).toBeCloseTo(-(2 ** 2.5), 12);
    expect(quantile(0, negative)).toBeCloseTo(-8, 12);
  });
  test('lies evenly in the zero bucket, on the side where other buckets are', () => {
    expect(quantile(0.1, positive)).toBeCloseTo(0.25, 12);
    expect(quantile(0.9, negative)).toBeCloseTo(-0.25, 12);
    expect(quantile(0.25, both)).toBeCloseTo(-0.5, 12);
    expect(quantile(0.5, both)).toBeCloseTo(0, 12);
  });
  test('lies evenly between custom bounds, and at the bound where there is no end', () => {
    const h = custom([2, 4], { 0: 2, 1: 2, 2: 4 }, { sum: 30 });
    expect(quantile(0.125, h)).toBeCloseTo(1, 12);
    expect(quantile(0.375, h)).toBeCloseTo(3, 12);
    expect(quantile(0.9, h)).toBeCloseTo(4, 12);
    expect(quantile(0.5, custom([-3, 4], { 0: 5 }, { sum: 1 }))).toBeCloseTo(-3, 12);
  });
  test('is infinite outside 0 to 1, and NaN for nothing', () => {
    expect(quantileOf(-0.1, positive).value).toBe(-Infinity);
    expect(quantileOf(1.1, positive).value).toBe(Infinity);
    expect(quantileOf(NaN, positive).value).toBeNaN();
    expect(quantileOf(0.5, exponential()).value).toBeNaN();
  });
  test('is skewed by NaN observations, and NaN above all others', () => {
    const h = exponential({ count: 10, sum: NaN, positive: bucketsOf({ 1: 5, 2: 3 }) });
    expect(quantileOf(0.25, h)).toEqual({ value: Math.SQRT2, nanObservations: 'skew' });
    expect(quantileOf(0.81, h)).toEqual({ value: NaN, nanObservations: 'result' });
    expect(quantileOf(0.5, { ...h, count: 8 }).nanObservations).toBe('none');
    expect(quantileOf(0.5, positive).nanObservations).toBe('none');
  });
  test('never falls as q rises', () => {
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const holds = (h: Histogram, a: number, b: number): void => {
      if (h.count === 0 || (isCustom(h) && h.bounds.length === 0)) return;
      const low = quantileOf(Math.min(a, b), h).value;
      const high = quantileOf(Math.max(a, b), h).value;
      expect(high - low).toBeGreaterThanOrEqual(-1e-9 * Math.max(Math.abs(low), 1e-12));
    };
    // A threshold inside a bucket of the same histogram makes the two overlap, which no sender does.
    const sound = anyExponential.map((h) => ({ ...h, zeroThreshold: 0 }));
    fc.assert(fc.property(sound, share, share, holds));
    fc.assert(fc.property(anyCustom, share, share, holds));
  });
});

describe('a fraction', () => {
  test('counts whole buckets and shares of them', () => {
    expect(fraction(-Infinity, Infinity, positive)).toBeCloseTo(1, 12);
    expect(fraction(1, 2, positive)).toBeCloseTo(0.4, 12);
    expect(fraction(Math.SQRT2, 4, positive)).toBeCloseTo(0.2, 12);
    expect(fraction(0, 0.25, positive)).toBeCloseTo(0.1, 12);
    expect(fraction(-0.5, 0, positive)).toBeCloseTo(0, 12);
    expect(fraction(-2, -1, negative)).toBeCloseTo(0.4, 12);
    expect(fraction(-0.5, 0.5, both)).toBeCloseTo(0.5, 12);
    expect(fraction(1, 3, custom([2, 4], { 0: 2, 1: 2 }, { sum: 1 }))).toBeCloseTo(0.5, 12);
    expect(fraction(-3, -1, custom([-4, -2, -1], { 0: 5, 1: 4, 2: 1 }, { sum: 1 }))).toBeCloseTo(0.3, 12);
    expect(fraction(5, Infinity, custom([2, 4], { 0: 2, 2: 2 }, { sum: 1 }))).toBeCloseTo(0.5, 12);
  });
  test('is 0 for an empty interval and NaN for nothing', () => {
    expect(fraction(2, 2, positive)).toBeCloseTo(0, 12);
    expect(fraction(3, 2, positive)).toBeCloseTo(0, 12);
    expect(fractionOf(0, NaN, positive).value).toBeNaN();
    expect(fractionOf(0, 1, exponential()).value).toBeNaN();
  });
  test('leaves NaN observations out', () => {
    const h = exponential({ count: 10, sum: NaN, positive: bucketsOf({ 1: 8 }) });
    expect(fractionOf(-Infinity, Infinity, h)).toEqual({ value: 0.8, hasNanObservations: true });
    expect(fractionOf(-Infinity, Infinity, { ...h, count: 8 })).toEqual({ value: 1, hasNanObservations: false });
  });
  test('below a quantile is that quantile', () => {
    fc.assert(
      fc.property(anyExponential, fc.double({ min: 0.01, max: 0.99, noNaN: true }), (any, q) => {
        const h = { ...any, zeroThreshold: 0, zeroCount: 0, count: any.count - any.zeroCount };
        if (h.count === 0) return;
        expect(fractionOf(-Infinity, quantileOf(q, h).value, h).value).toBeCloseTo(q, 6);
      }),
    );
  });
});
