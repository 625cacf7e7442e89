/** SQL of one trace: its spans, from where its summary says that they are in time; then the events and links that they have. */
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

/** At most `limit` spans, the earliest, whenever they were; by their start. Ids are in upper case hex. */
export async function readSpans(reader: Reader, traceId: string, limit: number): Promise<SpanRow[]> {
  // Nearly all traces fit, and to plan and do the sorting takes the engine longer than it takes us.
  const rows = await reader.rows<SpanRow>(undefined, spansOf(traceId, sql`LIMIT ${raw(String(limit))}`));
  if (rows.length < limit) return rows.toSorted(byStart);
  return reader.rows<SpanRow>(undefined, spansOf(traceId, sql`ORDER BY start_time, span_id LIMIT ${raw(String(limit))}`));
}

function spansOf(traceId: string, end: Sql): Sql {
  const bounds = sql`SELECT (min(start_time), max(last_start_time)) FROM traces WHERE trace_id = ${id(traceId)}`;
  return sql`WITH (${bounds}) AS bounds
    SELECT hex(span_id) AS span, hex(parent_span_id) AS parent_span, service, name, kind, toUnixTimestamp64Nano(start_time) AS start_ns,
    duration_ns, status, status_message, attributes, attributes_types, extra, resource_id, scope_id
    FROM spans PREWHERE trace_id = ${id(traceId)} AND start_time >= bounds.1 AND start_time <= bounds.2 ${end}`;
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
