/** Log records: OTLP logs v1 (opentelemetry-proto 1.11), nothing left out. */
import { attributeHashes } from './attributes.ts';
import { defineTable } from './table.ts';

/** Levels in rising order; a record's level comes from its severity number, else from its severity text, else `unknown`. */
export const levels = ['unknown', 'trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type Level = (typeof levels)[number];

export const logs = defineTable({
  name: 'logs',
  doc: 'Log records.',
  keeps: 'rows',
  orderBy: ['tenant', 'service', 'time'],
  time: 'time',
  retention: 'logs',
  indexes: [
    'by_trace trace_id TYPE bloom_filter(0.01) GRANULARITY 1',
    `by_attribute ${attributeHashes} TYPE bloom_filter(0.01) GRANULARITY 1`,
    "by_word body TYPE text(tokenizer = 'splitByNonAlpha')",
  ],
  columns: {
    tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
    batch: { kind: 'u64', doc: 'The group commit that wrote the row.' },
    service: { kind: 'string', type: 'LowCardinality(String)', doc: 'service.name of the resource.' },
    time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'time_unix_nano, else observed_time_unix_nano, else the arrival.' },
    time_source: { kind: 'u8', doc: 'Where `time` is from: 0 the record, 1 its observed time, 2 the arrival.' },
    observed_time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'observed_time_unix_nano, 0 when absent.' },
    level: { kind: 'string', type: 'LowCardinality(String)', doc: 'One of `levels`.' },
    severity_number: { kind: 'u8', doc: 'LogRecord.severity_number.' },
    severity_text: { kind: 'string', type: 'LowCardinality(String)', doc: 'LogRecord.severity_text.' },
    body: { kind: 'string', doc: 'LogRecord.body as text, as an attribute value is stored (model/attributes.ts).' },
    body_type: { kind: 'string', type: 'LowCardinality(String)', doc: 'The letter of its type; `e` when there is no body.' },
    event_name: { kind: 'string', type: 'LowCardinality(String)', doc: 'LogRecord.event_name.' },
    trace_id: { kind: 'bytes16', doc: 'LogRecord.trace_id, zero when absent.' },
    span_id: { kind: 'bytes8', doc: 'LogRecord.span_id, zero when absent.' },
    flags: { kind: 'u32', doc: 'LogRecord.flags.' },
    attributes: { kind: 'attributes', doc: 'Log attributes.' },
    dropped_attributes: { kind: 'u32', doc: 'LogRecord.dropped_attributes_count.' },
    resource_id: { kind: 'u64', doc: 'The resource, in resources.' },
    scope_id: { kind: 'u64', doc: 'The scope, in scopes.' },
  },
});
