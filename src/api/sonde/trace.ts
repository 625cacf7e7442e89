/** GET /api/traces/{traceId}: one trace with all that was sent about it. */
import { SondeError } from '../../base/errors.ts';
import { decodeAttributes } from './attribute-values.ts';
import type { Span, SpanEvent, SpanKind, SpanLink, StatusCode, TraceAnswer } from './contract.ts';
import { groupBy } from './group.ts';
import type { Origins, OriginsOfRows } from './origins.ts';
import { parseHexId } from './parameters.ts';
import type { Reader } from './reader.ts';
import { findTrace, readEvents, readLinks, readSpans } from './trace-query.ts';
import type { EventRow, LinkRow, SpanRow } from './trace-query.ts';

/** Spans of a trace in an answer, and events, and links. */
const spansMax = 100_000;

/** By their number in OTLP. */
export const spanKinds: readonly SpanKind[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'];
/** By their number in OTLP. */
export const statusCodes: readonly StatusCode[] = ['unset', 'ok', 'error'];

const zeroSpanId = '0'.repeat(16);

/** Throws `not_found` for a trace that is not stored. */
export async function readTrace(reader: Reader, origins: Origins): Promise<TraceAnswer> {
  const traceId = parseHexId('traceId', reader.request.params['traceId'] ?? '', 16);
  const found = await findTrace(reader, traceId);
  if (found === undefined) throw new SondeError('not_found', `No trace ${traceId} is stored.`);
  const [rows, events, links] = await Promise.all([
    readSpans(reader, found.range, traceId, spansMax),
    found.events === 0 ? [] : readEvents(reader, found.range, traceId, spansMax),
    found.links === 0 ? [] : readLinks(reader, found.range, traceId, spansMax),
  ]);
  const of = await origins.of(reader, rows);
  const [eventsOf, linksOf] = [groupBy(events, keyOf), groupBy(links, keyOf)];
  const spans = rows.map((row) => toSpan(row, of, eventsOf.get(keyOf(row)) ?? [], linksOf.get(keyOf(row)) ?? []));
  const cut = found.spans > spansMax || found.events > spansMax || found.links > spansMax;
  return { traceId, spans, truncated: cut };
}

interface OfSpan {
  readonly span: string;
  readonly start_ns: string;
}

/** Some senders use a span id twice: with its start it says more. */
function keyOf({ span, start_ns }: OfSpan): string {
  return `${span} ${start_ns}`;
}

function toSpan(row: SpanRow, of: OriginsOfRows, events: readonly EventRow[], links: readonly LinkRow[]): Span {
  return {
    spanId: row.span,
    parentSpanId: row.parent_span === zeroSpanId ? '' : row.parent_span,
    service: row.service,
    name: row.name,
    kind: spanKinds[row.kind] ?? 'unspecified',
    startNs: row.start_ns,
    durationNs: row.duration_ns,
    status: { code: statusCodes[row.status] ?? 'unset', message: row.status_message },
    traceState: row.trace_state,
    flags: row.flags,
    attributes: decodeAttributes(row.attributes, row.attributes_types),
    droppedAttributes: row.dropped_attributes,
    resource: of.resource(row.resource_id),
    scope: of.scope(row.scope_id),
    events: events.map(toEvent),
    droppedEvents: row.dropped_events,
    links: links.map(toLink),
    droppedLinks: row.dropped_links,
  };
}

function toEvent({ time_ns, name, attributes, attributes_types, dropped_attributes }: EventRow): SpanEvent {
  return {
    timeNs: time_ns,
    name,
    attributes: decodeAttributes(attributes, attributes_types),
    droppedAttributes: dropped_attributes,
  };
}

function toLink(row: LinkRow): SpanLink {
  return {
    traceId: row.linked_trace,
    spanId: row.linked_span,
    traceState: row.trace_state,
    flags: row.flags,
    attributes: decodeAttributes(row.attributes, row.attributes_types),
    droppedAttributes: row.dropped_attributes,
  };
}
