/** GET /api/attributes: which attributes the newest rows have, for suggestions of filters. */
import type { TimeRange } from '../../engine/engine.ts';
import { and, raw, sql, text } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { AttributesAnswer, AttributeValue } from './contract.ts';
import type { Origins } from './origins.ts';
import { readChoice, readLimit, readText, readTimeRange } from './parameters.ts';
import type { Reader } from './reader.ts';
import { newestEnds } from './slices.ts';

const limits = { default: 100, max: 1000 };
/** Rows looked at. */
const rowsMax = 20_000;
const valuesPerKey = 20;
/** Longer values make no filters; pairs beyond the count are rare ones. */
const valueBytesMax = 200;
const pairsMax = 50_000;

const sources = {
  traces: { table: raw('spans'), time: raw('start_time') },
  logs: { table: raw('logs'), time: raw('time') },
} as const;
type Source = (typeof sources)['traces' | 'logs'];

/** Counts by key and value. */
type Counts = Map<string, Map<string, number>>;

export async function listAttributes(reader: Reader, origins: Origins): Promise<AttributesAnswer> {
  const { query } = reader.request;
  const source = sources[readChoice(query, 'signal', ['traces', 'logs']) ?? 'traces'];
  const service = readText(query, 'service');
  const limit = readLimit(query, limits);
  const conditions = service === undefined ? [] : [sql`service = ${text(service)}`];
  const range = await newestRange(reader, source, readTimeRange(query, reader.context.nowNs()), conditions);
  const counts: Counts = new Map();
  const [pairs, resources] = await Promise.all([
    readPairs(reader, source, range, conditions),
    readResourceCounts(reader, source, range, conditions),
  ]);
  for (const { key, value, rows } of pairs) add(counts, key, value, rows);
  const found = await origins.resources(reader, new Set(resources.map(({ resource_id }) => resource_id)));
  for (const { resource_id, rows } of resources) {
    const attributes: Readonly<Record<string, AttributeValue>> = found.get(resource_id)?.attributes ?? {};
    for (const [key, value] of Object.entries(attributes)) if (isPlain(value)) add(counts, key, String(value), rows);
  }
  return { attributes: commonest(counts, limit) };
}

/** The shortest of the newest ends that holds enough rows. */
async function newestRange(
  reader: Reader,
  { table, time }: Source,
  range: TimeRange,
  conditions: readonly Sql[],
): Promise<TimeRange> {
  for (const end of newestEnds(range)) {
    const [found] = await reader.rows<{ rows: string }>(
      end,
      sql`SELECT count() AS rows FROM (SELECT ${time} FROM ${table} WHERE ${and(conditions)} LIMIT ${raw(String(rowsMax))})`,
    );
    if (Number(found?.rows) === rowsMax) return end;
  }
  return range;
}

async function readPairs(
  reader: Reader,
  { table, time }: Source,
  range: TimeRange,
  conditions: readonly Sql[],
): Promise<{ key: string; value: string; rows: number }[]> {
  return reader.rows(
    range,
    sql`SELECT key, value, toFloat64(count()) AS rows
      FROM (SELECT attributes FROM ${table} WHERE ${and(conditions)} ORDER BY ${time} DESC LIMIT ${raw(String(rowsMax))})
      ARRAY JOIN mapKeys(attributes) AS key, mapValues(attributes) AS value
      WHERE length(value) <= ${raw(String(valueBytesMax))}
      GROUP BY key, value ORDER BY rows DESC LIMIT ${raw(String(valuesPerKey))} BY key LIMIT ${raw(String(pairsMax))}`,
  );
}

async function readResourceCounts(
  reader: Reader,
  { table, time }: Source,
  range: TimeRange,
  conditions: readonly Sql[],
): Promise<{ resource_id: string; rows: number }[]> {
  return reader.rows(
    range,
    sql`SELECT resource_id, toFloat64(count()) AS rows
      FROM (SELECT resource_id FROM ${table} WHERE ${and(conditions)} ORDER BY ${time} DESC LIMIT ${raw(String(rowsMax))})
      GROUP BY resource_id ORDER BY rows DESC LIMIT 1000`,
  );
}

function add(counts: Counts, key: string, value: string, rows: number): void {
  let values = counts.get(key);
  if (values === undefined) counts.set(key, (values = new Map()));
  values.set(value, (values.get(value) ?? 0) + rows);
}

function isPlain(value: AttributeValue): value is string | number | boolean {
  return value !== null && typeof value !== 'object' && String(value).length <= valueBytesMax;
}

function commonest(counts: Counts, limit: number): AttributesAnswer['attributes'] {
  const attributes = [...counts].map(([key, values]) => ({
    key,
    values: [...values]
      .map(([value, count]) => ({ value, count }))
      .toSorted((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, valuesPerKey),
  }));
  const total = (values: readonly { readonly count: number }[]): number => values.reduce((sum, { count }) => sum + count, 0);
  return attributes.toSorted((a, b) => total(b.values) - total(a.values) || (a.key < b.key ? -1 : 1)).slice(0, limit);
}
