/**
 * ExportMetricsServiceRequest → rows of series, samples, histograms, summaries and exemplars, and of the series `target_info` of each
 * resource (target-info.ts).
 *
 * A point is refused when its metric has no name, when its time lies outside the times that are taken, or when a histogram's buckets
 * do not fit together. A temporality that OTLP 1.11 does not have is stored as 0, unspecified.
 */
import type { OpenCommit, Outcome } from '../../engine/commit.ts';
import { otlpMetricTypes } from '../../model/metrics.ts';
import type { OtlpMetricType } from '../../model/metrics.ts';
import type { DecodeContext } from './context.ts';
import { eachItem } from './decode-groups.ts';
import { ExponentialPoints, HistogramPoints } from './decode-histograms.ts';
import { NumberPoints } from './decode-numbers.ts';
import { Origin } from './decode-origin.ts';
import { PointTaker } from './decode-points.ts';
import type { Metric } from './decode-series.ts';
import { SummaryPoints } from './decode-summaries.ts';
import { Decoding } from './decoding.ts';
import { TargetInfo, targetInfoName } from './target-info.ts';

const temporalityMax = 2;
const pointsTag = 0x0a;
const temporalityTag = 0x10;
const monotonicTag = 0x18;

/** The fields of Gauge, Sum, … as bits. */
const dataFields: Readonly<Record<OtlpMetricType, number>> = {
  gauge: 0b10,
  sum: 0b1110,
  histogram: 0b110,
  exponential_histogram: 0b110,
  summary: 0b10,
};

/** Decodes the point `[reader.at, end)` and may leave the reader anywhere. */
interface PointDecoder {
  decode(end: number): void;
}

/** Appends the rows of an ExportMetricsServiceRequest. Throws `malformed_body` with the byte position. */
export function decodeMetrics(body: Uint8Array, open: OpenCommit, context: DecodeContext): Outcome {
  const decoding = new Decoding(body, open, context, 'data points');
  const origin = new Origin(decoding);
  const info = new TargetInfo(decoding, origin, context.oldestByName?.of(targetInfoName) ?? context.oldestNs);
  const taker = new PointTaker(decoding, origin, info, context.oldestByName?.of);
  const { metric } = taker;
  const numbers = new NumberPoints(taker);
  const decoders: Readonly<Record<OtlpMetricType, PointDecoder>> = {
    gauge: numbers,
    sum: numbers,
    histogram: new HistogramPoints(taker),
    exponential_histogram: new ExponentialPoints(taker),
    summary: new SummaryPoints(taker),
  };
  const decodeMetric = (end: number): void => {
    metric.read(decoding, end);
    const type = otlpMetricTypes[metric.type];
    if (type === undefined) return;
    readNature(decoding, metric, type);
    taker.startMetric();
    eachPoint(decoding, metric, decoders[type]);
  };
  eachItem(decoding, origin, decodeMetric, () => info.endResource());
  return decoding.outcome();
}

/** Reads what a Gauge, Sum, … says besides its points. */
function readNature(decoding: Decoding, metric: Metric, type: OtlpMetricType): void {
  const { reader } = decoding;
  const hasTemporality = type !== 'gauge' && type !== 'summary';
  decoding.eachField(metric.data, (tag, end) => {
    if (tag === pointsTag) reader.at = reader.length(end);
    else if (tag === temporalityTag && hasTemporality) metric.temporality = reader.enum(end, temporalityMax);
    else if (tag === monotonicTag && type === 'sum') metric.monotonic = reader.bool(end);
    else reader.skipField(tag, end, dataFields[type]);
  });
}

function eachPoint(decoding: Decoding, metric: Metric, decoder: PointDecoder): void {
  const { reader } = decoding;
  decoding.eachField(metric.data, (tag, end) => {
    if (tag !== pointsTag) return reader.skipField(tag, end, 0);
    const stop = reader.length(end);
    decoding.noteItem();
    decoding.noteUnit();
    decoder.decode(stop);
    reader.at = stop;
  });
}
