/**
 * metadata: type, help and unit by metric. Prometheus's senders and targets say them apart from their series (`metric_metadata`),
 * OTLP with each series; both are given, the newest word first.
 */
import type { HttpResponse } from '../../base/http.ts';
import { nsPerDay } from '../../base/time.ts';
import { join, raw, sql, text, texts, uint } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { renderData } from './envelope.ts';
import { readCount, readText } from './parameters.ts';
import type { Reader } from './reader.ts';

export interface Metadata {
  readonly type: string;
  readonly help: string;
  readonly unit: string;
}

/** Metrics in one answer at most, whatever is asked. */
const metricsMax = 100_000;
const perMetricMax = 100;

export async function listMetadata(reader: Reader): Promise<HttpResponse> {
  const { query } = reader;
  const limit = Math.min(readCount(query, 'limit') ?? metricsMax, metricsMax);
  const perMetric = readCount(query, 'limit_per_metric') ?? 0;
  const metric = readText(query, 'metric');
  const found = await findMetadata(reader, {
    metrics: metric === undefined ? undefined : [metric],
    limit,
    perMetric: perMetric === 0 ? perMetricMax : Math.min(perMetric, perMetricMax),
  });
  return renderData(Object.fromEntries(found));
}

export interface MetadataQuery {
  /** Of these only; of all when absent. */
  readonly metrics: readonly string[] | undefined;
  readonly limit: number;
  readonly perMetric: number;
}

/** What was said about metrics since yesterday (UTC), by name in order: Prometheus too tells of what it scrapes now. */
export async function findMetadata(
  reader: Reader,
  { metrics, limit, perMetric }: MetadataQuery,
): Promise<ReadonlyMap<string, readonly Metadata[]>> {
  if (limit === 0) return new Map();
  const among = (column: Sql): Sql => (metrics === undefined ? raw('1') : sql`${column} IN ${texts(metrics)}`);
  const nowNs = reader.context.nowNs();
  const rows = await reader.rows<Metadata & { readonly name: string }>(
    { fromNs: nowNs - nsPerDay, toNs: nowNs + 1n },
    sql`SELECT name, type, help, unit FROM (
        SELECT toString(metric) AS name, toString(type) AS type, help, toString(unit) AS unit, day FROM metric_metadata WHERE ${among(raw('metric'))}
        UNION ALL
        SELECT toString(series.name) AS name, ${otlpType} AS type, toString(description) AS help, toString(series.unit) AS unit, day
        FROM series WHERE resource_id != 0 AND ${among(raw('series.name'))})
      GROUP BY name, type, help, unit
      ORDER BY name, max(day) DESC, type, help, unit LIMIT ${uint(perMetric)} BY name LIMIT ${uint(limit * perMetric)}`,
  );
  const found = new Map<string, Metadata[]>();
  for (const { name, type, help, unit } of rows) {
    const known = found.get(name);
    if (known !== undefined) known.push({ type, help, unit });
    else if (found.size < limit) found.set(name, [{ type, help, unit }]);
    else break;
  }
  return found;
}

/** The type of Prometheus for one of OTLP: a sum that can fall, or that is not cumulative, is a gauge there. */
const familyTypes: readonly (readonly [condition: string, type: string])[] = [
  ["series.type = 'sum' AND monotonic = 1", 'counter'],
  ["series.type IN ('histogram', 'exponential_histogram')", 'histogram'],
  ["series.type = 'summary'", 'summary'],
];
const otlpType = sql`multiIf(${join(
  familyTypes.map(([condition, type]) => sql`${raw(condition)}, ${text(type)}`),
  ', ',
)}, 'gauge')`;
