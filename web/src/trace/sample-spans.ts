/** Spans for tests, from the few fields that a test is about. */
import type { Span, SpanEvent } from '../../../src/api/sonde/contract.ts';

export interface SpanSketch {
  readonly id: string;
  readonly under?: string;
  readonly from: number;
  readonly to: number;
  readonly failed?: boolean;
  readonly name?: string;
  readonly service?: string;
  readonly attributes?: Span['attributes'];
  readonly message?: string;
  readonly events?: readonly Pick<SpanEvent, 'name' | 'attributes'>[];
}

/** The moment that sketches count their nanoseconds from. */
export const sketchStartNs = 1_763_630_000_999_999_000n;

export function sketchSpan(sketch: SpanSketch): Span {
  return {
    spanId: sketch.id,
    parentSpanId: sketch.under ?? '',
    service: sketch.service ?? 'shop',
    name: sketch.name ?? sketch.id,
    kind: 'internal',
    startNs: String(sketchStartNs + BigInt(sketch.from)),
    durationNs: String(sketch.to - sketch.from),
    status: { code: sketch.failed === true ? 'error' : 'unset', message: sketch.message ?? '' },
    traceState: '',
    flags: 1,
    attributes: sketch.attributes ?? {},
    droppedAttributes: 0,
    resource: { attributes: {}, droppedAttributes: 0, schemaUrl: '' },
    scope: { name: '', version: '', attributes: {}, droppedAttributes: 0, schemaUrl: '' },
    events: (sketch.events ?? []).map((event) => ({
      name: event.name,
      attributes: event.attributes,
      timeNs: String(sketchStartNs),
      droppedAttributes: 0,
    })),
    droppedEvents: 0,
    links: [],
    droppedLinks: 0,
  };
}
