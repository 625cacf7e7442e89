/** Targets that are found: by a file, over HTTP. */
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { labelValue } from '../../src/lang/labels.ts';
import { temporaryDirectory } from '../commit/store.ts';
import { scrape, startService, until } from '../scrape/service.ts';
import type { Service } from '../scrape/service.ts';

const open: (() => Promise<void> | void)[] = [];
let service: Service;

beforeEach(async () => {
  service = await opened(startService());
});

afterEach(async () => {
  // The last to open is the first to close: scraping before its targets.
  for (const close of open.splice(0).toReversed()) await close();
});

async function opened(starting: Promise<Service>): Promise<Service> {
  const started = await starting;
  open.push(() => started.close());
  return started;
}

describe('discovery', () => {
  const targets = (path: string, ...addresses: readonly string[]): void => {
    writeFileSync(`${path}.new`, JSON.stringify([{ targets: addresses, labels: { zone: 'eu' } }]));
    renameSync(`${path}.new`, path);
  };

  test('by file follows what the file says, and keeps it when it says nonsense', async () => {
    const { path, remove } = temporaryDirectory('scrape');
    open.push(remove);
    const file = join(path, 'one.json');
    service.body = 'a 1\n';
    const other = await opened(startService('a 2\n'));
    targets(file, service.address);
    const config = `scrape_configs: [{ job_name: j, scrape_interval: 200ms, file_sd_configs: [{ files: ["*.json", more.yml] }] }]`;
    const scraped = scrape(config, join(path, 'prometheus.yml'));
    open.push(() => scraped.scraping.stop());
    const { recording, logged } = scraped;
    const first = `a{instance="${service.address}",job="j",zone="eu"}`;
    const second = `a{instance="${other.address}",job="j",zone="eu"}`;
    await until(() => recording.last(first) === 1);
    expect(labelValue(scraped.scraping.status.activeTargets()[0]?.discoveredLabels ?? [], '__meta_filepath')).toBe(file);
    targets(file, other.address);
    await until(() => recording.last(second) === 2 && recording.last(first) === 'stale');
    writeFileSync(file, '[{"targets": 5}]');
    await until(() => logged.some((line) => line.includes('target file ignored')));
    expect(logged.join('\n')).toContain('targets expects a list of HOST:PORT; got 5.');
    expect(scraped.scraping.status.activeTargets()).toHaveLength(1);
    writeFileSync(join(path, 'more.yml'), `- targets: ["${service.address}"]\n`);
    await until(() => scraped.scraping.status.activeTargets().length === 2);
    rmSync(join(path, 'more.yml'));
    rmSync(file);
    await until(() => scraped.scraping.status.activeTargets().length === 0);
  });

  test('over HTTP follows what the server says, and keeps it when it fails', async () => {
    service.body = 'a 1\n';
    const registry = await opened(startService());
    let answer = JSON.stringify([{ targets: [service.address] }]);
    registry.handle = (_, response) => response.setHeader('content-type', 'application/json').end(answer);
    const url = `http://${registry.address}/targets`;
    const scraped = scrape(
      `scrape_configs: [{ job_name: j, scrape_interval: 200ms, http_sd_configs: [{ url: "${url}", refresh_interval: 50ms }] }]`,
    );
    open.push(() => scraped.scraping.stop());
    const name = `a{instance="${service.address}",job="j"}`;
    await until(() => scraped.recording.last(name) === 1);
    expect(registry.requests[0]?.headers).toMatchObject({
      accept: 'application/json',
      'x-prometheus-refresh-interval-seconds': '0.05',
    });
    expect(labelValue(scraped.scraping.status.activeTargets()[0]?.discoveredLabels ?? [], '__meta_url')).toBe(url);
    answer = '{';
    await until(() => scraped.logged.some((line) => line.includes('expects JSON')));
    expect(scraped.scraping.status.activeTargets()).toHaveLength(1);
    answer = '[]';
    await until(() => scraped.recording.last(name) === 'stale');
  });
});
