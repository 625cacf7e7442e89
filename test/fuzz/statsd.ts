/** StatsD, from datagrams to the rows of a flush. */
import { Commit, createCommitBuffers, emptyCommitBuffers } from '../../src/engine/open-commit.ts';
import { Seen } from '../../src/engine/seen.ts';
import { Aggregation } from '../../src/ingest/statsd/aggregation.ts';
import { FlushRows } from '../../src/ingest/statsd/flush-rows.ts';
import { nativeHistograms, samples } from '../../src/model/metrics.ts';
import { rowsOf } from '../otlp/rows.ts';
import type { FuzzTarget } from './harness.ts';

const datagramsPerFlush = 1000;
const flushMs = 10_000;
const limits = { expiryMs: 30_000, seriesMax: 500, setValuesMax: 200 };
const startMs = 1_763_630_000_000;

/** In the shapes that clients send: plain ones, Datadog's with its extensions, Telegraf's, Graphite's, and several in one. */
const datagrams = [
  'page.views:1|c',
  'fuel.level:0.5|g\nfuel.level:-0.25|g\nfuel.level:+3|g',
  'song.length:240:320:1e2|h|@0.5|#region:east,canary',
  'glork:320|ms|@0.1',
  'users.uniques:1234|s|#a:b|c:ci-83c0a99c0a54c0c187f461c7980e9b57f3f6a8b0c918c8d93df19a9de6f3fe1d',
  'http.requests,method=GET,code=200:1|c\nhttp.requests;code=200;method=GET:2|c\r\n',
  '_e{21,36}:An exception occurred|Cannot parse CSV file from 10.0.0.17|t:warning|#err_type:bad_file',
  '_sc|Redis connection|2|#env:dev|m:Redis connection timed out after 10s',
  'datadog.dogstatsd.client.metrics:1|c|#client:py,client_version:0.56.0,client_transport:udp|card:low|e:it-false',
].map((text) => Buffer.from(text));

const dictionary = [
  ':',
  '|',
  '|#',
  '|@',
  '\n',
  ',',
  ';',
  '=',
  '|c',
  '|g',
  '|ms',
  '|h',
  '|d',
  '|s',
  '+',
  '-',
  '1e308',
  '|T17',
  '0.000001',
];

export function statsdTarget(): FuzzTarget {
  const buffers = createCommitBuffers();
  const aggregation = new Aggregation(limits, startMs);
  let turn = 0;
  const acceptedLines = (): number => Object.values(aggregation.accepted).reduce((sum, count) => sum + count, 0);
  return {
    samples: datagrams,
    dictionary: [...dictionary.map((text) => Buffer.from(text)), Buffer.of(0xff, 0xc0, 0x80), Buffer.alloc(5000, 'a')],
    take(input) {
      if (++turn % datagramsPerFlush === 0) flush(aggregation, buffers, startMs + (turn / datagramsPerFlush) * flushMs);
      const before = acceptedLines();
      aggregation.take(input);
      return acceptedLines() > before;
    },
  };
}

function flush(aggregation: Aggregation, buffers: ReturnType<typeof createCommitBuffers>, timeMs: number): void {
  const commit = new Commit({ number: 1n, mark: 3 }, new Seen(1 << 12), buffers);
  aggregation.beginFlush(timeMs);
  commit.append((open) => {
    const rows = new FlushRows(open, 'default', timeMs);
    for (const series of aggregation.series) {
      if (aggregation.isOver(series)) rows.appendEnd(series, timeMs);
      else rows.append(series, timeMs);
    }
    aggregation.emptySets();
    return { accepted: rows.count, rejected: 0, reason: '' };
  });
  aggregation.forget();
  checkRows(commit);
  emptyCommitBuffers(buffers);
  if (aggregation.seriesCount > limits.seriesMax) throw new Error(`${aggregation.seriesCount} series are over the limit`);
}

function checkRows(commit: Commit): void {
  for (const { batch } of commit.buffers.parts.values()) rowsOf(batch);
  for (const row of rowsOf(commit.batch(samples))) {
    if (row['flags'] === 0 && !Number.isFinite(row['value'])) throw new Error(`${String(row['value'])} is no value`);
  }
  for (const row of rowsOf(commit.batch(nativeHistograms))) {
    const counts = ['positive_counts', 'negative_counts'].flatMap((name) => JSON.parse(String(row[name])) as number[]);
    const total = counts.reduce((sum, count) => sum + count, Number(row['zero_count']));
    if (Math.abs(total - Number(row['count'])) > 1e-9 * total)
      throw new Error(`${total} in the buckets of ${String(row['count'])}`);
  }
}
