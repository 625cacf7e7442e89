/** Real datagrams to a whole server on a real engine, and the rows that are there after it stopped. */
import { createSocket } from 'node:dgram';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openStore, temporaryDirectory } from '../../../test/commit/store.ts';
import { known } from '../../base/assert.ts';
import type { Engine } from '../../engine/engine.ts';
import { sql, text } from '../../engine/sql.ts';
import { readConfig } from '../../server/config.ts';
import { createLog } from '../../server/log.ts';
import { startServer } from '../../server/main.ts';
import type { RunningServer } from '../../server/main.ts';

const flushMs = 200;
const directory = temporaryDirectory('statsd');
const said: string[] = [];
let engine: Engine;
/** What /metrics said before the server stopped. */
let metrics: string;

function start(): Promise<RunningServer> {
  const flags = { statsd: '127.0.0.1:0', 'statsd-flush': `${flushMs}ms`, 'statsd-expiry': '1h', data: directory.path };
  const free = Object.fromEntries(['listen', 'otlp-http', 'otlp-grpc'].map((name) => [name, '127.0.0.1:0']));
  return startServer(readConfig(new Map(Object.entries({ ...flags, ...free }))), createLog({ write: (text) => said.push(text) }));
}

async function sendTo(address: string, datagrams: readonly string[]): Promise<void> {
  const port = Number(address.slice(address.lastIndexOf(':') + 1));
  const socket = createSocket('udp4');
  for (const datagram of datagrams) {
    await new Promise<void>((resolve, reject) =>
      socket.send(datagram, port, '127.0.0.1', (error) => (error === null ? resolve() : reject(error))),
    );
  }
  await new Promise<void>((resolve) => socket.close(resolve));
}

async function readMetrics({ addresses }: RunningServer): Promise<string> {
  const answer = await fetch(`http://${addresses.http}/metrics`);
  return answer.text();
}

/** Waits until /metrics shows a line. */
async function untilSaid(server: RunningServer, line: string): Promise<string> {
  for (let tries = 0; tries < 200; tries++) {
    const text = await readMetrics(server);
    if (text.split('\n').includes(line)) return text;
    await pause(50);
  }
  throw new Error(`/metrics never said ${line}`);
}

const long = `big:${'1:'.repeat(30_000)}1|h`;

beforeAll(async () => {
  const server = await start();
  const address = known(server.addresses.statsd, 'the address of StatsD');
  await sendTo(address, ['jobs:3|c|#queue:mail\njobs:1|c|@0.5|#queue:mail\nload:0.5|g\nusers:a|s\nusers:b|s\nbroken']);
  await untilSaid(server, 'sonde_udp_datagrams_total{protocol="statsd"} 1');
  // At least one flush in which the set still had its values.
  await pause(3 * flushMs);
  await sendTo(address, ['jobs:5|c|#queue:mail', 'wait:250:500:1000|ms\nwait:-1|ms', long, '_e{1,1}:a|b']);
  metrics = await untilSaid(server, 'sonde_udp_datagrams_total{protocol="statsd"} 5');
  await server.stop();
  engine = await openStore(directory.path);
});

afterAll(async () => {
  await engine.close();
  directory.remove();
});

interface Point {
  readonly time: string;
  readonly value: number;
  readonly stale: number;
  readonly start: string;
}

function pointsOf(name: string): Promise<Point[]> {
  return engine.adminRows<Point>(sql`SELECT toString(toUnixTimestamp64Milli(time)) AS time, value,
      toUInt8(bitAnd(flags, 1)) AS stale, toString(toUnixTimestamp64Milli(start_time)) AS start
    FROM samples WHERE (metric_id, series_id) IN (SELECT metric_id, id FROM series WHERE name = ${text(name)}) ORDER BY samples.time`);
}

const values = (points: readonly Point[]): number[] => points.filter(({ stale }) => stale === 0).map(({ value }) => value);

test('a counter goes on over flushes, with one start', async () => {
  const points = await pointsOf('jobs_total');
  const seen = values(points);
  expect(seen[0]).toBe(5);
  expect(seen.at(-1)).toBe(10);
  expect(seen.toSorted((a, b) => a - b)).toEqual(seen);
  expect(new Set(points.map(({ start }) => start)).size).toBe(1);
  expect(Number(points[0]?.start)).toBeLessThan(Number(points[0]?.time));
});

test('flushes come in their interval, and the last point is an end just behind the one before', async () => {
  const points = await pointsOf('load');
  expect(points.length).toBeGreaterThan(3);
  expect(new Set(values(points))).toEqual(new Set([0.5]));
  const [last, end] = points.slice(-2);
  expect(points.map(({ stale }) => stale).lastIndexOf(0)).toBe(points.length - 2);
  expect(end?.stale).toBe(1);
  expect(Number(end?.time)).toBe(Number(last?.time) + 1);
});

test('a set is a gauge of its distinct values, flush by flush', async () => {
  const seen = values(await pointsOf('users'));
  expect(seen[0]).toBe(2);
  expect(seen.slice(1).every((value) => value === 0)).toBe(true);
});

test('a timer is a native histogram in seconds', async () => {
  const [found] = await engine.adminRows(sql`SELECT schema, is_float, toFloat64(count) AS count, sum, zero_count,
      positive_indexes, positive_counts, negative_indexes, negative_counts
    FROM native_histograms WHERE (metric_id, series_id) IN (SELECT metric_id, id FROM series WHERE name = ${text('wait')}) AND flags = 0
    ORDER BY native_histograms.time DESC LIMIT 1`);
  expect(found).toEqual({
    schema: 3,
    is_float: 0,
    count: 4,
    sum: 1.749,
    zero_count: 0,
    positive_indexes: [-16, -8, 0],
    positive_counts: [1, 1, 1],
    negative_indexes: [-79],
    negative_counts: [1],
  });
});

test('the largest datagram comes whole', async () => {
  const [found] = await engine.adminRows(sql`SELECT max(count) AS count FROM native_histograms
    WHERE (metric_id, series_id) IN (SELECT metric_id, id FROM series WHERE name = ${text('big')})`);
  expect(found).toEqual({ count: 30_001 });
});

test('series have their labels, types and metadata', async () => {
  const series = await engine.adminRows(
    sql`SELECT DISTINCT toString(name) AS name, labels, toString(type) AS type FROM series ORDER BY name`,
  );
  expect(series).toEqual([
    { name: 'big', labels: [], type: 'native_histogram' },
    { name: 'jobs_total', labels: [['queue', 'mail']], type: 'sum' },
    { name: 'load', labels: [], type: 'gauge' },
    { name: 'users', labels: [], type: 'gauge' },
    { name: 'wait', labels: [], type: 'native_histogram' },
  ]);
  const metadata = await engine.adminRows(
    sql`SELECT DISTINCT toString(metric) AS metric, toString(type) AS type FROM metric_metadata ORDER BY metric`,
  );
  expect(metadata).toHaveLength(5);
  expect(metadata[1]).toEqual({ metric: 'jobs_total', type: 'counter' });
});

describe('/metrics of Sonde says', () => {
  const check = (line: string): void => expect(metrics.split('\n')).toContain(line);

  test('how many series there are', () => check('sonde_statsd_series 5'));
  test('how many lines of a type were taken', () => check('sonde_statsd_lines_accepted_total{type="counter"} 3'));
  test('how many lines were refused, and why', () => {
    check('sonde_statsd_lines_refused_total{reason="form"} 1');
    check('sonde_statsd_lines_refused_total{reason="event"} 1');
  });
  test('what was dropped before it was read', () => check('sonde_udp_dropped_datagrams_total{protocol="statsd"} 0'));
  test('that flushes were stored', () =>
    expect(metrics).toMatch(/sonde_requests_total\{protocol="statsd",signal="metrics",outcome="stored"\} [1-9]/));
});

test('another address than loopback is refused', async () => {
  const config = readConfig(new Map([['statsd', '0.0.0.0:8125']]));
  await expect(startServer(config, createLog({ write: () => undefined }))).rejects.toMatchObject({
    code: 'config',
    message: expect.stringContaining('got 0.0.0.0:8125') as string,
  });
});

test('nothing was logged as a fault', () => expect(said.filter((text) => text.includes('"error"'))).toEqual([]));
