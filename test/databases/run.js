// A packed @sonde/instrument watches real clients that ask real databases, and every span is compared field by field with what was
// asked. See README.md. Arguments: words that the names of cases must contain, to run only those.
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../interop/process.js';
import { compare } from './compare.js';
import { databases } from './expected.js';
import { makeFolder, packKit } from './folder.js';
import { startReceiver } from './receiver.js';
import { servers } from './servers.js';

const shownFaults = 12;
const appTimeoutMs = 60_000;
const wanted = process.argv.slice(2);
const cases = Object.keys(databases)
  .flatMap((database) => ['current', 'before', 'oldest'].map((clients) => ({ database, clients })))
  .flatMap((one) => ['mjs', 'cjs'].map((form) => ({ ...one, form, title: `${one.database} ${one.clients} ${form}` })))
  .filter(({ title }) => wanted.every((word) => title.includes(word)));

const scratch = mkdtempSync(join(tmpdir(), 'sonde-databases-'));
const receiver = await startReceiver();
const running = new Map();
const folders = new Map();
const total = { passed: 0, failed: 0 };
try {
  const packed = await packKit(scratch);
  for (const one of cases) await runCase(one, packed);
} finally {
  for (const server of running.values()) await (await server.catch(() => undefined))?.stop();
  receiver.stop();
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed > 0 ? 1 : 0;

async function runCase({ database, clients, form, title }, packed) {
  const startMs = Date.now();
  try {
    const expected = databases[database];
    const { url } = await once(running, expected.server, () => startServer(expected.server));
    const folder = await once(folders, clients, () => makeFolder(join(scratch, clients), clients, packed));
    receiver.take();
    await runApp(folder, [`main.${form}`, database, url]);
    const { passed, faults } = compare(expected, new URL(url), receiver.take());
    report(title, startMs, passed, faults);
  } catch (thrown) {
    report(title, startMs, 0, [thrown.message]);
  }
}

function startServer(name) {
  const folder = join(scratch, `server-${name}`);
  mkdirSync(folder);
  return servers[name](folder);
}

/** What was made before under the same name, also when making it failed. */
function once(made, name, make) {
  if (!made.has(name)) made.set(name, make());
  return made.get(name);
}

/** Runs the app with the kit to its end. */
async function runApp(folder, args) {
  const env = {
    ...process.env,
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_METRIC_EXPORT_INTERVAL: '100',
  };
  await run(process.execPath, ['--import', '@sonde/instrument', ...args], { cwd: folder, env, timeoutMs: appTimeoutMs });
}

function report(title, startMs, passed, faults) {
  total.passed += passed;
  total.failed += faults.length;
  const seconds = ((Date.now() - startMs) / 1000).toFixed(1);
  process.stdout.write(`${faults.length === 0 ? 'ok  ' : 'FAIL'} ${title}: ${passed} facts (${seconds} s)\n`);
  for (const fault of faults.slice(0, shownFaults)) process.stdout.write(`     ${fault.slice(0, 1000)}\n`);
  if (faults.length > shownFaults) process.stdout.write(`     … and ${faults.length - shownFaults} more\n`);
}
