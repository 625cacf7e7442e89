/** The ids of the active span as fields of a record that the application itself writes (OpenTelemetry, "Trace Context in non-OTLP Log Formats"). */
import { ROOT_CONTEXT, isSpanContextValid, trace } from '@opentelemetry/api';
import type { Context } from '@opentelemetry/api';
import { activeContext } from '../trace/context.ts';

export const traceFieldNames = ['trace_id', 'span_id', 'trace_flags'] as const;

export type TraceFields = Readonly<Record<(typeof traceFieldNames)[number], string>>;

/** Undefined outside of a span. */
export function traceFields(): TraceFields | undefined {
  const context = trace.getSpan(activeContext())?.spanContext();
  if (context === undefined || !isSpanContextValid(context)) return undefined;
  const { traceId, spanId, traceFlags } = context;
  return { trace_id: traceId, span_id: spanId, trace_flags: (traceFlags & 0xff).toString(16).padStart(2, '0') };
}

/** The span that the fields of a record name, as a context; undefined when they name none. */
export function contextOfFields(record: Readonly<Record<string, unknown>>): Context | undefined {
  const { trace_id: traceId, span_id: spanId, trace_flags: flags } = record;
  if (typeof traceId !== 'string' || typeof spanId !== 'string') return undefined;
  const context = { traceId, spanId, traceFlags: typeof flags === 'string' ? Number.parseInt(flags, 16) & 1 : 0 };
  return isSpanContextValid(context) ? trace.setSpanContext(ROOT_CONTEXT, context) : undefined;
}
