/** Series of StatsD at the time of a flush, as rows. */
import { assert, known } from '../../base/assert.ts';
import { lastTimeNs } from '../../base/time.ts';
import type { OpenCommit } from '../../engine/commit.ts';
import type { Batch } from '../../model/batch.ts';
import type { StringColumn } from '../../model/columns.ts';
import { nativeHistograms, series as seriesTable } from '../../model/metrics.ts';
import { writeDouble } from '../../model/write-text.ts';
import { MetadataRows } from '../prometheus/metadata-rows.ts';
import { noTime, PointRows } from '../prometheus/point-rows.ts';
import type { SeriesKey } from '../prometheus/point-rows.ts';
import { SampleTime } from '../prometheus/sample-time.ts';
import { SeriesFinder } from '../prometheus/series.ts';
import type { Series } from './aggregation.ts';
import { zeroThreshold } from './histogram.ts';
import type { NativeHistogram } from './histogram.ts';
import type { Total } from './totals.ts';

const anyTime = { oldestNs: 0n, newestNs: lastTimeNs };
/** Readers see a reset by the start and by the counts. */
const unknownReset = 0;
const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;

/** Appends the rows of one flush. */
export class FlushRows {
  /** Points so far. */
  count = 0;
  readonly #open: OpenCommit;
  readonly #finder: SeriesFinder;
  readonly #metadata: MetadataRows;
  readonly #points: PointRows;
  readonly #histograms: Batch<typeof nativeHistograms>['columns'];
  readonly #time = new SampleTime(anyTime);
  readonly #start = new SampleTime(anyTime);
  /** The series that the finder holds, and its metric. */
  #held: Series | undefined;
  #metric = '';
  /** Metadata that was noted: many series share it. */
  readonly #said = new Set<string>();

  /** `timeMs`: the time of the flush, Unix milliseconds. */
  constructor(open: OpenCommit, tenant: string, timeMs: number) {
    this.#time.set(timeMs);
    this.#open = open;
    this.#finder = new SeriesFinder(open, tenant);
    this.#metadata = new MetadataRows(open, tenant, this.#time.day);
    this.#points = new PointRows(open, tenant);
    this.#histograms = open.batch(nativeHistograms).columns;
  }

  /** Appends what a series adds up to, at the time of the flush. */
  append(series: Series, timeMs: number): void {
    this.#append(series, timeMs, false);
  }

  /** Appends that a series has ended. */
  appendEnd(series: Series, timeMs: number): void {
    this.#append(series, timeMs, true);
  }

  #append(series: Series, timeMs: number, isStale: boolean): void {
    const key = (series.key ??= this.#find(series));
    this.#time.set(timeMs);
    const { day } = this.#time;
    if (this.#open.isNew(seriesTable, key.idLow, key.idHigh, day)) this.#describe(series, day);
    const { total } = series;
    this.#start.set(series.startMs);
    if (total.kind === 'histogram') this.#appendHistogram(key, total.histogram, isStale);
    else this.#points.appendSample(key, this.#time, total.kind === 'counter' ? this.#start : noTime, valueOf(total), isStale);
    this.count++;
  }

  #find(series: Series): SeriesKey {
    this.#hold(series);
    const { idLow, idHigh, metricId } = this.#finder;
    return { idLow, idHigh, metricId };
  }

  #describe(series: Series, day: number): void {
    const { total, unit } = series;
    const family = total.kind === 'set' ? 'gauge' : total.kind;
    const metric = this.#hold(series);
    this.#finder.write(day, { family, isHistogram: family === 'histogram', unit, help: '' });
    const said = `${metric} ${family} ${unit}`;
    if (this.#said.has(said)) return;
    this.#said.add(said);
    this.#metadata.note({ metric, type: family, unit, help: '' });
  }

  /** Makes the finder hold a series, and gives the name of its metric. */
  #hold(series: Series): string {
    if (this.#held !== series) {
      const labels = JSON.parse(series.labels) as readonly string[];
      this.#finder.labels.setTexts(labels);
      const broken = this.#finder.find();
      assert(broken === undefined, 'the labels of a series were checked when its first line came');
      this.#held = series;
      this.#metric = known(labels[1], 'the name of a metric');
    }
    return this.#metric;
  }

  #appendHistogram(key: SeriesKey, histogram: NativeHistogram, isStale: boolean): void {
    const columns = this.#histograms;
    this.#points.appendStart(columns, key, this.#time, this.#start, isStale);
    columns.schema.append(histogram.schema);
    columns.is_float.append(histogram.isFractional ? 1 : 0);
    columns.reset_hint.append(unknownReset);
    columns.count.append(isStale ? 0 : histogram.count);
    columns.sum.append(isStale ? Number.NaN : histogram.sum);
    columns.zero_threshold.append(zeroThreshold);
    columns.zero_count.append(isStale ? 0 : histogram.zeroCount);
    appendBuckets(columns.positive_indexes, columns.positive_counts, isStale ? noBuckets : histogram.positive);
    appendBuckets(columns.negative_indexes, columns.negative_counts, isStale ? noBuckets : histogram.negative);
    columns.bounds.writeByte(openBracket);
    endList(columns.bounds);
  }
}

const noBuckets: ReadonlyMap<number, number> = new Map();

function valueOf(total: Exclude<Total, { kind: 'histogram' }>): number {
  return total.kind === 'set' ? total.hashes.size : total.value;
}

/** Arrays travel as text in brackets (model/batch.ts). */
function appendBuckets(indexes: StringColumn, counts: StringColumn, buckets: ReadonlyMap<number, number>): void {
  const ascending = Int32Array.from(buckets.keys()).toSorted();
  indexes.writeByte(openBracket);
  counts.writeByte(openBracket);
  for (let i = 0; i < ascending.length; i++) {
    const index = ascending[i] ?? 0;
    if (i > 0) {
      indexes.writeByte(comma);
      counts.writeByte(comma);
    }
    writeDouble(indexes, index);
    writeDouble(counts, buckets.get(index) ?? 0);
  }
  endList(indexes);
  endList(counts);
}

function endList(column: StringColumn): void {
  column.writeByte(closeBracket);
  column.endRow();
}
