/** Files that a killed service left, and files as the Collector writes them, brought into Sonde by `sonde import`. */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { readWritten, startRecording } from './recording.ts';

const program = join(import.meta.dirname, '..', '..', 'bin', 'sonde.cjs');

let folder: string;
let data: string;
let sonde: ChildProcess;
let addresses: { readonly http: string; readonly otlpHttp: string };
beforeAll(async () => {
  folder = installPacked();
  data = mkdtempSync(join(tmpdir(), 'sonde-import-data-'));
  const free = ['--listen', '127.0.0.1:0', '--otlp-http', '127.0.0.1:0', '--otlp-grpc', '127.0.0.1:0'];
  sonde = spawn(process.execPath, [program, 'serve', '--data', data, ...free], { stdio: ['ignore', 'pipe', 'ignore'] });
  const [line] = (await once(sonde.stdout as NonNullable<typeof sonde.stdout>, 'data')) as [Buffer];
  addresses = JSON.parse(line.toString('utf8')) as typeof addresses;
});
afterAll(async () => {
  sonde.kill();
  await once(sonde, 'close');
  for (const each of [folder, data]) rmSync(each, { recursive: true, force: true });
});

interface Imported {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function importFrom(args: readonly string[], input?: Buffer): Imported {
  const command = [program, 'import', ...args, '--to', `http://${addresses.otlpHttp}`];
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { encoding: 'utf8', input });
  return { code: status, out: stdout, err: stderr };
}

async function get<T>(path: string): Promise<T> {
  const answer = await fetch(`http://${addresses.http}${path}`, { headers: { 'x-scope-orgid': 'default' } });
  expect(answer.status).toBe(200);
  return (await answer.json()) as T;
}

const range = 'from=now-10m&to=now%2B1m';
const service = (name: string): Promise<{ traces: { rootName: string; traceId: string; spanCount: number }[] }> =>
  get(`/api/traces?${range}&service=${name}&limit=1000`);

describe('what a killed service left', () => {
  test('is in Sonde, all of it', async () => {
    const files = join(folder, 'killed');
    const recording = startRecording(folder, {
      SONDE_FILES: files,
      SONDE_FILES_INTERVAL: '0',
      SONDE_FILES_BYTES: '100000',
      SONDE_FILES_KEPT: '1000',
      OTEL_SERVICE_NAME: 'killed',
    });
    await recording.untilSaid('metric');
    recording.child.kill('SIGKILL');
    await recording.ended;
    const written = readWritten(files);
    const { code, out, err } = importFrom([files]);
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(new RegExp(`^traces: ${written.spans.length} spans taken, of ${written.spans.length} lines$`, 'm'));
    expect(out).toMatch(new RegExp(`^logs: ${written.logs.length} log records taken, of ${written.logs.length} lines$`, 'm'));
    const { traces } = await service('killed');
    const numbers = traces.map(({ rootName }) => Number(rootName.split(' ')[1])).toSorted((a, b) => a - b);
    expect(numbers).toEqual(written.spans.slice(0, numbers.length));
    expect(numbers.length).toBe(Math.min(written.spans.length, 1000));
    const { logs } = await get<{ logs: { body: string }[] }>(`/api/logs?${range}&service=killed&limit=1000`);
    expect(logs).toHaveLength(Math.min(written.logs.length, 1000));
    const query = encodeURIComponent('recorded_total{job="killed"}');
    const { data: answer } = await get<{ data: { result: { value: [number, string] }[] } }>(
      `/prometheus/api/v1/query?query=${query}`,
    );
    expect(answer.result.map(({ value }) => Number(value[1]))).toEqual([written.metric]);
  });
});

/** Lines as the Collector's file exporter writes them, and as other writers of OTLP JSON do. */
describe.each([
  [
    'collector',
    { kind: 2, code: 200 as number | string, severity: 9 as number | string, time: (ns: bigint): unknown => String(ns) },
  ],
  [
    'other',
    { kind: 'SPAN_KIND_SERVER', code: '200', severity: 'SEVERITY_NUMBER_INFO', time: (ns: bigint): unknown => Number(ns) },
  ],
] as const)('lines of the kind %s', (name, { kind, code, severity, time }) => {
  const id = { collector: '5b8aa5a2d2c872e8321cf37308d69df2', other: '5B8AA5A2D2C872E8321CF37308D69DF3' }[name];
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const resource = { attributes: [{ key: 'service.name', value: { stringValue: name } }] };
  const scope = {};
  const lines = [
    {
      resourceSpans: [
        {
          resource,
          scopeSpans: [
            {
              scope,
              spans: [
                {
                  traceId: id,
                  spanId: '051581bf3cb55c13',
                  parentSpanId: '',
                  flags: 256,
                  name: 'GET /beasts',
                  kind,
                  startTimeUnixNano: time(nowNs - 1_000_000n),
                  endTimeUnixNano: time(nowNs),
                  attributes: [{ key: 'http.response.status_code', value: { intValue: code } }],
                  status: {},
                },
              ],
            },
          ],
          schemaUrl: 'https://opentelemetry.io/schemas/1.4.0',
        },
      ],
    },
    {
      resourceLogs: [
        {
          resource,
          scopeLogs: [
            {
              scope,
              logRecords: [
                {
                  timeUnixNano: time(nowNs),
                  severityNumber: severity,
                  severityText: 'Info',
                  body: { stringValue: 'fed' },
                  traceId: id,
                  spanId: '051581bf3cb55c13',
                },
              ],
            },
          ],
        },
      ],
    },
    {
      resourceMetrics: [
        {
          resource,
          scopeMetrics: [
            {
              scope,
              metrics: [{ name: 'beasts', unit: '{beast}', gauge: { dataPoints: [{ timeUnixNano: time(nowNs), asInt: code }] } }],
            },
          ],
        },
      ],
    },
  ];
  const text = `${lines.map((line) => JSON.stringify(line)).join('\n')}\n`;
  const taken = 'traces: 1 span taken, of 1 line\nlogs: 1 log record taken, of 1 line\nmetrics: 1 point taken, of 1 line\n';

  test('are taken from a file, gzip or not, and from standard input', () => {
    const file = join(folder, `${name}.jsonl`);
    writeFileSync(file, text);
    expect(importFrom([file])).toEqual({ code: 0, out: taken, err: '' });
    expect(importFrom(['-'], gzipSync(text))).toEqual({ code: 0, out: taken, err: '' });
  });

  test('are in Sonde once, as they were', async () => {
    const { traces } = await service(name);
    expect(traces).toMatchObject([{ traceId: id.toLowerCase(), rootName: 'GET /beasts', spanCount: 1 }]);
    const { spans } = await get<{ spans: unknown[] }>(`/api/traces/${id.toLowerCase()}`);
    expect(spans).toMatchObject([{ kind: 'server', attributes: { 'http.response.status_code': 200 } }]);
    const { logs } = await get<{ logs: unknown[] }>(`/api/logs?${range}&service=${name}`);
    expect(logs).toMatchObject([{ body: 'fed', level: 'info', traceId: id.toLowerCase() }]);
  });
});

test('a large file needs little memory', async () => {
  let [bytes, spans] = [0, 0];
  const receiver = createServer((request, response) => {
    let last = '';
    request.setEncoding('utf8').on('data', (text: string) => {
      bytes += text.length;
      // A word may be in two pieces.
      spans += (last + text).split('"traceId"').length - 1;
      last = text.slice(-8);
    });
    request.on('end', () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}'));
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const span = { traceId: '5b8aa5a2d2c872e8321cf37308d69dfa', spanId: '051581bf3cb55c13', name: 'x'.repeat(100) };
  const line = `${JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: Array.from({ length: 100 }, () => span) }] }] })}\n`;
  const file = join(folder, 'large.jsonl');
  const lines = Math.ceil((150 << 20) / line.length);
  writeFileSync(file, line.repeat(lines));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const child = spawn(process.execPath, ['--max-old-space-size=40', program, 'import', file, '--to', url], { stdio: 'pipe' });
  let out = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (out += text));
  expect(await once(child, 'close')).toEqual([0, null]);
  receiver.close();
  const count = (lines * 100).toLocaleString('en-US');
  expect([out, spans, bytes > 149 << 20]).toEqual([
    `traces: ${count} spans taken, of ${lines.toLocaleString('en-US')} lines\n`,
    lines * 100,
    true,
  ]);
});

test('what Sonde refuses is told with its line, and the rest is taken', () => {
  const span = (traceId: string): string =>
    `{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"${traceId}","spanId":"051581bf3cb55c13","name":"x","startTimeUnixNano":"${Date.now()}000000","endTimeUnixNano":"${Date.now()}000000"}]}]}]}`;
  const file = join(folder, 'refused.jsonl');
  const kinds = span('5b8aa5a2d2c872e8321cf37308d69dff').replace('"name":', '"kind":{},"name":');
  writeFileSync(file, `${span('5b8aa5a2d2c872e8321cf37308d69dfa')}\n${kinds}\n${span('5b8aa5')}\n`);
  const { code, out, err } = importFrom([file]);
  expect([code, out]).toEqual([1, 'traces: 1 span taken, 2 refused, of 3 lines\n']);
  const lines = err.trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(err).toMatch(/refused\.jsonl:2: 1 span refused: .* answered 400: /);
  expect(err).toMatch(/refused\.jsonl:3(-3)?: 1 span refused: /);
});
