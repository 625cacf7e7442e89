import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { Counters } from '../../base/counters.ts';
import { SondeError } from '../../base/errors.ts';
import { MemoryCommitter } from '../../../test/otlp/memory-committer.ts';
import type { Row } from '../../../test/otlp/rows.ts';
import { known } from '../../base/assert.ts';
import type { DatagramContext, DatagramHandler } from '../protocol.ts';
import { statsd } from './statsd.ts';

const flushMs = 10_000;
const expiryMs = 60_000;
const startMs = 1_763_630_000_000;

let committer: MemoryCommitter;
let counters: Counters;
let faults: string[];

beforeEach(() => {
  vi.useFakeTimers({ now: startMs });
  committer = new MemoryCommitter();
  counters = new Counters();
  faults = [];
});
afterEach(() => vi.useRealTimers());

function open(limits: Partial<DatagramContext['aggregation']> = {}): DatagramHandler {
  const handler = known(
    statsd.datagrams,
    'datagrams',
  )({
    committer,
    counters,
    limits: { retentionMs: { traces: 1, logs: 1, metrics: 1 }, futureMs: 1, bodyBytesMax: 1e6, knownSeriesBytesMax: 1e6 },
    nowNs: () => BigInt(Date.now()) * 1_000_000n,
    aggregation: { flushMs, expiryMs, seriesMax: 100, setValuesMax: 100, ...limits },
    onFault: (what, thrown) => faults.push(`${what}: ${(thrown as Error).message}`),
  });
  handler.start();
  return handler;
}

const send = (handler: DatagramHandler, ...lines: string[]): void => handler.handle(Buffer.from(lines.join('\n')));
const nextFlush = (): Promise<unknown> => vi.advanceTimersByTimeAsync(flushMs);

/** Of rows since the last call: `name{labels} time value`; time in flushes since the start, `stale` for a value. */
function points(table: 'samples' | 'native_histograms' = 'samples'): string[] {
  const names = new Map(committer.rows()['series']?.map((row) => [row['id'], nameOf(row)]));
  const rows = committer.rows()[table] ?? [];
  const fresh = rows.slice(seen.get(table) ?? 0);
  seen.set(table, rows.length);
  return fresh.map((row) => {
    const time = (Number(row['time']) / 1e6 - startMs) / flushMs;
    const value = row['flags'] === 1 ? 'stale' : table === 'samples' ? String(row['value']) : histogramOf(row);
    return `${names.get(row['series_id'])} ${time} ${value}`;
  });
}
const seen = new Map<string, number>();
beforeEach(() => seen.clear());

function nameOf(row: Row): string {
  const labels = (row['labels'] as readonly [string, string, string][]).map(([name, value]) => `${name}=${value}`).join();
  return `${String(row['name'])}${labels === '' ? '' : `{${labels}}`}`;
}

function histogramOf(row: Row): string {
  const buckets = ['negative_indexes', 'negative_counts', 'positive_indexes', 'positive_counts'].map((name) => String(row[name]));
  return `${String(row['count'])}/${String(row['sum'])} ${String(row['zero_count'])} ${buckets.join(' ')} s${String(row['schema'])} f${String(row['is_float'])}`;
}

const linesOf = (outcome: 'accepted' | 'refused'): Record<string, number> =>
  Object.fromEntries(
    counters
      .read()
      .filter(({ name, value }) => name === `sonde_statsd_lines_${outcome}_total` && value > 0)
      .map(({ labels, value }) => [labels['type'] ?? labels['reason'], value]),
  );

describe('what is stored with a flush', () => {
  const check = async (lines: readonly string[], expected: readonly string[], table?: 'native_histograms'): Promise<void> => {
    send(open(), ...lines);
    await nextFlush();
    expect(points(table)).toEqual(expected);
  };

  test('the sum of a counter', () => check(['a:1|c', 'a:2.5|c', 'a:1|c|@0.1'], ['a_total 1 13.5']));
  test('series by their tags, in any order and form', () =>
    check(
      ['a:1|c|#x:1,y:2', 'a:1|c|#y:2,x:1', 'a,x=1,y=2:1|c', 'a;y=2;x=1:1|c', 'a:1|c'],
      ['a_total{x=1,y=2} 1 4', 'a_total 1 1'],
    ));
  test('the last value of a gauge', () => check(['a:5|g', 'a:3|g'], ['a 1 3']));
  test('a gauge after its changes', () => check(['a:5|g', 'a:-7|g', 'a:+0.5|g'], ['a 1 -1.5']));
  test('a gauge that was only changed, from zero', () => check(['a:-7|g'], ['a 1 -7']));
  test('a gauge whatever its sample rate', () => check(['a:5|g|@0.1'], ['a 1 5']));
  test('the distinct values of a set', () => check(['a:x|s', 'a:y|s', 'a:x|s|@0.1', 'b:x|s'], ['a 1 2', 'b 1 1']));
  test('the histogram of a timer, in seconds', () =>
    check(['a:1000:2000|ms', 'a:1000|ms'], ['a 1 3/4 0 [] [] [0,8] [2,1] s3 f0'], 'native_histograms'));
  test('a histogram in its own unit', () =>
    check(['a:1:-2:0|h', 'a:2|d'], ['a 1 4/1 1 [8] [1] [0,8] [1,1] s3 f0'], 'native_histograms'));
  test('a histogram of more than was sent, by the sample rate', () =>
    check(['a:1|h|@0.5', 'a:1|h|@0.4'], ['a 1 4.5/4.5 0 [] [] [0] [4.5] s3 f1'], 'native_histograms'));
  test('nothing when nothing came', async () => {
    open();
    await nextFlush();
    expect(committer.submissions).toEqual([]);
  });
});

test('a series says what it is, and so does its family', async () => {
  send(open(), 'c:1|c', 'g:1|g', 't:1|ms', 'h:1|h', 's:1|s|#service_name:shop');
  await nextFlush();
  const rows = committer.rows();
  expect(rows['series']?.map((row) => [row['name'], row['type'], row['unit'], row['temporality'], row['service']])).toEqual([
    ['c_total', 'sum', '', 2, ''],
    ['g', 'gauge', '', 0, ''],
    ['t', 'native_histogram', 'seconds', 2, ''],
    ['h', 'native_histogram', '', 2, ''],
    ['s', 'gauge', '', 0, 'shop'],
  ]);
  expect(rows['metric_metadata']?.map((row) => [row['metric'], row['type'], row['unit']])).toEqual([
    ['c_total', 'counter', ''],
    ['g', 'gauge', ''],
    ['t', 'histogram', 'seconds'],
    ['h', 'histogram', ''],
    ['s', 'gauge', ''],
  ]);
});

describe('over time', () => {
  test('counters and gauges go on, and sets begin anew', async () => {
    const handler = open();
    send(handler, 'a:1|c', 'b:1|g', 'c:x|s');
    await nextFlush();
    points();
    send(handler, 'a:2|c', 'c:x|s', 'c:y|s');
    await nextFlush();
    expect(points()).toEqual(['a_total 2 3', 'b 2 1', 'c 2 2']);
    await nextFlush();
    expect(points()).toEqual(['a_total 3 3', 'b 3 1', 'c 3 0']);
  });

  test('a counter started with the flush before its first line, and a series is described once a day', async () => {
    const handler = open();
    await nextFlush();
    await vi.advanceTimersByTimeAsync(flushMs / 2);
    send(handler, 'a:1|c', 'b:1|ms', 'c:1|g');
    await vi.advanceTimersByTimeAsync(2 * flushMs);
    const { samples, native_histograms: histograms, series } = committer.rows();
    const firstFlushNs = BigInt(startMs + flushMs) * 1_000_000n;
    expect(samples?.map((row) => row['start_time'])).toEqual([firstFlushNs, 0n, firstFlushNs, 0n]);
    expect(histograms?.map((row) => row['start_time'])).toEqual([firstFlushNs, firstFlushNs]);
    expect(series).toHaveLength(3);
    expect(committer.submissions.map(({ protocol, tenant }) => `${tenant} ${protocol}`)).toEqual([
      'default statsd',
      'default statsd',
    ]);
  });

  test('a series of which nothing is heard ends, and counts from zero when it comes again', async () => {
    const handler = open();
    send(handler, 'a:1|c', 'b:1|ms');
    await vi.advanceTimersByTimeAsync(expiryMs);
    send(handler, 'live:1|g');
    expect(points()).toHaveLength(expiryMs / flushMs);
    expect(points('native_histograms').at(-1)).toContain('b 6 1/');
    await nextFlush();
    expect(points()).toEqual(['a_total 7 stale', 'live 7 1']);
    expect(points('native_histograms')).toEqual(['b 7 stale']);
    await nextFlush();
    expect(points()).toEqual(['live 8 1']);
    send(handler, 'a:5|c');
    await nextFlush();
    expect(points()).toEqual(['live 9 1', 'a_total 9 5']);
  });

  test('a way to write tags is forgotten, its series is not', async () => {
    const handler = open({ seriesMax: 2 });
    send(handler, 'a:1|c|#x:1,y:1', 'a:1|c|#y:1,x:1');
    for (let flush = 0; flush < 8; flush++) {
      send(handler, 'a:1|c|#x:1,y:1');
      await nextFlush();
    }
    send(handler, 'b:1|c');
    await nextFlush();
    expect(points().slice(-2)).toEqual(['a_total{x=1,y=1} 9 10', 'b_total 9 1']);
  });
});

describe('a flush that is not stored', () => {
  test('loses nothing', async () => {
    const handler = open();
    send(handler, 'a:1|c', 'b:x|s');
    committer.failure = new SondeError('overloaded', 'Too much is in flight.');
    await nextFlush();
    expect(faults).toEqual(['statsd flush not stored: Too much is in flight.']);
    send(handler, 'a:1|c', 'b:y|s');
    committer.failure = undefined;
    await nextFlush();
    expect(points()).toEqual(['a_total 2 2', 'b 2 2']);
  });

  test('does not end a series that was heard meanwhile, nor keep one from its end', async () => {
    const handler = open();
    send(handler, 'a:1|c', 'b:1|c');
    await nextFlush();
    points();
    committer.failure = new SondeError('unavailable', 'The disk is full.');
    for (let flush = 0; flush < 10; flush++) {
      send(handler, 'b:1|c');
      await nextFlush();
    }
    committer.failure = undefined;
    await nextFlush();
    expect(points()).toEqual(['a_total 12 stale', 'b_total 12 11']);
  });
});

test('when it stops, all is stored once more and then ends', async () => {
  const handler = open();
  send(handler, 'a:1|c', 'b:1|ms');
  vi.setSystemTime(startMs + 4000);
  await handler.stop();
  expect(points()).toEqual(['a_total 0.4 1', 'a_total 0.4001 stale']);
  expect(points('native_histograms').map((point) => point.split(' ').slice(0, 3).join(' '))).toEqual([
    'b 0.4 1/0.001',
    'b 0.4001 stale',
  ]);
  await vi.advanceTimersByTimeAsync(3 * flushMs);
  expect(points()).toEqual([]);
});

describe('what is refused', () => {
  const check = (lines: readonly string[], refused: Record<string, number>, accepted: Record<string, number>): void => {
    send(open({ seriesMax: 3, setValuesMax: 3 }), ...lines);
    expect(linesOf('refused')).toEqual(refused);
    expect(linesOf('accepted')).toEqual(accepted);
  };

  test('is counted by reason, beside what is taken', () =>
    check(
      ['a:1|c', '_e{1,1}:a|b', '_sc|a|0', 'x', 'a:1|x', 'a:-1|c', 'a:1|c|#:x', 'b:1|ms', 'b:1|h', 'c:1|g'],
      { event: 1, service_check: 1, form: 1, type: 1, negative: 1, tags: 1, series_limit: 1 },
      { counter: 1, timer: 1, histogram: 1 },
    ));
  test('a series with two types', () => check(['a:1|g', 'a:1|s', 'a:1|ms'], { other_type: 2 }, { gauge: 1 }));
  test('a counter with the full name of a gauge', () => check(['a_total:1|g', 'a:1|c'], { other_type: 1 }, { gauge: 1 }));
  test('more series than there may be', () =>
    check(['a:1|c', 'b:1|c', 'c:1|c', 'd:1|c', 'a:1|c', 'e:1|c'], { series_limit: 2 }, { counter: 4 }));
  test('more ways to write tags than there may be series', () =>
    check(
      ['a:1|c|#x:1,y:1,z:1', 'a:1|c|#x:1,z:1,y:1', 'a:1|c|#y:1,x:1,z:1', 'a:1|c|#z:1,x:1,y:1'],
      { series_limit: 1 },
      { counter: 3 },
    ));
  test('longer names than there may be in all', () =>
    check([`${'a'.repeat(1400)}:1|c`, `${'b'.repeat(200)}:1|c`, 'c:1|c'], { series_limit: 1 }, { counter: 2 }));
  test('more distinct values than sets may hold', () =>
    check(['a:1|s', 'a:2|s', 'b:1|s', 'b:2|s', 'a:1|s'], { set_values_limit: 1 }, { set: 4 }));
  test('a counter beyond what a double holds', () =>
    check(['a:1.5e308|c', 'a:1.5e308|c', 'a:1|c|@1e-320'], { overflow: 2 }, { counter: 1 }));
  test('a gauge beyond what a double holds', () => check(['a:1.5e308|g', 'a:+1.5e308|g'], { overflow: 1 }, { gauge: 1 }));
  test('a timer beyond what a double holds', () => check(['a:1e308|h', 'a:1e308|h'], { overflow: 1 }, { histogram: 1 }));
});

test('more tags than labels there may be are refused', () => {
  send(open(), `a:1|c|#${Array.from({ length: 1030 }, (_, i) => `t${i.toString(36)}`).join()}`);
  expect(linesOf('refused')).toEqual({ labels: 1 });
});

test('sets have room again after a flush', async () => {
  const handler = open({ setValuesMax: 2 });
  send(handler, 'a:1|s', 'a:2|s', 'a:3|s');
  await nextFlush();
  send(handler, 'a:3|s', 'b:4|s');
  await nextFlush();
  expect(points()).toEqual(['a 1 2', 'a 2 1', 'b 2 1']);
});
