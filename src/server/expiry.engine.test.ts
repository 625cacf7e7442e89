/** A whole server under `retention-metrics-by-name`: what was stored before goes, and what comes too late is refused, on every way in. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, expect, test } from 'vitest';
import { openStore, temporaryDirectory } from '../../test/commit/store.ts';
import { writeV1 } from '../../test/remote-write/messages.ts';
import { startService } from '../../test/scrape/service.ts';
import { encodeSnappy } from '../codec/snappy.ts';
import { sql } from '../engine/sql.ts';
import { readConfig } from './config.ts';
import { createLog } from './log.ts';
import { startServer } from './main.ts';
import type { RunningServer } from './main.ts';

const dayMs = 86_400_000;
const directory = temporaryDirectory('expiry');
const said: string[] = [];
afterAll(() => directory.remove());

function start(flags: Record<string, string>): Promise<RunningServer> {
  const free = Object.fromEntries(['listen', 'otlp-http', 'otlp-grpc'].map((name) => [name, '127.0.0.1:0']));
  const config = readConfig(new Map(Object.entries({ ...free, ...flags, data: directory.path })));
  return startServer(config, createLog({ write: (text) => said.push(text) }));
}

interface Sample {
  readonly name: string;
  readonly ageDays: number;
}

const timeMs = ({ ageDays }: Sample): number => Date.now() - ageDays * dayMs;

async function remoteWrite({ addresses }: RunningServer, samples: readonly Sample[]): Promise<string> {
  const series = samples.map((sample) => ({
    labels: ['__name__', sample.name],
    samples: [{ value: 1, timeMs: timeMs(sample) }],
  }));
  const answer = await fetch(`http://${addresses.http}/prometheus/api/v1/write`, {
    method: 'POST',
    body: encodeSnappy(writeV1(series)),
  });
  return `${answer.status} ${await answer.text()}`;
}

async function otlp({ addresses }: RunningServer, samples: readonly Sample[]): Promise<string> {
  const metrics = samples.map((sample) => ({
    name: sample.name,
    gauge: { dataPoints: [{ timeUnixNano: `${timeMs(sample)}000000`, asInt: '1' }] },
  }));
  const answer = await fetch(`http://${addresses.otlpHttp}/v1/metrics`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ resourceMetrics: [{ scopeMetrics: [{ metrics }] }] }),
  });
  return answer.text();
}

/** What is stored, as `name age`. */
async function stored(): Promise<string[]> {
  const engine = await openStore(directory.path);
  const rows = await engine.adminRows<{ metric: string; age: number }>(
    sql`SELECT any(metric) AS metric, round((toUnixTimestamp64Milli(now64(3)) - toUnixTimestamp64Milli(time)) / 86400000) AS age
      FROM samples INNER JOIN series ON series.id = samples.series_id GROUP BY series_id, time ORDER BY metric, age`,
  );
  await engine.close();
  return rows.map(({ metric, age }) => `${metric} ${age}`);
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 600) throw new Error('did not come about');
    await pause(50);
  }
}

const metricsOf = async ({ addresses }: RunningServer): Promise<string> =>
  (await fetch(`http://${addresses.http}/metrics`)).text();
const rules = { 'retention-metrics': '10d', 'retention-metrics-by-name': 'debug\\..*|debug_.*=2d,long_.*=400d' };

test('what was stored before the rule goes, and what is too late under it is refused', async () => {
  const samples = ['debug_a', 'long_a', 'other_a'].flatMap((name) => [1, 6].map((ageDays) => ({ name, ageDays })));
  const before = await start({});
  expect(await remoteWrite(before, samples)).toBe('204 ');
  await before.stop();

  const server = await start({ ...rules, statsd: '127.0.0.1:0' });
  await until(async () => (await metricsOf(server)).includes('sonde_expired_rows_total{table="samples"} 1'));
  const late = ['debug_b', 'long_b', 'other_b'].flatMap((name) => [1, 5, 20].map((ageDays) => ({ name, ageDays })));
  const answer = await remoteWrite(server, late);
  expect(answer).toMatch(/^400 3 of 9 samples/);
  expect(answer).toContain('(2, the first in {__name__="debug_b"})');
  expect(answer).toContain('(1, the first in {__name__="other_b"})');
  expect(await otlp(server, [...late, { name: 'debug.c', ageDays: 3 }])).toContain('"rejectedDataPoints":"4"');
  await server.stop();
  const aged = (name: string, ages: string): string[] => ages.split(' ').map((age) => `${name} ${age}`);
  expect(await stored()).toEqual([
    'debug_a 1',
    ...aged('debug_b', '1 1'),
    ...aged('long_a', '1 6'),
    ...aged('long_b', '1 1 5 5 20 20'),
    ...aged('other_a', '1 6'),
    ...aged('other_b', '1 1 5 5'),
  ]);
});

test('samples that are scraped with timestamps are left out by their names', async () => {
  const lines = ['debug_s', 'long_s', 'other_s'].flatMap((name) =>
    [1, 5, 20].map((ageDays) => `${name}{age="${ageDays}"} 1 ${timeMs({ name, ageDays })}\n`),
  );
  const service = await startService(lines.join(''));
  const file = join(directory.path, '..', `expiry-${process.pid}.yml`);
  writeFileSync(
    file,
    `scrape_configs: [{ job_name: old, scrape_interval: 200ms, scrape_timeout: 200ms, static_configs: [{ targets: ['${service.address}'] }] }]`,
  );
  const server = await start({ ...rules, 'scrape-config': file });
  await until(async () => (await metricsOf(server)).includes('sonde_scrape_samples_left_out_total{job="old",reason="time"} 3'));
  await server.stop();
  await service.close();
  const scraped = (await stored()).filter((text) => /^(debug|long|other)_s /.test(text));
  expect(scraped).toEqual(['debug_s 1', 'long_s 1', 'long_s 5', 'long_s 20', 'other_s 1', 'other_s 5']);
});

test('nothing was logged as a fault', () => expect(said.filter((text) => text.includes('"error"'))).toEqual([]));
