/** SQL of services and their operations: counts by step and duration bucket, from minutes and from the ragged ends. */
import { durationBucket } from '../../model/rollups.ts';
import { entrySpan } from '../../model/spans.ts';
import { raw, sql, text } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { TallyRow } from './golden.ts';
import type { Grid } from './grid.ts';
import { isOneOf, numbersIn } from './filters.ts';
import { isWholeMinute, isWithin, splitAtMinutes, stepOfMinute, stepOfTime, unionAll } from './minutes.ts';
import type { Reader } from './reader.ts';

export interface ServiceTally extends TallyRow {
  readonly service: string;
}

export interface OperationTally extends TallyRow {
  readonly name: string;
  readonly kind: number;
  readonly entry: number;
}

export interface ServiceLogs {
  readonly service: string;
  readonly errors: number;
}

const startTime = raw('start_time');
const operationsMax = 1000;
const resourcesMax = 200;

/** Entry spans per service and step; of one service when it is given. */
export async function readServiceTallies(reader: Reader, grid: Grid, service?: string): Promise<ServiceTally[]> {
  const { whole, ragged } = splitAtMinutes(grid);
  const ofService = service === undefined ? sql`1` : sql`service = ${text(service)}`;
  const rows = unionAll([
    whole &&
      sql`SELECT service, ${stepOfMinute(grid)} AS step, bucket, spans, spans * failed AS errors
        FROM service_minutes WHERE ${ofService} AND ${isWholeMinute(whole)}`,
    ragged.length === 0
      ? undefined
      : sql`SELECT service, ${stepOfTime(startTime, grid)} AS step, ${raw(durationBucket)} AS bucket,
        toUInt64(1) AS spans, toUInt64(status = 2) AS errors
        FROM spans WHERE ${ofService} AND ${raw(entrySpan)} AND (${isWithin(startTime, ragged)})`,
  ]);
  return reader.rows<ServiceTally>(
    grid.range,
    sql`SELECT service, step, groupArray((bucket, requests)) AS buckets, sum(failures) AS errors
      FROM (${perBucket(raw('service, step'), rows)}) GROUP BY service, step`,
  );
}

/** Spans per operation of a service over the whole range: the most frequent operations. */
export async function readOperationTallies(reader: Reader, grid: Grid, service: string): Promise<OperationTally[]> {
  const { whole, ragged } = splitAtMinutes(grid);
  const ofService = sql`service = ${text(service)}`;
  const rows = unionAll([
    whole &&
      sql`SELECT name, kind, entry, bucket, spans, spans * failed AS errors
        FROM operation_minutes WHERE ${ofService} AND ${isWholeMinute(whole)}`,
    ragged.length === 0
      ? undefined
      : sql`SELECT name, kind, toUInt8(${raw(entrySpan)}) AS entry, ${raw(durationBucket)} AS bucket,
        toUInt64(1) AS spans, toUInt64(status = 2) AS errors
        FROM spans WHERE ${ofService} AND (${isWithin(startTime, ragged)})`,
  ]);
  return reader.rows<OperationTally>(
    grid.range,
    sql`SELECT name, kind, entry, 0 AS step, groupArray((bucket, requests)) AS buckets, sum(failures) AS errors
      FROM (${perBucket(raw('name, kind, entry'), rows)}) GROUP BY name, kind, entry
      ORDER BY sum(requests) DESC, name LIMIT ${raw(String(operationsMax))}`,
  );
}

/** Counts as doubles: they travel as plain numbers, exact up to 2^53. */
function perBucket(keys: Sql, rows: Sql): Sql {
  return sql`SELECT ${keys}, bucket, toFloat64(sum(spans)) AS requests, toFloat64(sum(errors)) AS failures
    FROM (${rows}) GROUP BY ${keys}, bucket`;
}

/** Services that sent log records, and how many of these are errors. */
export async function readServiceLogs(reader: Reader, { range, stepNs }: Grid): Promise<ServiceLogs[]> {
  const { whole, ragged } = splitAtMinutes({ range, stepNs: stepNs % 60_000_000_000n === 0n ? stepNs : 60_000_000_000n });
  const rows = unionAll([
    whole && sql`SELECT service, level, records FROM log_minutes WHERE ${isWholeMinute(whole)}`,
    ragged.length === 0
      ? undefined
      : sql`SELECT service, level, toUInt64(1) AS records FROM logs WHERE ${isWithin(raw('time'), ragged)}`,
  ]);
  return reader.rows<ServiceLogs>(
    range,
    sql`SELECT service, toFloat64(sumIf(records, ${isOneOf(sql`level`, ['error', 'fatal'])})) AS errors
      FROM (${rows}) GROUP BY service`,
  );
}

/** A few series of each service on the days of the range. */
export interface ServiceSeries {
  readonly service: string;
  readonly metric_id: number;
  readonly id: string;
}

export async function readServiceSeries(reader: Reader, { range }: Grid): Promise<ServiceSeries[]> {
  return reader.rows<ServiceSeries>(
    range,
    sql`SELECT service, metric_id, id FROM series GROUP BY service, metric_id, id ORDER BY service, id LIMIT 20 BY service LIMIT 20000`,
  );
}

/** Those that have points in the range: series are kept per day, points tell of the hour. */
export async function withPoints(reader: Reader, { range }: Grid, series: readonly ServiceSeries[]): Promise<ServiceSeries[]> {
  if (series.length === 0) return [];
  const ids = numbersIn(series.map(({ id }) => id));
  const metricIds = numbersIn([...new Set(series.map(({ metric_id }) => String(metric_id)))]);
  const tables = ['samples', 'histograms', 'summaries', 'native_histograms'];
  const found = await reader.rows<{ id: string }>(
    range,
    unionAll(
      tables.map(
        (table) =>
          sql`SELECT DISTINCT series_id AS id FROM ${raw(table)} WHERE metric_id IN ${metricIds} AND series_id IN ${ids}`,
      ),
    ),
  );
  const live = new Set(found.map(({ id }) => id));
  return series.filter(({ id }) => live.has(id));
}

/** Resources of a service on the days of the range, the latest first. */
export async function readResourceIds(reader: Reader, { range }: Grid, service: string): Promise<string[]> {
  const rows = await reader.rows<{ id: string }>(
    range,
    sql`SELECT id FROM resources WHERE service = ${text(service)} GROUP BY id ORDER BY max(day) DESC, id LIMIT ${raw(String(resourcesMax))}`,
  );
  return rows.map(({ id }) => id);
}
