/**
 * The log service and its load in Sonde: what the kit has sent of both, asked for as the UI and Grafana ask, and held against what the
 * client itself has counted. Needs `npm run build`.
 */
import { fork, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Children } from '../children.js';
import type { Counts } from '../log-service/tally.js';

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const range = 'from=now-5m&to=now%2B1m';

let folder: string;
let sonde: ChildProcess;
let http: string;
/** By method and status, what the client says of itself. */
let tally: Readonly<Record<string, Counts>>;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sonde-log-service-'));
  const free = ['--listen', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'];
  sonde = spawn(process.execPath, [pathOf('../../bin/sonde.cjs'), 'serve', '--data', join(folder, 'data'), ...free], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const addresses = JSON.parse(await firstLine(sonde)) as { http: string; otlpHttp: string };
  ({ http } = addresses);
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${addresses.otlpHttp}`, OTEL_METRIC_EXPORT_INTERVAL: '500' };
  const service = new Children((line) => expect.fail(line));
  const address = await service.launch({
    name: 'commit-log',
    script: new URL('../log-service/service.js', import.meta.url),
    nodeArgs: ['--import', '@sonde/instrument'],
    settings: { ...settings, OTEL_SERVICE_NAME: 'commit-log', DEMO_LOG_FOLDER: join(folder, 'log') },
  });
  tally = await load({ ...settings, DEMO_LOG_SERVICE: address });
  await service.stop();
}, 120_000);

afterAll(async () => {
  sonde.kill();
  await once(sonde, 'close');
  await rm(folder, { recursive: true, force: true });
});

async function firstLine(child: ChildProcess): Promise<string> {
  const failed = once(child, 'exit').then(([code]) => Promise.reject(new Error(`Sonde ended with ${code}; was it built?`)));
  const [line] = (await Promise.race([once(child.stdout as NonNullable<typeof child.stdout>, 'data'), failed])) as [Buffer];
  return line.toString('utf8');
}

/** Runs the client until every kind of call has ended in its own way; gives its books. */
async function load(settings: Record<string, string>): Promise<typeof tally> {
  const client = fork(pathOf('../log-service/client.js'), [], {
    cwd: pathOf('../log-service'),
    env: { ...process.env, ...settings, OTEL_SERVICE_NAME: 'commit-log-client', DEMO_RATE: '60' },
    execArgv: ['--import', '@sonde/instrument'],
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
  });
  const problems: unknown[] = [];
  client.on('message', (message: object) => 'problem' in message && problems.push(message.problem));
  let printed = '';
  client.stdout?.setEncoding('utf8').on('data', (text: string) => (printed += text));
  await untilSeen(outcomes.map(([outcome]) => outcome));
  client.send('stop');
  const [code] = (await once(client, 'close')) as [number];
  expect([code, problems]).toEqual([0, []]);
  return JSON.parse(printed) as typeof tally;
}

/** How calls end, and what severity the line of the server has. */
const outcomes = [
  ['Produce OK', 'info'],
  ['Produce PERMISSION_DENIED', 'warn'],
  ['Consume OK', 'info'],
  ['Consume UNAUTHENTICATED', 'warn'],
  ['Consume OUT_OF_RANGE', 'warn'],
  ['ProduceStream OK', 'info'],
  ['ConsumeStream CANCELLED', 'warn'],
] as const;

async function untilSeen(all: readonly string[]): Promise<void> {
  for (;;) {
    const seen = await byOutcome('rpc_client_call_duration_seconds_count');
    // Two exports at the least, so that there are rates.
    if (all.every((outcome) => seen.has(outcome)) && (seen.get('Produce OK') ?? 0) > 300) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(`http://${http}${path}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

interface Sample {
  readonly metric: Readonly<Record<string, string>>;
  readonly value: readonly [number, string];
}

async function promql(query: string): Promise<readonly Sample[]> {
  const answer = await get<{ data: { result: readonly Sample[] } }>(
    `/prometheus/api/v1/query?query=${encodeURIComponent(query)}`,
  );
  return answer.data.result;
}

const methodOf = ({ metric }: Sample): string => metric['rpc_method']?.replace('log.v1.CommitLog/', '') ?? '';

/** The newest value of a metric, by method and status. */
async function byOutcome(metric: string): Promise<Map<string, number>> {
  const samples = await promql(`sum by (rpc_method, rpc_response_status_code) (${metric})`);
  return new Map(samples.map((one) => [`${methodOf(one)} ${one.metric['rpc_response_status_code']}`, Number(one.value[1])]));
}

interface Golden {
  readonly name: string;
  readonly requests: number;
  readonly errors: number;
  readonly p50Ns: number;
}

describe('golden signals', () => {
  const methods = ['Consume', 'ConsumeStream', 'Produce', 'ProduceStream'];
  const callsOf = (method: string): number =>
    Object.entries(tally).reduce((sum, [outcome, { calls }]) => sum + (outcome.startsWith(`${method} `) ? calls : 0), 0);
  const failedOf = (method: string): number => callsOf(method) - (tally[`${method} OK`]?.calls ?? 0);
  const operationsOf = async (service: string): Promise<Golden[]> => {
    const { operations } = await get<{ operations: Golden[] }>(`/api/services/${service}?${range}`);
    return operations.toSorted((a, b) => a.name.localeCompare(b.name));
  };

  test('are there for each method of the client, whose refused calls have failed', async () => {
    expect((await operationsOf('commit-log-client')).map(({ name, requests, errors }) => [name, requests, errors])).toEqual(
      methods.map((method) => [`log.v1.CommitLog/${method}`, callsOf(method), failedOf(method)]),
    );
  });

  test('are there for each method of the service, whose fault none of it was', async () => {
    const operations = await operationsOf('commit-log');
    expect(operations.map(({ name, requests, errors }) => [name, requests, errors])).toEqual(
      methods.map((method) => [`log.v1.CommitLog/${method}`, callsOf(method), 0]),
    );
    for (const { p50Ns } of operations) expect(p50Ns).toBeGreaterThan(0);
  });

  test('tell producing and consuming apart in PromQL', async () => {
    const query =
      'histogram_quantile(0.95, sum by (le, rpc_method) (rate(rpc_server_call_duration_seconds_bucket{job="commit-log"}[1m])))';
    const found = new Map((await promql(query)).map((one) => [methodOf(one), Number(one.value[1])]));
    expect([...found.keys()].toSorted()).toEqual(methods);
    expect(found.get('Produce')).toBeGreaterThan(0);
    expect(found.get('Consume')).toBeGreaterThan(0);
    expect(found.get('Produce')).not.toBe(found.get('Consume'));
  });

  test('have what the runtime can run out of', async () => {
    const { saturation } = await get<{ saturation: object }>(`/api/services/commit-log?${range}`);
    expect(saturation).toEqual({
      cpu: expect.any(Number) as number,
      memory: expect.any(Number) as number,
      eventLoop: expect.any(Number) as number,
    });
  });
});

/** What the client counts, and the metrics that say the same. */
const counted: readonly (readonly [keyof Counts, string])[] = [
  ['calls', 'call_duration_seconds_count'],
  ['requests', 'requests_per_rpc_sum'],
  ['requestBytes', 'request_size_bytes_sum'],
  ['responses', 'responses_per_rpc_sum'],
  ['responseBytes', 'response_size_bytes_sum'],
];

describe.each(counted)('%s', (key, metric) => {
  test('of the client are what it has counted itself', async () => {
    const own = Object.entries(tally).map(([outcome, counts]) => [outcome, counts[key]]);
    expect(Object.fromEntries(await byOutcome(`rpc_client_${metric}`))).toEqual(Object.fromEntries(own));
  });

  // What was on the way when a call was refused or given up, only one side knows.
  test.each(['Produce OK', 'Consume OK', 'ProduceStream OK', 'Consume OUT_OF_RANGE'])(
    'of the service are the same: %s',
    async (outcome) => {
      expect((await byOutcome(`rpc_server_${metric}`)).get(outcome)).toBe(tally[outcome]?.[key]);
    },
  );
});

interface Trace {
  readonly spans: readonly {
    readonly spanId: string;
    readonly parentSpanId: string;
    readonly service: string;
    readonly kind: string;
    readonly status: { readonly code: string; readonly message: string };
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
}

interface Logs {
  readonly logs: readonly {
    readonly body: string;
    readonly level: string;
    readonly spanId: string;
    readonly attributes: Readonly<Record<string, unknown>>;
  }[];
}

/** Who calls; the service does not know nobody. */
const callers: Readonly<Record<string, string | undefined>> = {
  'Produce OK': 'root',
  'Produce PERMISSION_DENIED': 'reader',
  'Consume OK': 'reader',
  'Consume OUT_OF_RANGE': 'reader',
  'ProduceStream OK': 'root',
  'ConsumeStream CANCELLED': 'reader',
};

describe.each(outcomes)('%s', (outcome, level) => {
  const [method = '', code = ''] = outcome.split(' ');

  test('is a trace of both sides, with its log line', async () => {
    const attribute = encodeURIComponent(`rpc.response.status_code=${code}`);
    const operation = encodeURIComponent(`log.v1.CommitLog/${method}`);
    const { traces } = await get<{ traces: { traceId: string }[] }>(
      `/api/traces?${range}&service=commit-log&operation=${operation}&attr=${attribute}&limit=1`,
    );
    const { spans } = await get<Trace>(`/api/traces/${traces[0]?.traceId}`);
    expect(spans.map(({ service, kind, attributes }) => [service, kind, attributes['rpc.response.status_code']])).toEqual([
      ['commit-log-client', 'client', code],
      ['commit-log', 'server', code],
    ]);
    const [client, server] = spans;
    expect(server?.parentSpanId).toBe(client?.spanId);
    expect(client?.status.code).toBe(code === 'OK' ? 'unset' : 'error');
    expect(server?.status.code).toBe('unset');
    const { logs } = await get<Logs>(`/api/logs?traceId=${traces[0]?.traceId}`);
    expect(logs).toHaveLength(1);
    expect(logs[0]).toMatchObject({ level, spanId: server?.spanId });
    expect(logs[0]?.body).toContain(`log.v1.CommitLog/${method} ${code}`);
    expect(logs[0]?.attributes['user.id']).toBe(callers[outcome]);
    expect(server?.attributes['user.id']).toBe(callers[outcome]);
  });
});

test('a refusal says on both sides why', async () => {
  const { logs } = await get<Logs>(`/api/logs?${range}&service=commit-log&text=nobody`);
  expect(logs[0]?.body).toBe('log.v1.CommitLog/Consume UNAUTHENTICATED: nobody has this token');
  const { logs: beyond } = await get<Logs>(`/api/logs?${range}&service=commit-log&text=out+of+range`);
  expect(beyond[0]?.body).toMatch(
    /^log\.v1\.CommitLog\/Consume OUT_OF_RANGE: offset \d+ is out of range: the log has \d+ to \d+$/,
  );
});
