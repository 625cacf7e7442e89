/** What the kit sends as protobuf and over gRPC, in Sonde: the same service, asked for by Sonde's own API. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPacked } from './packed.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'sonde.cjs');

let folder: string;
let data: string;
let sonde: ChildProcess;
let addresses: { readonly http: string; readonly otlpHttp: string; readonly otlpGrpc: string };
beforeAll(async () => {
  folder = installPacked();
  data = mkdtempSync(join(tmpdir(), 'sonde-instrument-data-'));
  const free = ['--listen', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'];
  const rules = join(data, 'sampling.yml');
  writeFileSync(
    rules,
    'service_strategies: [{ service: by-rules, type: probabilistic, param: 0, rules: [{ attributes: { url.path: /boom }, share: 1 }] }]',
  );
  sonde = spawn(process.execPath, [program, 'serve', '--data', join(data, 'store'), '--sampling-rules', rules, ...free], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const failed = once(sonde, 'exit').then(([code]) => Promise.reject(new Error(`Sonde ended with ${code}; was it built?`)));
  const [line] = (await Promise.race([once(sonde.stdout as NonNullable<typeof sonde.stdout>, 'data'), failed])) as [Buffer];
  addresses = JSON.parse(line.toString('utf8')) as typeof addresses;
});
afterAll(async () => {
  sonde.kill();
  await once(sonde, 'close');
  for (const each of [folder, data]) rmSync(each, { recursive: true, force: true });
});

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(`http://${addresses.http}${path}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

const range = 'from=now-5m&to=now%2B1m';

interface Trace {
  readonly spans: readonly {
    readonly name: string;
    readonly kind: string;
    readonly attributes: Readonly<Record<string, unknown>>;
    readonly resource: { readonly attributes: Readonly<Record<string, unknown>> };
  }[];
}

describe.each([
  ['protobuf over HTTP', () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://${addresses.otlpHttp}` })],
  ['gzip', () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://${addresses.otlpHttp}`, OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip' })],
  ['gRPC', () => ({ OTEL_EXPORTER_OTLP_ENDPOINT: `http://${addresses.otlpGrpc}`, OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' })],
] as const)('%s', (name, environment) => {
  const service = `by-${name.replaceAll(/\W+/g, '-').toLowerCase()}`;

  beforeAll(async () => {
    const child = spawn(process.execPath, ['--import', '@sonde/instrument', 'service.mjs'], {
      cwd: folder,
      env: { ...process.env, OTEL_SERVICE_NAME: service, ...environment() },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`the service ended with ${code}`);
  });

  test('the failing request is a trace of two spans, with what the kit knows of both', async () => {
    const { traces } = await get<{ traces: { traceId: string; spanCount: number }[] }>(
      `/api/traces?${range}&service=${service}&status=error`,
    );
    expect(traces).toHaveLength(1);
    expect(traces[0]?.spanCount).toBe(2);
    const { spans } = await get<Trace>(`/api/traces/${traces[0]?.traceId}`);
    const server = spans.find(({ kind }) => kind === 'server');
    expect(server?.attributes).toMatchObject({ 'url.path': '/boom', 'http.response.status_code': 503, 'error.type': '503' });
    expect(server?.resource.attributes).toMatchObject({ 'service.version': '4.5.6', 'process.runtime.name': 'nodejs' });
  });

  test('its exception is a log record of that trace', async () => {
    const { logs } = await get<{ logs: { body: string; level: string; traceId: string; attributes: object }[] }>(
      `/api/logs?${range}&service=${service}&text=cheese`,
    );
    const { traces } = await get<{ traces: { traceId: string }[] }>(`/api/traces?${range}&service=${service}&status=error`);
    expect(logs).toHaveLength(1);
    expect(logs[0]).toMatchObject({ body: 'RangeError: out of cheese', level: 'error', traceId: traces[0]?.traceId });
    expect(logs[0]?.attributes).toMatchObject({ 'exception.type': 'RangeError', 'tag.shelf': '7' });
  });

  test('its golden signals are metrics', async () => {
    const query = encodeURIComponent(
      `sum by (http_response_status_code) (http_server_request_duration_seconds_count{job="${service}"})`,
    );
    const { data: answer } = await get<{ data: { result: { metric: Record<string, string>; value: [number, string] }[] } }>(
      `/prometheus/api/v1/query?query=${query}`,
    );
    expect(
      answer.result
        .map(({ metric, value }) => [metric['http_response_status_code'], value[1]])
        .toSorted(([a = ''], [b = '']) => Number(a) - Number(b)),
    ).toEqual([
      ['200', '1'],
      ['503', '1'],
    ]);
  });
});

test.each([
  ['exit', 3, ['RangeError: out of cheese']],
  ['throw', 1, ['RangeError: out of cheese', 'TypeError: nobody catches this']],
])('over gRPC, too, a service that ends with %s has sent all of it', async (end, code, exceptions) => {
  const service = `grpc-${end}`;
  const child = spawn(process.execPath, ['--import', '@sonde/instrument', 'service.mjs'], {
    cwd: folder,
    env: {
      ...process.env,
      END: end,
      OTEL_SERVICE_NAME: service,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://${addresses.otlpGrpc}`,
    },
    stdio: 'ignore',
  });
  expect((await once(child, 'close'))[0]).toBe(code);
  const { traces } = await get<{ traces: { spanCount: number }[] }>(`/api/traces?${range}&service=${service}`);
  expect(traces.map(({ spanCount }) => spanCount)).toEqual([2, 2]);
  const { logs } = await get<{ logs: { body: string }[] }>(`/api/logs?${range}&service=${service}&level=error&level=fatal`);
  expect(logs.map(({ body }) => body)).toEqual(expect.arrayContaining(exceptions));
});

describe('rules of Sonde', () => {
  test('say which traces a service keeps', async () => {
    const endpoint = `http://${addresses.http}/sampling`;
    const child = spawn(process.execPath, ['--import', '@sonde/instrument', 'sampled.mjs'], {
      cwd: folder,
      env: {
        ...process.env,
        OTEL_SERVICE_NAME: 'by-rules',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://${addresses.otlpHttp}`,
        OTEL_TRACES_SAMPLER: 'parentbased_jaeger_remote',
        OTEL_TRACES_SAMPLER_ARG: `endpoint=${endpoint},pollingIntervalMs=100,initialSamplingRate=0`,
      },
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    expect((await once(child, 'close'))[0]).toBe(0);
    const { traces } = await get<{ traces: { traceId: string }[] }>(`/api/traces?${range}&service=by-rules`);
    expect(traces.length).toBeGreaterThan(0);
    for (const { traceId } of traces) {
      const { spans } = await get<Trace>(`/api/traces/${traceId}`);
      expect(spans.map(({ attributes }) => attributes['url.path'])).toEqual(['/boom']);
    }
  });

  test('are for services that say who they are', async () => {
    const answer = await fetch(`http://${addresses.http}/sampling`);
    expect([answer.status, await answer.json()]).toEqual([
      400,
      { error: { code: 'bad_request', message: 'The parameter service should name who asks, but is missing.' } },
    ]);
    expect(await (await fetch(`http://${addresses.http}/sampling?service=other`)).json()).toEqual({
      strategyType: 'PROBABILISTIC',
      probabilisticSampling: { samplingRate: 1 },
    });
  });
});
