/**
 * Spans, their events and their links: OTLP trace v1 (opentelemetry-proto 1.11), nothing left out. They lie in the order of time,
 * so that those of one trace are side by side: docs/decisions/span-order.md.
 */
import { attributeHashes } from './attributes.ts';
import { defineTable } from './table.ts';

/** An entry into a service: a request or message that it served, or the start of a trace. Golden signals count these. */
export const entrySpan = "(kind IN (2, 5) OR parent_span_id = x'0000000000000000')";

/**
 * What stands in `spans.extra`: of these fields those that are not 0 or empty, by their names in OTLP/JSON; `eventCount` and
 * `linkCount` are the rows of the span in span_events and span_links. Nothing searches by them, and each column more
 * costs the read of a trace 0.2 ms (docs/decisions/short-reads.md).
 */
export interface SpanExtra {
  readonly traceState?: string;
  readonly flags?: number;
  readonly droppedAttributesCount?: number;
  readonly eventCount?: number;
  readonly droppedEventsCount?: number;
  readonly linkCount?: number;
  readonly droppedLinksCount?: number;
}

export const spans = defineTable({
  name: 'spans',
  doc: 'Spans.',
  keeps: 'rows',
  orderBy: ['tenant', 'start_time'],
  time: 'start_time',
  retention: 'traces',
  indexes: [
    'by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1',
    `by_attribute ${attributeHashes} TYPE bloom_filter(0.01) GRANULARITY 1`,
    'by_duration duration_ns TYPE minmax GRANULARITY 1',
  ],
  columns: {
    tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
    batch: { kind: 'u64', doc: 'The group commit that wrote the row.' },
    service: { kind: 'string', type: 'LowCardinality(String)', doc: 'service.name of the resource.' },
    name: { kind: 'string', type: 'LowCardinality(String)', doc: 'Span.name, the operation.' },
    start_time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'Span.start_time_unix_nano.' },
    duration_ns: { kind: 'i64', doc: 'End minus start in nanoseconds; negative when the sender said so.' },
    trace_id: { kind: 'bytes16', doc: 'Span.trace_id.' },
    span_id: { kind: 'bytes8', doc: 'Span.span_id.' },
    parent_span_id: { kind: 'bytes8', doc: 'Span.parent_span_id, zero for a root.' },
    kind: { kind: 'u8', doc: 'Span.kind: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer.' },
    status: { kind: 'u8', doc: 'Status.code: 0 unset, 1 ok, 2 error.' },
    status_message: { kind: 'string', doc: 'Status.message.' },
    attributes: { kind: 'attributes', doc: 'Span attributes.' },
    extra: { kind: 'string', doc: 'Fields that few spans have, as a JSON object (SpanExtra); empty when it would be.' },
    resource_id: { kind: 'u64', doc: 'The resource, in resources.' },
    scope_id: { kind: 'u64', doc: 'The scope, in scopes.' },
  },
});

export const spanEvents = defineTable({
  name: 'span_events',
  doc: 'Span events, exceptions among them.',
  keeps: 'rows',
  orderBy: ['tenant', 'start_time', 'trace_id', 'span_id', 'position'],
  time: 'start_time',
  retention: 'traces',
  indexes: ['by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1'],
  columns: {
    tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
    batch: { kind: 'u64', doc: 'The group commit that wrote the row.' },
    service: { kind: 'string', type: 'LowCardinality(String)', doc: 'service.name of the resource.' },
    start_time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'Start of the span, which places the row.' },
    trace_id: { kind: 'bytes16', doc: 'The trace of the span.' },
    span_id: { kind: 'bytes8', doc: 'The span.' },
    position: { kind: 'u32', doc: 'Place in the list of the span, from 0.' },
    time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'Event.time_unix_nano.' },
    name: { kind: 'string', type: 'LowCardinality(String)', doc: 'Event.name.' },
    attributes: { kind: 'attributes', doc: 'Event attributes.' },
    dropped_attributes: { kind: 'u32', doc: 'Event.dropped_attributes_count.' },
  },
});

export const spanLinks = defineTable({
  name: 'span_links',
  doc: 'Span links to other spans.',
  keeps: 'rows',
  orderBy: ['tenant', 'start_time', 'trace_id', 'span_id', 'position'],
  time: 'start_time',
  retention: 'traces',
  indexes: ['by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1'],
  columns: {
    tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
    batch: { kind: 'u64', doc: 'The group commit that wrote the row.' },
    service: { kind: 'string', type: 'LowCardinality(String)', doc: 'service.name of the resource.' },
    start_time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'Start of the span, which places the row.' },
    trace_id: { kind: 'bytes16', doc: 'The trace of the span.' },
    span_id: { kind: 'bytes8', doc: 'The span.' },
    position: { kind: 'u32', doc: 'Place in the list of the span, from 0.' },
    linked_trace_id: { kind: 'bytes16', doc: 'Link.trace_id.' },
    linked_span_id: { kind: 'bytes8', doc: 'Link.span_id.' },
    trace_state: { kind: 'string', doc: 'Link.trace_state.' },
    flags: { kind: 'u32', doc: 'Link.flags.' },
    attributes: { kind: 'attributes', doc: 'Link attributes.' },
    dropped_attributes: { kind: 'u32', doc: 'Link.dropped_attributes_count.' },
  },
});
