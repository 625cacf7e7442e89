/**
 * search/metric_names, search/label_names, search/label_values (experimental in Prometheus): names that fit what somebody types,
 * as lines of JSON: batches `{results}`, then `{status, has_more}`.
 */
import { SondeError } from '../../base/errors.ts';
import type { HttpResponse, QueryParameters } from '../../base/http.ts';
import type { TimeRange } from '../../engine/engine.ts';
import { compareText, metricName } from '../../lang/labels.ts';
import { renderParts } from './chunks.ts';
import { findMetadata } from './metadata.ts';
import type { Metadata } from './metadata.ts';
import { readChoice, readCount, readFlag, readSelectors, readText, readTimeMs, refuse, timeRangeOf } from './parameters.ts';
import type { Reader } from './reader.ts';
import { scorer } from './similarity.ts';
import { findLabelNames, findLabelValues } from './stored-labels.ts';
import type { Found, LabelQuery } from './stored-labels.ts';

const headers = { 'content-type': 'application/x-ndjson; charset=utf-8', 'cache-control': 'no-store' };
const hourMs = 3_600_000;
const searchesMax = 20;

interface Hit {
  readonly name: string;
  readonly score: number;
}

export async function searchMetricNames(reader: Reader): Promise<HttpResponse> {
  const withMetadata = readFlag(reader.query, 'include_metadata') ?? false;
  const found = await search(reader, (query) => findLabelValues(reader, metricName, query));
  const metrics = withMetadata ? found.items.map(({ name }) => name) : [];
  const metadata = await findMetadata(reader, { metrics, limit: metrics.length, perMetric: 1 });
  return renderLines(reader, found, metadata);
}

export async function searchLabelNames(reader: Reader): Promise<HttpResponse> {
  return renderLines(reader, await search(reader, (query) => findLabelNames(reader, query)));
}

export async function searchLabelValues(reader: Reader): Promise<HttpResponse> {
  const label = readText(reader.query, 'label') ?? refuse('label', 'the name of a label', '');
  return renderLines(reader, await search(reader, (query) => findLabelValues(reader, label, query)));
}

async function search(reader: Reader, find: (query: LabelQuery) => Promise<Found<string>>): Promise<Found<Hit>> {
  const { query } = reader;
  const score = readScorer(query);
  const order = readOrder(query);
  const limit = readCount(query, 'limit') ?? 0;
  const most = limit === 0 ? 100 : limit;
  const names = await find({ selectors: readSelectors(query), time: readTime(reader), limit: Number.POSITIVE_INFINITY });
  const hits = names.items.flatMap((name): Hit[] => {
    const found = score(name);
    return found === undefined ? [] : [{ name, score: found }];
  });
  return { items: hits.toSorted(order).slice(0, most), truncated: hits.length > most };
}

/** The last hour, when nothing is said. */
function readTime({ query, context }: Reader): TimeRange {
  const nowMs = Number(context.nowNs() / 1_000_000n);
  const endMs = readTimeMs(query, 'end') ?? nowMs;
  return timeRangeOf(readTimeMs(query, 'start') ?? nowMs - hourMs, endMs);
}

function readScorer(query: QueryParameters): (name: string) => number | undefined {
  const threshold = readCount(query, 'fuzz_threshold') ?? 0;
  if (threshold > 100) refuse('fuzz_threshold', 'a number from 0 to 100', String(threshold));
  const searches = query.getAll('search[]');
  if (searches.length > searchesMax) refuse('search[]', `at most ${searchesMax} of them`, String(searches.length));
  return scorer(searches, {
    algorithm: readChoice(query, 'fuzz_alg', ['subsequence', 'jarowinkler']) ?? 'subsequence',
    threshold: threshold / 100,
    caseSensitive: readFlag(query, 'case_sensitive') ?? true,
  });
}

function readOrder(query: QueryParameters): (a: Hit, b: Hit) => number {
  const by = readChoice(query, 'sort_by', ['alpha', 'score']);
  const direction = readChoice(query, 'sort_dir', ['asc', 'dsc']);
  if (direction !== undefined && by !== 'alpha') {
    throw new SondeError('bad_request', 'invalid parameter "sort_dir": expected only with sort_by=alpha');
  }
  if (by !== 'score') return (a, b) => compareText(a.name, b.name) * (direction === 'dsc' ? -1 : 1);
  if (!query.has('search[]')) throw new SondeError('bad_request', 'invalid parameter "sort_by": score needs search[]');
  return (a, b) => b.score - a.score || compareText(a.name, b.name);
}

function renderLines({ query }: Reader, found: Found<Hit>, metadata?: ReadonlyMap<string, readonly Metadata[]>): HttpResponse {
  const batchSize = readCount(query, 'batch_size') ?? 0;
  const withScore = readFlag(query, 'include_score') ?? false;
  return renderParts(lines(found, batchSize === 0 ? 100 : batchSize, result), headers);

  function result({ name, score }: Hit): object {
    const [said] = metadata?.get(name) ?? [];
    return { name, ...(withScore && { score }), ...said };
  }
}

function* lines({ items, truncated }: Found<Hit>, batchSize: number, result: (hit: Hit) => object): Generator<string> {
  let at = 0;
  // There is one batch at least, empty when nothing was found.
  do {
    yield `${JSON.stringify({ results: items.slice(at, at + batchSize).map(result) })}\n`;
    at += batchSize;
  } while (at < items.length);
  yield `${JSON.stringify({ status: 'success', has_more: truncated })}\n`;
}
