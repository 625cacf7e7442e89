/** What scraping tells about itself, as plain data: for the pages and endpoints on targets. */
import { hostname } from 'node:os';
import type { FamilyType } from '../codec/exposition/exposition.ts';
import type { Labels } from '../lang/labels.ts';
import type { ScrapePool } from './pool.ts';
import { relabelSteps } from './relabel.ts';
import type { RelabelStep } from './relabel.ts';
import type { ScrapeLoop } from './scrape-loop.ts';

export interface ActiveTarget {
  readonly scrapePool: string;
  /** As found, before relabeling. */
  readonly discoveredLabels: Labels;
  readonly labels: Labels;
  readonly scrapeUrl: string;
  /** The URL for readers on other machines: this machine's name in place of a loopback address. */
  readonly globalUrl: string;
  readonly health: 'unknown' | 'up' | 'down';
  /** Empty when the last scrape went well. */
  readonly lastError: string;
  /** Unix milliseconds, 0 before the first scrape. */
  readonly lastScrapeMs: number;
  readonly lastScrapeDurationMs: number;
  readonly scrapeIntervalMs: number;
  readonly scrapeTimeoutMs: number;
}

export interface DroppedTarget {
  readonly scrapePool: string;
  readonly discoveredLabels: Labels;
}

export interface TargetMetadata {
  /** Labels of the target. */
  readonly target: Labels;
  /** The name of the family. */
  readonly metric: string;
  readonly type: FamilyType;
  readonly help: string;
  readonly unit: string;
}

export interface ScrapeStatus {
  /** Names of the jobs, in the order of the configuration. */
  readonly pools: () => readonly string[];
  /** Of one pool, or of all. */
  readonly activeTargets: (pool?: string) => readonly ActiveTarget[];
  /** Those that are kept to be shown; `droppedTargetCounts` counts all, by pool. */
  readonly droppedTargets: (pool?: string) => readonly DroppedTarget[];
  readonly droppedTargetCounts: () => Readonly<Record<string, number>>;
  /** What targets said in their last good scrapes, of one family or of all; at most `limit` entries. */
  readonly metadata: (filter: {
    readonly matches: (target: Labels) => boolean;
    readonly metric?: string;
    readonly limit?: number;
  }) => readonly TargetMetadata[];
  /** What the rules of a pool make of discovered labels; undefined when there is no such pool. */
  readonly relabelSteps: (pool: string, discovered: Labels) => readonly RelabelStep[] | undefined;
}

/** The status of these pools, as they are whenever it is asked. */
export function scrapeStatus(pools: ReadonlyMap<string, ScrapePool>): ScrapeStatus {
  const chosen = (pool: string | undefined): readonly (readonly [string, ScrapePool])[] =>
    [...pools].filter(([name]) => pool === undefined || name === pool);
  return {
    pools: () => [...pools.keys()],
    activeTargets: (pool) => chosen(pool).flatMap(([name, { loops }]) => loops.map((loop) => activeTarget(name, loop))),
    droppedTargets: (pool) =>
      chosen(pool).flatMap(([scrapePool, { dropped }]) => dropped.map((discoveredLabels) => ({ scrapePool, discoveredLabels }))),
    droppedTargetCounts: () => Object.fromEntries([...pools].map(([name, { droppedCount }]) => [name, droppedCount])),
    metadata: ({ matches, metric, limit = Number.POSITIVE_INFINITY }) => {
      const found: TargetMetadata[] = [];
      for (const { loops } of pools.values()) {
        for (const { target, series } of loops) {
          if (!matches(target.labels)) continue;
          for (const [name, said] of series.families) {
            if (metric !== undefined && name !== metric) continue;
            if (found.length >= limit) return found;
            found.push({ target: target.labels, metric: name, ...said });
          }
        }
      }
      return found;
    },
    relabelSteps: (pool, discovered) => {
      const found = pools.get(pool);
      return found === undefined ? undefined : relabelSteps(discovered, found.config.relabelRules);
    },
  };
}

function activeTarget(scrapePool: string, { target, state }: ScrapeLoop): ActiveTarget {
  return {
    scrapePool,
    discoveredLabels: target.discovered,
    labels: target.labels,
    scrapeUrl: target.url.href,
    globalUrl: globalUrl(target.url),
    health: state.health,
    lastError: state.lastError,
    lastScrapeMs: state.lastScrapeMs,
    lastScrapeDurationMs: state.lastDurationMs,
    scrapeIntervalMs: target.intervalMs,
    scrapeTimeoutMs: target.timeoutMs,
  };
}

function globalUrl(url: URL): string {
  if (!['localhost', '127.0.0.1', '[::1]'].includes(url.hostname)) return url.href;
  const seen = new URL(url);
  seen.hostname = hostname();
  return seen.href;
}
