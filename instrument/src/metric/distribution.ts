/**
 * Histograms that are recorded on the path of every request. What makes them differ from those of OpenTelemetry's metrics SDK: a
 * caller looks its series up once and keeps it, so that recording costs a search among bucket bounds; and the last measurement made
 * within a sampled span is kept for each bucket as its exemplar, which the SDK for JavaScript does not export. They go out in the
 * same request as the SDK's metrics. Sums are floating point, counts and bounds as the SDK has them.
 */
import type { Attributes } from '@opentelemetry/api';
import { nowMs } from '../clock.ts';
import type { OtlpWriter } from '../otlp/writer.ts';
import { writeAttribute } from '../otlp/values.ts';
import type { RecordedSpan } from '../trace/span.ts';

export interface DistributionSpec {
  readonly name: string;
  readonly unit: string;
  readonly description: string;
  /** Upper bounds of the buckets, ascending; each counts what is at most its bound. */
  readonly bounds: readonly number[];
}

/** Bounds of durations in seconds that the semantic conventions advise. */
export const durationBounds: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
/** Series of one metric at most; what comes later is gathered in one that says so (metrics SDK, "Cardinality limits"). */
export const seriesMax = 2000;
const overflow: Attributes = { 'otel.metric.overflow': true };

interface Exemplar {
  value: number;
  /** The measurement is of its end. */
  span: RecordedSpan;
}

export class DistributionSeries {
  readonly attributes: Attributes;
  private readonly bounds: readonly number[];
  private readonly counts: number[];
  private readonly exemplars: (Exemplar | undefined)[];
  sum = 0;
  private min = Infinity;
  private max = -Infinity;

  constructor(attributes: Attributes, bounds: readonly number[]) {
    this.attributes = attributes;
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
    this.exemplars = Array.from({ length: bounds.length + 1 }, () => undefined);
  }

  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** `span`: what was measured, and has ended. */
  record(value: number, span: RecordedSpan | undefined): void {
    const bounds = this.bounds;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? Infinity)) bucket++;
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
    this.sum += value;
    if (value < this.min) this.min = value;
    if (value > this.max) this.max = value;
    if (span?.isSampled !== true) return;
    const kept = this.exemplars[bucket];
    if (kept === undefined) this.exemplars[bucket] = { value, span };
    else {
      kept.value = value;
      kept.span = span;
    }
  }

  /** A HistogramDataPoint; each exemplar is written once. */
  write(writer: OtlpWriter, startMs: number, timeMs: number): void {
    const start = writer.begin(0x0a);
    writer.time(point.start, startMs);
    writer.time(point.time, timeMs);
    writer.fixed64(point.count, this.count);
    writer.double(point.sum, this.sum);
    writer.packed(point.bucketCounts, this.counts, 'fixed64');
    writer.packed(point.bounds, this.bounds, 'double');
    for (let bucket = 0; bucket < this.exemplars.length; bucket++) {
      const exemplar = this.exemplars[bucket];
      if (exemplar === undefined) continue;
      writeExemplar(writer, exemplar);
      this.exemplars[bucket] = undefined;
    }
    for (const [key, value] of Object.entries(this.attributes)) writeAttribute(writer, point.attributes, key, value);
    if (this.min <= this.max) {
      writer.double(point.min, this.min);
      writer.double(point.max, this.max);
    }
    writer.end(start);
  }

  /** Forgets what was recorded: points that count from one export to the next. */
  reset(): void {
    this.counts.fill(0);
    this.sum = 0;
    this.min = Infinity;
    this.max = -Infinity;
  }
}

/** HistogramDataPoint (opentelemetry-proto, metrics/v1/metrics.proto). */
const point = {
  start: 0x11,
  time: 0x19,
  count: 0x21,
  sum: 0x29,
  bucketCounts: 0x32,
  bounds: 0x3a,
  exemplars: 0x42,
  attributes: 0x4a,
  min: 0x59,
  max: 0x61,
} as const;
const exemplarTag = { time: 0x11, value: 0x19, spanId: 0x22, traceId: 0x2a } as const;
const metric = { name: 0x0a, description: 0x12, unit: 0x1a, histogram: 0x4a } as const;
const temporality = 0x10;

function writeExemplar(writer: OtlpWriter, { value, span }: Exemplar): void {
  const start = writer.begin(point.exemplars);
  writer.time(exemplarTag.time, span.endMs);
  writer.double(exemplarTag.value, value);
  writer.id8(exemplarTag.spanId, span.span0, span.span1);
  writer.id16(exemplarTag.traceId, span.trace0, span.trace1, span.trace2, span.trace3);
  writer.end(start);
}

export class Distribution {
  readonly spec: DistributionSpec;
  private readonly kept: DistributionSeries[] = [];
  private gathered: DistributionSeries | undefined;
  private startMs = nowMs();

  constructor(spec: DistributionSpec) {
    this.spec = spec;
  }

  /** A series of its own for these attributes: the caller keeps it and does not ask twice for the same. */
  series(attributes: Attributes): DistributionSeries {
    if (this.kept.length >= seriesMax) {
      this.gathered ??= new DistributionSeries(overflow, this.spec.bounds);
      return this.gathered;
    }
    const series = new DistributionSeries(attributes, this.spec.bounds);
    this.kept.push(series);
    return series;
  }

  get all(): readonly DistributionSeries[] {
    return this.gathered === undefined ? this.kept : [...this.kept, this.gathered];
  }

  get isEmpty(): boolean {
    return this.all.every((series) => series.count === 0);
  }

  /** Writes the metric as a field `metrics` of ScopeMetrics. */
  write(writer: OtlpWriter, isDelta: boolean): void {
    const all = this.all.filter((series) => series.count > 0);
    const timeMs = nowMs();
    const { name, description, unit } = this.spec;
    const start = writer.begin(0x12);
    writer.text(metric.name, name);
    writer.text(metric.description, description);
    writer.text(metric.unit, unit);
    const inner = writer.begin(metric.histogram);
    for (const series of all) {
      series.write(writer, this.startMs, timeMs);
      if (isDelta) series.reset();
    }
    writer.small(temporality, isDelta ? 1 : 2);
    writer.end(inner);
    writer.end(start);
    if (isDelta) this.startMs = timeMs;
  }
}
