/** targets, scrape pools and the scrape configuration, as scraping tells of them; nothing when Sonde scrapes nothing. */
import { SondeError } from '../../base/errors.ts';
import type { HttpResponse } from '../../base/http.ts';
import { formatTime } from '../../base/time.ts';
import { formatDuration } from '../../lang/durations.ts';
import { labelPairs, labelsOf, labelValue } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import { compileMatcher } from '../../lang/matchers.ts';
import type { ReadContext } from '../api.ts';
import { renderData } from './envelope.ts';
import { readChoice, readCount, readSelectors, readText, refuse } from './parameters.ts';
import type { Reader } from './reader.ts';

type ScrapeStatus = NonNullable<ReadContext['scrape']>;
type ActiveTarget = ReturnType<ScrapeStatus['activeTargets']>[number];
type RelabelRule = NonNullable<ReturnType<ScrapeStatus['relabelSteps']>>[number]['rule'];

export function listTargets({ query, context }: Reader): HttpResponse {
  const state = readChoice(query, 'state', ['active', 'dropped', 'any']) ?? 'any';
  const pool = readText(query, 'scrapePool');
  const { scrape } = context;
  const showsDropped = state !== 'active';
  const active = state === 'dropped' ? [] : (scrape?.activeTargets(pool) ?? []);
  const dropped = showsDropped ? (scrape?.droppedTargets(pool) ?? []) : [];
  return renderData({
    activeTargets: active.map(activeTarget),
    droppedTargets: dropped.map(({ discoveredLabels, scrapePool }) => ({
      discoveredLabels: labelObject(discoveredLabels),
      scrapePool,
    })),
    droppedTargetCounts: showsDropped ? (scrape?.droppedTargetCounts() ?? {}) : {},
  });
}

function activeTarget(target: ActiveTarget): object {
  return {
    discoveredLabels: labelObject(target.discoveredLabels),
    labels: labelObject(target.labels),
    scrapePool: target.scrapePool,
    scrapeUrl: target.scrapeUrl,
    globalUrl: target.globalUrl,
    lastError: target.lastError,
    lastScrape: lastScrape(target.lastScrapeMs),
    lastScrapeDuration: target.lastScrapeDurationMs / 1000,
    health: target.health,
    scrapeInterval: formatDuration(target.scrapeIntervalMs),
    scrapeTimeout: formatDuration(target.scrapeTimeoutMs),
  };
}

/** Go's zero time before the first scrape: clients know it. */
function lastScrape(ms: number): string {
  return ms === 0 ? '0001-01-01T00:00:00Z' : formatTime(BigInt(Math.round(ms * 1000)) * 1000n);
}

export function listTargetMetadata({ query, context }: Reader): HttpResponse {
  const [matchers = []] = readSelectors(query, 'match_target');
  const tests = matchers.map((matcher) => ({ name: matcher.name, passes: compileMatcher(matcher) }));
  const metric = readText(query, 'metric');
  const limit = readCount(query, 'limit');
  const found =
    context.scrape?.metadata({
      matches: (labels) => tests.every(({ name, passes }) => passes(labelValue(labels, name))),
      ...(metric !== undefined && { metric }),
      ...(limit !== undefined && { limit }),
    }) ?? [];
  return renderData(
    found.map(({ target, metric, type, help, unit }) => ({ target: labelObject(target), metric, type, help, unit })),
  );
}

export function traceRelabeling({ query, context }: Reader): HttpResponse {
  const pool = readText(query, 'scrapePool') ?? refuse('scrapePool', 'the name of a scrape pool', '');
  const steps = context.scrape?.relabelSteps(pool, readLabels(query.get('labels') ?? ''));
  if (steps === undefined) throw unknownPool(pool);
  return renderData({
    steps: steps.map((step) => ({ rule: ruleObject(step.rule), output: labelObject(step.output), keep: step.keep })),
  });
}

/** A rule by the keys of prometheus.yml. */
function ruleObject({ action, sourceLabels, separator, targetLabel, regex, modulus, replacement }: RelabelRule): object {
  return {
    source_labels: sourceLabels,
    separator,
    regex,
    ...(modulus > 0 && { modulus }),
    ...(targetLabel !== '' && { target_label: targetLabel }),
    replacement,
    action,
  };
}

/** Labels as a JSON object of texts. */
function readLabels(text: string): Labels {
  const expected = 'a JSON object of texts';
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return refuse('labels', expected, text);
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return refuse('labels', expected, text);
  const pairs = Object.entries(value);
  if (!pairs.every((pair): pair is [string, string] => typeof pair[1] === 'string')) return refuse('labels', expected, text);
  return labelsOf(pairs);
}

export function listScrapePools({ context }: Reader): HttpResponse {
  return renderData({ scrapePools: context.scrape?.pools() ?? [] });
}

/** Of a pool's configuration only the name is told: the rest may hold secrets. */
export function readScrapePool({ query, context }: Reader): HttpResponse {
  const pool = readText(query, 'scrapePool') ?? refuse('scrapePool', 'the name of a scrape pool', '');
  if (context.scrape?.pools().includes(pool) !== true) throw unknownPool(pool);
  return renderData({ yaml: poolYaml(pool) });
}

export function readConfig({ context }: Reader): HttpResponse {
  const pools = context.scrape?.pools() ?? [];
  return renderData({ yaml: `global: {}\nscrape_configs:${pools.length === 0 ? ' []' : ''}\n${pools.map(listItem).join('')}` });
}

function listItem(pool: string): string {
  return `- ${poolYaml(pool)}`;
}

/** JSON text is YAML too. */
function poolYaml(pool: string): string {
  return `job_name: ${JSON.stringify(pool)}\n`;
}

function unknownPool(pool: string): SondeError {
  return new SondeError('not_found', `There is no scrape pool ${JSON.stringify(pool)}.`);
}

/** Without a prototype: a label may be called `__proto__`. */
function labelObject(labels: Labels): Record<string, string> {
  const object: Record<string, string> = Object.create(null);
  for (const [name, value] of labelPairs(labels)) object[name] = value;
  return object;
}
