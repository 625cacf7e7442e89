import { expect, test } from 'vitest';
import type { HttpResponse } from '../../base/http.ts';
import { toRelabelRule } from '../../scrape/relabel.ts';
import type { ActiveTarget, ScrapeStatus } from '../../scrape/status.ts';
import type { Reader } from './reader.ts';
import { listScrapePools, listTargetMetadata, listTargets, readConfig, readScrapePool, traceRelabeling } from './targets.ts';

const target: ActiveTarget = {
  scrapePool: 'api',
  discoveredLabels: ['__address__', 'a:1', 'job', 'api'],
  labels: ['instance', 'a:1', 'job', 'api'],
  scrapeUrl: 'http://a:1/metrics',
  globalUrl: 'http://a:1/metrics',
  health: 'up',
  lastError: '',
  lastScrapeMs: 1_700_000_000_123.5,
  lastScrapeDurationMs: 12.5,
  scrapeIntervalMs: 15_000,
  scrapeTimeoutMs: 10_000,
};
const rule = toRelabelRule(
  {
    action: 'replace',
    sourceLabels: ['job'],
    separator: undefined,
    targetLabel: 'team',
    regex: undefined,
    modulus: undefined,
    replacement: undefined,
  },
  'utf8',
);

const scrape: ScrapeStatus = {
  pools: () => ['api'],
  activeTargets: (pool) =>
    pool === undefined || pool === 'api' ? [target, { ...target, health: 'unknown', lastScrapeMs: 0 }] : [],
  droppedTargets: () => [{ scrapePool: 'api', discoveredLabels: ['__address__', 'b:1'] }],
  droppedTargetCounts: () => ({ api: 1 }),
  metadata: ({ matches, metric, limit = 10 }) =>
    matches(target.labels) && metric !== 'other'
      ? [{ target: target.labels, metric: 'up_total', type: 'counter' as const, help: 'h', unit: '' }].slice(0, limit)
      : [],
  relabelSteps: (pool, discovered) => (pool === 'api' ? [{ rule, output: discovered, keep: true }] : undefined),
};

/** The data of an endpoint's answer. */
function data(endpoint: (reader: Reader) => HttpResponse, query = '', scraping: 'on' | 'none' = 'on'): unknown {
  const context = { scrape: scraping === 'on' ? scrape : undefined };
  const reader = { query: new URLSearchParams(query), context } as unknown as Reader;
  return (JSON.parse(endpoint(reader).body as string) as { data: unknown }).data;
}

test('targets are listed by state and pool', () => {
  const shown = {
    discoveredLabels: { __address__: 'a:1', job: 'api' },
    labels: { instance: 'a:1', job: 'api' },
    scrapePool: 'api',
    scrapeUrl: 'http://a:1/metrics',
    globalUrl: 'http://a:1/metrics',
    lastError: '',
    lastScrape: '2023-11-14T22:13:20.123500Z',
    lastScrapeDuration: 0.0125,
    health: 'up',
    scrapeInterval: '15s',
    scrapeTimeout: '10s',
  };
  const unseen = { ...shown, health: 'unknown', lastScrape: '0001-01-01T00:00:00Z' };
  const droppedTargets = [{ discoveredLabels: { __address__: 'b:1' }, scrapePool: 'api' }];
  const all = { activeTargets: [shown, unseen], droppedTargets, droppedTargetCounts: { api: 1 } };
  expect(data(listTargets)).toEqual(all);
  expect(data(listTargets, 'state=any&scrapePool=api')).toEqual(all);
  expect(data(listTargets, 'state=active')).toEqual({ ...all, droppedTargets: [], droppedTargetCounts: {} });
  expect(data(listTargets, 'state=dropped')).toEqual({ ...all, activeTargets: [] });
  expect(data(listTargets, 'scrapePool=none')).toMatchObject({ activeTargets: [] });
  expect(() => data(listTargets, 'state=x')).toThrow('one of active, dropped, any');
});

test('metadata is told by target and metric', () => {
  const said = [{ target: { instance: 'a:1', job: 'api' }, metric: 'up_total', type: 'counter', help: 'h', unit: '' }];
  expect(data(listTargetMetadata)).toEqual(said);
  expect(data(listTargetMetadata, 'match_target={job="api"}&metric=up_total')).toEqual(said);
  expect(data(listTargetMetadata, 'match_target={job="other"}')).toEqual([]);
  expect(data(listTargetMetadata, 'metric=other')).toEqual([]);
  expect(data(listTargetMetadata, 'limit=0')).toEqual([]);
});

test('relabeling is shown step by step, rules by the keys of prometheus.yml', () => {
  const query = `scrapePool=api&labels=${encodeURIComponent('{"job":"x"}')}`;
  const written = {
    source_labels: ['job'],
    separator: ';',
    regex: '(.*)',
    target_label: 'team',
    replacement: '$1',
    action: 'replace',
  };
  expect(data(traceRelabeling, query)).toEqual({ steps: [{ rule: written, output: { job: 'x' }, keep: true }] });
  expect(() => data(traceRelabeling, 'scrapePool=none&labels={}')).toThrow('no scrape pool "none"');
  expect(() => data(traceRelabeling, 'scrapePool=api&labels=[]')).toThrow('a JSON object of texts');
  expect(() => data(traceRelabeling, 'scrapePool=api&labels={"a":1}')).toThrow('a JSON object of texts');
  expect(() => data(traceRelabeling, '')).toThrow('"scrapePool"');
});

test('pools are told by name, and without scraping there are none', () => {
  expect(data(listScrapePools)).toEqual({ scrapePools: ['api'] });
  expect(data(readScrapePool, 'scrapePool=api')).toEqual({ yaml: 'job_name: "api"\n' });
  expect(data(readConfig)).toEqual({ yaml: 'global: {}\nscrape_configs:\n- job_name: "api"\n' });
  expect(data(listScrapePools, '', 'none')).toEqual({ scrapePools: [] });
  expect(data(listTargetMetadata, '', 'none')).toEqual([]);
});
