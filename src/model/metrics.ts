/**
 * Metrics: OTLP metrics v1 (opentelemetry-proto 1.11) and Prometheus (remote write 1.0 and 2.0, scraped targets), nothing left
 * out. A series is one attribute set of one metric of one resource and scope, or one label set of Prometheus; its labels are
 * stored once per day of data, its points by (metric, block of two hours, series, time), so that what a query over a metric and
 * some hours asks for lies together.
 *
 * Every series can be read both ways. OTLP's have their translation as Prometheus makes it in `name` and `labels`
 * (codec/prometheus-names.ts); Prometheus's own have `metric` = `name` and `attributes` = `labels`, and no resource or scope.
 * Histograms and summaries of OTLP have the family's name; a reader adds `_bucket`, `_sum` and `_count`.
 *
 * The exact number of an integer point is `toInt64(value) + int_rest` when `is_int` is 1: doubles hold integers up to 2^53
 * exactly, and `int_rest` what is beyond.
 *
 * A stale marker of Prometheus (the NaN 0x7ff0000000000002) is a point without a recorded value, as OTLP has it: bit 0 of
 * `flags`, and NaN as the value. Any other NaN is data. Two points of a series at one time are both kept; of them a reader
 * of Prometheus takes the greatest value.
 */
import { labelHashes } from './attributes.ts';
import { defineTable } from './table.ts';
import type { ColumnSpec } from './table.ts';

/** The types of OTLP's metrics. The place of a type goes into ids of series: none is ever moved. */
export const otlpMetricTypes = ['gauge', 'sum', 'histogram', 'exponential_histogram', 'summary'] as const;
export type OtlpMetricType = (typeof otlpMetricTypes)[number];

/**
 * What the points of a series are. Of Prometheus: `sum`, cumulative and monotonic, for counters and for the parts of histograms
 * and summaries that only grow; `native_histogram`; `gauge`, `info` and `stateset` as its metadata says; `unknown` where nothing
 * was said.
 */
export const metricTypes = [...otlpMetricTypes, 'unknown', 'native_histogram', 'info', 'stateset'] as const;
export type MetricType = (typeof metricTypes)[number];

/** The type of a metric family of Prometheus, in the order of the enum of remote write 2.0 (`Metadata.MetricType`). */
export const familyTypes = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'] as const;
export type FamilyType = (typeof familyTypes)[number];

const metricId = {
  kind: 'u32',
  doc: 'Hash of the name of the metric as `series.metric` holds it: model/metric-ids.ts.',
} as const satisfies ColumnSpec;

export const series = defineTable({
  name: 'series',
  doc: 'Metric series: name, type and labels, once per day on which the series had points.',
  keeps: 'latest',
  orderBy: ['tenant', 'metric', 'id'],
  time: 'day',
  retention: 'metrics',
  // The series of one host are spread over all metrics: in large granules there is one in each.
  settings: { index_granularity: 256, min_compress_block_size: 16_384 },
  indexes: [
    'by_name name TYPE bloom_filter(0.01) GRANULARITY 1',
    `by_label ${labelHashes} TYPE bloom_filter(0.01) GRANULARITY 1`,
  ],
  columns: {
    tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
    id: {
      kind: 'u64',
      doc: 'OTLP: hash of tenant, metric, type, unit, temporality, monotonic, resource, scope and attributes (in any order). Prometheus: hash of tenant and labels.',
    },
    day: { kind: 'u16', type: 'Date', doc: 'UTC day of its points, in days since 1970-01-01.' },
    metric: { kind: 'string', type: 'LowCardinality(String)', doc: 'Metric.name; the label __name__ of Prometheus.' },
    metric_id: metricId,
    name: { kind: 'string', type: 'LowCardinality(String)', doc: 'The name as Prometheus has it.' },
    labels: { kind: 'attributes', doc: 'The labels as Prometheus has them, sorted, without the name.' },
    type: { kind: 'string', type: 'LowCardinality(String)', doc: 'One of `metricTypes`.' },
    unit: { kind: 'string', type: 'LowCardinality(String)', doc: 'Metric.unit.' },
    description: { kind: 'string', type: 'LowCardinality(String)', doc: 'Metric.description.' },
    temporality: { kind: 'u8', doc: 'AggregationTemporality: 0 unspecified, 1 delta, 2 cumulative; 0 where there is none.' },
    monotonic: { kind: 'u8', doc: 'Sum.is_monotonic.' },
    metadata: { kind: 'attributes', doc: 'Metric.metadata.' },
    service: {
      kind: 'string',
      type: 'LowCardinality(String)',
      doc: 'service.name of the resource; of Prometheus the label service_name, else job.',
    },
    attributes: { kind: 'attributes', doc: 'Attributes of the data point; of Prometheus the labels.' },
    resource_id: { kind: 'u64', doc: 'The resource, in resources; 0 for Prometheus.' },
    scope_id: { kind: 'u64', doc: 'The scope, in scopes; 0 for Prometheus.' },
  },
});

const point = {
  tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
  batch: { kind: 'u64', doc: 'The group commit that wrote the row.' },
  metric_id: metricId,
  series_id: { kind: 'u64', doc: 'The series.' },
  time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'time_unix_nano.' },
  start_time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'start_time_unix_nano, 0 when absent.' },
  flags: { kind: 'u32', doc: 'Data point flags; bit 0: no recorded value.' },
} as const satisfies Record<string, ColumnSpec>;

/**
 * SQL of the block of two hours that a point lies in: (start, end], as buckets of samples are, in whole milliseconds. A query about an hour of
 * many series would otherwise have the engine read their whole day (docs/decisions/point-order.md).
 */
export const pointBlock = 'intDiv(toUnixTimestamp64Milli(time) - 1, 7200000)';

const pointOrder = ['tenant', 'metric_id', pointBlock, 'series_id', 'time'] as const;

const extremes = {
  count: { kind: 'u64', codec: 'Delta(8), ZSTD(1)', doc: 'count.' },
  sum: { kind: 'f64', codec: 'Delta(8), ZSTD(1)', doc: 'sum, 0 when absent.' },
  min: { kind: 'f64', doc: 'min, 0 when absent.' },
  max: { kind: 'f64', doc: 'max, 0 when absent.' },
  present: { kind: 'u8', doc: 'Which of the optional ones were sent: bit 0 sum, 1 min, 2 max.' },
} as const satisfies Record<string, ColumnSpec>;

/**
 * Samples come by the million, and merging them costs more than anything else does. Columns that are not in the sort key are merged
 * one by one, whatever their number, and ten parts are merged where the engine would take five: half of the work, and a few more
 * parts to read. (docs/decisions/remote-write.md)
 */
const sampleMerges = { vertical_merge_algorithm_min_columns_to_activate: 1, merge_selector_base: 10 };

export const samples = defineTable({
  name: 'samples',
  doc: 'Points of gauges and sums.',
  keeps: 'rows',
  orderBy: pointOrder,
  time: 'time',
  retention: 'metrics',
  settings: sampleMerges,
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
  orderBy: pointOrder,
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

export const nativeHistograms = defineTable({
  name: 'native_histograms',
  doc: 'Points of native histograms of Prometheus (schemas -4 to 8, and -53 with bounds of its own).',
  keeps: 'rows',
  orderBy: pointOrder,
  time: 'time',
  retention: 'metrics',
  columns: {
    ...point,
    schema: { kind: 'i32', doc: 'Bucket i ends at 2^(i * 2^-schema); -53: at bounds[i].' },
    is_float: {
      kind: 'u8',
      doc: '1 when counts were sent as doubles, 0 when as integers; those beyond 2^53 are the nearest double.',
    },
    reset_hint: { kind: 'u8', doc: '0 unknown, 1 counting began anew, 2 it did not, 3 a gauge.' },
    count: { kind: 'f64', codec: 'Delta(8), ZSTD(1)', doc: 'Observations.' },
    sum: { kind: 'f64', codec: 'Delta(8), ZSTD(1)', doc: 'Their sum.' },
    zero_threshold: { kind: 'f64', doc: 'The zero bucket holds what is between -zero_threshold and zero_threshold.' },
    zero_count: { kind: 'f64', doc: 'Observations in the zero bucket.' },
    positive_indexes: { kind: 'i32s', doc: 'Indexes of the buckets that were sent, ascending.' },
    positive_counts: { kind: 'f64s', doc: 'Observations in each of them, not differences.' },
    negative_indexes: { kind: 'i32s', doc: 'The same below zero.' },
    negative_counts: { kind: 'f64s', doc: 'The same below zero.' },
    bounds: { kind: 'f64s', doc: 'Upper bounds with schema -53, ascending, without +Inf; else empty.' },
  },
});

export const metricMetadata = defineTable({
  name: 'metric_metadata',
  doc: 'What targets and senders of Prometheus say about metric families; OTLP says it with the series.',
  keeps: 'latest',
  orderBy: ['tenant', 'metric', 'id'],
  time: 'day',
  retention: 'metrics',
  columns: {
    tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
    id: { kind: 'u64', doc: 'Hash of tenant and all that follows the day: two targets may differ about a family.' },
    day: { kind: 'u16', type: 'Date', doc: 'UTC day on which it was said, in days since 1970-01-01.' },
    metric: { kind: 'string', type: 'LowCardinality(String)', doc: 'The name of the family, without _bucket, _sum or _count.' },
    type: { kind: 'string', type: 'LowCardinality(String)', doc: 'One of `familyTypes`.' },
    unit: { kind: 'string', type: 'LowCardinality(String)', doc: 'The unit, mostly empty.' },
    help: { kind: 'string', doc: 'The help text.' },
  },
});

export const summaries = defineTable({
  name: 'summaries',
  doc: 'Points of summaries.',
  keeps: 'rows',
  orderBy: pointOrder,
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
  orderBy: pointOrder,
  time: 'time',
  retention: 'metrics',
  columns: {
    tenant: point.tenant,
    batch: point.batch,
    metric_id: point.metric_id,
    series_id: point.series_id,
    point_time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'time_unix_nano of the point that carried it.' },
    time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'Exemplar.time_unix_nano; that of the point when 0.' },
    value: { kind: 'f64', doc: 'as_double, or as_int as the nearest double.' },
    is_int: { kind: 'u8', doc: '1 for as_int, 0 for as_double, 2 when neither was sent.' },
    int_rest: { kind: 'i32', doc: 'What `value` misses of an integer beyond 2^53.' },
    trace_id: { kind: 'bytes16', doc: 'Exemplar.trace_id, zero when absent.' },
    span_id: { kind: 'bytes8', doc: 'Exemplar.span_id, zero when absent.' },
    attributes: {
      kind: 'attributes',
      doc: 'Exemplar.filtered_attributes; of Prometheus the labels but trace_id and span_id that are ids.',
    },
  },
});
