/**
 * The messages of OTLP (opentelemetry-proto 1.11) that the three export requests are made of: what JSON is read by. Trace and
 * span ids are `hex`, as OTLP's JSON encoding has them. `AnyValue.string_value_strindex` and `KeyValue.key_strindex` are left
 * out: they point into the dictionary of profiles.
 */
import { known } from '../../base/assert.ts';
import { compileSchema } from '../../codec/protobuf-schema.ts';
import type { MessageType, ProtobufSchema } from '../../codec/protobuf-schema.ts';

const common = {
  AnyValue: {
    string_value: [1, 'string'],
    bool_value: [2, 'bool'],
    int_value: [3, 'int64'],
    double_value: [4, 'double'],
    array_value: [5, 'ArrayValue'],
    kvlist_value: [6, 'KeyValueList'],
    bytes_value: [7, 'bytes'],
  },
  ArrayValue: { values: [1, 'AnyValue', 'repeated'] },
  KeyValueList: { values: [1, 'KeyValue', 'repeated'] },
  KeyValue: { key: [1, 'string'], value: [2, 'AnyValue'] },
  InstrumentationScope: {
    name: [1, 'string'],
    version: [2, 'string'],
    attributes: [3, 'KeyValue', 'repeated'],
    dropped_attributes_count: [4, 'uint32'],
  },
  EntityRef: {
    schema_url: [1, 'string'],
    type: [2, 'string'],
    id_keys: [3, 'string', 'repeated'],
    description_keys: [4, 'string', 'repeated'],
  },
  Resource: {
    attributes: [1, 'KeyValue', 'repeated'],
    dropped_attributes_count: [2, 'uint32'],
    entity_refs: [3, 'EntityRef', 'repeated'],
  },
} as const;

const traces = {
  ExportTraceServiceRequest: { resource_spans: [1, 'ResourceSpans', 'repeated'] },
  ResourceSpans: { resource: [1, 'Resource'], scope_spans: [2, 'ScopeSpans', 'repeated'], schema_url: [3, 'string'] },
  ScopeSpans: { scope: [1, 'InstrumentationScope'], spans: [2, 'Span', 'repeated'], schema_url: [3, 'string'] },
  Span: {
    trace_id: [1, 'hex'],
    span_id: [2, 'hex'],
    trace_state: [3, 'string'],
    parent_span_id: [4, 'hex'],
    name: [5, 'string'],
    kind: [6, 'SpanKind'],
    start_time_unix_nano: [7, 'fixed64'],
    end_time_unix_nano: [8, 'fixed64'],
    attributes: [9, 'KeyValue', 'repeated'],
    dropped_attributes_count: [10, 'uint32'],
    events: [11, 'Event', 'repeated'],
    dropped_events_count: [12, 'uint32'],
    links: [13, 'Link', 'repeated'],
    dropped_links_count: [14, 'uint32'],
    status: [15, 'Status'],
    flags: [16, 'fixed32'],
  },
  Event: {
    time_unix_nano: [1, 'fixed64'],
    name: [2, 'string'],
    attributes: [3, 'KeyValue', 'repeated'],
    dropped_attributes_count: [4, 'uint32'],
  },
  Link: {
    trace_id: [1, 'hex'],
    span_id: [2, 'hex'],
    trace_state: [3, 'string'],
    attributes: [4, 'KeyValue', 'repeated'],
    dropped_attributes_count: [5, 'uint32'],
    flags: [6, 'fixed32'],
  },
  Status: { message: [2, 'string'], code: [3, 'StatusCode'] },
} as const;

const logs = {
  ExportLogsServiceRequest: { resource_logs: [1, 'ResourceLogs', 'repeated'] },
  ResourceLogs: { resource: [1, 'Resource'], scope_logs: [2, 'ScopeLogs', 'repeated'], schema_url: [3, 'string'] },
  ScopeLogs: { scope: [1, 'InstrumentationScope'], log_records: [2, 'LogRecord', 'repeated'], schema_url: [3, 'string'] },
  LogRecord: {
    time_unix_nano: [1, 'fixed64'],
    severity_number: [2, 'SeverityNumber'],
    severity_text: [3, 'string'],
    body: [5, 'AnyValue'],
    attributes: [6, 'KeyValue', 'repeated'],
    dropped_attributes_count: [7, 'uint32'],
    flags: [8, 'fixed32'],
    trace_id: [9, 'hex'],
    span_id: [10, 'hex'],
    observed_time_unix_nano: [11, 'fixed64'],
    event_name: [12, 'string'],
  },
} as const;

/** Fields that several kinds of data point have, under other numbers in some. */
const pointTimes = { start_time_unix_nano: [2, 'fixed64'], time_unix_nano: [3, 'fixed64'] } as const;

const metrics = {
  ExportMetricsServiceRequest: { resource_metrics: [1, 'ResourceMetrics', 'repeated'] },
  ResourceMetrics: { resource: [1, 'Resource'], scope_metrics: [2, 'ScopeMetrics', 'repeated'], schema_url: [3, 'string'] },
  ScopeMetrics: { scope: [1, 'InstrumentationScope'], metrics: [2, 'Metric', 'repeated'], schema_url: [3, 'string'] },
  Metric: {
    name: [1, 'string'],
    description: [2, 'string'],
    unit: [3, 'string'],
    gauge: [5, 'Gauge'],
    sum: [7, 'Sum'],
    histogram: [9, 'Histogram'],
    exponential_histogram: [10, 'ExponentialHistogram'],
    summary: [11, 'Summary'],
    metadata: [12, 'KeyValue', 'repeated'],
  },
  Gauge: { data_points: [1, 'NumberDataPoint', 'repeated'] },
  Sum: {
    data_points: [1, 'NumberDataPoint', 'repeated'],
    aggregation_temporality: [2, 'AggregationTemporality'],
    is_monotonic: [3, 'bool'],
  },
  Histogram: {
    data_points: [1, 'HistogramDataPoint', 'repeated'],
    aggregation_temporality: [2, 'AggregationTemporality'],
  },
  ExponentialHistogram: {
    data_points: [1, 'ExponentialHistogramDataPoint', 'repeated'],
    aggregation_temporality: [2, 'AggregationTemporality'],
  },
  Summary: { data_points: [1, 'SummaryDataPoint', 'repeated'] },
  NumberDataPoint: {
    ...pointTimes,
    as_double: [4, 'double'],
    exemplars: [5, 'Exemplar', 'repeated'],
    as_int: [6, 'sfixed64'],
    attributes: [7, 'KeyValue', 'repeated'],
    flags: [8, 'uint32'],
  },
  HistogramDataPoint: {
    ...pointTimes,
    count: [4, 'fixed64'],
    sum: [5, 'double'],
    bucket_counts: [6, 'fixed64', 'repeated'],
    explicit_bounds: [7, 'double', 'repeated'],
    exemplars: [8, 'Exemplar', 'repeated'],
    attributes: [9, 'KeyValue', 'repeated'],
    flags: [10, 'uint32'],
    min: [11, 'double'],
    max: [12, 'double'],
  },
  ExponentialHistogramDataPoint: {
    attributes: [1, 'KeyValue', 'repeated'],
    ...pointTimes,
    count: [4, 'fixed64'],
    sum: [5, 'double'],
    scale: [6, 'sint32'],
    zero_count: [7, 'fixed64'],
    positive: [8, 'Buckets'],
    negative: [9, 'Buckets'],
    flags: [10, 'uint32'],
    exemplars: [11, 'Exemplar', 'repeated'],
    min: [12, 'double'],
    max: [13, 'double'],
    zero_threshold: [14, 'double'],
  },
  Buckets: { offset: [1, 'sint32'], bucket_counts: [2, 'uint64', 'repeated'] },
  SummaryDataPoint: {
    ...pointTimes,
    count: [4, 'fixed64'],
    sum: [5, 'double'],
    quantile_values: [6, 'ValueAtQuantile', 'repeated'],
    attributes: [7, 'KeyValue', 'repeated'],
    flags: [8, 'uint32'],
  },
  ValueAtQuantile: { quantile: [1, 'double'], value: [2, 'double'] },
  Exemplar: {
    time_unix_nano: [2, 'fixed64'],
    as_double: [3, 'double'],
    span_id: [4, 'hex'],
    trace_id: [5, 'hex'],
    as_int: [6, 'sfixed64'],
    filtered_attributes: [7, 'KeyValue', 'repeated'],
  },
} as const;

/** `SEVERITY_NUMBER_TRACE` = 1, `SEVERITY_NUMBER_TRACE2` = 2, … `SEVERITY_NUMBER_FATAL4` = 24. */
function severityNumbers(): Record<string, number> {
  const numbers: Record<string, number> = { SEVERITY_NUMBER_UNSPECIFIED: 0 };
  for (const [step, level] of ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].entries()) {
    for (let rank = 1; rank <= 4; rank++) numbers[`SEVERITY_NUMBER_${level}${rank === 1 ? '' : rank}`] = step * 4 + rank;
  }
  return numbers;
}

/** The specification wants enums as numbers; their names are taken too, as the OpenTelemetry collector does. */
const enums = {
  SpanKind: {
    SPAN_KIND_UNSPECIFIED: 0,
    SPAN_KIND_INTERNAL: 1,
    SPAN_KIND_SERVER: 2,
    SPAN_KIND_CLIENT: 3,
    SPAN_KIND_PRODUCER: 4,
    SPAN_KIND_CONSUMER: 5,
  },
  StatusCode: { STATUS_CODE_UNSET: 0, STATUS_CODE_OK: 1, STATUS_CODE_ERROR: 2 },
  SeverityNumber: severityNumbers(),
  AggregationTemporality: {
    AGGREGATION_TEMPORALITY_UNSPECIFIED: 0,
    AGGREGATION_TEMPORALITY_DELTA: 1,
    AGGREGATION_TEMPORALITY_CUMULATIVE: 2,
  },
} as const;

/** All messages and enums. */
export const otlpSchema: ProtobufSchema = { messages: { ...common, ...traces, ...logs, ...metrics }, enums };

const types = compileSchema(otlpSchema);

/** The three requests, ready for protobufFromJson. */
export const requestTypes: Readonly<Record<'traces' | 'logs' | 'metrics', MessageType>> = {
  traces: known(types.get('ExportTraceServiceRequest'), 'ExportTraceServiceRequest'),
  logs: known(types.get('ExportLogsServiceRequest'), 'ExportLogsServiceRequest'),
  metrics: known(types.get('ExportMetricsServiceRequest'), 'ExportMetricsServiceRequest'),
};
