/** OpenTelemetry's tracer provider: what any library that is instrumented with its API gets. */
import { SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import type { Attributes, Context, Span, SpanOptions, Tracer, TracerOptions, TracerProvider } from '@opentelemetry/api';
import { nowMs, toEpochMs } from '../clock.ts';
import { isTracingSuppressed } from '@opentelemetry/core';
import { activeContext, runIn, withSpan } from './context.ts';
import { randomWord } from './ids.ts';
import { decide } from './sampling.ts';
import type { Sampler } from './sampling.ts';
import { RecordedSpan, idsOf } from './span.ts';
import type { ParentIds, Scope, SpanSink } from './span.ts';

export interface Tracing {
  readonly sampler: Sampler;
  readonly sink: SpanSink;
}

/** What a span starts with besides its place in a trace. */
export interface NewSpan {
  readonly scope: Scope;
  readonly name: string;
  readonly kind: SpanKind;
  readonly options?: SpanOptions;
}

/** A provider whose tracers share the sampler and the sink. */
export function tracerProvider(tracing: Tracing): TracerProvider {
  const tracers = new Map<string, Tracer>();
  return {
    getTracer(name: string, version = '', options: TracerOptions = {}): Tracer {
      const schemaUrl = options.schemaUrl ?? '';
      const key = JSON.stringify([name, version, schemaUrl]);
      const known = tracers.get(key);
      if (known !== undefined) return known;
      const tracer = makeTracer({ name, version, schemaUrl }, tracing);
      tracers.set(key, tracer);
      return tracer;
    },
  };
}

function makeTracer(scope: Scope, tracing: Tracing): Tracer {
  const startSpan = (name: string, options: SpanOptions = {}, context = activeContext()): Span =>
    startIn(tracing, { scope, name, kind: options.kind ?? SpanKind.INTERNAL, options }, context);
  return {
    startSpan,
    startActiveSpan<F extends (span: Span) => unknown>(
      name: string,
      ...rest: [F] | [SpanOptions, F] | [SpanOptions, Context, F]
    ) {
      const fn = rest.at(-1) as F;
      const options = rest.length > 1 ? (rest[0] as SpanOptions) : {};
      const context = rest.length > 2 ? (rest[1] as Context) : activeContext();
      const span = startSpan(name, options, context);
      return runIn(withSpan(context, span), () => fn(span)) as ReturnType<F>;
    },
  };
}

function startIn(tracing: Tracing, start: NewSpan, context: Context): Span {
  if (isTracingSuppressed(context)) {
    return trace.wrapSpanContext({ traceId: '0'.repeat(32), spanId: '0'.repeat(16), traceFlags: TraceFlags.NONE });
  }
  const parent = start.options?.root === true ? undefined : parentIn(context);
  const span = startSpanOf(tracing, start, parent);
  const { attributes, links } = start.options ?? {};
  if (attributes !== undefined) span.setAttributes(attributes);
  if (links !== undefined) span.addLinks(links);
  return span;
}

/** The ids of the context's span, whoever made it. */
export function parentIn(context: Context): ParentIds | undefined {
  const span = trace.getSpan(context);
  if (span === undefined) return undefined;
  return span instanceof RecordedSpan ? span : idsOf(span.spanContext());
}

/** Starts a span under a parent, or a trace of its own. Attributes of `options` are for the sampler alone. */
export function startSpanOf({ sampler, sink }: Tracing, start: NewSpan, parent: ParentIds | undefined): RecordedSpan {
  const { scope, name, kind, options } = start;
  const ids = parent ?? { trace0: randomWord(), trace1: randomWord(), trace2: randomWord(), trace3: randomWord() | 1 };
  const question = { parent, name, kind, attributes: options?.attributes ?? noAttributes };
  const { isSampled, traceState } = decide(sampler, question, ids.trace2, ids.trace3);
  const startMs = options?.startTime === undefined ? nowMs() : toEpochMs(options.startTime);
  return new RecordedSpan({ sink, scope, name, kind, parent, isSampled, traceState, startMs }, ids);
}

const noAttributes: Attributes = {};
