/**
 * SQL of metric names and series. Series are kept per day: a list over a range shows those with points on the days that the
 * range touches.
 */
import type { TimeRange } from '../../engine/engine.ts';
import { and, raw, sql, text } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { MetricType } from '../../model/metrics.ts';
import { contains } from './filters.ts';
import type { Reader } from './reader.ts';

/** A metric of one kind: a name may be sent as several. */
export interface MetricRow {
  readonly metric: string;
  readonly type: MetricType;
  readonly temporality: number;
  readonly monotonic: number;
  readonly any_unit: string;
  readonly any_description: string;
  readonly series_count: number;
  readonly service_names: readonly string[];
  readonly attribute_keys: readonly string[];
  readonly resource_ids: readonly string[];
}

export interface MetricFilter {
  readonly name?: string | undefined;
  readonly service?: string | undefined;
  readonly text?: string | undefined;
  /** Names after this one, in order. */
  readonly after?: string | undefined;
}

/** Kinds of metrics by name, the kind with most series first within a name; all kinds of at most `limit` names. */
export async function readMetrics(reader: Reader, range: TimeRange, filter: MetricFilter, limit: number): Promise<MetricRow[]> {
  const conditions = metricConditions(filter);
  const names = sql`SELECT DISTINCT metric FROM series WHERE ${and(conditions)} ORDER BY metric LIMIT ${raw(String(limit))}`;
  const rows = await reader.rows<MetricRow>(
    range,
    sql`SELECT metric, type, temporality, monotonic, any(unit) AS any_unit, any(description) AS any_description,
      toFloat64(uniqExact(id)) AS series_count, groupUniqArray(1000)(toString(service)) AS service_names,
      groupUniqArrayArray(1000)(arrayMap(key -> toString(key), mapKeys(attributes))) AS attribute_keys,
      groupUniqArray(100)(resource_id) AS resource_ids
      FROM series WHERE ${and(conditions)} AND metric IN (${names})
      GROUP BY metric, type, temporality, monotonic ORDER BY metric, series_count DESC, type LIMIT 100000`,
  );
  return rows;
}

function metricConditions({ name, service, text: part, after }: MetricFilter): Sql[] {
  const conditions: Sql[] = [];
  if (name !== undefined) conditions.push(sql`metric = ${text(name)}`);
  if (service !== undefined) conditions.push(sql`service = ${text(service)}`);
  if (part !== undefined) conditions.push(sql`${contains(sql`metric`, part)} OR ${contains(sql`description`, part)}`);
  if (after !== undefined) conditions.push(sql`metric > ${text(after)}`);
  return conditions;
}
