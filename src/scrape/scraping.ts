/** Scrapes the targets of a prometheus.yml until it is stopped. */
import type { Counters } from '../base/counters.ts';
import type { RetentionByName } from '../model/metric-retention.ts';
import { BodyBudget } from './body-budget.ts';
import type { ScrapeConfig, ScrapeFile } from './config.ts';
import { ScrapePool } from './pool.ts';
import type { ScrapeCommitter, ScrapeSite } from './scrape-loop.ts';
import { scrapeStatus } from './status.ts';
import type { ScrapeStatus } from './status.ts';
import type { ScrapeLog } from './target-groups.ts';

export interface ScrapingOptions {
  readonly committer: ScrapeCommitter;
  readonly counters: Counters;
  readonly log: ScrapeLog;
  /** Now in Unix nanoseconds. */
  readonly nowNs: () => bigint;
  /** Whose the samples are. */
  readonly tenant: string;
  /** For how long metrics are kept: samples with older timestamps of their own are left out. */
  readonly retentionMs: number;
  /** The same where it depends on their names: then it counts instead. */
  readonly metricsByName?: RetentionByName | undefined;
  /** So are those whose timestamps are further in the future. */
  readonly futureMs: number;
  /** Bytes of a body after inflation, whatever `body_size_limit` says. */
  readonly bodyBytesMax: number;
  /** How long a scrape waits at most for others to be stored with it, and a fourth of its interval at most. */
  readonly commitWaitMs: number;
  /** Bytes of bodies held at a time, over all targets. */
  readonly bodyBytesInFlightMax: number;
  /** Of Sonde, for the User-Agent. */
  readonly version: string;
}

export interface Scraping {
  readonly status: ScrapeStatus;
  /** Goes on under another configuration. Jobs that did not change are not touched; targets that stay are not interrupted. */
  reload(config: ScrapeFile): void;
  /** Ends all targets: their series get stale markers. */
  stop(): Promise<void>;
}

/** Starts at once; the first scrapes come within an interval. */
export function startScraping(config: ScrapeFile, options: ScrapingOptions): Scraping {
  const budget = new BodyBudget(options.bodyBytesInFlightMax);
  const site: ScrapeSite = { ...options, budget, userAgent: `Sonde/${options.version}` };
  const pools = new Map<string, ScrapePool>();
  const ending = new Set<Promise<void>>();
  options.counters.beforeRead(() => options.counters.set('sonde_scrape_body_bytes_in_flight', {}, budget.bytes));
  const end = (name: string, pool: ScrapePool): void => {
    pools.delete(name);
    options.counters.set('sonde_scrape_targets', { job: name }, 0);
    const ended = pool.stop().finally(() => ending.delete(ended));
    ending.add(ended);
  };
  const reload = ({ scrapeConfigs }: ScrapeFile): void => {
    const names = new Set(scrapeConfigs.map(({ jobName }) => jobName));
    for (const [name, pool] of pools) if (!names.has(name)) end(name, pool);
    for (const job of scrapeConfigs) {
      const pool = pools.get(job.jobName);
      if (pool === undefined) pools.set(job.jobName, new ScrapePool(site, job));
      else if (jobText(pool.config) !== jobText(job)) pool.reconfigure(job);
    }
  };
  reload(config);
  return {
    status: scrapeStatus(pools),
    reload,
    stop: async () => {
      for (const [name, pool] of pools) end(name, pool);
      await Promise.all(ending);
    },
  };
}

/** Equal for equal jobs. Compiled expressions are left out: their text is there besides. */
function jobText(config: ScrapeConfig): string {
  return JSON.stringify(config, (key, value: unknown) => {
    if (key === 'pattern') return undefined;
    return value instanceof Map ? [...(value as ReadonlyMap<unknown, unknown>)] : value;
  });
}
