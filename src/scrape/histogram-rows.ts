/** Scraped native histograms as rows of native_histograms. */
import type { NativeHistogram } from '../codec/exposition/exposition.ts';
import type { OpenCommit } from '../engine/commit.ts';
import { noTime } from '../ingest/prometheus/point-rows.ts';
import type { NsHalves, PointRows, SeriesKey } from '../ingest/prometheus/point-rows.ts';
import type { Batch } from '../model/batch.ts';
import type { StringColumn } from '../model/columns.ts';
import { nativeHistograms } from '../model/metrics.ts';
import { writeListNumber } from '../model/write-text.ts';

const hints = { unknown: 0, gauge: 3 } as const;

const ended: NativeHistogram = {
  schema: 0,
  isFloat: false,
  isGauge: false,
  count: 0,
  sum: Number.NaN,
  zeroThreshold: 0,
  zeroCount: 0,
  positiveIndexes: [],
  positiveCounts: [],
  negativeIndexes: [],
  negativeCounts: [],
  bounds: [],
};

export class HistogramRows {
  readonly #points: PointRows;
  readonly #columns: Batch<typeof nativeHistograms>['columns'];

  constructor(open: OpenCommit, points: PointRows) {
    this.#points = points;
    this.#columns = open.batch(nativeHistograms).columns;
  }

  append(series: SeriesKey, time: NsHalves, start: NsHalves, histogram: NativeHistogram): void {
    this.#points.appendStart(this.#columns, series, time, start, false);
    this.#appendValue(histogram);
  }

  /** Appends the mark that a series ended. */
  appendStale(series: SeriesKey, time: NsHalves): void {
    this.#points.appendStart(this.#columns, series, time, noTime, true);
    this.#appendValue(ended);
  }

  #appendValue(histogram: NativeHistogram): void {
    const columns = this.#columns;
    columns.schema.append(histogram.schema);
    columns.is_float.append(histogram.isFloat ? 1 : 0);
    columns.reset_hint.append(histogram.isGauge ? hints.gauge : hints.unknown);
    columns.count.append(histogram.count);
    columns.sum.append(histogram.sum);
    columns.zero_threshold.append(histogram.zeroThreshold);
    columns.zero_count.append(histogram.zeroCount);
    appendList(columns.positive_indexes, histogram.positiveIndexes);
    appendList(columns.positive_counts, histogram.positiveCounts);
    appendList(columns.negative_indexes, histogram.negativeIndexes);
    appendList(columns.negative_counts, histogram.negativeCounts);
    appendList(columns.bounds, histogram.bounds);
  }
}

function appendList(column: StringColumn, numbers: readonly number[]): void {
  column.writeByte(0x5b);
  for (const [i, number] of numbers.entries()) {
    if (i > 0) column.writeByte(0x2c);
    writeListNumber(column, number);
  }
  column.writeByte(0x5d);
  column.endRow();
}
