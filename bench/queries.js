// Reads over much data, as the UI asks them: a directory of 20 M spans and 2 M log records (made once and kept), how soon Sonde is
// ready over it, and how long each answer takes end to end over HTTP. The engine keeps no results; the condition cache is
// warmed by repetition as it would be in use, so the first answer is shown beside the median.
//
//   npm run bench -- queries [--spans 20000000] [--data DIR]
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startSonde } from './load/server.js';

const { values } = parseArgs({ options: { spans: { type: 'string', default: '20000000' }, data: { type: 'string' } } });
const data = values.data ?? join('dist', `bench-data-${values.spans}`);
const rounds = 15;
/** Different traces, each read once. */
const tracesRead = 100;

if (!existsSync(data)) {
  const fill = [join(import.meta.dirname, 'fill.js'), data, '--spans', values.spans];
  const { status } = spawnSync(process.execPath, fill, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, UV_THREADPOOL_SIZE: '16' },
  });
  if (status !== 0) throw new Error(`filling ${data} failed`);
}
const sonde = await startSonde(data);
try {
  print(`ready over ${values.spans} spans: ${sonde.readyMs} ms (goal 2000)`);
  const url = `http://${sonde.addresses.http}`;
  const range = await rangeOf(url);
  const { traces } = await (await fetch(`${url}/api/traces?${range}&limit=${tracesRead}`)).json();
  await time('trace by id (goal 15 ms)', (i) => `${url}/api/traces/${traces[i].traceId}`, tracesRead);
  await time('services page (goal 150 ms)', () => `${url}/api/services?${range}`);
  await time('services page, last hour', () => `${url}/api/services?${hourOf(range)}`);
  await time('one service', () => `${url}/api/services/checkout?${range}`);
  await time('newest traces', () => `${url}/api/traces?${range}`);
  await time('failing traces of a service', () => `${url}/api/traces?${range}&service=checkout&status=error`);
  await time('longest traces, last hour', () => `${url}/api/traces?${hourOf(range)}&sort=longest`);
  await time('newest logs', () => `${url}/api/logs?${range}`);
  await time('logs over time', () => `${url}/api/logs/histogram?${range}`);
  print(`memory at most ${Math.round(sonde.memory.max() / 2 ** 20)} MiB (goal 1536 MiB)`);
} finally {
  await sonde.stop();
}

/** The day that ends with the newest span. */
async function rangeOf(url) {
  const { traces } = await (await fetch(`${url}/api/traces?from=now-30d&to=now%2B1d&limit=1`)).json();
  const toNs = BigInt(traces[0].startNs) + 1_000_000_000n;
  return `from=${toNs - 86_400_000_000_000n}&to=${toNs}`;
}

function hourOf(range) {
  const toNs = BigInt(new URLSearchParams(range).get('to'));
  return `from=${toNs - 3_600_000_000_000n}&to=${toNs}`;
}

async function time(name, urlOf, times = rounds) {
  const tookMs = [];
  for (let i = 0; i < times; i++) {
    const startMs = performance.now();
    const answer = await fetch(urlOf(i));
    const body = await answer.text();
    if (answer.status !== 200) throw new Error(`${name}: ${answer.status} ${body}`);
    tookMs.push(performance.now() - startMs);
  }
  const [first] = tookMs;
  const sorted = tookMs.toSorted((a, b) => a - b);
  print(`${name}: median ${ms(sorted[times >> 1])}, first ${ms(first)}, slowest ${ms(sorted.at(-1))}`);
}

function ms(value) {
  return `${value.toFixed(1)} ms`;
}

function print(line) {
  process.stdout.write(`${line}\n`);
}
