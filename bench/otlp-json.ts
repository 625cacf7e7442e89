/**
 * OTLP in JSON on one core: text → wire format, and text → column batches; beside it Node's own JSON.parse, which is what a
 * decoder would start from that does not read the bytes itself.
 *
 *     node_modules/.bin/rolldown bench/otlp-json.ts -p node -f esm -o dist/bench/otlp-json.js
 *     node dist/bench/otlp-json.js [--seconds 3] [--rows 1000] [--signals traces,logs,metrics]
 *
 * Loaders that turn modules into CommonJS halve the figures: there, every import is looked up where it is used.
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { protobufFromJson } from '../src/codec/protobuf-json.ts';
import { Commit, createCommitBuffers, emptyCommitBuffers } from '../src/engine/open-commit.ts';
import { Seen } from '../src/engine/seen.ts';
import { otlpSchema } from '../src/ingest/otlp/schema.ts';
import { services } from '../src/ingest/otlp/services.ts';
import { jsonText } from '../test/otlp/json-text.ts';
import { decode } from '../test/otlp/wire.ts';
import { freshen, makeRequest } from './load/requests.js';

/** Bytes of JSON per second that must be reached on the way to the wire format. */
const goalBytes = 60e6;
const commitBytes = 32 * 1024 * 1024;
const hourNs = 3_600_000_000_000n;

interface Rates {
  readonly transcodeMBs: number;
  readonly columnsMBs: number;
  readonly rowsPerSecond: number;
  readonly parseMBs: number;
}

export function benchOtlpJson(signal: 'traces' | 'logs' | 'metrics', seconds: number, rows: number): Rates {
  const service = services.find((service) => service.signal === signal)!;
  const request = makeRequest(signal, rows, 1);
  freshen(request);
  const { name } = service.requestType;
  const json = Buffer.from(jsonText(otlpSchema, name, decode(otlpSchema, name, request.body)));
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const context = { tenant: 'default', nowNs, oldestNs: nowNs - hourNs, newestNs: nowNs + hourNs };
  const buffers = createCommitBuffers();
  const commit = new Commit({ number: 1n, mark: 3 }, new Seen(), buffers);
  const transcodeMBs = megabytesPerSecond(json, seconds, () => protobufFromJson(service.requestType, json));
  const columnsMBs = megabytesPerSecond(json, seconds, () => {
    commit.append((open) => service.decode(protobufFromJson(service.requestType, json), open, context));
    if (commit.bytes > commitBytes) emptyCommitBuffers(buffers);
  });
  const parseMBs = megabytesPerSecond(json, seconds, () => JSON.parse(json.toString()) as unknown);
  return { transcodeMBs, columnsMBs, parseMBs, rowsPerSecond: Math.round(((columnsMBs * 1e6) / json.length) * rows) };
}

/** Per second of processor time, in the second half of the run. */
function megabytesPerSecond(json: Uint8Array, seconds: number, work: () => void): number {
  const run = (): number => {
    const start = performance.now();
    const cpuStart = process.cpuUsage();
    let times = 0;
    for (; performance.now() - start < seconds * 500; times++) work();
    const { user, system } = process.cpuUsage(cpuStart);
    return Math.round((times * json.length) / (user + system));
  };
  run();
  return run();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({
    options: {
      seconds: { type: 'string', default: '3' },
      rows: { type: 'string', default: '1000' },
      signals: { type: 'string', default: 'traces,logs,metrics' },
    },
  });
  for (const signal of values.signals.split(',') as ('traces' | 'logs' | 'metrics')[]) {
    const { transcodeMBs, columnsMBs, rowsPerSecond, parseMBs } = benchOtlpJson(
      signal,
      Number(values.seconds),
      Number(values.rows),
    );
    console.log(
      `${signal}: ${transcodeMBs} MB/s to the wire format (goal ${goalBytes / 1e6}), ${columnsMBs} MB/s to columns ` +
        `(${rowsPerSecond} rows/s); JSON.parse alone ${parseMBs} MB/s: ratio ${(transcodeMBs / parseMBs).toFixed(2)}`,
    );
  }
}
