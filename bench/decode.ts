/**
 * OTLP decoding on one core: protobuf bytes → column batches, into a commit that is emptied when it would be stored.
 *
 *     npm run bench -- decode [--seconds 3] [--rows 1000] [--signals traces,logs,metrics]
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Commit, createCommitBuffers, emptyCommitBuffers } from '../src/engine/open-commit.ts';
import { Seen } from '../src/engine/seen.ts';
import { services } from '../src/ingest/otlp/services.ts';
import { freshen, makeRequest } from './load/requests.js';

/** Rows per second that must be reached. */
const goals = { traces: 1_000_000, logs: 1_200_000, metrics: 1_000_000 };
type Signal = keyof typeof goals;

/** What a commit holds when it is stored. */
const commitBytes = 32 * 1024 * 1024;
const requestsKept = 8;
const hourNs = 3_600_000_000_000n;

/** Decodes requests for a while; rows per second of processor time in each second, and the bytes of a row on the wire. */
function benchDecode(signal: Signal, seconds: number, rows: number): { rowsPerSecond: number[]; rowBytes: number } {
  const service = services.find((service) => service.signal === signal)!;
  const requests = Array.from({ length: requestsKept }, (_, i) => makeRequest(signal, rows, i + 1));
  for (const request of requests) freshen(request);
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const context = { tenant: 'default', nowNs, oldestNs: nowNs - hourNs, newestNs: nowNs + hourNs };
  const buffers = createCommitBuffers();
  const commit = new Commit({ number: 1n, mark: 3 }, new Seen(), buffers);
  const rowsPerSecond: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const start = performance.now();
    const cpuStart = process.cpuUsage();
    let stored = 0;
    while (performance.now() - start < 1000) {
      for (const { body } of requests) stored += commit.append((open) => service.decode(body, open, context)).accepted;
      if (commit.bytes > commitBytes) emptyCommitBuffers(buffers);
    }
    rowsPerSecond.push(Math.round((stored / cpuMicroseconds(cpuStart)) * 1e6));
  }
  return { rowsPerSecond, rowBytes: Math.round(requests[0]!.body.length / rows) };
}

function cpuMicroseconds(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return user + system;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '3' },
      rows: { type: 'string', default: '1000' },
      signals: { type: 'string', default: 'traces,logs,metrics' },
    },
  });
  for (const signal of values.signals.split(',') as Signal[]) {
    const { rowsPerSecond, rowBytes } = benchDecode(signal, Number(values.seconds), Number(values.rows));
    console.log(
      `${signal}: ${rowsPerSecond.at(-1)} rows/s of processor time (goal ${goals[signal]}), ${rowBytes} B each; by second: ${rowsPerSecond.join(' ')}`,
    );
  }
}
