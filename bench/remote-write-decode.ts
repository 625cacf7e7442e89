/**
 * Remote write decoding on one core: inflated bytes → column batches, of series that are known, into commits that are emptied when
 * they would be stored. Each body has 2000 series of 10 labels with one sample, as a Prometheus that scrapes one kind of target sends.
 *
 *     npm run bench -- remote-write-decode [--seconds 3]
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { decodeSnappy, encodeSnappy } from '../src/codec/snappy.ts';
import { Commit, createCommitBuffers, emptyCommitBuffers } from '../src/engine/open-commit.ts';
import { Seen } from '../src/engine/seen.ts';
import { SeriesIds } from '../src/ingest/prometheus/decode-series-ids.ts';
import { decodeV1 } from '../src/ingest/prometheus/decode-v1.ts';
import { decodeV2 } from '../src/ingest/prometheus/decode-v2.ts';
import { writeV1, writeV2 } from '../test/remote-write/messages.ts';
import type { TestSeries } from '../test/remote-write/messages.ts';

/** Samples per second that must be reached. */
const goal = 3_000_000;
const commitBytes = 32 * 1024 * 1024;
const knownBytes = 64 * 1024 * 1024;
const bodies = 8;
const seriesPerBody = 2000;
const hourNs = 3_600_000_000_000n;

function makeSeries(body: number, timeMs: number): TestSeries[] {
  return Array.from({ length: seriesPerBody }, (_, i) => ({
    labels: [
      ['__name__', `http_requests_${Math.floor(i / 100)}_total`],
      ['cluster', 'production-eu-1'],
      ['code', ['200', '204', '404', '500'][i % 4]!],
      ['container', 'checkout'],
      ['handler', `/api/v1/items/${i % 25}`],
      ['instance', `10.0.${body}.17:9090`],
      ['job', 'kubernetes-pods'],
      ['method', i % 2 === 0 ? 'GET' : 'POST'],
      ['namespace', 'shop'],
      ['pod', `checkout-6d4cf56db6-${body}x${i % 7}`],
    ].flat(),
    samples: [{ value: i * 17 + 0.5, timeMs }],
    metadata: { type: 1, help: 'Requests that were answered.' },
  }));
}

function bench(name: string, decode: typeof decodeV1, requests: readonly Uint8Array[], seconds: number): void {
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const context = {
    tenant: 'default',
    nowNs,
    oldestNs: nowNs - hourNs,
    newestNs: nowNs + hourNs,
    known: new SeriesIds(knownBytes),
  };
  const buffers = createCommitBuffers();
  const seen = new Seen();
  let commit = new Commit({ number: 1n, mark: 3 }, seen, buffers);
  const rates: number[] = [];
  for (let second = 0; second < seconds; second++) {
    const start = performance.now();
    const cpuStart = process.cpuUsage();
    let samples = 0;
    while (performance.now() - start < 1000) {
      for (const body of requests) samples += commit.append((open) => decode(body, open, context)).accepted;
      if (commit.bytes > commitBytes) {
        seen.confirm(buffers.claims);
        emptyCommitBuffers(buffers);
        commit = new Commit({ number: 1n, mark: 3 }, seen, buffers);
      }
    }
    const { user, system } = process.cpuUsage(cpuStart);
    rates.push(Math.round((samples / (user + system)) * 1e6));
  }
  const bytes = Math.round(requests[0]!.length / seriesPerBody);
  console.log(
    `${name}: ${rates.at(-1)} samples/s of processor time (goal ${goal}), ${bytes} B each; by second: ${rates.join(' ')}`,
  );
}

function benchSnappy(name: string, body: Uint8Array, seconds: number): void {
  const block = encodeSnappy(body);
  const end = performance.now() + seconds * 1000;
  const start = performance.now();
  let rounds = 0;
  const room = new Uint8Array(2 * body.length);
  while (performance.now() < end) for (let i = 0; i < 10; i++, rounds++) decodeSnappy(block, body.length, room);
  const perSecond = (rounds * body.length) / ((performance.now() - start) / 1000);
  console.log(`${name}: ${Math.round(perSecond / 1e6)} MB/s, ${(body.length / block.length).toFixed(1)} times smaller`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' } } });
  const seconds = Number(values.seconds);
  const series = Array.from({ length: bodies }, (_, body) => makeSeries(body, Date.now()));
  const v1 = series.map((list) => writeV1(list));
  const v2 = series.map((list) => writeV2(list));
  bench('remote write 1.0', decodeV1, v1, seconds);
  bench('remote write 2.0', decodeV2, v2, seconds);
  benchSnappy('snappy of 1.0', v1[0]!, 1);
  benchSnappy('snappy of 2.0', v2[0]!, 1);
}
