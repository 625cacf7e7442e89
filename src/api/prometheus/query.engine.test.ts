import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openPrometheusStore, spanId, ten, traceId } from '../../../test/prometheus-api/store.ts';
import type { PrometheusStore } from '../../../test/prometheus-api/store.ts';

let store: PrometheusStore;
const get: PrometheusStore['get'] = (path, query) => store.get(path, query);
const envelope: PrometheusStore['envelope'] = (path, query) => store.envelope(path, query);

beforeAll(async () => {
  store = await openPrometheusStore();
});

afterAll(() => store.close());

describe('query', () => {
  const at = (query: string, seconds = 600): Promise<unknown> => get('/api/v1/query', { query, time: String(ten + seconds) });

  test('gives scalars, strings, vectors and matrices', async () => {
    expect(await at('1 + 1')).toEqual({ resultType: 'scalar', result: [ten + 600, '2'] });
    expect(await at('"a"')).toEqual({ resultType: 'string', result: [ten + 600, 'a'] });
    expect(await at('up')).toEqual({
      resultType: 'vector',
      result: [{ metric: { __name__: 'up', job: 'api', 'zone.id': 'ä' }, value: [ten + 600, '1'] }],
    });
    expect(await at('sum(http_requests_total)')).toEqual({
      resultType: 'vector',
      result: [{ metric: {}, value: [ten + 600, '1800'] }],
    });
    expect(await at('http_requests_total{code="200"}[30s]')).toEqual({
      resultType: 'matrix',
      result: [
        {
          metric: { __name__: 'http_requests_total', code: '200', job: 'api' },
          values: [
            [ten + 585, '1170'],
            [ten + 600, '1200'],
          ],
        },
      ],
    });
    expect(await at('nothing')).toEqual({ resultType: 'vector', result: [] });
  });

  test('gives native histograms with their buckets', async () => {
    const buckets = [
      [0, '1', '2', '1'],
      [0, '4', '8', '2'],
    ];
    expect(await at('latency_seconds', 60)).toEqual({
      resultType: 'vector',
      result: [
        { metric: { __name__: 'latency_seconds', job: 'api' }, histogram: [ten + 60, { count: '3', sum: '10', buckets }] },
      ],
    });
  });

  test('reads OTLP by the names of Prometheus', async () => {
    const found = (await get('/api/v1/query', {
      query: 'http_server_request_duration_seconds_bucket{job="shop"}',
      time: String(ten + 60),
    })) as { result: { metric: Record<string, string>; value: [number, string] }[] };
    expect(Object.fromEntries(found.result.map(({ metric, value }) => [metric['le'], value[1]]))).toEqual({
      '0.5': '1',
      '1': '3',
      '+Inf': '6',
    });
  });

  test('takes the time of now, a limit, statistics', async () => {
    expect(await get('/api/v1/query', { query: 'time()' })).toEqual({
      resultType: 'scalar',
      result: [ten + 600, String(ten + 600)],
    });
    const limited = await envelope('/api/v1/query', { query: 'http_requests_total', limit: '1' });
    expect((limited.data as { result: unknown[] }).result).toHaveLength(1);
    expect(limited.warnings).toEqual(['results truncated due to limit']);
    expect(await get('/api/v1/query', { query: '1', stats: 'all' })).toMatchObject({
      stats: { timings: { execTotalTime: expect.any(Number) as unknown }, samples: { peakSamples: 1 } },
    });
    expect(await get('/api/v1/query', { query: 'up', time: String(ten + 660), lookback_delta: '30s' })).toMatchObject({
      result: [],
    });
  });

  test('shows warnings and infos', async () => {
    expect((await envelope('/api/v1/query', { query: 'rate(up[5m])' })).infos).toHaveLength(1);
    expect((await envelope('/api/v1/query', { query: 'quantile(2, up)' })).warnings).toHaveLength(1);
  });

  test('refuses what is no query', async () => {
    const badData = { code: 400, errorType: 'bad_data' };
    expect(await envelope('/api/v1/query', {})).toMatchObject({
      status: 'error',
      ...badData,
      error: expect.stringContaining('no expression found'),
    });
    expect(await envelope('/api/v1/query', { query: '1 +' })).toMatchObject({
      status: 'error',
      ...badData,
      error: expect.stringMatching(/^invalid parameter "query": 1:\d+: parse error/),
    });
    expect(await envelope('/api/v1/query', { query: 'up', time: 'x' })).toMatchObject({ status: 'error', ...badData });
    expect(await envelope('/api/v1/query', { query: 'up', timeout: 'x' })).toMatchObject({ status: 'error', ...badData });
    expect(await envelope('/api/v1/query', { query: 'up * on (job) http_requests_total' })).toMatchObject({
      status: 'error',
      code: 422,
      errorType: 'execution',
    });
  });
});

describe('query_range', () => {
  const range = { start: String(ten), end: String(ten + 30), step: '15' };

  test('gives a matrix, sorted by labels', async () => {
    const values = (factor: number): [number, string][] => [0, 15, 30].map((s) => [ten + s, String(s * factor)]);
    expect(await get('/api/v1/query_range', { query: 'http_requests_total', ...range })).toEqual({
      resultType: 'matrix',
      result: [
        { metric: { __name__: 'http_requests_total', code: '200', job: 'api' }, values: values(2) },
        { metric: { __name__: 'http_requests_total', code: '500', job: 'api' }, values: values(1) },
      ],
    });
    expect(await get('/api/v1/query_range', { query: '1', ...range, step: '15s' })).toMatchObject({
      resultType: 'matrix',
      result: [{ metric: {}, values: [[ten, '1'], {}, {}] }],
    });
  });

  test('refuses ranges that are none', async () => {
    const errorOf = async (query: Record<string, string>): Promise<unknown> => {
      const answer = await envelope('/api/v1/query_range', { query: 'up', ...range, ...query });
      return [answer.code, answer.errorType, answer.error];
    };
    const badData = (error: string): unknown[] => [400, 'bad_data', expect.stringContaining(error)];
    expect(await errorOf({ end: '1' })).toEqual(badData('"end"'));
    expect(await errorOf({ step: '0' })).toEqual(badData('"step"'));
    expect(await errorOf({ step: '' })).toEqual(badData('"step"'));
    expect(await errorOf({ start: '' })).toEqual(badData('"start"'));
    expect(await errorOf({ start: '0', end: '100000', step: '1' })).toEqual(
      badData('exceeded maximum resolution of 11,000 points per timeseries'),
    );
    expect(await errorOf({ query: 'up[5m]' })).toEqual(badData('range vector'));
  });
});

test('query_exemplars gives the exemplars of all selectors, with their traces', async () => {
  const range = { start: String(ten - 60), end: String(ten + 600) };
  expect(await get('/api/v1/query_exemplars', { query: 'rate(http_requests_total[5m]) > 1 or up', ...range })).toEqual([
    {
      seriesLabels: { __name__: 'http_requests_total', code: '200', job: 'api' },
      exemplars: [{ labels: { path: '/a', span_id: spanId, trace_id: traceId }, value: '60', timestamp: ten + 30 }],
    },
  ]);
  const query = 'histogram_quantile(0.9, http_server_request_duration_seconds_bucket)';
  expect(await get('/api/v1/query_exemplars', { query, ...range })).toMatchObject([
    {
      seriesLabels: { __name__: 'http_server_request_duration_seconds_bucket', job: 'shop', le: '1' },
      exemplars: [{ labels: { span_id: spanId, trace_id: traceId }, value: '0.7', timestamp: ten }],
    },
  ]);
  expect(await get('/api/v1/query_exemplars', { query, start: '1', end: '2' })).toEqual([]);
  expect(await envelope('/api/v1/query_exemplars', { query: 'up' })).toMatchObject({
    status: 'error',
    code: 400,
    errorType: 'bad_data',
  });
});

test('format_query and parse_query', async () => {
  expect(await get('/api/v1/format_query', { query: 'sum(up)by(job)' })).toBe('sum by (job) (up)');
  expect(await get('/api/v1/parse_query', { query: 'sum(up)' })).toMatchObject({ type: 'aggregation', op: 'sum' });
  expect(await envelope('/api/v1/parse_query', { query: 'sum(' })).toMatchObject({
    status: 'error',
    code: 400,
    errorType: 'bad_data',
  });
});

test('times outside of what is stored are answered with nothing', async () => {
  for (const time of ['-1e9', '9223372036', '-9223372036', '0'])
    expect(await get('/api/v1/query', { query: 'up', time })).toEqual({ resultType: 'vector', result: [] });
});
