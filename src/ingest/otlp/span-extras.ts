/** spans.extra: the fields that few spans have, as one text. */
import type { Place } from '../../codec/protobuf.ts';
import { decodeUtf8 } from '../../base/utf8.ts';
import type { StringColumn } from '../../model/columns.ts';
import type { SpanExtra } from '../../model/spans.ts';

/** The numbers of a span, each of 32 bits, and where its trace state is in the body. */
export interface ExtraFields {
  readonly traceState: Place;
  /** Without a sign. */
  readonly flags: number;
  readonly droppedAttributes: number;
  readonly events: { readonly length: number };
  readonly droppedEvents: number;
  readonly links: { readonly length: number };
  readonly droppedLinks: number;
}

const textEncoder = new TextEncoder();
/** Counts up to here have a place in a key. */
const countMax = 0xff;
const textsMax = 256;

/** Writes the texts. Spans without a trace state have mostly the same few, which are made once. */
export class SpanExtras {
  readonly #texts = new Map<number, Uint8Array>();

  /** Appends a row; places are of `body`. */
  append(column: StringColumn, body: DataView, span: ExtraFields): void {
    const text = this.#textOf(body, span);
    column.append(text, 0, text.length);
  }

  #textOf(body: DataView, span: ExtraFields): Uint8Array {
    const key = keyOf(span);
    if (key === undefined) return encode(decodeUtf8(body, span.traceState.start, span.traceState.end), span);
    let text = this.#texts.get(key);
    if (text === undefined) {
      text = encode('', span);
      if (this.#texts.size < textsMax) this.#texts.set(key, text);
    }
    return text;
  }
}

/** Tells apart spans that have flags and small numbers of events and links at most; undefined for others. */
function keyOf(span: ExtraFields): number | undefined {
  const events = span.events.length;
  const links = span.links.length;
  if (span.traceState.end > span.traceState.start || events > countMax || links > countMax) return undefined;
  if ((span.droppedAttributes | span.droppedEvents | span.droppedLinks) !== 0) return undefined;
  return (span.flags * 0x100 + events) * 0x100 + links;
}

function encode(traceState: string, span: ExtraFields): Uint8Array {
  const extra: SpanExtra = {
    ...(traceState !== '' && { traceState }),
    ...(span.flags !== 0 && { flags: span.flags }),
    ...(span.droppedAttributes !== 0 && { droppedAttributesCount: span.droppedAttributes >>> 0 }),
    ...(span.events.length > 0 && { eventCount: span.events.length }),
    ...(span.droppedEvents !== 0 && { droppedEventsCount: span.droppedEvents >>> 0 }),
    ...(span.links.length > 0 && { linkCount: span.links.length }),
    ...(span.droppedLinks !== 0 && { droppedLinksCount: span.droppedLinks >>> 0 }),
  };
  const text = JSON.stringify(extra);
  return textEncoder.encode(text === '{}' ? '' : text);
}
