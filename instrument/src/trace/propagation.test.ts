import { ROOT_CONTEXT, defaultTextMapGetter, defaultTextMapSetter, propagation, trace } from '@opentelemetry/api';
import { expect, test } from 'vitest';
import { withSpan } from './context.ts';
import { extractFrom } from './extract.ts';
import { makePropagation } from './propagation.ts';
import { alwaysOn, parentBased } from './sampling.ts';
import { startSpanOf } from './tracer.ts';

const traceId = '0af7651916cd43dd8448eb211c80319c';
const spanId = 'b7ad6b7169203331';
const formats = ['tracecontext', 'b3', 'b3multi', 'jaeger', 'xray'] as const;
type Format = (typeof formats)[number];

/** A sampled span in each format, as their own specifications write it. */
const incoming: Readonly<Record<Format, Record<string, string>>> = {
  tracecontext: { traceparent: `00-${traceId}-${spanId}-01` },
  b3: { b3: `${traceId}-${spanId}-1` },
  b3multi: { 'x-b3-traceid': traceId, 'x-b3-spanid': spanId, 'x-b3-sampled': '1' },
  jaeger: { 'uber-trace-id': `${traceId}:${spanId}:0:1` },
  xray: { 'x-amzn-trace-id': `Root=1-${traceId.slice(0, 8)}-${traceId.slice(8)};Parent=${spanId};Sampled=1` },
};

/** The ids that go out in a format. */
const outgoing: Readonly<Record<Format, (carrier: Record<string, string>) => readonly (string | undefined)[]>> = {
  tracecontext: (carrier) => carrier['traceparent']?.split('-').slice(1, 3) ?? [],
  b3: (carrier) => carrier['b3']?.split('-').slice(0, 2) ?? [],
  b3multi: (carrier) => [carrier['x-b3-traceid'], carrier['x-b3-spanid']],
  jaeger: (carrier) => carrier['uber-trace-id']?.split(':').slice(0, 2) ?? [],
  xray: (carrier) => {
    const [, time = '', rest = '', parent] =
      /Root=1-(\w{8})-(\w{24});Parent=(\w{16})/.exec(carrier['x-amzn-trace-id'] ?? '') ?? [];
    return [time + rest, parent];
  },
};

const noWarning = (message: string): void => expect(message).toBe('no warning');
const limits = {
  attributesMax: 1,
  attributeLengthMax: 1,
  eventsMax: 1,
  linksMax: 1,
  attributesPerEventMax: 1,
  attributesPerLinkMax: 1,
};
const tracing = { sampler: parentBased(alwaysOn), sink: { limits, spanEnded: () => undefined } };

test.each(formats.flatMap((from) => formats.map((to) => [from, to] as const)))(
  'a trace that comes as %s goes on as %s',
  (from, to) => {
    const { extract } = makePropagation([from], noWarning);
    const { parent } = extractFrom(extract, incoming[from]);
    expect(parent).toMatchObject({ isSampled: true });
    const scope = { name: 's', version: '', schemaUrl: '' };
    const span = startSpanOf(tracing, { scope, name: 'x', kind: 0 }, parent);
    expect(span.traceId).toBe(traceId);
    const carrier: Record<string, string> = {};
    makePropagation([to], noWarning).propagator.inject(withSpan(ROOT_CONTEXT, span), carrier, defaultTextMapSetter);
    const written = Object.fromEntries(Object.entries(carrier).map(([key, value]) => [key.toLowerCase(), value]));
    expect(outgoing[to](written)).toEqual([traceId, span.spanId]);
  },
);

test('baggage goes along with each format, and alone', () => {
  const { propagator } = makePropagation(['b3', 'baggage'], noWarning);
  const context = propagator.extract(ROOT_CONTEXT, { ...incoming.b3, baggage: 'user=17' }, defaultTextMapGetter);
  expect(propagation.getBaggage(context)?.getEntry('user')?.value).toBe('17');
  expect(trace.getSpanContext(context)?.traceId).toBe(traceId);
});

test('what nobody asked for is not read', () => {
  expect(extractFrom(makePropagation(['b3'], noWarning).extract, incoming.tracecontext).parent).toBeUndefined();
  expect(extractFrom(makePropagation(['none'], noWarning).extract, incoming.tracecontext).parent).toBeUndefined();
  expect(extractFrom(makePropagation(['tracecontext'], noWarning).extract, incoming.b3).parent).toBeUndefined();
});

test('a format that is not known is told', () => {
  const told: string[] = [];
  makePropagation(['tracecontext', 'pigeon'], (message) => told.push(message));
  expect(told).toEqual(['there is no propagator "pigeon"; there are tracecontext, baggage, b3, b3multi, jaeger, xray']);
});
