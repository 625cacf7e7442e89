/** SQL of one trace: when it was, by its summary; its spans; then the events and links that they have. */
import type { TimeRange } from '../../engine/engine.ts';
import { id, raw, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { StoredAttributes } from './attribute-values.ts';
import type { Reader } from './reader.ts';

export interface SpanRow {
  readonly span: string;
  readonly parent_span: string;
  readonly service: string;
  readonly name: string;
  readonly kind: number;
  readonly start_ns: string;
  readonly duration_ns: string;
  readonly status: number;
  readonly status_message: string;
  readonly attributes: StoredAttributes;
  readonly attributes_types: string;
  readonly extra: string;
  readonly resource_id: string;
  readonly scope_id: string;
}

export interface EventRow {
  readonly span: string;
  /** Start of the span. */
  readonly start_ns: string;
  readonly time_ns: string;
  readonly name: string;
  readonly attributes: StoredAttributes;
  readonly attributes_types: string;
  readonly dropped_attributes: number;
}

export interface LinkRow {
  readonly span: string;
  /** Start of the span. */
  readonly start_ns: string;
  readonly linked_trace: string;
  readonly linked_span: string;
  readonly trace_state: string;
  readonly flags: number;
  readonly attributes: StoredAttributes;
  readonly attributes_types: string;
  readonly dropped_attributes: number;
}

/**
 * At most `limit` spans, the earliest, whenever they were; by their start. Ids are in upper case hex.
 *
 * Two statements, as the engine takes longer over one with the first as a subquery in it.
 */
export async function readSpans(reader: Reader, traceId: string, limit: number): Promise<SpanRow[]> {
  const range = await findRange(reader, traceId);
  if (range === undefined) return [];
  // Nearly all traces fit, and to plan and do the sorting takes the engine longer than it takes us.
  const rows = await reader.rows<SpanRow>(range, spansOf(traceId, sql`LIMIT ${raw(String(limit))}`));
  if (rows.length < limit) return rows.toSorted(byStart);
  return reader.rows<SpanRow>(range, spansOf(traceId, sql`ORDER BY start_time, span_id LIMIT ${raw(String(limit))}`));
}

/** When the spans of a trace started. It has a summary for each day, and perhaps some that are not merged yet. */
async function findRange(reader: Reader, traceId: string): Promise<TimeRange | undefined> {
  const rows = await reader.rows<{ first_ns: string; last_ns: string }>(
    undefined,
    sql`SELECT toUnixTimestamp64Nano(start_time) AS first_ns, toUnixTimestamp64Nano(last_start_time) AS last_ns
      FROM traces PREWHERE trace_id = ${id(traceId)}`,
  );
  const [one, ...others] = rows.map(({ first_ns, last_ns }): TimeRange => ({
    fromNs: BigInt(first_ns),
    toNs: BigInt(last_ns) + 1n,
  }));
  if (one === undefined) return undefined;
  return others.reduce(
    (all, { fromNs, toNs }) => ({ fromNs: fromNs < all.fromNs ? fromNs : all.fromNs, toNs: toNs > all.toNs ? toNs : all.toNs }),
    one,
  );
}

function spansOf(traceId: string, end: Sql): Sql {
  return sql`SELECT hex(span_id) AS span, hex(parent_span_id) AS parent_span, service, name, kind,
    toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, status, status_message, attributes, attributes_types, extra,
    resource_id, scope_id
    FROM spans PREWHERE trace_id = ${id(traceId)} ${end}`;
}

/** Starts are whole numbers of nanoseconds as text, none below 0. */
function byStart(a: SpanRow, b: SpanRow): number {
  if (a.start_ns.length !== b.start_ns.length) return a.start_ns.length - b.start_ns.length;
  if (a.start_ns !== b.start_ns) return a.start_ns < b.start_ns ? -1 : 1;
  return a.span < b.span ? -1 : Number(a.span > b.span);
}

/** In the order of each span's list. */
export async function readEvents(reader: Reader, range: TimeRange, traceId: string, limit: number): Promise<EventRow[]> {
  return reader.rows<EventRow>(
    range,
    sql`SELECT hex(span_id) AS span, toUnixTimestamp64Nano(start_time) AS start_ns,
      toUnixTimestamp64Nano(time) AS time_ns, name,
      attributes, attributes_types, dropped_attributes
      FROM span_events WHERE trace_id = ${id(traceId)} ORDER BY start_time, span_id, position LIMIT ${raw(String(limit))}`,
  );
}

/** In the order of each span's list. */
export async function readLinks(reader: Reader, range: TimeRange, traceId: string, limit: number): Promise<LinkRow[]> {
  return reader.rows<LinkRow>(
    range,
    sql`SELECT hex(span_id) AS span, toUnixTimestamp64Nano(start_time) AS start_ns, lower(hex(linked_trace_id)) AS linked_trace,
      lower(hex(linked_span_id)) AS linked_span, trace_state, flags, attributes, attributes_types, dropped_attributes
      FROM span_links WHERE trace_id = ${id(traceId)} ORDER BY start_time, span_id, position LIMIT ${raw(String(limit))}`,
  );
}
