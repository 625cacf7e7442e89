/**
 * Scraped bodies on one core, when their series are known: bytes → rows of an open commit, which is emptied when it would be stored.
 * Several targets are scraped in turn, each with 2000 series of its own.
 *
 *     node_modules/.bin/rolldown bench/scrape.ts -p node -f esm -o dist/bench/scrape.js
 *     node dist/bench/scrape.js [--seconds 3]
 */
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { takeAtOnce } from '../src/base/steps.ts';
import { Commit, createCommitBuffers, emptyCommitBuffers } from '../src/engine/open-commit.ts';
import { Seen } from '../src/engine/seen.ts';
import { labelsOf } from '../src/lang/labels.ts';
import { readScrapeConfig } from '../src/scrape/config.ts';
import { TargetSeries } from '../src/scrape/target-series.ts';
import { findTargets } from '../src/scrape/targets.ts';
import { textBody } from './exposition.ts';

/** Samples per second that must be reached. */
const goal = 1_000_000;
const targets = 8;
const commitBytes = 32 * 1024 * 1024;
const hourNs = 3_600_000_000_000n;
const contentType = 'text/plain; version=0.0.4';

/** Samples per second of processor time. */
export function benchScrape(body: Uint8Array, seconds: number): number {
  const addresses = Array.from({ length: targets }, (_, i) => labelsOf([['__address__', `10.0.0.${i}:9090`]]));
  const [config] = readScrapeConfig('scrape_configs: [{ job_name: bench }]', 'bench.yml').scrapeConfigs;
  const found = findTargets(config!, [{ source: 'bench', labels: [], targets: addresses }]);
  const series = found.targets.map((target) => new TargetSeries('default', config!, target));
  const buffers = createCommitBuffers();
  const commit = new Commit({ number: 1n, mark: 3 }, new Seen(), buffers);
  let timeMs = Date.now();
  const scrapeAll = (): number => {
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    const time = { timeMs: timeMs++, bounds: { oldestNs: nowNs - hourNs, newestNs: nowNs + hourNs }, durationMs: () => 1 };
    let samples = 0;
    for (const one of series) {
      samples += commit.append((open) => takeAtOnce(one.append(open, { bytes: body, contentType }, time))).accepted;
      takeAtOnce(one.stored());
    }
    if (commit.bytes > commitBytes) emptyCommitBuffers(buffers);
    return samples;
  };
  const run = (): number => {
    const startMs = performance.now();
    const cpuStart = process.cpuUsage();
    let samples = 0;
    while (performance.now() - startMs < seconds * 500) samples += scrapeAll();
    const { user, system } = process.cpuUsage(cpuStart);
    return Math.round((samples / (user + system)) * 1e6);
  };
  run();
  return run();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values } = parseArgs({ options: { seconds: { type: 'string', default: '3' } } });
  const body = textBody(2000, '', (name) => `# HELP ${name}_total Requests.\n# TYPE ${name}_total counter\n`, '');
  const perSecond = benchScrape(body, Number(values.seconds));
  console.log(`scrape, text: ${perSecond} samples/s of processor time (goal ${goal})`);
}
