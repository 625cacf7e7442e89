/** The rules of OpenMetrics 1.0 on the samples of one point, by type (specification/OpenMetrics.md, section "Metric Types"). */
import type { Exemplar, FamilyType } from './exposition.ts';
import { parseNumber } from './number.ts';
import type { SeriesText } from './series-text.ts';
import { brokenRule } from './text-error.ts';

/** A sample of a point. */
export interface PointSample {
  readonly type: FamilyType;
  /** What its name has beyond that of the family. */
  readonly suffix: string;
  /** Names and values in turn, without the name and `part`. */
  readonly labels: readonly string[];
  /** The value of the label that tells it from others of its point: a bound, a quantile, a state. */
  readonly part: string | undefined;
  readonly series: SeriesText;
  readonly exemplar: Exemplar | undefined;
}

const encoder = new TextEncoder();

/** Follows one point after another. */
export class PointRules {
  readonly #bytes: Uint8Array;
  /** The point's type when it is one of a histogram, and what came of it. */
  #type: 'histogram' | 'gaugehistogram' | undefined;
  #bound = Number.NaN;
  #bucket = 0;
  #hasNegativeBound = false;
  #count: number | undefined;
  #sum: number | undefined;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  sample(sample: PointSample): void {
    const { type, suffix, series, exemplar } = sample;
    const mayHaveExemplar = suffix === '_bucket' || (type === 'counter' && suffix === '_total');
    if (exemplar !== undefined && !mayHaveExemplar) throw this.#broken(`A ${type}${suffix} has an exemplar`, series.start);
    if (suffix === '_created') return;
    switch (type) {
      case 'unknown':
      case 'gauge':
        return;
      case 'counter':
        return this.#checkCount(sample, false);
      case 'info':
        return this.#check(series.value === 1, 'The value of an info is 1', series);
      case 'stateset':
        this.#check(sample.part !== undefined, 'A state has a label with the name of its family', series);
        return this.#check(series.value === 0 || series.value === 1, 'The value of a state is 0 or 1', series);
      case 'summary':
        return this.#checkSummary(sample);
      case 'histogram':
      case 'gaugehistogram':
        this.#type = type;
        this.#check(!sample.labels.includes('le') || suffix === '_bucket', 'Only buckets have a label le', series);
        return this.#takeHistogram(sample);
    }
  }

  /** Ends the point; what stands next stands at `at`. Throws when a histogram lacks something. */
  close(at: number): void {
    const type = this.#type;
    if (type === undefined) return;
    this.#type = undefined;
    const count = this.#count;
    const sum = this.#sum;
    if (this.#bound !== Number.POSITIVE_INFINITY) throw this.#broken('A histogram before has no bucket +Inf', at);
    if (count !== undefined && count !== this.#bucket) throw this.#broken('A count before differs from the bucket +Inf', at);
    if (this.#hasNegativeBound) {
      if (type === 'histogram' && sum !== undefined) throw this.#broken('A histogram before has negative bounds and a sum', at);
    } else {
      if ((count === undefined) !== (sum === undefined)) throw this.#broken('A histogram before has one of count and sum', at);
      if (sum !== undefined && sum < 0) throw this.#broken('A histogram before has a negative sum and no negative bounds', at);
    }
    this.#bound = Number.NaN;
    this.#hasNegativeBound = false;
    this.#count = this.#sum = undefined;
  }

  #checkSummary(sample: PointSample): void {
    const { suffix, part, series } = sample;
    if (suffix === '_sum') return this.#checkCount(sample, false);
    if (suffix === '_count') return this.#checkCount(sample, true);
    const quantile = part === undefined ? undefined : numberOf(part);
    this.#check(quantile !== undefined && quantile >= 0 && quantile <= 1, 'A quantile is a number from 0 to 1', series);
    this.#check(!(series.value < 0), 'The value of a quantile is 0 or more', series);
  }

  #takeHistogram(sample: PointSample): void {
    const { suffix, series } = sample;
    switch (suffix) {
      case '_bucket':
        this.#checkCount(sample, true);
        return this.#takeBucket(sample);
      case '_sum':
        this.#checkCount(sample, false);
        this.#sum = series.value;
        return;
      case '_gsum':
        this.#check(!Number.isNaN(series.value), 'A sum is a number', series);
        this.#sum = series.value;
        return;
      default:
        this.#checkCount(sample, true);
        this.#count = series.value;
    }
  }

  #takeBucket({ part, series, exemplar }: PointSample): void {
    const bound = part === undefined ? undefined : numberOf(part);
    if (bound === undefined || Number.isNaN(bound)) throw this.#broken('A bucket has a label le with a number', series.start);
    this.#check(bound !== Number.POSITIVE_INFINITY || part === '+Inf', 'The last bound is written +Inf', series);
    if (!Number.isNaN(this.#bound)) {
      this.#check(bound > this.#bound, 'Buckets stand by their bounds, each once', series);
      this.#check(series.value >= this.#bucket, 'A bucket holds what is in the ones before', series);
    }
    this.#check(exemplar === undefined || exemplar.value <= bound, 'An exemplar is within the bound of its bucket', series);
    if (bound < 0) this.#hasNegativeBound = true;
    this.#bound = bound;
    this.#bucket = series.value;
  }

  #checkCount({ series }: PointSample, isInteger: boolean): void {
    this.#check(series.value >= 0, 'A count or a sum is 0 or more', series);
    if (isInteger) this.#check(Number.isInteger(series.value), 'A count is an integer', series);
  }

  #check(holds: boolean, rule: string, { start }: SeriesText): void {
    if (!holds) throw this.#broken(`${rule}: this one is not`, start);
  }

  #broken(sentence: string, at: number): Error {
    return brokenRule(this.#bytes, sentence, at);
  }
}

function numberOf(text: string): number | undefined {
  const bytes = encoder.encode(text);
  return parseNumber(bytes, 0, bytes.length);
}
