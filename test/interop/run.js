// Real OpenTelemetry SDKs send all three signals to a real Sonde, and every span, log record and point is read back and
// compared field by field with what the SDK held in memory. See README.md. Arguments: names of clients, to run only theirs.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { networks } from './bad-network.js';
import { clients } from './clients.js';
import { compare, complete } from './compare.js';
import { runClient } from './process.js';
import { readBack, startSonde } from './sonde.js';

const shownFaults = 12;
const root = join(import.meta.dirname, '..', '..');

/** `network` names one that makes the exporter send again; `old` is the JavaScript program with a span that is refused. */
const cases = [
  { client: 'javascript', protocol: 'http/protobuf', compression: 'gzip' },
  { client: 'javascript', protocol: 'http/json', network: 'answers lost' },
  { client: 'javascript', protocol: 'grpc' },
  { client: 'javascript', protocol: 'http/protobuf', old: true },
  { client: 'javascript', protocol: 'grpc', old: true },
  { client: 'python', protocol: 'http/protobuf', compression: 'gzip', network: 'answers lost' },
  { client: 'python', protocol: 'grpc', compression: 'gzip', network: 'unreachable at first' },
  { client: 'go', protocol: 'http/protobuf', network: 'answers lost' },
  { client: 'go', protocol: 'grpc', compression: 'gzip', network: 'unreachable at first' },
  { client: 'java', protocol: 'http/protobuf', compression: 'gzip', network: 'answers lost' },
  { client: 'java', protocol: 'grpc', network: 'unreachable at first' },
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

async function runCase({ client, protocol, compression, network, old = false }, { command, error }) {
  const title = [client, protocol, compression, network, old ? 'old span' : undefined].filter(Boolean).join(' ');
  const service = `interop ${title}`;
  const startMs = Date.now();
  const host = protocol === 'grpc' ? sonde.otlpGrpc : sonde.otlpHttp;
  const between = await networks[network]?.(host);
  try {
    if (error !== undefined) throw error;
    const sent = await runClient(old ? [...command.slice(0, -1), command.at(-1).replace('sender', 'old-span')] : command, {
      OTEL_SERVICE_NAME: service,
      OTEL_EXPORTER_OTLP_ENDPOINT: between?.url ?? `http://${host}`,
      OTEL_EXPORTER_OTLP_PROTOCOL: protocol,
      OTEL_EXPORTER_OTLP_INSECURE: 'true',
      ...(compression === undefined ? {} : { OTEL_EXPORTER_OTLP_COMPRESSION: compression }),
    });
    const expected = complete(sent, service);
    const { passed, faults } = compare(expected, await readBack(sonde, service, expected));
    if (between?.hurt() === 0) faults.push('the network did no harm: nothing was sent again');
    if (old && !sent.notice.some((notice) => /partial.success/i.test(notice)))
      faults.push(`no word of a partial success: ${sent.notice.join('; ')}`);
    if (!old)
      faults.push(
        ...['span', 'log', 'point'].filter((kind) => sent[kind].length === 0).map((kind) => `the client sent no ${kind}`),
      );
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
    await between?.stop();
  }
}

function report(title, startMs, passed, faults, what) {
  total.passed += passed;
  total.failed += faults.length;
  const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
  process.stdout.write(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${title}: ${what} (${seconds} s)\n`);
  for (const fault of faults.slice(0, shownFaults)) process.stdout.write(`     ${fault.slice(0, 1000)}\n`);
  if (faults.length > shownFaults) process.stdout.write(`     … and ${faults.length - shownFaults} more\n`);
}
