// Real OpenTelemetry SDKs send all three signals to a real Sonde, and every span, log record and point is read back and
// compared field by field with what the SDK held in memory. See README.md. Arguments: names of clients, to run only theirs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clients } from './clients.js';
import { compare, complete } from './compare.js';
import { startLossyProxy } from './lossy-proxy.js';
import { runClient } from './process.js';
import { readBack, startSonde } from './sonde.js';

const root = join(import.meta.dirname, '..', '..');

/** `lossy`: each answer is lost the first time, so the exporter sends again what is already stored. */
const cases = [
  { client: 'javascript', protocol: 'http/protobuf', compression: 'gzip' },
  { client: 'javascript', protocol: 'http/json', lossy: true },
  { client: 'javascript', protocol: 'grpc' },
  { client: 'python', protocol: 'http/protobuf', compression: 'gzip', lossy: true },
  { client: 'python', protocol: 'grpc', compression: 'gzip' },
  { client: 'go', protocol: 'http/protobuf', lossy: true },
  { client: 'go', protocol: 'grpc', compression: 'gzip' },
  { client: 'java', protocol: 'http/protobuf', compression: 'gzip', lossy: true },
  { client: 'java', protocol: 'grpc' },
];

const asked = process.argv.slice(2);
const chosen = cases.filter(({ client }) => asked.length === 0 || asked.includes(client));
const total = { passed: 0, failed: 0 };

const build = spawnSync(process.execPath, [join(root, 'scripts', 'build.js'), '--stale'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (build.status !== 0) process.exit(1);
const scratch = mkdtempSync(join(tmpdir(), 'sonde-interop-'));
const sonde = await startSonde(root, join(scratch, 'data'));
try {
  const prepared = new Map([...new Set(chosen.map(({ client }) => client))].map((name) => [name, prepare(name)]));
  for (const one of chosen) await runCase(one, await prepared.get(one.client));
} finally {
  await sonde.stop();
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** Installs what a client needs; an error is reported with the client's cases. */
async function prepare(name) {
  try {
    return { command: await clients[name]() };
  } catch (error) {
    return { error };
  }
}

async function runCase({ client, protocol, compression, lossy = false }, { command, error }) {
  const title = [client, protocol, compression, lossy ? 'answers lost' : undefined].filter(Boolean).join(' ');
  const service = `interop ${title}`;
  const startMs = Date.now();
  const proxy = lossy ? await startLossyProxy(`http://${sonde.otlpHttp}`) : undefined;
  try {
    if (error !== undefined) throw error;
    const endpoint = proxy?.url ?? `http://${protocol === 'grpc' ? sonde.otlpGrpc : sonde.otlpHttp}`;
    const sent = await runClient(command, {
      OTEL_SERVICE_NAME: service,
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      ...(protocol === 'grpc' ? { OTEL_EXPORTER_OTLP_INSECURE: 'true' } : {}),
      ...(compression === undefined ? {} : { OTEL_EXPORTER_OTLP_COMPRESSION: compression }),
    });
    const expected = complete(sent, service);
    const { passed, faults } = compare(expected, await readBack(sonde, service, expected));
    if (proxy !== undefined && proxy.lost() < 3)
      faults.push(`only ${proxy.lost()} answers were lost: the exporter sent less than three signals`);
    report(
      title,
      startMs,
      passed,
      faults,
      `${expected.span.length} spans, ${expected.log.length} log records, ${expected.point.length} points`,
    );
  } catch (thrown) {
    report(title, startMs, 0, [thrown.message], 'did not run to its end');
  } finally {
    await proxy?.stop();
  }
}

function report(title, startMs, passed, faults, what) {
  total.passed += passed;
  total.failed += faults.length;
  const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
  process.stdout.write(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${title}: ${what} (${seconds} s)\n`);
  for (const fault of faults.slice(0, 20)) process.stdout.write(`     ${fault}\n`);
  if (faults.length > 20) process.stdout.write(`     … and ${faults.length - 20} more\n`);
}
