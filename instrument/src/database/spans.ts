/**
 * Spans of databases as the stable semantic conventions have them (1.33 and later), whatever the instrumentation of a library made of
 * them, and `db.client.operation.duration` of every operation, also of those whose trace is not kept.
 */
import { INVALID_SPAN_CONTEXT, SpanStatusCode, trace } from '@opentelemetry/api';
import type { Attributes, AttributeValue, TracerProvider } from '@opentelemetry/api';
import { seriesMax } from '../metric/distribution.ts';
import type { Distribution, DistributionSeries } from '../metric/distribution.ts';
import { activeContext } from '../trace/context.ts';
import type { RecordedSpan } from '../trace/span.ts';
import { parentIn, tracerProvider } from '../trace/tracer.ts';
import type { Tracing } from '../trace/tracer.ts';
import { errorOf } from './errors.ts';
import type { DatabaseLibrary, Operation } from './library.ts';

export const operationDuration = {
  name: 'db.client.operation.duration',
  unit: 's',
  description: 'Duration of database client operations.',
  bounds: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
};

/** What a series of the metric is told apart by. */
const measuredBy = [
  'db.system.name',
  'db.namespace',
  'db.operation.name',
  'db.collection.name',
  'db.query.summary',
  'db.response.status_code',
  'error.type',
  'server.address',
  'server.port',
] as const;

/** Getting a connection from a pool tells something from here on; most often there is one. */
const connectionMinMs = 1;

export interface DatabaseTracing extends Tracing {
  readonly library: DatabaseLibrary;
  readonly measure: Measure;
}

/** For a library's instrumentation: its spans are put right as they end, measured and handed on. */
export function databaseTracers({ library, measure, sampler, sink }: DatabaseTracing): TracerProvider {
  const spanEnded = (span: RecordedSpan): void => endSpan(span, { library, measure, sink });
  const provider = tracerProvider({ sampler, sink: { limits: sink.limits, measuresAll: true, spanEnded } });
  return {
    getTracer(...named) {
      const tracer = provider.getTracer(...named);
      return {
        startActiveSpan: tracer.startActiveSpan.bind(tracer),
        // Outside of any request, nobody wants to know what libraries do for themselves.
        startSpan: (name, options, context = activeContext()) =>
          library.isOwn(name) && parentIn(context) === undefined ? noSpan : tracer.startSpan(name, options, context),
      };
    },
  };
}

const noSpan = trace.wrapSpanContext(INVALID_SPAN_CONTEXT);

function endSpan(span: RecordedSpan, { library, measure, sink }: Omit<DatabaseTracing, 'sampler'>): void {
  const attributes = toAttributes(span.attributes);
  const isError = span.statusCode === SpanStatusCode.ERROR;
  const reading = library.read(span.name, attributes);
  if (reading === 'nothing') return;
  if (reading === 'connection' && !isError && span.endMs - span.startMs < connectionMinMs) return;
  if (reading !== 'connection') tellOperation(span, attributes, reading);
  if (isError) tellError(span, attributes, library);
  span.attributes = toList(attributes);
  if (reading !== 'connection') measure(span, attributes);
  sink.spanEnded(span);
}

function tellOperation(span: RecordedSpan, attributes: Attributes, { operation, collection, summary, text }: Operation): void {
  attributes['db.operation.name'] = operation;
  attributes['db.collection.name'] = collection;
  attributes['db.query.summary'] = summary;
  attributes['db.query.text'] = text;
  const name = summary ?? [operation, collection].filter((part) => part !== undefined).join(' ');
  span.name = name === '' ? String(attributes['db.system.name'] ?? span.name) : name;
}

/** The status has the message. An exception of the application it is only when the application says so: events are left out. */
function tellError(span: RecordedSpan, attributes: Attributes, library: DatabaseLibrary): void {
  const { type, isAnswer } = errorOf(span, library);
  attributes['error.type'] = type;
  if (isAnswer) attributes['db.response.status_code'] = type;
  span.extras = undefined;
}

function toAttributes(list: readonly unknown[] = []): Attributes {
  const attributes: Attributes = {};
  for (let i = 0; i < list.length; i += 2) attributes[list[i] as string] = list[i + 1] as AttributeValue;
  return attributes;
}

function toList(attributes: Attributes): unknown[] {
  return Object.entries(attributes).flatMap(([key, value]) => (value === undefined ? [] : [key, value]));
}

export type Measure = (span: RecordedSpan, attributes: Attributes) => void;

/** Measures operations, each in the series of what it is. */
export function operationMeasurer(duration: Distribution): Measure {
  const known = new Map<string, DistributionSeries>();
  return (span, attributes) => {
    const key = measuredBy.map((name) => String(attributes[name] ?? '')).join('\n');
    let series = known.get(key);
    if (series === undefined) {
      const entries = measuredBy.map((name) => [name, attributes[name]] as const);
      series = duration.series(Object.fromEntries(entries.filter(([, value]) => value !== undefined)));
      // Beyond the limit of a metric all are in one series.
      if (known.size < seriesMax) known.set(key, series);
    }
    series.record((span.endMs - span.startMs) / 1000, span);
  };
}
