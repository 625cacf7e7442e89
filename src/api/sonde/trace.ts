/** GET /api/traces/{traceId}: one trace with all that was sent about it. */
import { SondeError } from '../../base/errors.ts';
import type { SpanExtra } from '../../model/spans.ts';
import { decodeAttributes } from './attribute-values.ts';
import type { Span, SpanEvent, SpanKind, SpanLink, StatusCode, TraceAnswer } from './contract.ts';
import { groupBy } from './group.ts';
import type { Origins, OriginsOfRows } from './origins.ts';
import { parseHexId } from './parameters.ts';
import type { Reader } from './reader.ts';
import { readEvents, readLinks, readSpans } from './trace-query.ts';
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
  const found = await readSpans(reader, traceId, spansMax + 1);
  const rows = found.slice(0, spansMax);
  const extras = rows.map(({ extra }): SpanExtra => (extra === '' ? {} : (JSON.parse(extra) as SpanExtra)));
  const [first, last] = [rows[0], rows.at(-1)];
  if (first === undefined || last === undefined) throw new SondeError('not_found', `No trace ${traceId} is stored.`);
  const range = { fromNs: BigInt(first.start_ns), toNs: BigInt(last.start_ns) + 1n };
  const [of, events, links] = await Promise.all([
    origins.of(reader, rows),
    extras.some(({ eventCount = 0 }) => eventCount > 0) ? readEvents(reader, range, traceId, spansMax + 1) : [],
    extras.some(({ linkCount = 0 }) => linkCount > 0) ? readLinks(reader, range, traceId, spansMax + 1) : [],
  ]);
  const [eventsOf, linksOf] = [groupBy(events.slice(0, spansMax), keyOf), groupBy(links.slice(0, spansMax), keyOf)];
  const spans = rows.map((row, i) => ({
    ...toSpan(row, of, extras[i] ?? {}),
    events: (eventsOf.get(keyOf(row)) ?? []).map(toEvent),
    links: (linksOf.get(keyOf(row)) ?? []).map(toLink),
  }));
  return { traceId, spans, truncated: [found, events, links].some(({ length }) => length > spansMax) };
}

interface OfSpan {
  readonly span: string;
  readonly start_ns: string;
}

/** Some senders use a span id twice: with its start it says more. */
function keyOf({ span, start_ns }: OfSpan): string {
  return `${span} ${start_ns}`;
}

function toSpan(row: SpanRow, of: OriginsOfRows, extra: SpanExtra): Omit<Span, 'events' | 'links'> {
  return {
    spanId: row.span.toLowerCase(),
    parentSpanId: row.parent_span === zeroSpanId ? '' : row.parent_span.toLowerCase(),
    service: row.service,
    name: row.name,
    kind: spanKinds[row.kind] ?? 'unspecified',
    startNs: row.start_ns,
    durationNs: row.duration_ns,
    status: { code: statusCodes[row.status] ?? 'unset', message: row.status_message },
    traceState: extra.traceState ?? '',
    flags: extra.flags ?? 0,
    attributes: decodeAttributes(row.attributes, row.attributes_types),
    droppedAttributes: extra.droppedAttributesCount ?? 0,
    resource: of.resource(row.resource_id),
    scope: of.scope(row.scope_id),
    droppedEvents: extra.droppedEventsCount ?? 0,
    droppedLinks: extra.droppedLinksCount ?? 0,
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
