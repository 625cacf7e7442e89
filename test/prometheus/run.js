// Sonde beside real servers and clients of Prometheus. See README.md. Arguments: a part's name, to run only that, and its
// options.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSonde } from '../interop/sonde.js';
import { runDifferential } from './differential.js';
import { runRemoteWrite } from './from-prometheus.js';
import { runGrafana } from './grafana.js';
import { hasProgram } from './peers.js';
import { runPromtool } from './promtool.js';
import { runRemoteRead } from './remote-read.js';
import { runScrape } from './scrape.js';
import { runStatsd } from './statsd.js';

const root = join(import.meta.dirname, '..', '..');
const parts = {
  differential: runDifferential,
  'remote-write': runRemoteWrite,
  promtool: runPromtool,
  grafana: runGrafana,
  'remote-read': runRemoteRead,
  scrape: runScrape,
  statsd: runStatsd,
};

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    queries: { type: 'string', default: '2000' },
    reads: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});
if (!hasProgram('prometheus')) {
  process.stderr.write('This needs Debian’s package prometheus: apt-get install prometheus.\n');
  process.exit(1);
}
const build = spawnSync(process.execPath, [join(root, 'scripts', 'build.js'), '--stale'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (build.status !== 0) process.exit(1);

const total = { passed: 0, failed: 0 };
for (const [name, run] of Object.entries(parts)) {
  if (positionals.length > 0 && !positionals.includes(name)) continue;
  const scratch = mkdtempSync(join(tmpdir(), 'sonde-prometheus-'));
  try {
    const numbers = Object.fromEntries(Object.entries(values).map(([option, text]) => [option, Number(text)]));
    const options = { root, scratch, startSonde, ...numbers };
    report(name, await run(options));
  } catch (thrown) {
    report(name, { summary: 'did not run to its end', passed: 0, failed: 1, faults: [thrown.stack] });
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
process.stdout.write(`${total.passed} passed, ${total.failed} failed\n`);
process.exitCode = total.failed > 0 || total.passed === 0 ? 1 : 0;

function report(name, { summary, passed, failed, faults }) {
  total.passed += passed;
  total.failed += failed;
  process.stdout.write(`${failed === 0 ? 'ok  ' : 'FAIL'} ${name}: ${summary}; ${passed} passed, ${failed} failed\n`);
  for (const fault of faults) process.stdout.write(`     ${fault}\n`);
}
