/**
 * What services say about their metrics on /metrics, as parsers hand it on: `parseExposition` of parse.ts reads a body of any
 * format and calls a sink. Text 0.0.4 and 1.0.0 of Prometheus, OpenMetrics text 0.0.1 and 1.0.0, and delimited protobuf messages
 * io.prometheus.client.MetricFamily all come out alike.
 *
 * Nothing is made per sample: `sample` and `exemplar` are the same objects in every call, valid until the sink returns. A series
 * is known by its bytes, `bytes[start, end)`: two samples with equal ones are of the same series, so that a reader who keeps
 * a table of them decodes labels for new series only. (The other way round is not so: one series can be written in several
 * ways, `a{b="c"}` and `a{ b="c",}`.)
 *
 * A malformed body throws in the middle, after samples were handed on: who stores them has to take them back.
 */

/** The types of metric families: those of OpenMetrics 1.0. What Prometheus calls untyped is unknown here. */
export const familyTypes = ['unknown', 'counter', 'gauge', 'histogram', 'gaugehistogram', 'summary', 'info', 'stateset'] as const;
export type FamilyType = (typeof familyTypes)[number];

/** Formats of bodies, by the name that `scrape_protocols` of prometheus.yml has for them, newest last. */
export const expositionFormats = [
  'PrometheusText0.0.4',
  'PrometheusText1.0.0',
  'OpenMetricsText0.0.1',
  'OpenMetricsText1.0.0',
  'PrometheusProto',
] as const;
export type ExpositionFormat = (typeof expositionFormats)[number];

/** One sample, or the place and time of one native histogram. The parser's own: do not keep it. */
export interface Sample {
  /** Holds what identifies the series; the body, or another buffer. */
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** The number; a native histogram has NaN here. */
  readonly value: number;
  /** Unix milliseconds, NaN when the body does not say. */
  readonly timestampMs: number;
  /** Since when a counter, histogram or summary has counted, Unix milliseconds; NaN when the body does not say. */
  readonly startMs: number;
  /**
   * The labels with `__name__`: names and values in turn, sorted by name as bytes, values never empty. Throws `malformed_body` when
   * a label comes twice, or when a label in protobuf, which is not looked at before, is none.
   */
  labels(): string[];
  /** The type of its family; `unknown` when no family was announced to which its name fits. */
  type(): FamilyType;
}

/** A measurement beside the sample or histogram that was handed on last. The parser's own: do not keep it. */
export interface Exemplar {
  readonly value: number;
  /** Unix milliseconds, NaN when the body does not say. */
  readonly timestampMs: number;
  /** As of samples, without a name. */
  labels(): string[];
}

/** A native histogram: one bucket more for each index that is listed; counts are absolute, not deltas. */
export interface NativeHistogram {
  /** -4 to 8: bucket i ends at 2^(i · 2^-schema); -53: at `bounds[i]`. */
  readonly schema: number;
  /** Whether counts may be fractions. */
  readonly isFloat: boolean;
  /** Whether it may go down, as the one of a gauge histogram. */
  readonly isGauge: boolean;
  readonly count: number;
  readonly sum: number;
  readonly zeroThreshold: number;
  readonly zeroCount: number;
  /** Ascending, none twice; so are the negative ones. */
  readonly positiveIndexes: readonly number[];
  readonly positiveCounts: readonly number[];
  readonly negativeIndexes: readonly number[];
  readonly negativeCounts: readonly number[];
  /** With schema -53: upper bounds, ascending, without +Inf; else empty. */
  readonly bounds: readonly number[];
}

/** Takes what a body says, in its order. What it throws ends the parsing. */
export interface ExpositionSink {
  /**
   * What a family is: a `FamilyType`, a sentence, or a unit. Comes before the family's samples, and once for each kind, in a body that
   * keeps the rules of its format.
   */
  metadata(family: string, kind: 'type' | 'help' | 'unit', text: string): void;
  sample(sample: Sample): void;
  histogram(sample: Sample, histogram: NativeHistogram): void;
  /** Belongs to the sample or histogram before. */
  exemplar(exemplar: Exemplar): void;
}

/** A reader in steps goes about so far in one: a millisecond where all series are new. */
export const stepBytes = 8 * 1024;

/** Limits: what is over them is refused with `too_large`, the message names the limit. */
export interface ExpositionOptions {
  /** Of a body without a Content-Type, or with one that is not known; without it such a body is refused. */
  readonly fallbackFormat?: ExpositionFormat;
  /**
   * Whether a body in OpenMetrics must keep every rule of its specification on names, order and values by type. Prometheus does
   * not ask for that, and services in the field break some of them. Costs time and memory per sample.
   */
  readonly strict: boolean;
  /** Whether `_created` lines of OpenMetrics, which give `startMs` to the samples they belong to, are samples besides. */
  readonly createdSamples: boolean;
  /** Whether a histogram in protobuf that has native buckets also comes as classic ones: `_bucket`, `_count`, `_sum`. */
  readonly classicHistograms: boolean;
  readonly bodyBytesMax: number;
  /** Of a line in text, a family's head or one metric in protobuf. */
  readonly lineBytesMax: number;
  /** Labels of one series, the name not counted. */
  readonly labelsMax: number;
}
