import { describe, expect, test } from 'vitest';
import { seriesText, showAnswer, showError } from './query-answer.ts';
import type { QueryAnswer } from './query-answer.ts';
import { requestOf } from './query.ts';

const nowNs = 1_700_000_000_000_000_000n;

describe('flags make a request', () => {
  const request = (flags: Record<string, string>): object => {
    const { endpoint, form } = requestOf('up', new Map(Object.entries(flags)), nowNs);
    return { endpoint, ...Object.fromEntries(form) };
  };
  test('at one time', () => {
    expect(request({})).toEqual({ query: 'up', endpoint: 'query' });
    expect(request({ time: 'now-1h' })).toEqual({ query: 'up', endpoint: 'query', time: '1699996400' });
  });
  test('over a range, with a step that suits the screen', () => {
    expect(request({ start: 'now-1h' })).toEqual({
      query: 'up',
      endpoint: 'query_range',
      start: '1699996400',
      end: '1700000000',
      step: '15',
    });
    expect(request({ start: '10', end: '20.5', step: '1m' })).toEqual({
      query: 'up',
      endpoint: 'query_range',
      start: '10',
      end: '20.5',
      step: '60',
    });
    expect(request({ start: '10', end: '20', step: '0.5' })).toEqual({
      query: 'up',
      endpoint: 'query_range',
      start: '10',
      end: '20',
      step: '0.5',
    });
  });
  test.each<[Record<string, string>, string]>([
    [{ time: 'then' }, '--time expects'],
    [{ end: 'now' }, 'need --start'],
    [{ start: 'now-1h', time: 'now' }, 'give one of them'],
    [{ start: 'now-1h', step: 'x' }, 'duration'],
  ])('or are refused: %j', (flags, message) => {
    expect(() => request(flags)).toThrow(message);
  });
});

describe('answers', () => {
  const show = (data: NonNullable<QueryAnswer['data']>): string[] =>
    showAnswer({ status: 'success', data }, { width: 60, colors: false });
  test('of one time are values, or a table', () => {
    expect(show({ resultType: 'scalar', result: [0, '1.5'] })).toEqual(['1.5']);
    expect(show({ resultType: 'vector', result: [] })).toEqual(['No series.']);
    const table = show({
      resultType: 'vector',
      result: [
        { metric: { __name__: 'up', job: 'a' }, value: [0, '1'] },
        { metric: {}, value: [0, '10.25'] },
        { metric: { le: '1' }, histogram: [0, { count: '2', sum: '3' }] },
      ],
    });
    expect(table).toEqual(['             1  up{job="a"}', '         10.25  {}', 'count 2, sum 3  {le="1"}']);
  });
  test('over a range are a chart with a legend', () => {
    const result = Array.from({ length: 14 }, (_, i) => ({
      metric: { i: String(i) },
      values: [[0, '1'] as const, [60, '+Inf'] as const],
    }));
    const lines = show({ resultType: 'matrix', result });
    expect(lines.at(-1)).toBe('and 2 more');
    expect(lines.filter((line) => line.startsWith('━━'))).toHaveLength(12);
  });
});

test('a series is written as PromQL writes it', () => {
  expect(seriesText({ __name__: 'up' })).toBe('up');
  expect(seriesText({ a: '"' })).toBe('{a="\\""}');
});

test.each([
  ['1:5: parse error: x', 'sum(up', '1:5: parse error: x\n\n  sum(up\n      ^'],
  ['invalid parameter "query": 2:1: parse error: x', 'a +\n)', 'invalid parameter "query": 2:1: parse error: x\n\n  )\n  ^'],
  ['no place', 'up', 'no place'],
])('an error has a caret under its place: %s', (error, query, expected) => {
  expect(showError(error, query)).toBe(expected);
});
