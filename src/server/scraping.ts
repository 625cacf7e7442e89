/** Scraping as the settings say. */
import { readFileSync } from 'node:fs';
import type { Counters } from '../base/counters.ts';
import { SondeError } from '../base/errors.ts';
import type { OwnCommitter } from '../engine/commit.ts';
import type { RetentionByName } from '../model/metric-retention.ts';
import { readScrapeConfig } from '../scrape/config.ts';
import type { ScrapeFile } from '../scrape/config.ts';
import { startScraping } from '../scrape/scraping.ts';
import type { Scraping } from '../scrape/scraping.ts';
import type { Log } from './log.ts';
import type { Config } from './settings.ts';

export interface ScrapingParts {
  readonly committer: OwnCommitter;
  readonly counters: Counters;
  readonly log: Log;
  readonly nowNs: () => bigint;
  readonly metricsByName: RetentionByName | undefined;
  readonly version: string;
}

/** Scrapes as the file of `scrape-config` says, which SIGHUP has read again; undefined when there is none. Throws `config`. */
export function openScraping(config: Config, { log, ...parts }: ScrapingParts): Scraping | undefined {
  const path = config.scrapeConfig;
  if (path === '') return undefined;
  const scraping = startScraping(readFile(path), {
    ...parts,
    log,
    tenant: 'default',
    retentionMs: config.retentionMetrics,
    futureMs: config.ingestFuture,
    bodyBytesMax: config.scrapeBodyBytes,
    commitWaitMs: config.scrapeCommitWait,
    bodyBytesInFlightMax: config.bodyBytesInFlight,
  });
  const reload = (): void => {
    try {
      scraping.reload(readFile(path));
      log.info('scrape configuration read again', { path });
    } catch (thrown) {
      log.error('scrape configuration refused, the one before stays', thrown, { path });
    }
  };
  process.on('SIGHUP', reload);
  return {
    ...scraping,
    stop: async () => {
      process.off('SIGHUP', reload);
      await scraping.stop();
    },
  };
}

function readFile(path: string): ScrapeFile {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new SondeError('config', `The scrape configuration ${path} can not be read: ${(cause as Error).message}`, { cause });
  }
  return readScrapeConfig(text, path);
}
