/** Scraped series in the engine: what a service says in protobuf, with native histograms and exemplars, comes back from the tables. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import type { OwnCommitter } from '../../src/engine/commit.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { sql, text } from '../../src/engine/sql.ts';
import { readScrapeConfig } from '../../src/scrape/config.ts';
import { startScraping } from '../../src/scrape/scraping.ts';
import { openCommitter, openStore, temporaryDirectory } from '../commit/store.ts';
import { startService, until } from '../scrape/service.ts';
import type { Service } from '../scrape/service.ts';

const { path, remove } = temporaryDirectory('scrape-store');
const body = readFileSync(new URL('../fixtures/exposition/go.pb', import.meta.url));
const contentType = 'application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited';
let engine: Engine;
let committer: OwnCommitter;
let service: Service;

beforeAll(async () => {
  engine = await openStore(path);
  committer = await openCommitter(engine);
  service = await startService();
  service.handle = (_, response) => response.setHeader('content-type', contentType).end(body);
});

afterAll(async () => {
  await service.close();
  await committer.close();
  await engine.close();
  remove();
});

test('series, samples, native histograms, exemplars and metadata are stored once, and end', async () => {
  const config = `scrape_configs: [{ job_name: shop, scrape_interval: 500ms, scrape_native_histograms: true, static_configs: [{ targets: ["${service.address}"] }] }]`;
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
  await until(() => service.requests.length >= 3);
  await until(() => scraping.status.activeTargets()[0]?.health === 'up');
  await scraping.stop();

  const [counts] = await engine.adminRows<Record<string, string>>(sql`
    SELECT
      toString(uniqExact(id)) AS series, toString(count()) AS rows,
      toString(uniqExactIf(id, type = 'native_histogram')) AS histograms,
      toString(countIf(labels['instance'] = ${text(service.address)} AND labels['job'] = 'shop' AND service = 'shop')) AS labelled
    FROM series`);
  expect(counts).toMatchObject({ rows: counts?.['series'], labelled: counts?.['series'] });
  expect(Number(counts?.['histograms'])).toBeGreaterThan(0);

  // Each series has a point for each scrape, and the last of each says that it ended.
  const [ends] = await engine.adminRows<Record<string, string>>(sql`
    SELECT toString(count()) AS series, toString(countIf(last = 1)) AS ended FROM (
      SELECT series_id, argMax(flags, time) AS last FROM (
        SELECT series_id, flags, time FROM samples UNION ALL SELECT series_id, flags, time FROM native_histograms
      ) GROUP BY series_id)`);
  expect(ends).toEqual({ series: counts?.['series'], ended: counts?.['series'] });

  const ups = await engine.adminRows<Record<string, number>>(sql`
    SELECT value, flags FROM samples WHERE series_id IN (SELECT id FROM series WHERE metric = 'up') ORDER BY time`);
  expect(ups.filter(({ flags }) => flags === 0).every(({ value }) => value === 1)).toBe(true);
  const [metadata] = await engine.adminRows<Record<string, string>>(sql`
    SELECT toString(count()) AS rows, toString(uniqExact(metric)) AS families FROM metric_metadata`);
  expect(metadata?.['rows']).toBe(metadata?.['families']);
  const [exemplars] = await engine.adminRows<Record<string, string>>(sql`
    SELECT toString(count()) AS rows, toString(uniqExact(series_id, time, value)) AS different FROM exemplars`);
  expect(exemplars?.['rows']).toBe(exemplars?.['different']);
  expect(Number(exemplars?.['rows'])).toBeGreaterThan(0);
});
