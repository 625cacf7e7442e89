/** SQL that picks series of one kind of metric, with the labels that they are grouped by. */
import { and, join, raw, sql, text } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { MetricRow } from './metrics-query.ts';

export interface SeriesChoice {
  /** The kind: name, type, temporality and monotony. */
  readonly kind: Pick<MetricRow, 'metric' | 'type' | 'temporality' | 'monotonic'>;
  readonly service: string | undefined;
  /** Conditions on attributes of the series or its resource. */
  readonly attributes: readonly Sql[];
  /** Attribute keys, `service`, or `resource.` and a key of the resource. */
  readonly by: readonly string[];
}

const resourcePrefix = 'resource.';

/** A SELECT of `metric_id`, `id` and `labels`, an array of texts in the order of `by`, empty where a series has no such attribute. */
export function pickSeries({ kind, service, attributes, by }: SeriesChoice): Sql {
  const conditions = [
    sql`metric = ${text(kind.metric)}`,
    sql`type = ${text(kind.type)}`,
    sql`temporality = ${raw(String(kind.temporality))}`,
    sql`monotonic = ${raw(String(kind.monotonic))}`,
    ...(service === undefined ? [] : [sql`service = ${text(service)}`]),
    ...attributes,
  ];
  const series = sql`SELECT metric_id, id, service, attributes, resource_id FROM series WHERE ${and(conditions)} LIMIT 1 BY id`;
  const labels = sql`[${join(by.map(labelOf), ', ')}]::Array(String)`;
  if (!by.some((key) => key.startsWith(resourcePrefix))) return sql`SELECT metric_id, id, ${labels} AS labels FROM (${series})`;
  const resources = sql`SELECT id AS origin_id, attributes AS resource_attributes FROM resources LIMIT 1 BY id`;
  return sql`SELECT metric_id, id, ${labels} AS labels FROM (${series}) AS chosen ANY LEFT JOIN (${resources}) AS origin ON resource_id = origin_id`;
}

/** The condition on points that they are of picked series: by what points are sorted by. */
export function isOfSeries(picked: Sql): Sql {
  return sql`(metric_id, series_id) IN (SELECT metric_id, id FROM (${picked}))`;
}

function labelOf(key: string): Sql {
  if (key === 'service') return sql`toString(service)`;
  if (key.startsWith(resourcePrefix)) return sql`resource_attributes[${text(key.slice(resourcePrefix.length))}]`;
  return sql`attributes[${text(key)}]`;
}
