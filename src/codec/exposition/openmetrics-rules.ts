/**
 * The rules of OpenMetrics 1.0 that one line alone can not break (specification/OpenMetrics.md, sections "Metric Types" and
 * "Overall Structure"): one family for each name, each in one piece, what it is before its samples; metrics and points in one
 * piece, their times ascending; and which samples, labels, values and exemplars a type has.
 *
 * Remembers names, and the metrics of the family that is being read, so it takes memory in proportion to the body.
 */
import type { Exemplar, FamilyType } from './exposition.ts';
import { PointRules } from './point-rules.ts';
import type { SeriesText } from './series-text.ts';
import { brokenRule } from './text-error.ts';

const suffixes: Readonly<Record<FamilyType, readonly string[]>> = {
  unknown: [''],
  gauge: [''],
  stateset: [''],
  counter: ['_total', '_created'],
  histogram: ['_bucket', '_count', '_sum', '_created'],
  gaugehistogram: ['_bucket', '_gcount', '_gsum'],
  summary: ['', '_count', '_sum', '_created'],
  info: ['_info'],
};
/** Characters of all names and values of an exemplar's labels together. */
const exemplarLengthMax = 128;
/** No text holds a lone surrogate, so none holds this. */
const separator = '\uD800';

interface OpenFamily {
  readonly name: string;
  type: FamilyType;
  unit: string;
  /** What was said about it. */
  readonly kinds: Set<string>;
  /** Its metrics, by their labels; the last one is the one that is being read. */
  readonly metrics: Set<string>;
}

export class OpenMetricsRules {
  readonly #bytes: Uint8Array;
  /** Names of families and of samples that they may have. */
  readonly #names = new Set<string>();
  #family: OpenFamily | undefined;
  #metric = '';
  /** The time of the point that is being read, and its series. */
  #seconds = Number.NaN;
  readonly #series = new Set<string>();
  readonly #point: PointRules;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#point = new PointRules(bytes);
  }

  /** Takes a line `# KIND name text` that starts at `at`. */
  metadata(name: string, kind: 'type' | 'help' | 'unit', text: string, at: number): void {
    const family = this.#family?.name === name ? this.#family : this.#open(name, at);
    if (family.metrics.size > 0) throw this.#broken(`The ${kind} of ${name} stands after its samples`, at);
    if (family.kinds.has(kind)) throw this.#broken(`The ${kind} of ${name} is said twice`, at);
    family.kinds.add(kind);
    if (kind === 'unit') family.unit = text;
    if (kind === 'type') this.#setType(family, text as FamilyType, at);
    if (family.unit !== '' && (family.type === 'info' || family.type === 'stateset')) {
      throw this.#broken(`The ${family.type} ${name} has a unit`, at);
    }
  }

  /** Takes a sample with its time in seconds, NaN for none. */
  sample(series: SeriesText, seconds: number, exemplar: Exemplar | undefined): void {
    if (series.endsInComma) throw this.#broken('A comma stands after the last label', series.start);
    const labels = series.labels();
    const nameAt = labels.findIndex((text, i) => i % 2 === 0 && text === '__name__');
    const name = labels[nameAt + 1]!;
    const family = this.#familyOf(name, series.start);
    const suffix = name.slice(family.name.length);
    const part = partLabel(family, suffix);
    const rest = labels.filter((_, i) => i >> 1 !== nameAt >> 1 && labels[i & ~1] !== part);
    this.#enterPoint(family, rest.join(separator), seconds, series.start);
    this.#addSeries(labels.join(separator), seconds, series.start);
    this.#point.sample({ type: family.type, suffix, labels: rest, part: part && series.labelText(part), series, exemplar });
    if (exemplar !== undefined) this.#checkExemplar(exemplar, series.start);
  }

  /** Takes the end of the body, which stands at `at`. */
  end(at: number): void {
    this.#close(at);
  }

  #familyOf(name: string, at: number): OpenFamily {
    const family = this.#family;
    if (family !== undefined && suffixes[family.type].some((suffix) => name === family.name + suffix)) return family;
    return this.#open(name, at);
  }

  #open(name: string, at: number): OpenFamily {
    this.#close(at);
    this.#claim(name, name, at);
    const family: OpenFamily = { name, type: 'unknown', unit: '', kinds: new Set(), metrics: new Set() };
    this.#family = family;
    return family;
  }

  #close(at: number): void {
    this.#point.close(at);
    this.#series.clear();
    this.#family = undefined;
  }

  #setType(family: OpenFamily, type: FamilyType, at: number): void {
    family.type = type;
    for (const suffix of suffixes[type]) if (suffix !== '') this.#claim(family.name + suffix, family.name, at);
  }

  #claim(name: string, family: string, at: number): void {
    if (this.#names.has(name))
      throw this.#broken(`The name ${name} of family ${family} belongs to another family, or to this one before`, at);
    this.#names.add(name);
  }

  /** Finds the sample's place: a new metric, a new point of the metric before, or more of the point before. */
  #enterPoint(family: OpenFamily, metric: string, seconds: number, at: number): void {
    if (family.metrics.size > 0 && metric === this.#metric) {
      if (Number.isNaN(seconds) !== Number.isNaN(this.#seconds)) {
        throw this.#broken('Samples of one metric are in part with and in part without a time', at);
      }
      if (seconds < this.#seconds) throw this.#broken('The time is before that of the sample above', at);
      if (!(seconds > this.#seconds)) return;
    } else {
      if (family.metrics.has(metric)) throw this.#broken('Other samples stand between those of one metric', at);
      family.metrics.add(metric);
      this.#metric = metric;
    }
    this.#point.close(at);
    this.#series.clear();
    this.#seconds = seconds;
  }

  /** Samples with a time may come again: their times may differ by less than a double can tell. */
  #addSeries(series: string, seconds: number, at: number): void {
    if (Number.isNaN(seconds) && this.#series.has(series)) throw this.#broken('A series comes twice', at);
    this.#series.add(series);
  }

  #checkExemplar(exemplar: Exemplar, at: number): void {
    const length = exemplar.labels().reduce((sum, text) => sum + Array.from(text).length, 0);
    if (length > exemplarLengthMax) throw this.#broken(`An exemplar has labels of over ${exemplarLengthMax} characters`, at);
  }

  #broken(sentence: string, at: number): Error {
    return brokenRule(this.#bytes, sentence, at);
  }
}

/** The label that tells the samples of one point apart. */
function partLabel({ type, name }: OpenFamily, suffix: string): string | undefined {
  if (suffix === '_bucket') return 'le';
  if (type === 'stateset') return name;
  return type === 'summary' && suffix === '' ? 'quantile' : undefined;
}
