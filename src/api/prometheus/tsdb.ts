/**
 * status/tsdb: how many series there are, and which names and labels they come from. What Prometheus says of its head block is said
 * here of the series that had points since yesterday (UTC).
 */
import type { HttpResponse } from '../../base/http.ts';
import { nsPerDay, nsPerHour } from '../../base/time.ts';
import type { TimeRange } from '../../engine/engine.ts';
import { sql, uint } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { renderData } from './envelope.ts';
import { readCount, refuse } from './parameters.ts';
import type { Reader } from './reader.ts';

const limitMax = 10_000;

/** A row for each label of each series; the name is one of them. */
const seriesPairs = sql`series ARRAY JOIN arrayPushFront(arrayMap(k -> toString(k), mapKeys(labels)), '__name__') AS key,
  arrayPushFront(mapValues(labels), toString(series.name)) AS value`;
/** Each gives names and sizes. */
const bySeriesName = sql`SELECT toString(series.name) AS found, uniqExact(metric_id, id) AS size FROM series GROUP BY found`;
const byLabelValues = sql`SELECT key AS found, uniqExact(value) AS size FROM ${seriesPairs} GROUP BY found`;
const byLabelBytes = sql`SELECT key AS found, sum(length(value)) AS size FROM (SELECT DISTINCT key, value FROM ${seriesPairs}) GROUP BY found`;
const byPair = sql`SELECT concat(key, '=', value) AS found, uniqExact(metric_id, id) AS size FROM ${seriesPairs} GROUP BY found`;

export async function readTsdbStatus(reader: Reader): Promise<HttpResponse> {
  const limit = readCount(reader.query, 'limit') ?? 10;
  if (limit < 1 || limit > limitMax) refuse('limit', `a number from 1 to ${limitMax}`, String(limit));
  const [counts, times, ...largest] = await Promise.all([
    readCounts(reader),
    readTimes(reader),
    ...[bySeriesName, byLabelValues, byLabelBytes, byPair].map((sizes) => readLargest(reader, sizes, limit)),
  ]);
  const [seriesCountByMetricName, labelValueCountByLabelName, memoryInBytesByLabelName, seriesCountByLabelValuePair] = largest;
  return renderData({
    // Points do not lie in chunks here.
    headStats: { ...counts, chunkCount: 0, ...times },
    seriesCountByMetricName,
    labelValueCountByLabelName,
    memoryInBytesByLabelName,
    seriesCountByLabelValuePair,
  });
}

function lastDay({ context }: Reader): TimeRange {
  const nowNs = context.nowNs();
  return { fromNs: nowNs - nsPerDay, toNs: nowNs + 1n };
}

async function readCounts(reader: Reader): Promise<{ numSeries: number; numLabelPairs: number }> {
  const [counts] = await reader.rows<{ all: string }>(lastDay(reader), sql`SELECT uniqExact(metric_id, id) AS all FROM series`);
  const [pairs] = await reader.rows<{ all: string }>(
    lastDay(reader),
    sql`SELECT uniqExact(key, value) AS all FROM ${seriesPairs}`,
  );
  return { numSeries: Number(counts?.all ?? 0), numLabelPairs: Number(pairs?.all ?? 0) };
}

/** The times of the samples of the last two hours: what Prometheus would have in its head. */
async function readTimes(reader: Reader): Promise<{ minTime: number; maxTime: number }> {
  const nowNs = reader.context.nowNs();
  const [times] = await reader.rows<{ first: number; last: number; n: string }>(
    { fromNs: nowNs - 2n * nsPerHour, toNs: nowNs + 1n },
    sql`SELECT toFloat64(toUnixTimestamp64Milli(min(time))) AS first, toFloat64(toUnixTimestamp64Milli(max(time))) AS last, count() AS n FROM samples`,
  );
  return times === undefined || times.n === '0' ? { minTime: 0, maxTime: 0 } : { minTime: times.first, maxTime: times.last };
}

async function readLargest(reader: Reader, sizes: Sql, limit: number): Promise<{ name: string; value: number }[]> {
  const rows = await reader.rows<{ found: string; size: string }>(
    lastDay(reader),
    sql`SELECT found, size FROM (${sizes}) ORDER BY size DESC, found LIMIT ${uint(limit)}`,
  );
  return rows.map(({ found, size }) => ({ name: found, value: Number(size) }));
}
