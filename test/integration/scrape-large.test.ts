/** Targets that say very much: each scrape of one is stored whole or not at all, and the others notice nothing. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import type { OwnCommitter } from '../../src/engine/commit.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { sql } from '../../src/engine/sql.ts';
import { readScrapeConfig } from '../../src/scrape/config.ts';
import { startScraping } from '../../src/scrape/scraping.ts';
import type { Scraping } from '../../src/scrape/scraping.ts';
import { openCommitter, openStore, temporaryDirectory } from '../commit/store.ts';
import { scrape, startService, until } from '../scrape/service.ts';
import type { Service } from '../scrape/service.ts';

/** Lines of some 90 bytes. */
function bodyOf(series: number, generation = 0): string {
  const lines = Array.from(
    { length: series },
    (_, i) => `much_${i >> 10}{namespace="team-${i % 40}",pod="web-${i}-${generation}",node="node-${i % 100}"} ${i}\n`,
  );
  return lines.join('');
}

const open: (() => Promise<unknown> | void)[] = [];

afterEach(async () => {
  for (const close of open.splice(0).toReversed()) await close();
});

async function service(body: string): Promise<Service> {
  const started = await startService(body);
  open.push(() => started.close());
  return started;
}

describe('in the engine', () => {
  let engine: Engine;
  let committer: OwnCommitter;

  beforeEach(async () => {
    const { path, remove } = temporaryDirectory('scrape-large');
    engine = await openStore(path);
    committer = await openCommitter(engine, { maxBytes: 8 << 20, maxBytesInFlight: 64 << 20 });
    open.push(
      remove,
      () => engine.close(),
      () => committer.close(),
    );
  });

  function start(target: Service): Scraping {
    const config = `scrape_configs: [{ job_name: j, scrape_interval: 3s, static_configs: [{ targets: ["${target.address}"] }] }]`;
    const scraping = startScraping(readScrapeConfig(config, '/prometheus.yml'), {
      committer,
      counters: new Counters(),
      log: { info: () => undefined, warn: () => undefined },
      nowNs: () => BigInt(Date.now()) * 1_000_000n,
      tenant: 'default',
      retentionMs: 30 * 86_400_000,
      futureMs: 86_400_000,
      bodyBytesMax: 64 << 20,
      commitWaitMs: 100,
      bodyBytesInFlightMax: 64 << 20,
      version: '0.0.0-test',
    });
    open.push(() => scraping.stop());
    return scraping;
  }

  const count = async (table: 'samples' | 'series'): Promise<number> => {
    const query = table === 'samples' ? sql`SELECT count() AS n FROM samples` : sql`SELECT uniqExact(id) AS n FROM series`;
    const [row] = await engine.adminRows<{ n: string }>(query);
    return Number(row?.n);
  };
  const health = ({ status }: Scraping): string => status.activeTargets()[0]?.health ?? '';

  // Five of the report besides.
  test('a scrape of 40,000 new series is one commit, with a row for each', async () => {
    const scraping = start(await service(bodyOf(40_000)));
    await until(() => health(scraping) === 'up');
    const [batches] = await engine.adminRows<{ n: string }>(sql`SELECT uniqExact(batch) AS n FROM samples WHERE batch != 0`);
    expect([await count('samples'), await count('series'), Number(batches?.n)]).toEqual([40_005, 40_005, 1]);
    await scraping.stop();
    expect(await count('samples')).toBe(2 * 40_005);
  });

  test('of one that is malformed at its end only the report is there', async () => {
    const scraping = start(await service(`${bodyOf(60_000)}much{\n`));
    await until(() => health(scraping) === 'down');
    expect(scraping.status.activeTargets()[0]?.lastError).toContain('60001');
    expect([await count('samples'), await count('series')]).toEqual([5, 5]);
  });
});

describe('beside others', () => {
  // The interval is the timeout too, and longer than the delay that is allowed: what the recording does with so many rows holds
  // up the event loop as well, and would end a shorter scrape on a busy machine.
  const config = (large: Service, good: Service, keys = ''): string =>
    `scrape_configs: [{ job_name: good, scrape_interval: 500ms, static_configs: [{ targets: ["${good.address}"] }] },
      { job_name: large, scrape_interval: 1s, scrape_timeout: 1s, static_configs: [{ targets: ["${large.address}"] }], ${keys} }]`;

  test('a target with other series each time neither holds up the event loop nor the scrapes of others', async () => {
    const large = await service('');
    const good = await service('good 1\n');
    const bodies = Array.from({ length: 3 }, (_, generation) => Buffer.from(bodyOf(60_000, generation)));
    let asked = 0;
    large.handle = (_, response) => response.setHeader('content-type', 'text/plain').end(bodies[asked++ % 3]);
    const { scraping, recording } = scrape(config(large, good));
    open.push(() => scraping.stop());
    let lastMs = performance.now();
    let delayMs = 0;
    const measure = (): void => {
      delayMs = Math.max(delayMs, performance.now() - lastMs);
      lastMs = performance.now();
    };
    // What the recording does with so many rows, all at once, is not what is measured.
    recording.onStore = (isBusy) => (isBusy ? measure() : (lastMs = performance.now()));
    const timer = setInterval(measure, 2);
    open.push(() => clearInterval(timer));
    const name = `good{instance="${good.address}",job="good"}`;
    await until(() => recording.long >= 2 && recording.values(name).length >= 6);
    // At once it would be most of a second.
    expect(delayMs).toBeLessThan(250);
    expect(recording.values(name)).not.toContain('stale');
  });

  test('its configuration may change while it is read, and counts from the next scrape on', async () => {
    const large = await service(bodyOf(20_000));
    const good = await service('good 1\n');
    const { scraping, recording, reload } = scrape(config(large, good));
    open.push(() => scraping.stop());
    await until(() => recording.long > 0);
    reload(config(large, good, 'metric_relabel_configs: [{ source_labels: [pod], regex: web-1-0, action: drop }]'));
    const dropped = recording.series('much_0').find((series) => series.includes('"web-1-0"')) ?? '';
    await until(() => recording.series('much_0').length > 0);
    const gone = dropped === '' ? recording.series('much_0').find((series) => series.includes('"web-1-0"')) : dropped;
    await until(() => gone === undefined || recording.last(gone) === 'stale');
    const kept = recording.series('much_0').find((series) => series.includes('"web-2-0"'));
    expect(recording.last(kept ?? '')).toBe(2);
  });

  test('its body may not be larger than the setting says, whatever its job says', async () => {
    const large = await service(bodyOf(20_000));
    const good = await service('good 1\n');
    const { scraping } = scrape(config(large, good, 'body_size_limit: 0'), '/prometheus.yml', 64 << 20, 1 << 20);
    open.push(() => scraping.stop());
    const target = (): string | undefined => scraping.status.activeTargets('large')[0]?.lastError;
    await until(() => (target() ?? '') !== '');
    expect(target()).toBe('The body is over the limit of 1048576 bytes.');
  });
});
