/**
 * SQL of log records. A list is ordered by time, newest first, and where times are equal by a hash of the whole record, rising:
 * records that are equal in both are equal in everything, so the order is total for all that can be told apart, and merges in
 * the engine do not change it.
 */
import type { TimeRange } from '../../engine/engine.ts';
import { and, id, raw, sql, text, uint } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { Level } from '../../model/logs.ts';
import type { AttributeFilter } from './parameters.ts';
import type { StoredAttributes } from './attribute-values.ts';
import { attributeConditions, contains, isOneOf } from './filters.ts';
import type { Grid } from './grid.ts';
import { isWholeMinute, isWithin, splitAtMinutes, stepOfMinute, stepOfTime, unionAll } from './minutes.ts';
import type { Reader } from './reader.ts';

export interface LogFilter {
  readonly service: string | undefined;
  readonly levels: readonly Level[];
  readonly text: string | undefined;
  readonly traceId: string | undefined;
  readonly spanId: string | undefined;
  readonly attributes: readonly AttributeFilter[];
}

export interface LogRow {
  readonly hash: string;
  readonly time_ns: string;
  readonly observed_ns: string;
  readonly service: string;
  readonly level: Level;
  readonly severity_number: number;
  readonly severity_text: string;
  readonly body: string;
  readonly body_type: string;
  readonly event_name: string;
  readonly trace: string;
  readonly span: string;
  readonly flags: number;
  readonly attributes: StoredAttributes;
  readonly attributes_types: string;
  readonly dropped_attributes: number;
  readonly resource_id: string;
  readonly scope_id: string;
}

const hash = raw(
  'sipHash64(service, level, severity_number, severity_text, body, body_type, event_name, trace_id, span_id, flags, ' +
    'observed_time, mapKeys(attributes), mapValues(attributes), attributes_types, dropped_attributes, resource_id, scope_id)',
);

/** What a filter means in SQL. */
export async function logConditions(reader: Reader, range: TimeRange | undefined, filter: LogFilter): Promise<readonly Sql[]> {
  const conditions = [...plainConditions(filter)];
  if (filter.text !== undefined) conditions.push(contains(sql`body`, filter.text));
  if (filter.traceId !== undefined) conditions.push(sql`trace_id = ${id(filter.traceId)}`);
  if (filter.spanId !== undefined) conditions.push(sql`span_id = ${id(filter.spanId)}`);
  return [...conditions, ...(await attributeConditions(reader, range, filter.attributes))];
}

/** The part of a filter that minutes have columns for. */
function plainConditions({ service, levels }: LogFilter): readonly Sql[] {
  const conditions: Sql[] = [];
  if (service !== undefined) conditions.push(sql`service = ${text(service)}`);
  if (levels.length > 0) conditions.push(isOneOf(sql`level`, levels));
  return conditions;
}

/** How many records there are, up to `most`, and when the oldest of so many newest ones was. */
export async function measureNewest(
  reader: Reader,
  range: TimeRange,
  conditions: readonly Sql[],
  most: number,
): Promise<{ readonly records: number; readonly oldestNs: bigint }> {
  const [found] = await reader.rows<{ records: string; oldest_ns: string }>(
    range,
    sql`SELECT count() AS records, min(toUnixTimestamp64Nano(time)) AS oldest_ns FROM
      (SELECT time FROM logs WHERE ${and(conditions)} ORDER BY time DESC LIMIT ${raw(String(most))})`,
  );
  return { records: Number(found?.records ?? 0), oldestNs: BigInt(found?.oldest_ns ?? 0) };
}

/** Records in the order of the list. `fromHash`: only those at or after it, which makes sense where all have one time. */
export async function readRecords(
  reader: Reader,
  range: TimeRange,
  conditions: readonly Sql[],
  { limit, offset = 0, fromHash }: { readonly limit: number; readonly offset?: number; readonly fromHash?: bigint },
): Promise<LogRow[]> {
  const all = fromHash === undefined ? conditions : [...conditions, sql`${hash} >= ${uint(fromHash)}`];
  return reader.rows<LogRow>(
    range,
    sql`SELECT ${hash} AS hash, toUnixTimestamp64Nano(time) AS time_ns, toUnixTimestamp64Nano(observed_time) AS observed_ns,
      service, level, severity_number, severity_text, body, body_type, event_name, lower(hex(trace_id)) AS trace,
      lower(hex(span_id)) AS span, flags, attributes, attributes_types, dropped_attributes, resource_id, scope_id
      FROM logs WHERE ${and(all)} ORDER BY time DESC, hash LIMIT ${raw(String(limit))} OFFSET ${raw(String(offset))}`,
  );
}

/** When the records of a trace were, undefined when it has none: by the index over trace ids. */
export async function findTraceLogs(reader: Reader, traceId: string): Promise<TimeRange | undefined> {
  const [found] = await reader.rows<Record<'first_ns' | 'last_ns' | 'records', string>>(
    undefined,
    sql`SELECT toUnixTimestamp64Nano(min(time)) AS first_ns, toUnixTimestamp64Nano(max(time)) AS last_ns, count() AS records
      FROM logs WHERE trace_id = ${id(traceId)}`,
  );
  if (found === undefined || found.records === '0') return undefined;
  return { fromNs: BigInt(found.first_ns), toNs: BigInt(found.last_ns) + 1n };
}

export interface LevelCount {
  readonly step: number;
  readonly level: Level;
  readonly records: number;
}

/** Records per step and level: from minutes where they know enough, else from the records. */
export async function countByLevel(reader: Reader, grid: Grid, filter: LogFilter): Promise<LevelCount[]> {
  const { text: part, traceId, spanId, attributes } = filter;
  const plain = part === undefined && traceId === undefined && spanId === undefined && attributes.length === 0;
  const { whole, ragged } = plain ? splitAtMinutes(grid) : { whole: undefined, ragged: [grid.range] };
  const conditions = await logConditions(reader, grid.range, filter);
  const rows = unionAll([
    whole &&
      sql`SELECT ${stepOfMinute(grid)} AS step, level, records FROM log_minutes WHERE ${and([isWholeMinute(whole), ...plainConditions(filter)])}`,
    ragged.length === 0
      ? undefined
      : sql`SELECT ${stepOfTime(raw('time'), grid)} AS step, level, toUInt64(1) AS records FROM logs
        WHERE ${and([isWithin(raw('time'), ragged), ...conditions])}`,
  ]);
  return reader.rows<LevelCount>(
    grid.range,
    sql`SELECT step, level, toFloat64(sum(records)) AS records FROM (${rows}) GROUP BY step, level`,
  );
}
