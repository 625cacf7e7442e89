/** Events and links of spans → rows of span_events and span_links, each with its place in the list of its span. */
import { Place } from '../../codec/protobuf.ts';
import type { Places } from '../../codec/protobuf.ts';
import type { Batch } from '../../model/batch.ts';
import type { AttributesColumn } from '../../model/columns.ts';
import { spanEvents, spanLinks } from '../../model/spans.ts';
import type { Origin } from './decode-origin.ts';
import type { Decoding } from './decoding.ts';
import { absent, readId, spanIdBytes, traceIdBytes } from './ids.ts';

const eventFields = 0b1_1110;
const linkFields = 0b111_1110;

type EventColumns = Batch<typeof spanEvents>['columns'];
type LinkColumns = Batch<typeof spanLinks>['columns'];

/** What the rows need of their span: positions in the body. */
export interface SpanPlace {
  readonly traceId: number;
  readonly spanId: number;
  readonly start: number;
  readonly events: Places;
  readonly links: Places;
}

/** Appends the rows of events and links. */
export class SpanParts {
  readonly #decoding: Decoding;
  readonly #origin: Origin;
  readonly #events: EventColumns;
  readonly #links: LinkColumns;
  readonly #event = new Event();
  readonly #link = new Link();

  constructor(decoding: Decoding, origin: Origin) {
    this.#decoding = decoding;
    this.#origin = origin;
    this.#events = decoding.batch(spanEvents).columns;
    this.#links = decoding.batch(spanLinks).columns;
  }

  write(span: SpanPlace): void {
    for (let i = 0; i < span.events.length; i++) this.#writeEvent(span, i);
    for (let i = 0; i < span.links.length; i++) this.#writeLink(span, i);
  }

  #writeEvent(span: SpanPlace, position: number): void {
    const { reader } = this.#decoding;
    const event = this.#event;
    const columns = this.#events;
    reader.at = span.events.start(position);
    event.read(this.#decoding, columns.attributes, span.events.end(position));
    this.#writePlace(columns, span, position);
    columns.time.append(reader.lowAt(event.time), reader.highAt(event.time));
    columns.name.appendUtf8(reader.view, event.name.start, event.name.end);
    columns.attributes.endRow();
    columns.dropped_attributes.append(event.droppedAttributes);
  }

  #writeLink(span: SpanPlace, position: number): void {
    const { reader } = this.#decoding;
    const link = this.#link;
    const columns = this.#links;
    reader.at = span.links.start(position);
    link.read(this.#decoding, columns.attributes, span.links.end(position));
    this.#writePlace(columns, span, position);
    columns.linked_trace_id.append(reader.view, link.traceId);
    columns.linked_span_id.append(reader.view, link.spanId);
    columns.trace_state.appendUtf8(reader.view, link.traceState.start, link.traceState.end);
    columns.flags.append(link.flags);
    columns.attributes.endRow();
    columns.dropped_attributes.append(link.droppedAttributes);
  }

  /** What both tables start with. */
  #writePlace(columns: EventColumns | LinkColumns, span: SpanPlace, position: number): void {
    const { reader, open, tenant } = this.#decoding;
    this.#decoding.noteItem();
    const { service } = this.#origin.resource;
    columns.tenant.appendUtf8(tenant, 0, tenant.byteLength);
    columns.batch.append(open.numberLow, open.numberHigh);
    columns.service.appendUtf8(service, 0, service.byteLength);
    columns.start_time.append(reader.lowAt(span.start), reader.highAt(span.start));
    columns.trace_id.append(reader.view, span.traceId);
    columns.span_id.append(reader.view, span.spanId);
    columns.position.append(position);
  }
}

class Event {
  time = absent;
  readonly name = new Place();
  droppedAttributes = 0;

  /** Reads the message `[reader.at, end)`; its attributes go to their column, and the row is left open. */
  read(decoding: Decoding, column: AttributesColumn, end: number): void {
    const { reader, attributes } = decoding;
    this.time = absent;
    this.name.clear();
    this.droppedAttributes = 0;
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x09) this.time = reader.fixed64(end);
      else if (tag === 0x12) reader.place(this.name, end);
      else if (tag === 0x1a) attributes.append(column, reader.length(end));
      else if (tag === 0x20) this.droppedAttributes = reader.uint32(end);
      else reader.skipField(tag, end, eventFields);
    }
  }
}

class Link {
  traceId = absent;
  spanId = absent;
  readonly traceState = new Place();
  flags = 0;
  droppedAttributes = 0;

  /** Reads the message `[reader.at, end)`; its attributes go to their column, and the row is left open. */
  read(decoding: Decoding, column: AttributesColumn, end: number): void {
    const { reader, attributes } = decoding;
    this.#clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) this.traceId = readId(reader, traceIdBytes, end);
      else if (tag === 0x12) this.spanId = readId(reader, spanIdBytes, end);
      else if (tag === 0x1a) reader.place(this.traceState, end);
      else if (tag === 0x22) attributes.append(column, reader.length(end));
      else if (tag === 0x28) this.droppedAttributes = reader.uint32(end);
      else if (tag === 0x35) this.flags = reader.view.getInt32(reader.fixed32(end), true);
      else reader.skipField(tag, end, linkFields);
    }
  }

  #clear(): void {
    this.traceId = this.spanId = absent;
    this.traceState.clear();
    this.flags = this.droppedAttributes = 0;
  }
}
