/** What Sonde does by itself: gathers samples into buckets, scrapes targets. */
import { readFileSync } from 'node:fs';
import type { Counters } from '../base/counters.ts';
import { SondeError } from '../base/errors.ts';
import type { OwnCommitter, StoredCommit } from '../engine/commit.ts';
import { Downsampling, pendingSamples } from '../engine/downsampling.ts';
import type { Engine } from '../engine/engine.ts';
import { samples } from '../model/metrics.ts';
import { readScrapeConfig } from '../scrape/config.ts';
import type { ScrapeFile } from '../scrape/config.ts';
import { startScraping } from '../scrape/scraping.ts';
import type { Scraping } from '../scrape/scraping.ts';
import type { Log } from './log.ts';
import type { Config } from './settings.ts';

/** Samples of commits are told to the downsampling from the first commit on, so it is there before the committer is. */
export interface Buckets {
  readonly onStored: (commit: StoredCommit) => void;
  /** Buckets that end before this time, in Unix milliseconds, are complete. */
  readonly completeBefore: () => number;
  readonly start: (committer: OwnCommitter) => void;
  readonly stop: () => Promise<void>;
}

/** The buckets of the engine in this process; undefined on a server, which others write to as well, and where they are off. */
export async function openBuckets(
  config: Config,
  engine: Engine,
  { counters, log }: { readonly counters: Counters; readonly log: Log },
): Promise<Buckets | undefined> {
  if (!config.downsampling || engine.kind === 'remote' || !engine.features.gridFunctions) return undefined;
  const writer = 'local';
  let settled = (): bigint => 0n;
  const downsampling = new Downsampling(
    {
      engine,
      writer,
      counters,
      settled: () => settled(),
      nowMs: Date.now,
      onFault: (thrown) => log.error('downsampling failed, and will be tried again', thrown),
    },
    await pendingSamples(engine, writer),
  );
  return {
    onStored: (commit) => {
      const times = commit.timesMs(samples);
      if (times !== undefined) downsampling.noteStored({ number: commit.number, ...times });
    },
    completeBefore: () => downsampling.completeBefore(),
    start: (committer) => {
      settled = () => committer.settled();
      downsampling.start();
    },
    stop: () => downsampling.stop(),
  };
}

export interface ScrapingParts {
  readonly committer: OwnCommitter;
  readonly counters: Counters;
  readonly log: Log;
  readonly nowNs: () => bigint;
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
