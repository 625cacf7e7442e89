/**
 * SQL of the list of traces. A list is made in two moves: candidates (ids in the order of the list, by a bound on their place),
 * then their summaries from the table `traces`, which say what is true of the whole trace. A trace's summary may lie in several
 * rows until the engine merges them, each with the start of its own spans: the row with the earliest one places the trace.
 */
import { lastTimeNs, nsPerDay, nsPerHour } from '../../base/time.ts';
import type { TimeRange } from '../../engine/engine.ts';
import { and, id, int, raw, sql, time } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { traceIdsIn } from './filters.ts';
import type { Reader } from './reader.ts';

export type TraceSort = 'newest' | 'longest';

/** A place in the list: descending by value (start or duration in ns), then by trace id. */
export interface Place {
  readonly value: bigint;
  readonly traceId: string;
}

export interface TraceSearch {
  /** Traces that start in it, with matching spans that start in it. */
  readonly range: TimeRange;
  readonly sort: TraceSort;
  /** The last place of the page before. */
  readonly after: Place | undefined;
  /** What one span of a trace must satisfy, all together. */
  readonly ofSpan: readonly Sql[];
  /** Bounds of the whole trace's duration. */
  readonly minDurationNs: bigint | undefined;
  readonly maxDurationNs: bigint | undefined;
}

export interface TraceRow {
  readonly trace: string;
  readonly start_ns: string;
  readonly duration_ns: string;
  readonly span_count: string;
  readonly error_count: string;
  readonly service_names: readonly string[];
  readonly root_service_name: string;
  readonly root_span_name: string;
}

interface CandidateRow {
  readonly trace: string;
  readonly value: string;
}

/** What a read of candidates needs to know besides the search. */
export interface CandidateRead {
  /** An end of the search's range, up to where the page begins. */
  readonly end: TimeRange;
  /** The last candidate of the batch before. */
  readonly before: Place | undefined;
  readonly limit: number;
  /** Whether `end` is small beside the range, so that a list of all traces in it is cheap. */
  readonly short: boolean;
}

/**
 * Candidates for newest first, from the spans: trace ids by their first matching span, which is at or after the trace's start.
 * Complete for traces that start in `end`.
 */
export async function candidatesFromSpans(reader: Reader, search: TraceSearch, read: CandidateRead): Promise<Place[]> {
  const { end, before, limit, short } = read;
  const conditions = [...search.ofSpan];
  // Without conditions a trace's very first span will do, and it lies in the end itself.
  const whole = search.ofSpan.length > 0;
  if (whole && short && end.toNs < search.range.toNs) {
    const startsInEnd = sql`SELECT trace_id FROM traces WHERE start_time >= ${time(end.fromNs)} AND start_time < ${time(end.toNs)}`;
    conditions.push(sql`start_time < ${time(end.toNs)} OR trace_id IN (${startsInEnd})`);
  }
  const rows = await reader.rows<CandidateRow>(
    { fromNs: end.fromNs, toNs: whole ? search.range.toNs : end.toNs },
    sql`SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(min(start_time)) AS value
      FROM spans WHERE ${and(conditions)} GROUP BY trace_id ${having(raw('min(start_time)'), before, time)}
      ORDER BY value DESC, trace_id DESC LIMIT ${raw(String(limit))}`,
  );
  return rows.map(toPlace);
}

/**
 * Candidates in either order, from the summaries: for bounds on the whole trace's duration, and for longest first. Spans that
 * start long after the range (an hour, or the range's own length) do not count for a trace's duration here.
 */
export async function candidatesFromTraces(reader: Reader, search: TraceSearch, read: CandidateRead): Promise<Place[]> {
  const { end, before, limit } = read;
  const { fromNs, toNs } = search.range;
  const lateNs = toNs - fromNs > nsPerHour ? toNs - fromNs : nsPerHour;
  const conditions = [sql`start_time >= ${time(end.fromNs)} AND start_time < ${time(atMost(toNs + lateNs))}`];
  if (search.ofSpan.length > 0) {
    const inRange = sql`start_time >= ${time(fromNs)} AND start_time < ${time(toNs)}`;
    conditions.push(sql`trace_id IN (SELECT trace_id FROM spans WHERE ${and([inRange, ...search.ofSpan])})`);
  }
  const value = search.sort === 'newest' ? sql`toUnixTimestamp64Nano(min(start_time))` : traceDuration;
  const bounds = [sql`min(start_time) < ${time(end.toNs)}`, ...durationBounds(search)];
  const rows = await reader.rows<CandidateRow>(
    { fromNs: end.fromNs, toNs: atMost(toNs + lateNs) },
    sql`SELECT lower(hex(trace_id)) AS trace, ${value} AS value FROM traces WHERE ${and(conditions)}
      GROUP BY trace_id ${having(value, earlier(before, search.after), int, bounds)}
      ORDER BY value DESC, trace_id DESC LIMIT ${raw(String(limit))}`,
  );
  return rows.map(toPlace);
}

const traceDuration = raw('greatest(toUnixTimestamp64Nano(max(end_time)) - toUnixTimestamp64Nano(min(start_time)), 0)');

function durationBounds({ minDurationNs, maxDurationNs }: TraceSearch): Sql[] {
  const bounds: Sql[] = [];
  if (minDurationNs !== undefined) bounds.push(sql`${traceDuration} >= ${int(minDurationNs)}`);
  if (maxDurationNs !== undefined) bounds.push(sql`${traceDuration} <= ${int(maxDurationNs)}`);
  return bounds;
}

function having(
  value: Sql,
  before: Place | undefined,
  bind: (ns: bigint) => Sql | ReturnType<typeof int>,
  bounds: readonly Sql[] = [],
): Sql {
  const conditions = [...bounds];
  if (before !== undefined) conditions.push(sql`(${value}, trace_id) < (${bind(before.value)}, ${id(before.traceId)})`);
  return conditions.length === 0 ? raw('') : sql`HAVING ${and(conditions)}`;
}

/** Summaries of whole traces, in no order. Looks a day beyond the range on both sides. */
export async function readSummaries(
  reader: Reader,
  { fromNs, toNs }: TimeRange,
  traceIds: readonly string[],
): Promise<TraceRow[]> {
  if (traceIds.length === 0) return [];
  return reader.rows<TraceRow>(
    { fromNs: fromNs > nsPerDay ? fromNs - nsPerDay : 0n, toNs: atMost(toNs + nsPerDay) },
    sql`SELECT lower(hex(trace_id)) AS trace, toUnixTimestamp64Nano(min(start_time)) AS start_ns, ${traceDuration} AS duration_ns,
      sum(spans) AS span_count, sum(errors) AS error_count, groupUniqArrayArray(services) AS service_names,
      max(root_service) AS root_service_name, max(root_name) AS root_span_name
      FROM traces WHERE trace_id IN ${traceIdsIn(traceIds)} GROUP BY trace_id`,
  );
}

/** Whether a place comes after another one in the list. */
export function isAfter(place: Place, other: Place): boolean {
  return place.value < other.value || (place.value === other.value && place.traceId < other.traceId);
}

function earlier(a: Place | undefined, b: Place | undefined): Place | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return isAfter(a, b) ? a : b;
}

function toPlace({ trace, value }: CandidateRow): Place {
  return { traceId: trace, value: BigInt(value) };
}

function atMost(ns: bigint): bigint {
  return ns > lastTimeNs ? lastTimeNs : ns;
}
