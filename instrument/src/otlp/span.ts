/** One span as a field `spans` of ScopeSpans (opentelemetry-proto, trace/v1/trace.proto). */
import { SpanStatusCode } from '@opentelemetry/api';
import type { Attributes, Link } from '@opentelemetry/api';
import { idsOf } from '../trace/span.ts';
import type { RecordedSpan, SharedAttributes, SpanEvent, SpanLimits } from '../trace/span.ts';
import { writeAttribute, writeAttributes } from './values.ts';
import { OtlpWriter } from './writer.ts';

const spans = 0x12;
const span = {
  traceId: 0x0a,
  spanId: 0x12,
  traceState: 0x1a,
  parentSpanId: 0x22,
  name: 0x2a,
  kind: 0x30,
  start: 0x39,
  end: 0x41,
  attributes: 0x4a,
  droppedAttributes: 0x50,
  events: 0x5a,
  droppedEvents: 0x60,
  links: 0x6a,
  droppedLinks: 0x70,
  status: 0x7a,
  flags: 0x85,
} as const;
const event = { time: 0x09, name: 0x12, attributes: 0x1a, dropped: 0x20 } as const;
const link = { traceId: 0x0a, spanId: 0x12, traceState: 0x1a, attributes: 0x22, dropped: 0x28, flags: 0x35 } as const;
const status = { message: 0x12, code: 0x18 } as const;

/** Whether the parent is known to be of another process, and that it is (SpanFlags). */
const flags = { hasIsRemote: 0x100, isRemote: 0x200 } as const;

export function writeSpan(writer: OtlpWriter, from: RecordedSpan, limits: SpanLimits): void {
  const start = writer.begin(spans);
  writer.id16(span.traceId, from.trace0, from.trace1, from.trace2, from.trace3);
  writer.id8(span.spanId, from.span0, from.span1);
  if (from.traceState !== '') writer.text(span.traceState, from.traceState);
  const { parent } = from;
  if (parent !== undefined) writer.id8(span.parentSpanId, parent.span0, parent.span1);
  writer.text(span.name, from.name);
  // OTLP counts kinds from one, as zero is "unspecified".
  writer.integer(span.kind, from.kind + 1);
  writer.time(span.start, from.startMs);
  writer.time(span.end, from.endMs);
  const { attributes, sharedAtStart, sharedAtEnd, extras } = from;
  if (sharedAtStart !== undefined) writer.raw(sharedAtStart.bytes);
  if (attributes !== undefined) writeAttributes(writer, span.attributes, attributes, limits.attributeLengthMax);
  if (sharedAtEnd !== undefined) writer.raw(sharedAtEnd.bytes);
  if (extras !== undefined) {
    if (extras.droppedAttributes > 0) writer.integer(span.droppedAttributes, extras.droppedAttributes);
    for (const each of extras.events) writeEvent(writer, each, limits);
    if (extras.droppedEvents > 0) writer.integer(span.droppedEvents, extras.droppedEvents);
    for (const each of extras.links) writeLink(writer, each, limits);
    if (extras.droppedLinks > 0) writer.integer(span.droppedLinks, extras.droppedLinks);
  }
  if (from.statusCode !== SpanStatusCode.UNSET) writeStatus(writer, from);
  const remote = parent === undefined ? 0 : flags.hasIsRemote | (parent.isRemote ? flags.isRemote : 0);
  writer.fixed32(span.flags, (from.isSampled ? 1 : 0) | remote);
  writer.end(start);
}

/** Attributes, keys and values in turn, that many spans have in common: they are written now, and once. */
export function sharedAttributes(list: readonly unknown[], limits: SpanLimits): SharedAttributes {
  const writer = new OtlpWriter(512);
  writeAttributes(writer, span.attributes, list, limits.attributeLengthMax);
  return { list, bytes: writer.written().slice() };
}

function writeStatus(writer: OtlpWriter, from: RecordedSpan): void {
  const start = writer.begin(span.status);
  if (from.statusMessage !== '') writer.text(status.message, from.statusMessage);
  writer.integer(status.code, from.statusCode);
  writer.end(start);
}

function writeEvent(writer: OtlpWriter, from: SpanEvent, limits: SpanLimits): void {
  const start = writer.begin(span.events);
  writer.time(event.time, from.timeMs);
  writer.text(event.name, from.name);
  const dropped = writeSome(writer, event.attributes, from.attributes, limits.attributesPerEventMax, limits);
  if (dropped > 0) writer.integer(event.dropped, dropped);
  writer.end(start);
}

function writeLink(writer: OtlpWriter, from: Link, limits: SpanLimits): void {
  const ids = idsOf(from.context);
  if (ids === undefined) return;
  const start = writer.begin(span.links);
  writer.id16(link.traceId, ids.trace0, ids.trace1, ids.trace2, ids.trace3);
  writer.id8(link.spanId, ids.span0, ids.span1);
  if (ids.traceState !== '') writer.text(link.traceState, ids.traceState);
  const dropped = writeSome(writer, link.attributes, from.attributes ?? {}, limits.attributesPerLinkMax, limits);
  if (dropped > 0) writer.integer(link.dropped, dropped);
  writer.fixed32(link.flags, (ids.isSampled ? 1 : 0) | flags.hasIsRemote | (ids.isRemote ? flags.isRemote : 0));
  writer.end(start);
}

/** Writes so many attributes at most and says how many were left out. */
function writeSome(writer: OtlpWriter, tag: number, from: Attributes, most: number, limits: SpanLimits): number {
  let count = 0;
  for (const [key, value] of Object.entries(from)) {
    if (value === undefined) continue;
    if (++count <= most) writeAttribute(writer, tag, key, value, limits.attributeLengthMax);
  }
  return Math.max(0, count - most);
}
