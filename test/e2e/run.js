// A person's way through the UI, in a real browser over a real Sonde with the real demos: nothing is intercepted, failures are
// real ones. Arguments: words that the names of cases must contain, to run only those. See README.md.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium } from 'playwright-core';
import { findChromium } from './chromium.js';
import { startDemo, startEmpty, startLogService } from './sonde.js';
import { cases as keyboard } from './keyboard.js';
import { cases as look } from './look.js';
import { cases as rpc } from './rpc.js';
import { cases as states } from './states.js';
import { cases as walk } from './walk.js';

const root = join(import.meta.dirname, '..', '..');
const shots = join(root, 'test-results', 'e2e');
const wanted = process.argv.slice(2);
const cases = [...walk, ...rpc, ...keyboard, ...states, ...look].filter(({ name }) =>
  wanted.every((word) => name.includes(word)),
);

const executablePath = findChromium();
const built = spawnSync(process.execPath, [join(root, 'scripts', 'build.js'), '--stale'], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
if (built.status !== 0) process.exit(1);

/** What cases need to run, one after another, so that neither waits for the other's load. */
const stages = [
  {
    cases: cases.filter(({ of }) => of !== 'logService'),
    starts: {
      demo: () => startDemo(root, join(scratch, 'demo')),
      empty: () => startEmpty(root, join(scratch, 'empty')),
    },
    ready: ({ demo }) => demo.untilFailing(),
  },
  {
    cases: cases.filter(({ of }) => of === 'logService'),
    starts: { logService: () => startLogService(root, join(scratch, 'log-service')) },
    ready: ({ logService }) => logService.untilRefusing(),
  },
];

const scratch = mkdtempSync(join(tmpdir(), 'sonde-e2e-'));
rmSync(shots, { recursive: true, force: true });
mkdirSync(shots, { recursive: true });
const count = { passed: 0, failed: 0 };
try {
  for (const stage of stages) if (stage.cases.length > 0) await runStage(stage);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
process.stdout.write(`${count.passed} passed, ${count.failed} failed\n`);
process.exitCode = count.failed > 0 || count.passed === 0 ? 1 : 0;

async function runStage({ cases, starts, ready }) {
  const servers = {};
  try {
    for (const [name, start] of Object.entries(starts)) servers[name] = await start();
    await ready(servers);
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    for (const one of cases) await runCase(browser, one, servers);
    await browser.close();
  } finally {
    await Promise.all(Object.values(servers).map((sonde) => sonde.stop()));
  }
}

/** Runs one case in a window of its own; what the page itself complains about fails the case too. */
async function runCase(browser, { name, run, view = { width: 1440, height: 900 }, scheme = 'dark', complaints = [] }, servers) {
  const context = await browser.newContext({
    viewport: view,
    colorScheme: scheme,
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const faults = [];
  page.on('pageerror', (error) => faults.push(`the page threw: ${error.message}`));
  page.on('console', (message) => {
    const expected = complaints.some((part) => message.text().includes(part));
    if (message.type() === 'error' && !expected) faults.push(`the console says: ${message.text()} ${message.location().url}`);
  });
  const startedMs = performance.now();
  try {
    const note = await run({ page, context, ...servers });
    if (faults.length > 0) throw new Error(faults.join('\n'));
    count.passed++;
    process.stdout.write(
      `ok      ${name}  ${Math.round(performance.now() - startedMs)} ms${note === undefined ? '' : `  (${note})`}\n`,
    );
  } catch (error) {
    count.failed++;
    const shot = join(shots, `${name.replaceAll(/[^a-z0-9]+/gi, '-')}.png`);
    await page.screenshot({ path: shot }).catch(() => undefined);
    process.stdout.write(`FAILED  ${name}\n${String(error.message)}\n  at ${page.url()}, seen in ${shot}\n`);
  }
  await context.close();
}
