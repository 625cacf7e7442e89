/**
 * Warnings and infos about a query: part of its result. The texts are those of Prometheus 3.14, which its users and dashboards
 * know; each ends with the line and column of the part of the query it is about. The same text is given once, with the
 * position that came last.
 */
import { quote } from '../../lang/strings.ts';
import { formatGeneral } from './format-float.ts';

/** Of an annotation that is given for many steps at once. */
type Details =
  | { readonly kind: 'plain' }
  | { readonly kind: 'overlap'; count: number }
  | { readonly kind: 'monotonicity'; count: number; fixed: FixedBuckets; fromMs: number; toMs: number };

/** Where the counts of classic buckets had to be corrected, and by how much at most. */
export interface FixedBuckets {
  readonly lowest: number;
  readonly highest: number;
  readonly difference: number;
}

interface Annotation {
  position: number;
  readonly details: Details;
}

export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation';

/** Collects the annotations of one query. Positions are offsets in the query text. */
export class Annotations {
  readonly #byText = new Map<string, Annotation>();

  warn(text: string, position: number): void {
    this.#add(`PromQL warning: ${text}`, position);
  }

  inform(text: string, position: number): void {
    this.#add(`PromQL info: ${text}`, position);
  }

  /** A sample that started before the one before it ended; says how often when it is more than once. */
  warnOfOverlap(metricName: string, position: number): void {
    const text = `PromQL warning: sample has start time that overlaps with previous sample timestamp for metric ${quote(metricName)}`;
    const known = this.#byText.get(text);
    if (known?.details.kind === 'overlap') known.details.count++;
    else this.#byText.set(text, { position, details: { kind: 'overlap', count: 1 } });
  }

  /** Classic buckets whose counts fell from one bound to the next. */
  informOfMonotonicity(metricName: string, position: number, timeMs: number, fixed: FixedBuckets): void {
    const page = 'https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile';
    const text = `PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see ${page})${forMetric(metricName)}`;
    const details = this.#byText.get(text)?.details;
    if (details?.kind !== 'monotonicity') {
      this.#byText.set(text, { position, details: { kind: 'monotonicity', count: 1, fixed, fromMs: timeMs, toMs: timeMs } });
      return;
    }
    details.count++;
    details.fromMs = Math.min(details.fromMs, timeMs);
    details.toMs = Math.max(details.toMs, timeMs);
    details.fixed = {
      lowest: Math.min(details.fixed.lowest, fixed.lowest),
      highest: Math.max(details.fixed.highest, fixed.highest),
      difference: Math.max(details.fixed.difference, fixed.difference),
    };
  }

  /** The texts with their positions, `place` giving line and column of an offset. */
  texts(place: (offset: number) => string): { warnings: string[]; infos: string[] } {
    const warnings: string[] = [];
    const infos: string[] = [];
    for (const [text, { position, details }] of this.#byText) {
      const list = text.startsWith('PromQL warning') ? warnings : infos;
      list.push(`${text}${describe(details)} (${place(position)})`);
    }
    return { warnings, infos };
  }

  #add(text: string, position: number): void {
    const known = this.#byText.get(text);
    if (known === undefined) this.#byText.set(text, { position, details: { kind: 'plain' } });
    else known.position = position;
  }
}

function describe(details: Details): string {
  switch (details.kind) {
    case 'plain':
      return '';
    case 'overlap':
      return details.count > 1 ? ` (${details.count} occurrences)` : '';
    case 'monotonicity': {
      const { fixed, count, fromMs, toMs } = details;
      const buckets = `from buckets ${formatGeneral(fixed.lowest)} to ${formatGeneral(fixed.highest)}`;
      const difference = formatGeneral(fixed.difference, 2);
      return `, ${buckets}, with a max diff of ${difference}, over ${count} samples from ${second(fromMs)} to ${second(toMs)}`;
    }
  }
}

function second(timeMs: number): string {
  return new Date(Math.trunc(timeMs / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

function forMetric(metricName: string): string {
  return metricName === '' ? '' : ` for metric name ${quote(metricName)}`;
}

/** The texts of warnings. */
export const warningOf = {
  ratio: (ratio: number, capped: number) =>
    `ratio value should be between -1 and 1, got ${formatGeneral(ratio)}, capping to ${formatGeneral(capped)}`,
  quantile: (quantile: number) => `quantile value should be between 0 and 1, got ${formatGeneral(quantile)}`,
  badBucketLabel: (value: string, metricName: string) =>
    `bucket label "le" is missing or has a malformed value of ${quote(value)}${forMetric(metricName)}`,
  mixedTypes: (metricName: string) => `encountered a mix of histograms and floats for metric name ${quote(metricName)}`,
  mixedTypesInAggregation: () => 'encountered a mix of histograms and floats for aggregation',
  classicAndNative: (metricName: string) => `vector contains a mix of classic and native histograms${forMetric(metricName)}`,
  notCounter: (metricName: string) => `this native histogram metric is not a counter: ${quote(metricName)}`,
  notGauge: (metricName: string) => `this native histogram metric is not a gauge: ${quote(metricName)}`,
  mixedSchemas: (metricName: string) =>
    `vector contains a mix of histograms with exponential and custom buckets schemas for metric name ${quote(metricName)}`,
  incompatibleBuckets: (operator: string) => `incompatible bucket layout encountered for binary operator ${operator}`,
  sortInRangeQuery: () => 'sort is ineffective for range queries since results are always ordered by labels',
  conflictingResets: (operation: HistogramOperation) => `conflicting counter resets during histogram ${operation}`,
} as const;

/** The texts of infos. */
export const infoOf = {
  possibleNonCounter: (metricName: string) =>
    `metric might not be a counter, name does not end in _total/_sum/_count/_bucket: ${quote(metricName)}`,
  incompatibleTypes: (left: string, operator: string, right: string) =>
    `incompatible sample types encountered for binary operator ${quote(operator)}: ${left} ${operator} ${right}`,
  histogramIgnored: (aggregation: string) => `ignored histogram in ${aggregation} aggregation`,
  histogramsIgnoredInRange: (metricName: string) =>
    `ignored histograms in a range containing both floats and histograms for metric name ${quote(metricName)}`,
  nanResult: (metricName: string) => `input to histogram_quantile has NaN observations, result is NaN${forMetric(metricName)}`,
  nanSkew: (metricName: string) =>
    `input to histogram_quantile has NaN observations, result is skewed higher${forMetric(metricName)}`,
  nanFraction: (metricName: string) =>
    `input to histogram_fraction has NaN observations, which are excluded from all fractions${forMetric(metricName)}`,
  mismatchedBounds: (operation: HistogramOperation) => `mismatched custom buckets were reconciled during ${operation}`,
} as const;
