import { describe, expect, test } from 'vitest';
import type { HttpRequest } from '../../base/http.ts';
import {
  parametersOf,
  readChoice,
  readCount,
  readDurationMs,
  readExpr,
  readFlag,
  readLimit,
  readSelectors,
  readTimeMs,
  readTimeRange,
  requireSelectors,
} from './parameters.ts';

const refused = (message: string | RegExp): unknown =>
  expect.objectContaining({ code: 'bad_request', message: expect.stringMatching(message) as unknown });

/** What a reader gives for `x=text`, or the error it throws. */
function given(read: (query: URLSearchParams) => unknown, text: string): unknown {
  try {
    return read(new URLSearchParams({ x: text }));
  } catch (thrown) {
    return thrown;
  }
}

describe('a time is Unix seconds or RFC 3339', () => {
  test.each([
    ['', undefined],
    ['0', 0],
    ['1435781451.781', 1_435_781_451_781],
    ['1.0005', 1001],
    ['-5', -5000],
    ['1e3', 1_000_000],
    ['.5', 500],
    ['2015-07-01T20:10:51.781Z', 1_435_781_451_781],
    ['2015-07-01T22:10:51+02:00', 1_435_781_451_000],
    ['2015-07-01T22:10:51 02:00', 1_435_781_451_000],
    ['-292273086-05-16T16:47:06Z', -9_223_372_036_854],
    ['+292277025-08-18T07:12:54.999999999Z', 9_223_372_036_854],
    ['1e300', refused(/invalid parameter "x".*1677.*got "1e300"/)],
    ['now', refused(/invalid parameter "x".*got "now"/)],
    ['NaN', refused('x')],
    ['2015-13-01T00:00:00Z', refused('x')],
  ])('%s', (text: string, expected: unknown) => {
    expect(given((query) => readTimeMs(query, 'x'), text)).toEqual(expected);
  });
});

describe('a duration is seconds or as PromQL writes it', () => {
  test.each([
    ['', undefined],
    ['15', 15_000],
    ['0.001', 1],
    ['-1', -1000],
    ['1h30m', 5_400_000],
    ['250ms', 250],
    ['1x', refused(/invalid parameter "x"/)],
    ['1e400', refused('x')],
  ])('%s', (text: string, expected: unknown) => {
    expect(given((query) => readDurationMs(query, 'x'), text)).toEqual(expected);
  });
});

describe('a range holds both of its ends, from 1970 on', () => {
  test.each<[string, unknown]>([
    ['', undefined],
    ['start=1&end=2', { fromNs: 1_000_000_000n, toNs: 2_001_000_000n }],
    ['start=-5&end=0', { fromNs: 0n, toNs: 1_000_000n }],
    ['end=2', { fromNs: 0n, toNs: 2_001_000_000n }],
    ['start=3', { fromNs: 3_000_000_000n, toNs: 9_223_372_036_854_775_807n }],
  ])('%s', (query, expected) => {
    expect(readTimeRange(new URLSearchParams(query))).toEqual(expected);
  });
  test('an end before the start is refused', () => {
    expect(() => readTimeRange(new URLSearchParams('start=2&end=1'))).toThrow('"end"');
  });
});

test('counts, limits, flags and choices', () => {
  expect(given((query) => readCount(query, 'x'), '12')).toBe(12);
  expect(given((query) => readCount(query, 'x'), '-1')).toEqual(refused('a whole number'));
  expect(given((query) => readFlag(query, 'x'), 'true')).toBe(true);
  expect(given((query) => readFlag(query, 'x'), '0')).toBe(false);
  expect(given((query) => readFlag(query, 'x'), 'yes')).toEqual(refused('true or false'));
  expect(given((query) => readChoice(query, 'x', ['a', 'b']), 'b')).toBe('b');
  expect(given((query) => readChoice(query, 'x', ['a', 'b']), 'c')).toEqual(refused('one of a, b'));
  expect(readLimit(new URLSearchParams('limit=0'))).toBe(Number.POSITIVE_INFINITY);
  expect(readLimit(new URLSearchParams('limit=7'))).toBe(7);
});

describe('selectors', () => {
  const selectors = (text: string): unknown => given((query) => readSelectors(query, 'x'), text);
  test('are matchers', () => {
    expect(selectors('up{job!="a"}')).toEqual([
      [
        { name: '__name__', operator: '=', value: 'up' },
        { name: 'job', operator: '!=', value: 'a' },
      ],
    ]);
    expect(selectors('{__name__!=""}')).toEqual([[{ name: '__name__', operator: '!=', value: '' }]]);
  });
  test('that let everything pass, or are something else, are refused', () => {
    expect(selectors('{}')).toEqual(refused('invalid parameter "x"'));
    expect(selectors('{job=~".*"}')).toEqual(refused('invalid parameter "x"'));
    expect(selectors('up[5m]')).toEqual(refused(/invalid parameter "x": .*parse error/));
    expect(selectors('sum(up)')).toEqual(refused(/invalid parameter "x": .*parse error/));
    expect(selectors('')).toEqual(refused(/invalid parameter "x": .*parse error/));
    expect(() => requireSelectors(new URLSearchParams())).toThrow('no match[] parameter provided');
    expect(() => readSelectors(new URLSearchParams('match[]=a&'.repeat(101)))).toThrow('at most 100');
  });
});

test('an error in a query is told with its place', () => {
  expect(given((query) => readExpr(new URLSearchParams({ query: query.get('x') ?? '' }), false), '1 +')).toMatchObject({
    code: 'bad_request',
    message: expect.stringMatching(/^invalid parameter "query": 1:\d+: parse error: /) as unknown,
    position: 3,
  });
});

describe('parameters come from the query string and from a form', () => {
  const request = (body: string, contentType?: string): HttpRequest => ({
    method: 'POST',
    path: '/',
    params: {},
    query: new URLSearchParams('a=1&b=2'),
    headers: { 'content-type': contentType },
    body: new TextEncoder().encode(body),
    tenant: 'default',
    signal: new AbortController().signal,
  });
  test('the form goes first', () => {
    const query = parametersOf(request('a=3&c=%2B+', 'Application/x-www-form-urlencoded; charset=utf-8'));
    expect([query.get('a'), query.get('b'), query.get('c'), query.get('d')]).toEqual(['3', '2', '+ ', null]);
    expect(query.getAll('a')).toEqual(['3', '1']);
    expect([query.has('b'), query.has('c'), query.has('d')]).toEqual([true, true, false]);
  });
  test('no body is no form, and another body is refused', () => {
    expect(parametersOf(request('')).get('a')).toBe('1');
    expect(() => parametersOf(request('x', 'multipart/form-data; boundary=x'))).toThrow('x-www-form-urlencoded');
    expect(() => parametersOf(request('x'))).toThrow('x-www-form-urlencoded');
  });
});
