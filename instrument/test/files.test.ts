/** What a service recorded is in its files, however it ends: killed at any moment, too; with a full disk, or none. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { installPacked } from './packed.ts';
import { startReceiver } from './receiver.ts';
import { readWritten, startRecording, upTo } from './recording.ts';

let folder: string;
beforeAll(() => (folder = installPacked()));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let last = 0;
/** A place for the files of one run. */
const place = (): string => join(folder, `files-${++last}`);
const atOnce = { SONDE_FILES_INTERVAL: '0' };
const rotating = { SONDE_FILES_BYTES: '50000', SONDE_FILES_KEPT: '100000' };

describe('a service that is killed', () => {
  test.each(Array.from({ length: 24 }, (_, i) => [i + 1, Math.round(Math.random() * 150)] as const))(
    'has all in its files that it had recorded (%i: after %i ms)',
    async (round, delayMs) => {
      const files = place();
      const recording = startRecording(folder, { SONDE_FILES: files, ...atOnce, ...(round % 2 === 0 && rotating) });
      await recording.untilSaid('metric');
      await sleep(delayMs);
      recording.child.kill('SIGKILL');
      expect(await recording.ended).toEqual({ code: null, signal: 'SIGKILL' });
      const { said } = recording;
      const written = readWritten(files);
      // It may have recorded one more, and not said so.
      expect(written.spans).toEqual(upTo(written.spans.length));
      expect(written.logs).toEqual(upTo(written.logs.length));
      expect(written.spans.length - said.span).toBeOneOf([0, 1]);
      expect(written.logs.length - said.log).toBeOneOf([0, 1]);
      expect(written.metric).toBeGreaterThanOrEqual(said.metric);
      expect(written.torn).toBeLessThanOrEqual(1);
      expect(recording.stderr).toBe('');
    },
  );
});

const ends: readonly [end: string, code: number | null, signal: NodeJS.Signals | null][] = [
  ['nothing left to do', 0, null],
  ['exit', 3, null],
  ['throw', 1, null],
  ['reject', 1, null],
  ['SIGTERM', null, 'SIGTERM'],
];

describe('a service that writes now and then', () => {
  test.each(ends)('and ends with %s has written all', async (end, code, signal) => {
    const files = place();
    const recording = startRecording(folder, { SONDE_FILES: files, SONDE_FILES_INTERVAL: '600000', END: end, COUNT: '105' });
    expect(await recording.ended).toEqual({ code, signal });
    const written = readWritten(files);
    expect([written.spans, written.logs, written.torn]).toEqual([upTo(105), upTo(105), 0]);
    expect(written.metric).toBeGreaterThanOrEqual(100);
    expect(written.files.map((name) => name.split('.').slice(0, 2).join('.'))).toEqual([
      'tested-app.logs',
      'tested-app.metrics',
      'tested-app.traces',
    ]);
    for (const name of written.files) expect(statSync(join(files, name)).mode & 0o777).toBe(0o600);
  });

  test('sends the same, and metrics that start anew with each export are in both', async () => {
    const files = place();
    const receiver = await startReceiver();
    const otlp = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_LOGS_EXPORTER: 'otlp', OTEL_METRICS_EXPORTER: 'otlp' };
    const recording = startRecording(folder, {
      SONDE_FILES: files,
      COUNT: '50',
      OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE: 'delta',
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      ...otlp,
    });
    expect(await recording.ended).toEqual({ code: 0, signal: null });
    const written = readWritten(files);
    expect([written.spans, written.logs]).toEqual([upTo(50), upTo(50)]);
    expect(receiver.spans.map(({ name }) => name)).toEqual(upTo(50).map((i) => `span ${i}`));
    expect(receiver.logs.map(({ body }) => body?.stringValue)).toEqual(upTo(50).map((i) => `log ${i}`));
    // Twice twenty, and the rest at the end.
    expect([written.metric, receiver.metricNames.has('recorded')]).toEqual([20, true]);
    await receiver.stop();
  });
});

test('files are begun by size, and the oldest removed', async () => {
  const files = place();
  const bounds = { SONDE_FILES_BYTES: '20000', SONDE_FILES_KEPT: '3' };
  const recording = startRecording(folder, { SONDE_FILES: files, ...atOnce, ...bounds, COUNT: '200' });
  expect(await recording.ended).toEqual({ code: 0, signal: null });
  const written = readWritten(files);
  const traces = written.files.filter((name) => name.includes('.traces.'));
  expect(traces).toHaveLength(3);
  for (const name of traces) expect(statSync(join(files, name)).size).toBeLessThanOrEqual(20_000);
  // What is left are the newest, without a gap.
  expect(written.spans).toEqual(upTo(200).slice(-written.spans.length));
  expect(written.spans.length).toBeGreaterThan(20);
});

describe('where nothing can be written', () => {
  test('is told once for each signal, and the service goes on', async () => {
    const recording = startRecording(folder, { SONDE_FILES: '/dev/null/telemetry', ...atOnce, COUNT: '60' });
    expect(await recording.ended).toEqual({ code: 0, signal: null });
    expect(recording.said).toEqual({ span: 60, log: 60, metric: 60 });
    for (const signal of ['traces', 'logs', 'metrics']) {
      const told = recording.stderr
        .split('\n')
        .filter((line) => line.includes(`${signal}: /dev/null/telemetry cannot be written`));
      expect(told).toHaveLength(1);
    }
    expect(recording.stderr).toMatch(/traces: \/dev\/null\/telemetry could not be written; \d+ records were lost/);
  });

  test('no more than a limit: lines are whole, and what was lost is counted', async () => {
    const files = place();
    const recording = startRecording(folder, { SONDE_FILES: files, ...atOnce, COUNT: '300' }, 'ulimit -f 40;');
    expect(await recording.ended).toEqual({ code: 0, signal: null });
    const written = readWritten(files);
    const lost = (signal: string): number =>
      [...recording.stderr.matchAll(new RegExp(`${signal}: .*; (\\d+) records were lost`, 'g'))].reduce(
        (sum, [, count]) => sum + Number(count),
        0,
      );
    expect(recording.stderr).toContain('cannot be written: EFBIG');
    expect([written.torn, written.spans.length > 0, lost('traces') > 0]).toEqual([0, true, true]);
    expect([written.spans.length + lost('traces'), written.logs.length + lost('logs')]).toEqual([300, 300]);
  });

  test('as the disk is full, it is written again when there is room', async (context) => {
    const disk = place();
    mkdirSync(disk);
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', disk]);
    // Mounting is for root, and not in every container.
    if (mount.status !== 0) return context.skip('there is no small disk of its own here');
    try {
      const files = join(disk, 'files');
      const recording = startRecording(folder, { SONDE_FILES: files, ...atOnce, ...rotating, SONDE_FILES_KEPT: '4' });
      await recording.untilSaid('metric');
      const ballast = join(disk, 'ballast');
      // As much as there is room for.
      spawnSync('sh', ['-c', `cat /dev/zero > ${ballast}`]);
      await recording.untilStderr('ENOSPC');
      writeFileSync(ballast, '');
      await recording.untilStderr('is written again; ');
      recording.child.kill('SIGTERM');
      expect(await recording.ended).toEqual({ code: null, signal: 'SIGTERM' });
      const written = readWritten(files);
      expect([written.torn, written.spans.at(-1)]).toEqual([0, recording.said.span]);
    } finally {
      spawnSync('umount', ['--lazy', disk]);
    }
  });
});
