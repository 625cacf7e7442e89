import { assert, double, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { customSchema, noBuckets } from '../../promql/histogram/histogram.ts';
import type { Histogram } from '../../promql/histogram/histogram.ts';
import { renderHistogramSample, renderLabels, renderTime, renderValue } from './render-values.ts';

describe('times are seconds with no fraction or one of three digits', () => {
  test.each([
    [0, '0'],
    [1, '0.001'],
    [10, '0.010'],
    [100, '0.100'],
    [1000, '1'],
    [1010, '1.010'],
    [-1, '-0.001'],
    [-0.5, '0'],
    [-61_500, '-61.500'],
    [1_795_648_037_877, '1795648037.877'],
    [9_223_372_036_854, '9223372036.854'],
  ])('%d ms is %s', (ms: number, expected: string) => {
    expect(renderTime(ms)).toBe(expected);
  });
});

describe('values are the shortest text of the double, as Go writes it', () => {
  test.each([
    [0, '0'],
    [-0, '-0'],
    [1, '1'],
    [0.1, '0.1'],
    [-2.5, '-2.5'],
    [1e-6, '0.000001'],
    [1e-7, '1e-07'],
    [-1.5e-9, '-1.5e-09'],
    [2.5e-10, '2.5e-10'],
    [5e-324, '5e-324'],
    [1e20, '100000000000000000000'],
    [1e21, '1e+21'],
    [1.7976931348623157e308, '1.7976931348623157e+308'],
    [Number.NaN, 'NaN'],
    [Number.POSITIVE_INFINITY, '+Inf'],
    [Number.NEGATIVE_INFINITY, '-Inf'],
  ])('%d is %s', (value: number, expected: string) => {
    expect(renderValue(value)).toBe(expected);
  });

  test('any number comes back the same', () => {
    assert(property(double({ noNaN: true }), (value) => Object.is(Number(renderValue(value).replace('Inf', 'Infinity')), value)));
  });
});

describe('native histograms show their populated buckets and which bounds belong to them', () => {
  const histogram = (fields: Partial<Histogram>): Histogram => ({
    schema: 0,
    count: 0,
    sum: 0,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: noBuckets,
    negative: noBuckets,
    bounds: [],
    resetHint: 'unknown',
    ...fields,
  });
  const shown = (fields: Partial<Histogram>): string => renderHistogramSample(1500, histogram(fields));

  test('none', () => {
    expect(shown({ count: 0, sum: Number.NaN })).toBe('[1.500,{"count":"0","sum":"NaN"}]');
  });
  test('exponential ones on both sides of zero', () => {
    const both = shown({
      count: 6,
      sum: -0.5,
      zeroThreshold: 0.001,
      zeroCount: 1,
      positive: { indexes: [1, 2, 3], counts: [2, 0, 0.5] },
      negative: { indexes: [0], counts: [2.5] },
    });
    const buckets = '[1,"-1","-0.5","2.5"],[3,"-0.001","0.001","1"],[0,"1","2","2"],[0,"4","8","0.5"]';
    expect(both).toBe(`[1.500,{"count":"6","sum":"-0.5","buckets":[${buckets}]}]`);
  });
  test('custom ones', () => {
    const custom = { count: 3, sum: 9, bounds: [1, 5], positive: { indexes: [0, 2], counts: [1, 2] } };
    const buckets = '[3,"-Inf","1","1"],[0,"5","+Inf","2"]';
    expect(shown({ schema: customSchema, ...custom })).toBe(`[1.500,{"count":"3","sum":"9","buckets":[${buckets}]}]`);
  });
});

describe('label sets are objects in their own order', () => {
  test.each([
    [[], '{}'],
    [['__name__', 'up', 'job', 'a"b\n'], '{"__name__":"up","job":"a\\"b\\n"}'],
    [['__proto__', 'x', 'a.b', 'é'], '{"__proto__":"x","a.b":"é"}'],
  ])('%j', (labels: readonly string[], expected: string) => {
    expect(renderLabels(labels)).toBe(expected);
  });
});
