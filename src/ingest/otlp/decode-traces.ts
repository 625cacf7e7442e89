/**
 * ExportTraceServiceRequest → rows of spans, span_events and span_links.
 *
 * A span is refused when its trace id or span id is not there, has a wrong length or is all zeros, when its parent's id has a wrong
 * length, or when its start lies outside the times that are taken. A kind or status code that OTLP 1.11 does not have is
 * stored as 0, unspecified.
 */
import { Place, Places } from '../../codec/protobuf.ts';
import type { WireReader } from '../../codec/protobuf.ts';
import type { OpenCommit, Outcome } from '../../engine/commit.ts';
import type { Batch } from '../../model/batch.ts';
import { spans } from '../../model/spans.ts';
import type { DecodeContext } from './context.ts';
import { eachItem } from './decode-groups.ts';
import { Origin } from './decode-origin.ts';
import { SpanParts } from './decode-span-parts.ts';
import { Decoding } from './decoding.ts';
import { SpanExtras } from './span-extras.ts';
import { absent, isValidId, readId, spanIdBytes, traceIdBytes, wrongLength } from './ids.ts';

const spanFields = 0b1_1111_1111_1111_1110;
const statusFields = 0b1100;
const kindMax = 5;
const statusMax = 2;

type SpanColumns = Batch<typeof spans>['columns'];

/** Appends the rows of an ExportTraceServiceRequest. Throws `malformed_body` with the byte position. */
export function decodeTraces(body: Uint8Array, open: OpenCommit, context: DecodeContext): Outcome {
  const decoding = new Decoding(body, open, context, 'spans');
  const { reader } = decoding;
  const origin = new Origin(decoding);
  const parts = new SpanParts(decoding, origin);
  const span = new Span();
  const extras = new SpanExtras();
  const { columns } = decoding.batch(spans);
  eachItem(decoding, origin, (end) => {
    decoding.noteUnit();
    span.read(decoding, columns, end);
    const refusal = refusalOf(decoding, span);
    if (refusal !== undefined) {
      columns.attributes.truncate(columns.attributes.length);
      decoding.refusals.refuse(refusal);
      return;
    }
    origin.noteTime(reader.lowAt(span.start), reader.highAt(span.start));
    writeSpan(decoding, origin, span, columns, extras);
    parts.write(span);
  });
  return decoding.outcome();
}

/** The span that is being read, as positions in the body and small numbers. */
class Span {
  traceId = absent;
  spanId = absent;
  parentSpanId = absent;
  readonly traceState = new Place();
  readonly name = new Place();
  start = absent;
  end = absent;
  readonly message = new Place();
  flags = 0;
  kind = 0;
  status = 0;
  droppedAttributes = 0;
  droppedEvents = 0;
  droppedLinks = 0;
  readonly events = new Places();
  readonly links = new Places();

  /** Reads the message `[reader.at, end)`; its attributes go to their column at once, and the row is left open. */
  read(decoding: Decoding, columns: SpanColumns, end: number): void {
    const { reader, attributes } = decoding;
    this.#clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x0a:
          this.traceId = readId(reader, traceIdBytes, end);
          break;
        case 0x12:
          this.spanId = readId(reader, spanIdBytes, end);
          break;
        case 0x1a:
          reader.place(this.traceState, end);
          break;
        case 0x22:
          this.parentSpanId = readId(reader, spanIdBytes, end);
          break;
        case 0x2a:
          reader.place(this.name, end);
          break;
        case 0x30:
          this.kind = reader.enum(end, kindMax);
          break;
        case 0x39:
          this.start = reader.fixed64(end);
          break;
        case 0x41:
          this.end = reader.fixed64(end);
          break;
        case 0x4a:
          attributes.append(columns.attributes, reader.length(end));
          break;
        case 0x50:
          this.droppedAttributes = reader.uint32(end);
          break;
        case 0x5a:
          reader.addPlace(this.events, end);
          break;
        case 0x60:
          this.droppedEvents = reader.uint32(end);
          break;
        case 0x6a:
          reader.addPlace(this.links, end);
          break;
        case 0x70:
          this.droppedLinks = reader.uint32(end);
          break;
        case 0x7a:
          this.#readStatus(reader, reader.length(end));
          break;
        case 0x85:
          this.flags = reader.view.getUint32(reader.fixed32(end), true);
          break;
        default:
          reader.skipField(tag, end, spanFields);
      }
    }
  }

  #readStatus(reader: WireReader, end: number): void {
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x12) reader.place(this.message, end);
      else if (tag === 0x18) this.status = reader.enum(end, statusMax);
      else reader.skipField(tag, end, statusFields);
    }
  }

  #clear(): void {
    this.traceId = this.spanId = this.parentSpanId = this.start = this.end = absent;
    this.traceState.clear();
    this.name.clear();
    this.message.clear();
    this.flags = this.kind = this.status = 0;
    this.droppedAttributes = this.droppedEvents = this.droppedLinks = 0;
    this.events.clear();
    this.links.clear();
  }
}

/** What a span that is refused would need; undefined when it is taken. */
function refusalOf(decoding: Decoding, span: Span): string | undefined {
  const { reader } = decoding;
  if (!isValidId(reader, span.traceId, traceIdBytes)) return 'trace_id must be 16 bytes, not all of them zero';
  if (!isValidId(reader, span.spanId, spanIdBytes)) return 'span_id must be 8 bytes, not all of them zero';
  if (span.parentSpanId === wrongLength) return 'parent_span_id must be 8 bytes, or empty for a root span';
  if (decoding.isTimely(reader.lowAt(span.start), reader.highAt(span.start))) return undefined;
  return decoding.timeRule('start_time_unix_nano');
}

/** Appends the row; the attributes are there but for the end of the row. */
function writeSpan(decoding: Decoding, origin: Origin, span: Span, columns: SpanColumns, extras: SpanExtras): void {
  const { reader, open, tenant } = decoding;
  const { view } = reader;
  const { resource, scope } = origin;
  const startLow = reader.lowAt(span.start);
  const startHigh = reader.highAt(span.start);
  const endLow = reader.lowAt(span.end);
  const borrow = endLow >>> 0 < startLow >>> 0 ? 1 : 0;
  columns.tenant.appendUtf8(tenant, 0, tenant.byteLength);
  columns.batch.append(open.numberLow, open.numberHigh);
  columns.service.appendUtf8(resource.service, 0, resource.service.byteLength);
  columns.name.appendUtf8(view, span.name.start, span.name.end);
  columns.start_time.append(startLow, startHigh);
  columns.duration_ns.append(endLow - startLow, reader.highAt(span.end) - startHigh - borrow);
  columns.trace_id.append(view, span.traceId);
  columns.span_id.append(view, span.spanId);
  columns.parent_span_id.append(view, span.parentSpanId);
  columns.kind.append(span.kind);
  columns.status.append(span.status);
  columns.status_message.appendUtf8(view, span.message.start, span.message.end);
  columns.attributes.endRow();
  extras.append(columns.extra, view, span);
  columns.resource_id.append(resource.idLow, resource.idHigh);
  columns.scope_id.append(scope.idLow, scope.idHigh);
}
