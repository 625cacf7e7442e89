/** SQL of one trace: where it is in time, then its spans, events and links from there. */
import type { TimeRange } from '../../engine/engine.ts';
import { id, raw, sql } from '../../engine/sql.ts';
import type { StoredAttributes } from './attribute-values.ts';
import type { Reader } from './reader.ts';

/** Start times of the first and the last span, and how much there is. */
export interface TraceBounds {
  readonly range: TimeRange;
  readonly spans: number;
  readonly events: number;
  readonly links: number;
}

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
  readonly trace_state: string;
  readonly flags: number;
  readonly attributes: StoredAttributes;
  readonly attributes_types: string;
  readonly dropped_attributes: number;
  readonly dropped_events: number;
  readonly dropped_links: number;
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

/** Undefined when no span of the trace is stored. */
export async function findTrace(reader: Reader, traceId: string): Promise<TraceBounds | undefined> {
  const [found] = await reader.rows<Record<'first_ns' | 'last_ns' | 'span_count' | 'event_count' | 'link_count', string>>(
    undefined,
    sql`SELECT toUnixTimestamp64Nano(min(start_time)) AS first_ns,
      toUnixTimestamp64Nano(max(last_start_time)) AS last_ns,
      sum(spans) AS span_count, sum(events) AS event_count, sum(links) AS link_count
      FROM traces WHERE trace_id = ${id(traceId)}`,
  );
  if (found === undefined || found.span_count === '0') return undefined;
  return {
    range: { fromNs: BigInt(found.first_ns), toNs: BigInt(found.last_ns) + 1n },
    spans: Number(found.span_count),
    events: Number(found.event_count),
    links: Number(found.link_count),
  };
}

/** At most `limit` spans, the earliest. */
export async function readSpans(reader: Reader, range: TimeRange, traceId: string, limit: number): Promise<SpanRow[]> {
  return reader.rows<SpanRow>(
    range,
    sql`SELECT lower(hex(span_id)) AS span, lower(hex(parent_span_id)) AS parent_span, service, name, kind,
      toUnixTimestamp64Nano(start_time) AS start_ns, duration_ns, status, status_message, trace_state, flags,
      attributes, attributes_types, dropped_attributes, dropped_events, dropped_links, resource_id, scope_id
      FROM spans WHERE trace_id = ${id(traceId)} ORDER BY start_time, span_id LIMIT ${raw(String(limit))}`,
  );
}

/** In the order of each span's list. */
export async function readEvents(reader: Reader, range: TimeRange, traceId: string, limit: number): Promise<EventRow[]> {
  return reader.rows<EventRow>(
    range,
    sql`SELECT lower(hex(span_id)) AS span, toUnixTimestamp64Nano(start_time) AS start_ns,
      toUnixTimestamp64Nano(time) AS time_ns, name,
      attributes, attributes_types, dropped_attributes
      FROM span_events WHERE trace_id = ${id(traceId)} ORDER BY start_time, span_id, position LIMIT ${raw(String(limit))}`,
  );
}

/** In the order of each span's list. */
export async function readLinks(reader: Reader, range: TimeRange, traceId: string, limit: number): Promise<LinkRow[]> {
  return reader.rows<LinkRow>(
    range,
    sql`SELECT lower(hex(span_id)) AS span, toUnixTimestamp64Nano(start_time) AS start_ns, lower(hex(linked_trace_id)) AS linked_trace,
      lower(hex(linked_span_id)) AS linked_span, trace_state, flags, attributes, attributes_types, dropped_attributes
      FROM span_links WHERE trace_id = ${id(traceId)} ORDER BY start_time, span_id, position LIMIT ${raw(String(limit))}`,
  );
}
