/** What a person sees in the terminal: SONDE_DEBUG=1, and `console` among the exporters. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { startReceiver } from './receiver.ts';
import type { Receiver } from './receiver.ts';

let folder: string;
let receiver: Receiver;
beforeAll(async () => {
  folder = installPacked();
  receiver = await startReceiver();
});
afterAll(async () => {
  await receiver.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Run {
  readonly code: number | null;
  readonly stdout: string;
  readonly lines: readonly string[];
}

async function run(environment: Readonly<Record<string, string>>, app = 'service.mjs', closesStderr = false): Promise<Run> {
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    ...environment,
  };
  receiver.clear();
  const child = spawn(process.execPath, ['--import', '@sonde/instrument', app], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  if (closesStderr) child.stderr.destroy();
  else child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stdout, lines: stderr.split('\n') };
}

const has = (lines: readonly string[], pattern: RegExp): void =>
  expect(lines).toEqual(expect.arrayContaining([expect.stringMatching(pattern)]));

describe('SONDE_DEBUG=1', () => {
  test('shows where telemetry goes, all of it, and what became of it', async () => {
    const { code, stdout, lines } = await run({ SONDE_DEBUG: '1' });
    expect([code, stdout]).toEqual([0, '']);
    const id = receiver.spans.find(({ status }) => status?.code === 2)?.traceId.slice(0, 8) ?? 'none';
    has(lines, /^\d\d:\d\d:\d\d\.\d{3} {11}@sonde\/instrument \d+\.\d+\.\d+ in tested-app, process \d+, Node \d/);
    has(lines, new RegExp(`^ +traces: http/json to ${receiver.endpoint}/v1/traces every 5 s$`));
    has(lines, /^ +sampler: ParentBased\{root=AlwaysOn\}$/);
    has(lines, /^ +watched: HTTP servers, /);
    has(lines, new RegExp(String.raw`^[\d:.]+ ${id}  server GET  .*503 error.*url\.path=/boom`));
    has(lines, new RegExp(String.raw`^[\d:.]+ ${id}  ERROR  RangeError: out of cheese  .*tag\.shelf=7`));
    has(lines, /^ +at .*service\.mjs/);
    has(lines, /^ {2}http\.server\.request\.duration +1 × mean .* http\.response\.status_code=503/);
    for (const signal of ['traces', 'logs', 'metrics']) has(lines, new RegExp(`${signal}: [\\d.]+ (B|KiB) sent after `));
    expect(lines.join('\n')).not.toContain('\u001B');
    expect(receiver.spans).toHaveLength(4);
  });

  test('shows what was not taken, and why', async () => {
    const { code, lines } = await run({ SONDE_DEBUG: '1', OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' });
    expect(code).toBe(0);
    has(lines, /traces: .* not sent yet \(http:\/\/127\.0\.0\.1:9\/v1\/traces cannot be reached: /);
    has(lines, /traces: .* perhaps not sent as the process exits/);
  });

  test('does no harm when nobody reads', async () => {
    expect(await run({ SONDE_DEBUG: '1' }, 'service.mjs', true)).toMatchObject({ code: 0 });
    expect(receiver.spans).toHaveLength(4);
  });
});

describe('OTEL_TRACES_EXPORTER', () => {
  test('of console shows spans, and nothing of the kit', async () => {
    const { lines } = await run({ OTEL_TRACES_EXPORTER: 'console', OTEL_LOGS_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none' });
    expect(lines).toHaveLength(4 + 1);
    has(lines, / server GET .*url\.path=\/well/);
    expect(receiver.spans).toEqual([]);
  });

  test('of otlp,console does both', async () => {
    const { lines } = await run({ OTEL_TRACES_EXPORTER: 'otlp,console' });
    expect([lines.length, receiver.spans.length]).toEqual([5, 4]);
  });
});

test('each thread has files of its own', async () => {
  const { code } = await run({ SONDE_FILES: join(folder, 'threads') }, 'threads.mjs');
  expect(code).toBe(0);
  const names = readdirSync(join(folder, 'threads')).filter((name) => name.includes('.traces.'));
  expect(names.map((name) => name.replace(/^.*Z\.\d+/, '')).toSorted()).toEqual(['-1.jsonl', '.jsonl']);
});
