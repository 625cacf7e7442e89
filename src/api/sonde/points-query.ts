/**
 * SQL of raw metric points, oldest first: by time, then by series, and where both are equal by a hash of the point. A series has
 * its points in one of the tables of points by its type; one of Prometheus may have both samples and native histograms.
 */
import type { TimeRange } from '../../engine/engine.ts';
import { raw, sql, text, time, uint } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { metricIdOf } from '../../model/metric-ids.ts';
import type { MetricType } from '../../model/metrics.ts';
import type { StoredAttributes } from './attribute-values.ts';
import { numbersIn } from './filters.ts';
import type { Reader } from './reader.ts';

/** A double as rows give it: `nan`, `inf`, `-inf` for what JSON has no numbers for. */
export type RowDouble = number | string;

export interface PointPlace {
  readonly time_ns: string;
  readonly series_id: string;
  readonly hash: string;
}

interface AnyPointRow extends PointPlace {
  readonly start_ns: string;
  readonly flags: number;
}

export interface SampleRow extends AnyPointRow {
  readonly table: 'samples';
  readonly value: RowDouble;
  readonly is_int: number;
  readonly int_rest: number;
}

export interface HistogramRow extends AnyPointRow {
  readonly table: 'histograms';
  readonly count: string;
  readonly sum: RowDouble;
  readonly min: RowDouble;
  readonly max: RowDouble;
  readonly present: number;
  readonly bounds: readonly RowDouble[];
  readonly counts: readonly string[];
  readonly scale: number;
  readonly zero_count: string;
  readonly zero_threshold: number;
  readonly positive_offset: number;
  readonly positive_counts: readonly string[];
  readonly negative_offset: number;
  readonly negative_counts: readonly string[];
}

export interface SummaryRow extends AnyPointRow {
  readonly table: 'summaries';
  readonly count: string;
  readonly sum: RowDouble;
  readonly quantiles: readonly RowDouble[];
  readonly quantile_values: readonly RowDouble[];
}

export interface NativeHistogramRow extends AnyPointRow {
  readonly table: 'native_histograms';
  readonly schema: number;
  readonly reset_hint: number;
  readonly count: RowDouble;
  readonly sum: RowDouble;
  readonly zero_threshold: RowDouble;
  readonly zero_count: RowDouble;
  readonly positive_indexes: readonly number[];
  readonly positive_counts: readonly RowDouble[];
  readonly negative_indexes: readonly number[];
  readonly negative_counts: readonly RowDouble[];
  readonly bounds: readonly RowDouble[];
}

export type PointRow = SampleRow | HistogramRow | SummaryRow | NativeHistogramRow;

const columnsOf = {
  samples: 'value, is_int, int_rest',
  histograms:
    'count, sum, min, max, present, bounds, counts, scale, zero_count, zero_threshold, positive_offset, positive_counts, negative_offset, negative_counts',
  summaries: 'count, sum, quantiles, quantile_values',
  native_histograms:
    'schema, reset_hint, count, sum, zero_threshold, zero_count, positive_indexes, positive_counts, negative_indexes, negative_counts, bounds',
} as const;
const tables = Object.keys(columnsOf) as readonly (keyof typeof columnsOf)[];

export interface PointFilter {
  readonly metric: string;
  readonly service: string | undefined;
}

function seriesOf({ metric, service }: PointFilter): Sql {
  const ofService = service === undefined ? sql`1` : sql`service = ${text(service)}`;
  return sql`(SELECT metric_id, id FROM series WHERE metric = ${text(metric)} AND ${ofService})`;
}

/** The first `limit` points at or after `from`, in their order. */
export async function readPoints(
  reader: Reader,
  range: TimeRange,
  filter: PointFilter,
  { from, limit }: { readonly from: PointPlace | undefined; readonly limit: number },
): Promise<PointRow[]> {
  if (from === undefined) return readFirst(reader, range, filter, limit);
  const fromNs = BigInt(from.time_ns);
  const left = await readTables(reader, { fromNs, toNs: fromNs + 1n }, filter, { from, limit });
  const later = { fromNs: fromNs + 1n, toNs: range.toNs };
  if (left.length === limit || later.fromNs >= later.toNs) return left;
  return [...left, ...(await readFirst(reader, later, filter, limit - left.length))];
}

async function readFirst(reader: Reader, range: TimeRange, filter: PointFilter, limit: number): Promise<PointRow[]> {
  const untilNs = await timeOfNth(reader, range, filter, limit);
  const narrow = untilNs === undefined ? range : { fromNs: range.fromNs, toNs: untilNs + 1n };
  return readTables(reader, narrow, filter, { from: undefined, limit });
}

async function readTables(
  reader: Reader,
  range: TimeRange,
  filter: PointFilter,
  { from, limit }: { readonly from: PointPlace | undefined; readonly limit: number },
): Promise<PointRow[]> {
  const perTable = await Promise.all(
    tables.map(async (table) => {
      const hash = raw(`sipHash64(start_time, flags, ${columnsOf[table]})`);
      const atOrAfter =
        from === undefined ? sql`1` : sql`(series_id, ${hash}) >= (${uint(BigInt(from.series_id))}, ${uint(BigInt(from.hash))})`;
      return reader.rows<PointRow>(
        range,
        sql`SELECT '${raw(table)}' AS table, toUnixTimestamp64Nano(time) AS time_ns, series_id, ${hash} AS hash,
          toUnixTimestamp64Nano(start_time) AS start_ns, flags, ${raw(columnsOf[table])}
          FROM ${raw(table)} WHERE (metric_id, series_id) IN ${seriesOf(filter)} AND ${atOrAfter}
          ORDER BY time, series_id, hash LIMIT ${raw(String(limit))}`,
      );
    }),
  );
  return perTable.flat().toSorted(comparePlaces).slice(0, limit);
}

/** The time of the nth point, by one column of each table, so that whole rows are read from a narrow range only. */
async function timeOfNth(reader: Reader, range: TimeRange, filter: PointFilter, n: number): Promise<bigint | undefined> {
  const times = await Promise.all(
    tables.map(async (table) =>
      reader.rows<{ time_ns: string }>(
        range,
        sql`SELECT toUnixTimestamp64Nano(time) AS time_ns FROM ${raw(table)} WHERE (metric_id, series_id) IN ${seriesOf(filter)}
          ORDER BY time LIMIT 1 OFFSET ${raw(String(n - 1))}`,
      ),
    ),
  );
  const found = times.flat().map(({ time_ns }) => BigInt(time_ns));
  return found.length === 0 ? undefined : found.reduce((least, ns) => (ns < least ? ns : least));
}

function comparePlaces(a: PointPlace, b: PointPlace): number {
  return compare(a.time_ns, b.time_ns) || compare(a.series_id, b.series_id) || compare(a.hash, b.hash);
}

function compare(a: string, b: string): number {
  const difference = BigInt(a) - BigInt(b);
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

/** What a series is. */
export interface SeriesRow {
  readonly id: string;
  readonly type: MetricType;
  readonly unit: string;
  readonly description: string;
  readonly temporality: number;
  readonly monotonic: number;
  readonly attributes: StoredAttributes;
  readonly attributes_types: string;
  readonly resource_id: string;
  readonly scope_id: string;
}

export async function readSeries(reader: Reader, range: TimeRange, metric: string, ids: readonly string[]): Promise<SeriesRow[]> {
  if (ids.length === 0) return [];
  return reader.rows<SeriesRow>(
    range,
    sql`SELECT id, type, unit, description, temporality, monotonic, attributes, attributes_types, resource_id, scope_id
      FROM series WHERE metric = ${text(metric)} AND id IN ${numbersIn(ids)} LIMIT 1 BY id`,
  );
}

export interface PointExemplarRow {
  readonly series_id: string;
  readonly point_ns: string;
  readonly time_ns: string;
  readonly value: RowDouble;
  readonly is_int: number;
  readonly int_rest: number;
  readonly trace: string;
  readonly span: string;
  readonly attributes: StoredAttributes;
  readonly attributes_types: string;
}

/** Exemplars that points of the series in the range carried. An exemplar's own time may be before the range. */
export async function readPointExemplars(
  reader: Reader,
  { fromNs, toNs }: TimeRange,
  metric: string,
  ids: readonly string[],
): Promise<PointExemplarRow[]> {
  if (ids.length === 0) return [];
  return reader.rows<PointExemplarRow>(
    undefined,
    sql`SELECT series_id, toUnixTimestamp64Nano(point_time) AS point_ns, toUnixTimestamp64Nano(time) AS time_ns,
      value, is_int, int_rest, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span, attributes, attributes_types
      FROM exemplars WHERE metric_id = ${uint(metricIdOf(metric))} AND series_id IN ${numbersIn(ids)} AND point_time >= ${time(fromNs)} AND point_time < ${time(toNs)}
      ORDER BY exemplars.time, trace_id, span_id LIMIT 100000`,
  );
}
