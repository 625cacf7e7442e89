/**
 * StatsD on one core: lines per second that are added up when their series are known, and how long a flush keeps everything else
 * waiting, the first one, which describes all series, and those that follow. Times are those of the processor.
 *
 *     node dist/bench/bench/statsd.js [--seconds 2]
 */
import { parseArgs } from 'node:util';
import { Commit, createCommitBuffers, emptyCommitBuffers } from '../src/engine/open-commit.ts';
import { Seen } from '../src/engine/seen.ts';
import { Aggregation } from '../src/ingest/statsd/aggregation.ts';
import { FlushRows } from '../src/ingest/statsd/flush-rows.ts';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '2' } } });
const startMs = 1_763_630_000_000;
const types = ['c', 'g', 'ms', 'c|@0.1'];

for (const [seriesCount, linesPerDatagram] of [
  [2000, 1],
  [2000, 14],
  [100_000, 14],
] as const) {
  const datagrams = makeDatagrams(seriesCount, linesPerDatagram);
  const aggregation = new Aggregation({ expiryMs: 3_600_000, seriesMax: seriesCount, setValuesMax: 1 }, startMs);
  let lines = 0;
  const firstMs = cpuMs(() => datagrams.forEach((datagram) => aggregation.take(datagram)));
  const tookMs = cpuMs(() => {
    const endMs = performance.now() + Number(values.seconds) * 1000;
    for (; performance.now() < endMs; lines += seriesCount) for (const datagram of datagrams) aggregation.take(datagram);
  });
  const [first = 0, ...others] = flushes(aggregation, 5);
  process.stdout.write(
    `${seriesCount} series, ${linesPerDatagram} lines in a datagram: ${Math.round(lines / tookMs)}k lines/s, ` +
      `a new series ${((firstMs / seriesCount) * 1000).toFixed(1)} µs, first flush ${first.toFixed(0)} ms, then ${Math.min(...others).toFixed(0)} ms\n`,
  );
}

function makeDatagrams(seriesCount: number, linesPerDatagram: number): Buffer[] {
  const lines = Array.from({ length: seriesCount }, (_, i) => {
    const tags = `service:checkout,endpoint:/api/v1/orders/${i},env:production,code:200`;
    return `http.server.requests:${i % 1000}|${types[i % types.length]}|#${tags}`;
  });
  return Array.from({ length: Math.ceil(seriesCount / linesPerDatagram) }, (_, i) =>
    Buffer.from(lines.slice(i * linesPerDatagram, (i + 1) * linesPerDatagram).join('\n')),
  );
}

/** The time that each of some flushes takes. */
function flushes(aggregation: Aggregation, count: number): number[] {
  const buffers = createCommitBuffers();
  const seen = new Seen(1 << 18);
  return Array.from({ length: count }, (_, i) => {
    const commit = new Commit({ number: BigInt(i + 1), mark: 3 }, seen, buffers);
    const timeMs = startMs + i * 10_000;
    const tookMs = cpuMs(() =>
      commit.append((open) => {
        const rows = new FlushRows(open, 'default', timeMs);
        for (const series of aggregation.series) rows.append(series, timeMs);
        return { accepted: rows.count, rejected: 0, reason: '' };
      }),
    );
    emptyCommitBuffers(buffers);
    return tookMs;
  });
}

function cpuMs(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
