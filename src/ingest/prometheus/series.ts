/**
 * Series of Prometheus, whichever way they come: their id, and their row, written once per day of data. The same labels have the
 * same id in remote write 1.0 and 2.0 and from a scraped target.
 *
 * An id is a hash of tenant and labels, in any order; type, unit and help are not part of it.
 * Ids are stored: what goes into them, and in which order, never changes.
 */
import { Hash } from '../../base/hash.ts';
import { decodeUtf8 } from '../../base/utf8.ts';
import type { OpenCommit } from '../../engine/commit.ts';
import type { Batch } from '../../model/batch.ts';
import { series } from '../../model/metrics.ts';
import type { FamilyType, MetricType } from '../../model/metrics.ts';
import { LabelSet } from './decode-labels.ts';
import type { LabelRule } from './decode-labels.ts';

/** Tell apart the ids of different things; OTLP has 1 to 3 and 6. */
export const idKinds = { series: 4, metadata: 5 } as const;

export const nameRule = 'a series must have the label __name__';

/** What is said about a series besides its labels. */
export interface SeriesNature {
  readonly family: FamilyType;
  /** Whether its points are native histograms. */
  readonly isHistogram: boolean;
  readonly unit: string;
  readonly help: string;
}

/** A series without metadata. */
export const unknownSeries: SeriesNature = { family: 'unknown', isHistogram: false, unit: '', help: '' };
export const unknownHistogram: SeriesNature = { ...unknownSeries, isHistogram: true };

const textEncoder = new TextEncoder();
const cumulative = 2;

/** Finds series by their labels and writes the rows of new ones. For one request, or one scrape. */
export class SeriesFinder {
  /** To be filled, then `find`. */
  readonly labels: LabelSet;
  /** Of the series found last. */
  idLow = 0;
  idHigh = 0;
  metricId = 0;
  /** Where its labels have the name. */
  #name = 0;
  readonly #open: OpenCommit;
  readonly #tenant: DataView;
  readonly #columns: Batch<typeof series>['columns'];
  readonly #hash = new Hash();
  readonly #seedLow: number;
  readonly #seedHigh: number;

  constructor(open: OpenCommit, tenant: string) {
    const bytes = textEncoder.encode(tenant);
    this.#open = open;
    this.#tenant = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#columns = open.batch(series).columns;
    const hash = this.#hash;
    hash.begin(0, 0).addBytes(this.#tenant, 0, bytes.length).finish();
    hash.begin(hash.low, hash.high).addWord(idKinds.series);
    this.#seedLow = hash.low;
    this.#seedHigh = hash.high;
    this.labels = new LabelSet(hash);
  }

  /** Finds the series of `labels`. Gives the rule that they break, if any: then there is no series. */
  find(): LabelRule | typeof nameRule | undefined {
    const { labels } = this;
    const broken = labels.finish();
    if (broken !== undefined) return broken;
    // The name stands first unless a label begins with a capital letter or a digit.
    this.#name = labels.find('__name__');
    if (this.#name < 0) return nameRule;
    const hash = this.#hash.begin(this.#seedLow, this.#seedHigh).addHash(labels.low, labels.high).addWord(labels.count).finish();
    this.idLow = hash.low;
    this.idHigh = hash.high;
    hash.begin(labels.valueLow(this.#name), labels.valueHigh(this.#name)).finish();
    this.metricId = hash.low >>> 0;
    return undefined;
  }

  /** The name of the metric of the series found last, as text. */
  nameText(): string {
    return decodeUtf8(this.labels.source, this.labels.valueStart(this.#name), this.labels.valueEnd(this.#name));
  }

  /** Whether the row of the series found last has to be written for a day; then `write` must follow. */
  isNew(day: number): boolean {
    return this.#open.isNew(series, this.idLow, this.idHigh, day);
  }

  /** Appends the row of the series found last. */
  write(day: number, nature: SeriesNature): void {
    const { labels } = this;
    const columns = this.#columns;
    const { type, grows } = pointsOf(nature, this.nameText());
    columns.tenant.appendUtf8(this.#tenant, 0, this.#tenant.byteLength);
    columns.id.append(this.idLow, this.idHigh);
    columns.day.append(day);
    columns.metric.appendUtf8(labels.source, labels.valueStart(this.#name), labels.valueEnd(this.#name));
    columns.metric_id.append(this.metricId);
    columns.name.appendUtf8(labels.source, labels.valueStart(this.#name), labels.valueEnd(this.#name));
    this.#writeLabels(columns.labels);
    columns.type.appendText(type);
    columns.unit.appendText(nature.unit);
    columns.description.appendText(nature.help);
    columns.temporality.append(grows ? cumulative : 0);
    columns.monotonic.append(grows ? 1 : 0);
    columns.metadata.endRow();
    this.#writeService();
    this.#writeLabels(columns.attributes);
    columns.resource_id.append(0, 0);
    columns.scope_id.append(0, 0);
  }

  #writeLabels(column: Batch<typeof series>['columns']['labels']): void {
    const { labels } = this;
    for (let i = 0; i < labels.count; i++) {
      if (i === this.#name) continue;
      column.writeTextEntry(labels.source, labels.nameStart(i), labels.nameEnd(i), labels.valueStart(i), labels.valueEnd(i));
    }
    column.endRow();
  }

  #writeService(): void {
    const { labels } = this;
    const named = labels.find('service_name');
    const found = named < 0 ? labels.find('job') : named;
    if (found < 0) this.#columns.service.endRow();
    else this.#columns.service.appendUtf8(labels.source, labels.valueStart(found), labels.valueEnd(found));
  }
}

interface Points {
  readonly type: MetricType;
  /** Cumulative and monotonic. */
  readonly grows: boolean;
}

/** What the points of a series of a family are: histograms and summaries are series of several kinds, by the end of the name. */
function pointsOf({ family, isHistogram }: SeriesNature, name: string): Points {
  if (isHistogram) return { type: 'native_histogram', grows: family !== 'gaugehistogram' };
  switch (family) {
    case 'counter':
      return { type: 'sum', grows: true };
    case 'gauge':
    case 'gaugehistogram':
      return { type: 'gauge', grows: false };
    case 'histogram':
      return isPart(name) ? { type: 'sum', grows: true } : { type: 'native_histogram', grows: true };
    case 'summary':
      return isPart(name) ? { type: 'sum', grows: true } : { type: 'gauge', grows: false };
    case 'info':
    case 'stateset':
    case 'unknown':
      return { type: family, grows: false };
  }
}

const partEnds = ['_bucket', '_count', '_sum'];

/** Whether a name ends as those of the series that count for a histogram or summary do. */
function isPart(name: string): boolean {
  return partEnds.some((end) => name.endsWith(end));
}
