import { beforeEach, describe, expect, it } from 'vitest';
import { known } from '../../base/assert.ts';
import { Counters } from '../../base/counters.ts';
import { SondeError } from '../../base/errors.ts';
import type { HttpRequest, HttpResponse } from '../../base/http.ts';
import type { WriteContext } from '../protocol.ts';
import { jsonText } from '../../../test/otlp/json-text.ts';
import { MemoryCommitter } from '../../../test/otlp/memory-committer.ts';
import { encode } from '../../../test/otlp/wire.ts';
import type { Message } from '../../../test/otlp/wire.ts';
import { otlp } from './otlp.ts';
import { otlpSchema } from './schema.ts';

const nowNs = 1_763_630_000_000_000_000n;
const hourMs = 3_600_000;
const requestName = {
  traces: 'ExportTraceServiceRequest',
  logs: 'ExportLogsServiceRequest',
  metrics: 'ExportMetricsServiceRequest',
};

let committer: MemoryCommitter;
let context: WriteContext;
beforeEach(() => {
  committer = new MemoryCommitter();
  context = {
    committer,
    counters: new Counters(),
    limits: {
      retentionMs: { traces: hourMs, logs: 2 * hourMs, metrics: 3 * hourMs },
      futureMs: hourMs,
      bodyBytesMax: 1e6,
      knownSeriesBytesMax: 1e6,
    },
    nowNs: () => nowNs,
  };
});

/** What the server does with a route, without a port: a handler that throws is answered by `renderError`. */
async function post(
  path: string,
  contentType: string | undefined,
  body: Uint8Array | string,
  tenant = 'default',
): Promise<HttpResponse> {
  const route = known(
    otlp.routes(context).find((route) => route.path === path),
    path,
  );
  const headers = { 'content-type': contentType };
  const request: HttpRequest = {
    method: 'POST',
    path,
    params: {},
    query: new URLSearchParams(),
    headers,
    body: typeof body === 'string' ? Buffer.from(body) : body,
    tenant,
    signal: new AbortController().signal,
  };
  try {
    return await route.handle(request);
  } catch (thrown) {
    return route.renderError(thrown, { headers });
  }
}

function span(startNs: bigint): Message {
  return {
    trace_id: Buffer.from('5b8efff798038103d269b633813fc60c', 'hex'),
    span_id: Buffer.from('eee19b7ec3c1b174', 'hex'),
    name: 'GET /beasts',
    kind: 2,
    start_time_unix_nano: startNs,
    end_time_unix_nano: startNs + 5n,
  };
}

const resource: Message = { attributes: [{ key: 'service.name', value: { string_value: 'shop' } }] };

function tracesOf(...spans: Message[]): Message {
  return { resource_spans: [{ resource, scope_spans: [{ scope: { name: 'lib' }, spans }] }] };
}

const messages = {
  traces: tracesOf(span(nowNs)),
  logs: {
    resource_logs: [{ resource, scope_logs: [{ log_records: [{ time_unix_nano: nowNs, body: { string_value: 'hi' } }] }] }],
  },
  metrics: {
    resource_metrics: [
      {
        resource,
        scope_metrics: [{ metrics: [{ name: 'm', gauge: { data_points: [{ time_unix_nano: nowNs, as_int: 5n }] } }] }],
      },
    ],
  },
} satisfies Record<string, Message>;

describe('routes', () => {
  it('stand on both listeners, and that of Prometheus on the main one', () => {
    expect(otlp.routes(context).map(({ method, path, listeners }) => `${method} ${path} ${listeners.join()}`)).toEqual([
      'POST /v1/traces main,otlp',
      'POST /v1/logs main,otlp',
      'POST /v1/metrics main,otlp',
      'POST /prometheus/api/v1/otlp/v1/metrics main',
    ]);
  });
});

describe.each([
  ['traces', '/v1/traces'],
  ['logs', '/v1/logs'],
  ['metrics', '/v1/metrics'],
  ['metrics', '/prometheus/api/v1/otlp/v1/metrics'],
] as const)('a request of %s to %s', (signal, path) => {
  const protobuf = encode(otlpSchema, requestName[signal], messages[signal]);
  const json = jsonText(otlpSchema, requestName[signal], messages[signal]);

  it('is stored and answered in its encoding', async () => {
    expect(await post(path, 'application/x-protobuf', protobuf)).toEqual({
      status: 200,
      headers: { 'content-type': 'application/x-protobuf' },
      body: new Uint8Array(0),
    });
    const rows = committer.rows();
    expect(Object.values(rows).flat().length).toBeGreaterThan(0);
    expect(rows['resources']).toMatchObject([{ tenant: 'default', service: 'shop' }]);
    await committer.close();
    expect(await post(path, 'application/json; charset=utf-8', json)).toEqual({
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(Object.keys(committer.rows()).length).toBeGreaterThan(0);
  });

  it('is told apart by tenant, signal and body', async () => {
    await post(path, 'application/x-protobuf', protobuf);
    await post(path, 'application/x-protobuf', protobuf);
    await post(path, 'application/x-protobuf', protobuf, 'other');
    await post(path, 'application/json', json);
    await post(path, 'application/json', `${json} `);
    const [first, again, ...others] = committer.submissions.map(({ fingerprint }) => Buffer.from(fingerprint!).toString('hex'));
    expect(first).toMatch(/^[0-9a-f]{32}$/);
    expect(again).toBe(first);
    expect(new Set([first, ...others]).size).toBe(4);
    expect(committer.submissions[2]).toMatchObject({ tenant: 'other', signal, protocol: 'otlp_http' });
  });

  it('may be empty', async () => {
    expect((await post(path, 'application/x-protobuf', '')).status).toBe(200);
    expect(await post(path, 'application/json', '{}')).toMatchObject({ status: 200, body: '{}' });
    expect(await post(path, 'application/json', `{"resource${signal === 'traces' ? 'Spans' : signal}":[]}`)).toMatchObject({
      body: '{}',
    });
    expect(committer.rows()).toEqual({});
  });

  it('that is malformed is a 400 and leaves nothing', async () => {
    for (const [contentType, body] of [
      ['application/x-protobuf', protobuf.subarray(0, -1)],
      ['application/json', json.slice(0, -1)],
      ['application/json', ''],
      ['application/json', protobuf],
      ['application/x-protobuf', json],
    ] as const) {
      const answer = await post(path, contentType, body);
      expect(answer).toMatchObject({ status: 400, headers: { 'content-type': contentType } });
      expect(Buffer.from(answer.body as string).toString()).toContain('Expected');
    }
    expect(committer.rows()).toEqual({});
  });

  it.each([undefined, 'text/plain', 'application/xml; charset=utf-8'])('of %s is a 415', async (contentType) => {
    const answer = await post(path, contentType, json);
    expect(answer).toMatchObject({ status: 415, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body as string)).toEqual({
      code: 12,
      message: `Expected the content type application/x-protobuf or application/json, found ${contentType === undefined ? 'none' : `"${contentType}"`}.`,
    });
    expect(committer.submissions).toEqual([]);
  });

  it('that can not be stored now may be sent again', async () => {
    committer.failure = new SondeError('overloaded', 'Too much is in flight.', { retryAfterMs: 1200 });
    expect(await post(path, 'application/x-protobuf', protobuf)).toMatchObject({ status: 429, headers: { 'retry-after': '2' } });
    committer.failure = new SondeError('unavailable', 'The disk is full.');
    expect(await post(path, 'application/json', json)).toMatchObject({
      status: 503,
      headers: { 'retry-after': '1', 'content-type': 'application/json' },
    });
  });
});

describe('rows outside the times that are kept', () => {
  const old = tracesOf(
    span(nowNs - BigInt(hourMs) * 1_000_000n - 1n),
    span(nowNs),
    span(nowNs + BigInt(hourMs) * 1_000_000n + 1n),
  );

  it('are refused and counted, the others taken', async () => {
    const answer = await post('/v1/traces', 'application/json', jsonText(otlpSchema, requestName.traces, old));
    expect(answer.status).toBe(200);
    expect(JSON.parse(answer.body as string)).toEqual({
      partialSuccess: { rejectedSpans: '2', errorMessage: expect.stringContaining('start_time') as string },
    });
    expect(committer.rows()['spans']).toMatchObject([{ start_time: nowNs, batch: (1n << 32n) + 7n }]);
  });

  it('are those of the own signal', async () => {
    const at = (ns: bigint): Message => ({ resource_logs: [{ scope_logs: [{ log_records: [{ time_unix_nano: ns }] }] }] });
    const oldestNs = nowNs - 2n * BigInt(hourMs) * 1_000_000n;
    const send = (ns: bigint): Promise<HttpResponse> =>
      post('/v1/logs', 'application/json', jsonText(otlpSchema, requestName.logs, at(ns)));
    expect((await send(oldestNs)).body).toBe('{}');
    expect((await send(oldestNs - 1n)).body).toContain('"rejectedLogRecords":"1"');
  });
});

it('a body that is no object can not harm', async () => {
  const json =
    '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"resourceSpans":[{"__proto__":{"polluted":1}}]}';
  expect((await post('/v1/traces', 'application/json', json)).status).toBe(200);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});
