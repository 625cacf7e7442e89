// A fleet of targets scraped by `sonde serve --scrape-config`, and by Debian's Prometheus beside it where it is installed: the
// processor time of each by its own process_cpu_seconds_total, memory, and how long scrapes take. The fleet is in another process.
//
//   npm run bench -- scrape-fleet [--targets 200] [--series 1000] [--interval 10] [--warm-up 30] [--seconds 60]
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { hasProgram, startPrometheus } from '../test/prometheus/peers.js';
import { startSonde } from './load/server.js';

const { values: options } = parseArgs({
  options: {
    targets: { type: 'string', default: '200' },
    series: { type: 'string', default: '1000' },
    interval: { type: 'string', default: '10' },
    'warm-up': { type: 'string', default: '30' },
    seconds: { type: 'string', default: '60' },
    peers: { type: 'string', default: 'prometheus' },
  },
});
/** Percent of a core that 200 targets of 1000 series may take every 10 s. */
const goal = 40;

const starts = {
  sonde: async (folder, config) => {
    const file = `${folder}.yml`;
    writeFileSync(file, config);
    const sonde = await startSonde(folder, ['--scrape-config', file]);
    const url = `http://${sonde.addresses.http}`;
    return { url, api: `${url}/prometheus/api/v1`, stop: sonde.stop };
  },
  prometheus: (folder, config) => startPrometheus(folder, { config }),
};

const names = ['sonde', ...options.peers.split(',').filter((name) => name !== '' && hasProgram(name))];
const scratch = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
const fleet = spawn(process.execPath, [fileURLToPath(new URL('load/fleet.js', import.meta.url)), '--series', options.series], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [chunk] = await Promise.race([once(fleet.stdout, 'data'), once(fleet, 'exit').then(() => ['{}'])]);
  const config = scrapeConfig(JSON.parse(chunk).port);
  const figures = [];
  // One after the other, so that neither has the other's share of the machine.
  for (const name of names) figures.push(await bench(name, config));
  const ratio = figures.length > 1 ? `; Sonde takes ${(figures[0].cpu / figures[1].cpu).toFixed(2)}x the processor time` : '';
  process.stdout.write(`${options.targets} targets of ${options.series} series every ${options.interval} s${ratio}\n`);
} finally {
  fleet.kill();
  rmSync(scratch, { recursive: true });
}

async function bench(name, config) {
  const server = await starts[name](join(scratch, name), config);
  try {
    await pause(Number(options['warm-up']) * 1000);
    const before = await readMetrics(server.url);
    const beganMs = performance.now();
    await pause(Number(options.seconds) * 1000);
    const after = await readMetrics(server.url);
    const seconds = (performance.now() - beganMs) / 1000;
    const rise = (metric) => after(metric) - before(metric);
    const cpu = (rise('process_cpu_seconds_total') / seconds) * 100;
    const duration = `quantile(0.99, quantile_over_time(0.99, scrape_duration_seconds[${options.seconds}s]))`;
    const p99Ms = 1000 * (await value(server.api, duration));
    const [up, samples] = [await value(server.api, 'sum(up)'), await value(server.api, 'sum(scrape_samples_scraped)')];
    const memory = Math.round(after('process_resident_memory_bytes') / 2 ** 20);
    const commits = name === 'sonde' ? `, ${(rise('sonde_commits_total') / seconds).toFixed(1)} commits/s` : '';
    process.stdout.write(
      `${name}: ${cpu.toFixed(1)} % of a core${name === 'sonde' ? ` (goal ${goal} %)` : ''}, memory ${memory} MiB, ` +
        `scrapes p99 ${p99Ms.toFixed(1)} ms, ${up} targets up, ${samples} samples each time${commits}\n`,
    );
    return { cpu };
  } finally {
    await server.stop();
  }
}

/** A function that gives the sum of a metric's samples. */
async function readMetrics(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  return (metric) => {
    let sum = 0;
    for (const [, number] of text.matchAll(new RegExp(`^${metric}(?:\\{[^\\n]*\\})? (\\S+)`, 'gm'))) sum += Number(number);
    return sum;
  };
}

async function value(api, query) {
  const answer = await fetch(`${api}/query?query=${encodeURIComponent(query)}`);
  const { data } = await answer.json();
  return Number(data.result[0]?.value[1]);
}

function once(emitter, event) {
  return new Promise((resolve) => emitter.once(event, (...given) => resolve(given)));
}

function scrapeConfig(port) {
  const targets = Array.from(
    { length: Number(options.targets) },
    (_, i) =>
      `      - { targets: ['127.0.0.1:${port}'], labels: { __metrics_path__: '/metrics/${i}', instance: 'machine-${i}' } }`,
  );
  return [
    `global: { scrape_interval: ${options.interval}s }`,
    'scrape_configs:',
    '  - job_name: fleet',
    '    static_configs:',
    ...targets,
    '',
  ].join('\n');
}
