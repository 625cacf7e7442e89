/** One metric of OpenTelemetry's SDK as a field `metrics` of ScopeMetrics (opentelemetry-proto, metrics/v1/metrics.proto). */
import { ValueType } from '@opentelemetry/api';
import type { Attributes, HrTime } from '@opentelemetry/api';
import { DataPointType } from '@opentelemetry/sdk-metrics';
import type { DataPoint, ExponentialHistogram, Histogram, MetricData } from '@opentelemetry/sdk-metrics';
import { writeAttribute } from './values.ts';
import type { OtlpWriter } from './writer.ts';

const metrics = 0x12;
const metric = { name: 0x0a, description: 0x12, unit: 0x1a, gauge: 0x2a, sum: 0x3a, histogram: 0x4a, exponential: 0x52 } as const;
const points = 0x0a;
const temporality = 0x10;
const isMonotonic = 0x18;
const number = { start: 0x11, time: 0x19, double: 0x21, integer: 0x31, attributes: 0x3a } as const;
const histogram = {
  start: 0x11,
  time: 0x19,
  count: 0x21,
  sum: 0x29,
  bucketCounts: 0x32,
  bounds: 0x3a,
  attributes: 0x4a,
  min: 0x59,
  max: 0x61,
} as const;
const exponential = {
  attributes: 0x0a,
  start: 0x11,
  time: 0x19,
  count: 0x21,
  sum: 0x29,
  scale: 0x30,
  zeroCount: 0x39,
  positive: 0x42,
  negative: 0x4a,
  min: 0x61,
  max: 0x69,
} as const;
const buckets = { offset: 0x08, counts: 0x12 } as const;

/** Writes a metric; nothing when it has no points. */
export function writeMetric(writer: OtlpWriter, data: MetricData): void {
  if (data.dataPoints.length === 0) return;
  const { name, description, unit, valueType } = data.descriptor;
  const start = writer.begin(metrics);
  writer.text(metric.name, name);
  writer.text(metric.description, description);
  writer.text(metric.unit, unit);
  switch (data.dataPointType) {
    case DataPointType.GAUGE:
      inside(writer, metric.gauge, () => writeNumbers(writer, data.dataPoints, valueType));
      break;
    case DataPointType.SUM:
      inside(writer, metric.sum, () => {
        writeNumbers(writer, data.dataPoints, valueType);
        writer.small(temporality, data.aggregationTemporality + 1);
        writer.small(isMonotonic, data.isMonotonic ? 1 : 0);
      });
      break;
    case DataPointType.HISTOGRAM:
      inside(writer, metric.histogram, () => {
        for (const point of data.dataPoints) writeHistogram(writer, point);
        writer.small(temporality, data.aggregationTemporality + 1);
      });
      break;
    case DataPointType.EXPONENTIAL_HISTOGRAM:
      inside(writer, metric.exponential, () => {
        for (const point of data.dataPoints) writeExponential(writer, point);
        writer.small(temporality, data.aggregationTemporality + 1);
      });
  }
  writer.end(start);
}

function inside(writer: OtlpWriter, tag: number, write: () => void): void {
  const start = writer.begin(tag);
  write();
  writer.end(start);
}

const epochMs = ([seconds, nanos]: HrTime): number => seconds * 1000 + nanos / 1e6;

function writeAttributes(writer: OtlpWriter, tag: number, attributes: Attributes): void {
  for (const [key, value] of Object.entries(attributes)) if (value !== undefined) writeAttribute(writer, tag, key, value);
}

function writeNumbers(writer: OtlpWriter, all: readonly DataPoint<number>[], valueType: ValueType): void {
  for (const { startTime, endTime, attributes, value } of all) {
    const start = writer.begin(points);
    writer.time(number.start, epochMs(startTime));
    writer.time(number.time, epochMs(endTime));
    if (valueType === ValueType.INT && Number.isSafeInteger(value)) writer.fixed64(number.integer, value);
    else writer.double(number.double, value);
    writeAttributes(writer, number.attributes, attributes);
    writer.end(start);
  }
}

function writeHistogram(writer: OtlpWriter, { startTime, endTime, attributes, value }: DataPoint<Histogram>): void {
  const start = writer.begin(points);
  writer.time(histogram.start, epochMs(startTime));
  writer.time(histogram.time, epochMs(endTime));
  writer.fixed64(histogram.count, value.count);
  if (value.sum !== undefined) writer.double(histogram.sum, value.sum);
  writer.packed(histogram.bucketCounts, value.buckets.counts, 'fixed64');
  writer.packed(histogram.bounds, value.buckets.boundaries, 'double');
  writeAttributes(writer, histogram.attributes, attributes);
  if (value.min !== undefined) writer.double(histogram.min, value.min);
  if (value.max !== undefined) writer.double(histogram.max, value.max);
  writer.end(start);
}

function writeExponential(writer: OtlpWriter, { startTime, endTime, attributes, value }: DataPoint<ExponentialHistogram>): void {
  const start = writer.begin(points);
  writeAttributes(writer, exponential.attributes, attributes);
  writer.time(exponential.start, epochMs(startTime));
  writer.time(exponential.time, epochMs(endTime));
  writer.fixed64(exponential.count, value.count);
  if (value.sum !== undefined) writer.double(exponential.sum, value.sum);
  writer.integer(exponential.scale, zigzag(value.scale));
  writer.fixed64(exponential.zeroCount, value.zeroCount);
  writeBuckets(writer, exponential.positive, value.positive);
  writeBuckets(writer, exponential.negative, value.negative);
  if (value.min !== undefined) writer.double(exponential.min, value.min);
  if (value.max !== undefined) writer.double(exponential.max, value.max);
  writer.end(start);
}

function writeBuckets(writer: OtlpWriter, tag: number, side: ExponentialHistogram['positive']): void {
  if (side.bucketCounts.length === 0) return;
  const start = writer.begin(tag);
  writer.integer(buckets.offset, zigzag(side.offset));
  writer.packedIntegers(buckets.counts, side.bucketCounts);
  writer.end(start);
}

const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
