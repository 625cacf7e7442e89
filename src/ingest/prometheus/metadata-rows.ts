/** Metadata of metric families as rows, each written once per day. */
import { Hash } from '../../base/hash.ts';
import type { OpenCommit } from '../../engine/commit.ts';
import type { Batch } from '../../model/batch.ts';
import { metricMetadata } from '../../model/metrics.ts';
import type { FamilyType } from '../../model/metrics.ts';
import { idKinds } from './series.ts';

export interface FamilyMetadata {
  /** The name of the family. */
  readonly metric: string;
  readonly type: FamilyType;
  readonly unit: string;
  readonly help: string;
}

/** Characters of a unit or a help text that are kept; real ones are a sentence. */
const textMax = 16_384;

export class MetadataRows {
  readonly #open: OpenCommit;
  readonly #tenant: string;
  readonly #day: number;
  readonly #columns: Batch<typeof metricMetadata>['columns'];
  readonly #hash = new Hash();

  /** `day` counts days since 1970-01-01 (UTC). */
  constructor(open: OpenCommit, tenant: string, day: number) {
    this.#open = open;
    this.#tenant = tenant;
    this.#day = day;
    this.#columns = open.batch(metricMetadata).columns;
  }

  /** Appends a row, if it is not there for the day. */
  note(family: FamilyMetadata): void {
    const { metric, type } = family;
    const unit = family.unit.slice(0, textMax);
    const help = family.help.slice(0, textMax);
    const hash = this.#hash.begin(0, 0).addText(this.#tenant).addWord(idKinds.metadata);
    const { low, high } = hash.addText(metric).addText(type).addText(unit).addText(help).finish();
    if (!this.#open.isNew(metricMetadata, low, high, this.#day)) return;
    const columns = this.#columns;
    columns.tenant.appendText(this.#tenant);
    columns.id.append(low, high);
    columns.day.append(this.#day);
    columns.metric.appendText(metric);
    columns.type.appendText(type);
    columns.unit.appendText(unit);
    columns.help.appendText(help);
  }
}

/** The name of the family that a series counts for: histograms and summaries have several series. */
export function familyName(series: string, type: FamilyType): string {
  switch (type) {
    case 'histogram':
      return withoutEnd(series, ['_bucket', '_count', '_sum']);
    case 'gaugehistogram':
      return withoutEnd(series, ['_bucket', '_gcount', '_gsum', '_count', '_sum']);
    case 'summary':
      return withoutEnd(series, ['_count', '_sum']);
    case 'unknown':
    case 'counter':
    case 'gauge':
    case 'info':
    case 'stateset':
      return series;
  }
}

function withoutEnd(name: string, ends: readonly string[]): string {
  const end = ends.find((end) => name.endsWith(end)) ?? '';
  return name.slice(0, name.length - end.length);
}
