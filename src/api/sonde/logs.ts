/** GET /api/logs and GET /api/logs/histogram. */
import type { TimeRange } from '../../engine/engine.ts';
import type { Sql } from '../../engine/sql.ts';
import { levels } from '../../model/logs.ts';
import { decodeAttributes, decodeValue } from './attribute-values.ts';
import type { Level, LogRecord, LogsAnswer, LogsHistogramAnswer } from './contract.ts';
import { decodeCursor, encodeCursor } from './cursor.ts';
import { cutIntoSteps, showGrid } from './grid.ts';
import { countByLevel, findTraceLogs, logConditions, measureNewest, readRecords } from './logs-query.ts';
import type { LogFilter, LogRow } from './logs-query.ts';
import { leastStepOfMinutes } from './minutes.ts';
import type { Origins, OriginsOfRows } from './origins.ts';
import {
  readAttributeFilters,
  readChoices,
  readDuration,
  readHexId,
  readLimit,
  readOptionalTimeRange,
  readText,
  readTimeRange,
} from './parameters.ts';
import type { Reader } from './reader.ts';
import { newestEnds } from './slices.ts';

const limits = { default: 100, max: 5000 };
const zeroTraceId = '0'.repeat(32);
const zeroSpanId = '0'.repeat(16);

/** The last record of a page: its time, its hash, and how many records equal to it in both the pages so far have given. */
interface Place {
  readonly timeNs: bigint;
  readonly hash: bigint;
  readonly given: number;
}

interface Page {
  readonly range: TimeRange;
  readonly after: Place | undefined;
}

export async function listLogs(reader: Reader, origins: Origins): Promise<LogsAnswer> {
  const { query } = reader.request;
  const limit = readLimit(query, limits);
  const filter = readFilter(reader);
  const page = await readPage(reader, filter);
  if (page === undefined) return { logs: [], next: null };
  const conditions = await logConditions(reader, page.range, filter);
  const rows = await findRecords(reader, page, conditions, limit + 1);
  const shown = rows.slice(0, limit);
  const of = await origins.of(reader, shown);
  return { logs: shown.map((row) => toRecord(row, of)), next: rows.length > limit ? cursorAfter(page, shown) : null };
}

function readFilter({ request: { query } }: Reader): LogFilter {
  return {
    service: readText(query, 'service'),
    levels: readChoices(query, 'level', levels),
    text: readText(query, 'text'),
    traceId: readHexId(query, 'traceId', 16),
    spanId: readHexId(query, 'spanId', 8),
    attributes: readAttributeFilters(query),
  };
}

/** Undefined when there is nothing to look through. */
async function readPage(reader: Reader, { traceId }: LogFilter): Promise<Page | undefined> {
  const { query } = reader.request;
  const cursor = readText(query, 'cursor');
  if (cursor !== undefined) {
    const { range, place } = decodeCursor('logs', ['int', 'uint', 'uint'], cursor);
    const [timeNs = '', hash = '', given = ''] = place;
    return { range, after: { timeNs: BigInt(timeNs), hash: BigInt(hash), given: Number(given) } };
  }
  const range = await readRange(reader, traceId);
  return range && { range, after: undefined };
}

async function readRange(reader: Reader, traceId: string | undefined): Promise<TimeRange | undefined> {
  const nowNs = reader.context.nowNs();
  const asked = readOptionalTimeRange(reader.request.query, nowNs);
  if (asked !== undefined || traceId === undefined) return asked ?? readTimeRange(reader.request.query, nowNs);
  return findTraceLogs(reader, traceId);
}

/** What is left at the time of the page before, then what is older, from ever longer ends of the range. */
async function findRecords(reader: Reader, page: Page, conditions: readonly Sql[], limit: number): Promise<LogRow[]> {
  const { range, after } = page;
  if (after === undefined) return findOlder(reader, range, conditions, limit);
  const sameTime = { fromNs: after.timeNs, toNs: after.timeNs + 1n };
  const left = await readRecords(reader, sameTime, conditions, { limit, offset: after.given, fromHash: after.hash });
  const older = { fromNs: range.fromNs, toNs: after.timeNs };
  if (left.length === limit || older.fromNs >= older.toNs) return left;
  return [...left, ...(await findOlder(reader, older, conditions, limit - left.length))];
}

async function findOlder(reader: Reader, range: TimeRange, conditions: readonly Sql[], limit: number): Promise<LogRow[]> {
  // Finding where the page ends reads few columns; the records themselves are then read from a narrow range of time.
  for (const end of newestEnds(range)) {
    const { records, oldestNs } = await measureNewest(reader, end, conditions, limit);
    if (records === limit || (records > 0 && end.fromNs === range.fromNs)) {
      return readRecords(reader, { fromNs: oldestNs, toNs: range.toNs }, conditions, { limit });
    }
  }
  return [];
}

function cursorAfter({ range, after }: Page, shown: readonly LogRow[]): string | null {
  const last = shown.at(-1);
  if (last === undefined) return null;
  const equal = shown.filter(({ time_ns, hash }) => time_ns === last.time_ns && hash === last.hash).length;
  const before =
    after !== undefined && String(after.timeNs) === last.time_ns && String(after.hash) === last.hash ? after.given : 0;
  return encodeCursor('logs', { range, place: [last.time_ns, last.hash, String(before + equal)] });
}

function toRecord(row: LogRow, of: OriginsOfRows): LogRecord {
  return {
    timeNs: row.time_ns,
    observedTimeNs: row.observed_ns,
    service: row.service,
    level: row.level,
    severityNumber: row.severity_number,
    severityText: row.severity_text,
    body: row.body,
    bodyValue: decodeValue(row.body, row.body_type),
    eventName: row.event_name,
    traceId: row.trace === zeroTraceId ? '' : row.trace,
    spanId: row.span === zeroSpanId ? '' : row.span,
    flags: row.flags,
    attributes: decodeAttributes(row.attributes, row.attributes_types),
    droppedAttributes: row.dropped_attributes,
    resource: of.resource(row.resource_id),
    scope: of.scope(row.scope_id),
  };
}

/** Counts over time by level; levels that do not occur are left out. */
export async function readLogsHistogram(reader: Reader): Promise<LogsHistogramAnswer> {
  const { query } = reader.request;
  const filter = readFilter(reader);
  const range = (await readRange(reader, filter.traceId)) ?? readTimeRange(query, reader.context.nowNs());
  const grid = cutIntoSteps(range, readDuration(query, 'step'), leastStepOfMinutes(range));
  const counts: Partial<Record<Level, number[]>> = {};
  for (const { step, level, records } of await countByLevel(reader, grid, filter)) {
    const ofLevel = (counts[level] ??= Array.from<number>({ length: grid.points }).fill(0));
    ofLevel[step] = records;
  }
  return { grid: showGrid(grid), levels: counts };
}
