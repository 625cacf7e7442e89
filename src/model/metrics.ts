/**
 * Metrics: OTLP metrics v1 (opentelemetry-proto 1.11), nothing left out. A series is one attribute set of one metric of one
 * resource and scope; its labels are stored once per day of data, its points by (series, time).
 *
 * The exact number of an integer point is `toInt64(value) + int_rest` when `is_int` is 1: doubles hold integers up to 2^53
 * exactly, and `int_rest` what is beyond.
 */
import { defineTable } from './table.ts';
import type { ColumnSpec } from './table.ts';

export const metricTypes = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'] as const;
export type MetricType = (typeof metricTypes)[number];

export const series = defineTable({
  name: 'series',
  doc: 'Metric series: name, type and labels, once per day on which the series had points.',
  keeps: 'latest',
  orderBy: ['tenant', 'metric', 'id'],
  time: 'day',
  retention: 'metrics',
  columns: {
    tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
    id: {
      kind: 'u64',
      doc: 'Hash of tenant, metric, type, unit, temporality, monotonic, resource, scope and attributes (in any order).',
    },
    day: { kind: 'u16', type: 'Date', doc: 'UTC day of its points, in days since 1970-01-01.' },
    metric: { kind: 'string', type: 'LowCardinality(String)', doc: 'Metric.name.' },
    type: { kind: 'string', type: 'LowCardinality(String)', doc: 'One of `metricTypes`.' },
    unit: { kind: 'string', type: 'LowCardinality(String)', doc: 'Metric.unit.' },
    description: { kind: 'string', type: 'LowCardinality(String)', doc: 'Metric.description.' },
    temporality: { kind: 'u8', doc: 'AggregationTemporality: 0 unspecified, 1 delta, 2 cumulative; 0 where there is none.' },
    monotonic: { kind: 'u8', doc: 'Sum.is_monotonic.' },
    metadata: { kind: 'attributes', doc: 'Metric.metadata.' },
    service: { kind: 'string', type: 'LowCardinality(String)', doc: 'service.name of the resource.' },
    attributes: { kind: 'attributes', doc: 'Attributes of the data point.' },
    resource_id: { kind: 'u64', doc: 'The resource, in resources.' },
    scope_id: { kind: 'u64', doc: 'The scope, in scopes.' },
  },
});

const point = {
  tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
  batch: { kind: 'u64', doc: 'The group commit that wrote the row.' },
  series_id: { kind: 'u64', doc: 'The series.' },
  time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'time_unix_nano.' },
  start_time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'start_time_unix_nano, 0 when absent.' },
  flags: { kind: 'u32', doc: 'Data point flags; bit 0: no recorded value.' },
} as const satisfies Record<string, ColumnSpec>;

const extremes = {
  count: { kind: 'u64', codec: 'Delta(8), ZSTD(1)', doc: 'count.' },
  sum: { kind: 'f64', codec: 'Delta(8), ZSTD(1)', doc: 'sum, 0 when absent.' },
  min: { kind: 'f64', doc: 'min, 0 when absent.' },
  max: { kind: 'f64', doc: 'max, 0 when absent.' },
  present: { kind: 'u8', doc: 'Which of the optional ones were sent: bit 0 sum, 1 min, 2 max.' },
} as const satisfies Record<string, ColumnSpec>;

export const samples = defineTable({
  name: 'samples',
  doc: 'Points of gauges and sums.',
  keeps: 'rows',
  orderBy: ['tenant', 'series_id', 'time'],
  time: 'time',
  retention: 'metrics',
  columns: {
    ...point,
    value: { kind: 'f64', codec: 'Delta(8), ZSTD(1)', doc: 'as_double, or as_int as the nearest double.' },
    is_int: { kind: 'u8', doc: '1 for as_int, 0 for as_double, 2 when neither was sent.' },
    int_rest: { kind: 'i32', doc: 'What `value` misses of an integer beyond 2^53.' },
  },
});

export const histograms = defineTable({
  name: 'histograms',
  doc: 'Points of histograms and exponential histograms.',
  keeps: 'rows',
  orderBy: ['tenant', 'series_id', 'time'],
  time: 'time',
  retention: 'metrics',
  columns: {
    ...point,
    ...extremes,
    bounds: { kind: 'f64s', type: 'Array(Float64)', doc: 'explicit_bounds; empty for exponential histograms.' },
    counts: { kind: 'u64s', type: 'Array(UInt64)', doc: 'bucket_counts; empty for exponential histograms.' },
    scale: { kind: 'i32', doc: 'ExponentialHistogramDataPoint.scale.' },
    zero_count: { kind: 'u64', doc: 'zero_count.' },
    zero_threshold: { kind: 'f64', doc: 'zero_threshold.' },
    positive_offset: { kind: 'i32', doc: 'positive.offset.' },
    positive_counts: { kind: 'u64s', type: 'Array(UInt64)', doc: 'positive.bucket_counts.' },
    negative_offset: { kind: 'i32', doc: 'negative.offset.' },
    negative_counts: { kind: 'u64s', type: 'Array(UInt64)', doc: 'negative.bucket_counts.' },
  },
});

export const summaries = defineTable({
  name: 'summaries',
  doc: 'Points of summaries.',
  keeps: 'rows',
  orderBy: ['tenant', 'series_id', 'time'],
  time: 'time',
  retention: 'metrics',
  columns: {
    ...point,
    count: extremes.count,
    sum: extremes.sum,
    quantiles: { kind: 'f64s', type: 'Array(Float64)', doc: 'quantile_values[].quantile.' },
    quantile_values: { kind: 'f64s', type: 'Array(Float64)', doc: 'quantile_values[].value.' },
  },
});

export const exemplars = defineTable({
  name: 'exemplars',
  doc: 'Exemplars: single measurements with the trace they belong to.',
  keeps: 'rows',
  orderBy: ['tenant', 'series_id', 'time'],
  time: 'time',
  retention: 'metrics',
  columns: {
    tenant: point.tenant,
    batch: point.batch,
    series_id: point.series_id,
    point_time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'time_unix_nano of the point that carried it.' },
    time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'Exemplar.time_unix_nano; that of the point when 0.' },
    value: { kind: 'f64', doc: 'as_double, or as_int as the nearest double.' },
    is_int: { kind: 'u8', doc: '1 for as_int, 0 for as_double, 2 when neither was sent.' },
    int_rest: { kind: 'i32', doc: 'What `value` misses of an integer beyond 2^53.' },
    trace_id: { kind: 'bytes16', doc: 'Exemplar.trace_id, zero when absent.' },
    span_id: { kind: 'bytes8', doc: 'Exemplar.span_id, zero when absent.' },
    attributes: { kind: 'attributes', doc: 'Exemplar.filtered_attributes.' },
  },
});
