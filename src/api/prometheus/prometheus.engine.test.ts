import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  emptyRequest,
  labelFields,
  message,
  openPrometheusStore,
  sampleMessage,
  ten,
} from '../../../test/prometheus-api/store.ts';
import type { PrometheusStore } from '../../../test/prometheus-api/store.ts';
import { ask } from '../../../test/sonde/client.ts';
import { decodeSnappy } from '../../codec/snappy.ts';

let store: PrometheusStore;
const get: PrometheusStore['get'] = (path, query) => store.get(path, query);
const envelope: PrometheusStore['envelope'] = (path, query) => store.envelope(path, query);

beforeAll(async () => {
  store = await openPrometheusStore();
});

afterAll(() => store.close());

describe('series, labels and values', () => {
  test('by selectors', async () => {
    expect(await get('/api/v1/series', { 'match[]': ['up', 'http_requests_total{code="500"}', '{code=~"5.."}'] })).toEqual([
      { __name__: 'http_requests_total', code: '500', job: 'api' },
      { __name__: 'up', job: 'api', 'zone.id': 'ä' },
    ]);
    expect(await get('/api/v1/labels', { 'match[]': 'http_requests_total' })).toEqual(['__name__', 'code', 'job']);
    expect(await get('/api/v1/label/code/values', {})).toEqual(['200', '500']);
    expect(await get('/api/v1/label/job/values', { 'match[]': '{__name__!=""}' })).toEqual(['api', 'shop']);
    expect(await get('/api/v1/label/U__zone_2e_id/values')).toEqual(['ä']);
    expect(await get('/api/v1/label/none/values')).toEqual([]);
  });

  test('with what histograms of OTLP are split into', async () => {
    const base = 'http_server_request_duration_seconds';
    expect(await get('/api/v1/label/__name__/values')).toEqual([
      'http_requests_total',
      `${base}_bucket`,
      `${base}_count`,
      `${base}_sum`,
      'latency_seconds',
      'target_info',
      'up',
    ]);
    expect(await get('/api/v1/label/le/values')).toEqual(['+Inf', '0.5', '1']);
    expect(await get('/api/v1/labels', { 'match[]': `${base}_bucket` })).toContain('le');
    expect(await get('/api/v1/labels', { 'match[]': `${base}_sum` })).not.toContain('le');
    const series = (await get('/api/v1/series', { 'match[]': `{__name__=~"${base}_.*"}` })) as Record<string, string>[];
    expect(series.map(({ __name__, le }) => [__name__, le])).toEqual([
      [`${base}_bucket`, '+Inf'],
      [`${base}_bucket`, '0.5'],
      [`${base}_bucket`, '1'],
      [`${base}_count`, undefined],
      [`${base}_sum`, undefined],
    ]);
    expect(await get('/api/v1/series', { 'match[]': `${base}_bucket{le="1"}` })).toHaveLength(1);
  });

  test('within a time and a limit', async () => {
    const old = { start: '1000', end: '2000' };
    expect(await get('/api/v1/series', { 'match[]': 'up', ...old })).toEqual([]);
    expect(await get('/api/v1/labels', old)).toEqual([]);
    expect(await get('/api/v1/label/job/values', { start: String(ten), end: String(ten + 1) })).toEqual(['api', 'shop']);
    for (const path of ['/api/v1/series', '/api/v1/labels', '/api/v1/label/code/values']) {
      const answer = await envelope(path, { 'match[]': 'http_requests_total', limit: '1' });
      expect(answer.data).toHaveLength(1);
      expect(answer.warnings).toEqual(['results truncated due to limit']);
      expect((await envelope(path, { 'match[]': 'http_requests_total', limit: '100' })).warnings).toBeUndefined();
    }
  });

  test('need a selector where Prometheus does', async () => {
    expect(await envelope('/api/v1/series', {})).toMatchObject({
      status: 'error',
      code: 400,
      errorType: 'bad_data',
      error: 'no match[] parameter provided',
    });
    expect(await envelope('/api/v1/series', { 'match[]': '{}' })).toMatchObject({
      status: 'error',
      code: 400,
      errorType: 'bad_data',
    });
  });
});

test('what a resource of OTLP says of itself can be joined to its series', async () => {
  const query = 'http_server_request_duration_seconds_count * on (job) group_left (cloud_region) target_info';
  expect(await get('/api/v1/query', { query, time: String(ten + 60) })).toEqual({
    resultType: 'vector',
    result: [{ metric: { cloud_region: 'north', job: 'shop' }, value: [ten + 60, '6'] }],
  });
  expect(await get('/api/v1/series', { 'match[]': 'target_info' })).toEqual([
    { __name__: 'target_info', cloud_region: 'north', job: 'shop' },
  ]);
});

test('metadata comes from Prometheus and from OTLP', async () => {
  const requests = { http_requests_total: [{ type: 'counter', help: 'Requests served.', unit: '' }] };
  const duration = { http_server_request_duration_seconds: [{ type: 'histogram', help: 'How long requests took.', unit: 's' }] };
  expect(await get('/api/v1/metadata')).toMatchObject({ ...requests, ...duration });
  expect(await get('/api/v1/metadata', { metric: 'http_requests_total' })).toEqual(requests);
  expect(await get('/api/v1/metadata', { metric: 'none' })).toEqual({});
  expect(await get('/api/v1/metadata', { limit: '1' })).toEqual(requests);
  expect(await get('/api/v1/metadata', { limit: '0' })).toEqual({});
});

describe('search', () => {
  const lines = async (what: string, query: string): Promise<unknown[]> => {
    const { status, text, headers } = await ask(store.routes, `/prometheus/api/v1/search/${what}?start=${ten - 60}&${query}`);
    expect([status, headers['content-type']]).toEqual([200, 'application/x-ndjson; charset=utf-8']);
    return text
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown);
  };

  test('finds names in batches', async () => {
    expect(await lines('metric_names', 'search[]=requests_total&include_metadata=true')).toEqual([
      { results: [{ name: 'http_requests_total', type: 'counter', help: 'Requests served.', unit: '' }] },
      { status: 'success', has_more: false },
    ]);
    expect(await lines('label_names', 'match[]=up&batch_size=2&limit=3')).toEqual([
      { results: [{ name: '__name__' }, { name: 'job' }] },
      { results: [{ name: 'zone.id' }] },
      { status: 'success', has_more: false },
    ]);
    expect(await lines('label_values', 'label=code&limit=1&sort_by=alpha&sort_dir=dsc')).toEqual([
      { results: [{ name: '500' }] },
      { status: 'success', has_more: true },
    ]);
    expect(await lines('label_values', 'label=none')).toEqual([{ results: [] }, { status: 'success', has_more: false }]);
  });

  test('refuses parameters that do not fit', async () => {
    const badData = { code: 400, errorType: 'bad_data' };
    expect(await envelope('/api/v1/search/label_values', {})).toMatchObject({ status: 'error', ...badData });
    expect(await envelope('/api/v1/search/label_names', { sort_dir: 'asc' })).toMatchObject({ status: 'error', ...badData });
    expect(await envelope('/api/v1/search/label_names', { sort_by: 'score' })).toMatchObject({ status: 'error', ...badData });
    expect(await envelope('/api/v1/search/label_names', { fuzz_threshold: '101' })).toMatchObject({
      status: 'error',
      ...badData,
    });
  });
});

test('what is not there is empty, what is refused is refused', async () => {
  expect(await get('/api/v1/rules')).toEqual({ groups: [] });
  expect(await get('/api/v1/alerts')).toEqual({ alerts: [] });
  expect(await get('/api/v1/alertmanagers')).toEqual({ activeAlertmanagers: [], droppedAlertmanagers: [] });
  expect(await get('/api/v1/targets')).toEqual({ activeTargets: [], droppedTargets: [], droppedTargetCounts: {} });
  expect(await get('/api/v1/targets/metadata')).toEqual([]);
  expect(await get('/api/v1/scrape_pools')).toEqual({ scrapePools: [] });
  expect(await get('/api/v1/status/tsdb/blocks')).toEqual({ blocks: [] });
  expect(await get('/api/v1/notifications')).toEqual([]);
  expect(await envelope('/api/v1/scrape_pools/config', { scrapePool: 'x' })).toMatchObject({
    status: 'error',
    code: 404,
    errorType: 'not_found',
  });
  expect(await envelope('/api/v1/targets/relabel_steps', { scrapePool: 'x', labels: '{}' })).toMatchObject({
    status: 'error',
    code: 404,
    errorType: 'not_found',
  });
  expect(await envelope('/api/v1/admin/tsdb/snapshot', {})).toMatchObject({
    status: 'error',
    code: 500,
    errorType: 'unavailable',
    error: 'admin APIs disabled',
  });
});

test('status tells of the process, the settings and the series', async () => {
  expect(await get('/api/v1/status/buildinfo')).toMatchObject({ version: expect.stringMatching(/^3\./) as unknown });
  expect(await get('/api/v1/status/buildinfo')).not.toHaveProperty('features');
  expect(await get('/api/v1/status/flags')).toMatchObject({ 'query.lookback-delta': '5m', 'query.max-concurrency': '4' });
  expect(await get('/api/v1/status/runtimeinfo')).toMatchObject({
    hostname: 'host',
    storageRetention: expect.stringMatching(/d$/) as unknown,
  });
  expect(await get('/api/v1/status/config')).toEqual({ yaml: 'global: {}\nscrape_configs: []\n' });
  expect(await get('/api/v1/status/walreplay')).toMatchObject({ state: 'done' });
  expect(await get('/api/v1/features')).toMatchObject({ promql_functions: { rate: true }, promql_operators: { sum: true } });
  const tsdb = await get('/api/v1/status/tsdb', { limit: '2' });
  expect(tsdb).toMatchObject({
    headStats: { minTime: ten * 1000, maxTime: (ten + 600) * 1000 },
    seriesCountByMetricName: [{ name: 'http_requests_total', value: 2 }, {}],
    labelValueCountByLabelName: [{ name: '__name__', value: 5 }, { value: 2 }],
    memoryInBytesByLabelName: [{}, {}],
    seriesCountByLabelValuePair: [{ name: 'job=api', value: 4 }, {}],
  });
  expect(await envelope('/api/v1/status/tsdb', { limit: '0' })).toMatchObject({
    status: 'error',
    code: 400,
    errorType: 'bad_data',
  });
});

test('federate gives the newest samples by name', async () => {
  const { text, headers } = await ask(
    store.routes,
    '/prometheus/federate?match[]=up&match[]={__name__=~"http_requests.*",code="200"}',
  );
  expect(headers['content-type']).toMatch(/^text\/plain/);
  const timeMs = (ten + 600) * 1000;
  expect(text).toBe(
    [
      '# TYPE http_requests_total untyped',
      `http_requests_total{code="200",job="api",instance=""} 1200 ${timeMs}`,
      '# TYPE up untyped',
      `up{job="api",U__zone_2e_id="ä",instance=""} 1 ${timeMs}`,
      '',
    ]
      .join('\n')
      .replace('U__zone_2e_id', 'zone_id'),
  );
});

describe('remote read', () => {
  const read = async (
    accepted: readonly number[],
    name: string,
    tenant = 'default',
  ): Promise<{ type: string; body: Uint8Array }> => {
    const body = message((request) => {
      const query = message((writer) => {
        writer.integerField(1, ten * 1000);
        writer.integerField(2, (ten + 30) * 1000);
        const matcher = message((inner) => {
          inner.textField(2, '__name__');
          inner.textField(3, name);
        });
        writer.blockField(3, matcher);
      });
      request.blockField(1, query);
      for (const type of accepted) request.integerField(2, type);
    });
    const route = store.routes.find(({ path }) => path === '/prometheus/api/v1/read')!;
    const answer = await route.handle({ ...emptyRequest, body, tenant });
    const chunks: Uint8Array[] = [];
    if (answer.body instanceof Uint8Array) chunks.push(answer.body);
    else for await (const chunk of answer.body as AsyncIterable<Uint8Array>) chunks.push(chunk);
    return { type: answer.headers?.['content-type'] ?? '', body: Buffer.concat(chunks) };
  };

  test('gives samples, with both ends of the time', async () => {
    const { type, body } = await read([], 'up');
    expect(type).toBe('application/x-protobuf');
    const samples = message((result) => {
      const series = message((writer) => {
        labelFields(writer, { __name__: 'up', job: 'api', 'zone.id': 'ä' });
        for (const seconds of [0, 15, 30]) writer.blockField(2, sampleMessage(seconds, 1));
      });
      result.blockField(1, series);
    });
    const expected = message((response) => response.blockField(1, samples));
    expect(Buffer.from(decodeSnappy(body, 1 << 20))).toEqual(Buffer.from(expected));
  });

  test('gives nothing of another tenant', async () => {
    const { body } = await read([], 'up', 'other');
    expect([...decodeSnappy(body, 1 << 20)]).toEqual([0x0a, 0]);
    expect((await read([1], 'up', 'other')).body).toHaveLength(0);
  });

  test('gives chunks to who prefers them, and samples where there are native histograms', async () => {
    expect((await read([1, 0], 'http_requests_total')).type).toMatch(/^application\/x-streamed-protobuf/);
    expect((await read([1, 0], 'latency_seconds')).type).toBe('application/x-protobuf');
    await expect(read([1], 'latency_seconds')).rejects.toMatchObject({ code: 'bad_request' });
  });
});

test('what is not known is not found, in the envelope', async () => {
  const route = store.routes.find(({ path, method }) => path.endsWith('{rest...}') && method === 'GET')!;
  const request = { ...emptyRequest, path: '/prometheus/api/v1/nope' };
  const thrown: unknown = await route.handle(request).catch((error: unknown) => error);
  const { status, body } = route.renderError(thrown, request);
  expect(status).toBe(404);
  expect(JSON.parse(body as string)).toEqual({
    status: 'error',
    errorType: 'not_found',
    error: 'There is nothing at /prometheus/api/v1/nope.',
  });
});
