import { expect, test } from 'vitest';
import { Distribution, seriesMax } from '../metric/distribution.ts';
import { limitsAtFirst } from '../trace/span.ts';
import { Outcomes } from './outcomes.ts';
import { httpServerDuration } from './server.ts';

const asked = { method: 'GET', scheme: 'http', version: '1.1', status: 200 } as const;

test('requests that end alike have one outcome, and others another', () => {
  const outcomes = new Outcomes(new Distribution(httpServerDuration), limitsAtFirst);
  const outcome = outcomes.of({ ...asked, route: '/a' });
  expect(outcomes.of({ ...asked, route: '/a' })).toBe(outcome);
  const others = [
    { ...asked, route: '/b' },
    { ...asked, route: undefined },
    { ...asked, route: '/a', method: '_OTHER' },
    { ...asked, route: '/a', scheme: 'https' as const },
    { ...asked, route: '/a', version: '1.0' },
    { ...asked, route: '/a', status: 503 },
    { ...asked, route: '/a', status: 0 },
  ].map((ended) => outcomes.of(ended));
  expect(new Set([outcome, ...others]).size).toBe(others.length + 1);
  expect(others.map(({ spanName }) => spanName)).toEqual(['GET /b', 'GET', 'HTTP /a', 'GET /a', 'GET /a', 'GET /a', 'GET /a']);
  expect(others.map(({ errorType }) => errorType)).toEqual([...Array.from({ length: 5 }, () => undefined), '503', 'aborted']);
});

test('routes without end are told as they are, and not kept', () => {
  const duration = new Distribution(httpServerDuration);
  const outcomes = new Outcomes(duration, limitsAtFirst);
  for (let i = 0; i < seriesMax + 10; i++) outcomes.of({ ...asked, route: `/${i}` }).series.record(1, undefined);
  const late = { ...asked, route: '/late' };
  expect(outcomes.of(late)).not.toBe(outcomes.of(late));
  expect(outcomes.of(late).ofSpans.list).toContain('/late');
  expect(outcomes.of({ ...asked, route: '/1' })).toBe(outcomes.of({ ...asked, route: '/1' }));
  expect(duration.all.at(-1)).toMatchObject({ attributes: { 'otel.metric.overflow': true }, count: 10 });
});
