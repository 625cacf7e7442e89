/** Points of Prometheus as rows of samples, and what the rows of all tables of points begin with. */
import type { OpenCommit } from '../../engine/commit.ts';
import type { Batch } from '../../model/batch.ts';
import { samples } from '../../model/metrics.ts';
import type { nativeHistograms } from '../../model/metrics.ts';

/** A series, as `SeriesFinder` finds it. */
export interface SeriesKey {
  readonly idLow: number;
  readonly idHigh: number;
  readonly metricId: number;
}

/** Unix nanoseconds by their halves, as `SampleTime` has them. */
export interface NsHalves {
  readonly low: number;
  readonly high: number;
}

/** For starts that were not sent. */
export const noTime: NsHalves = { low: 0, high: 0 };

/** Bit 0 of `flags`: the series ended. */
const staleFlag = 1;
const staleLow = 2;
const staleHigh = 0x7ff0_0000;

const textEncoder = new TextEncoder();

/** Whether the double at a position is a stale marker: this very NaN. */
export function isStaleAt(view: DataView, position: number): boolean {
  return view.getInt32(position, true) === staleLow && view.getInt32(position + 4, true) === staleHigh;
}

type PointColumns = Batch<typeof samples | typeof nativeHistograms>['columns'];

/** Appends rows of one request, or one scrape. */
export class PointRows {
  readonly #open: OpenCommit;
  readonly #tenant: DataView;
  readonly #samples: Batch<typeof samples>['columns'];

  constructor(open: OpenCommit, tenant: string) {
    const bytes = textEncoder.encode(tenant);
    this.#open = open;
    this.#tenant = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#samples = open.batch(samples).columns;
  }

  /** Appends a number; a stale marker has none. */
  appendSample(series: SeriesKey, time: NsHalves, start: NsHalves, value: number, isStale: boolean): void {
    const columns = this.#samples;
    this.appendStart(columns, series, time, start, isStale);
    columns.value.append(isStale ? Number.NaN : value);
    columns.is_int.append(0);
    columns.int_rest.append(0);
  }

  /** Appends what the rows of samples and of native histograms begin with. */
  appendStart(columns: PointColumns, series: SeriesKey, time: NsHalves, start: NsHalves, isStale: boolean): void {
    this.appendSeries(columns, series);
    columns.time.append(time.low, time.high);
    columns.start_time.append(start.low, start.high);
    columns.flags.append(isStale ? staleFlag : 0);
  }

  /** Appends what the rows of exemplars begin with as well. */
  appendSeries(columns: Pick<PointColumns, 'tenant' | 'batch' | 'metric_id' | 'series_id'>, series: SeriesKey): void {
    columns.tenant.appendUtf8(this.#tenant, 0, this.#tenant.byteLength);
    columns.batch.append(this.#open.numberLow, this.#open.numberHigh);
    columns.metric_id.append(series.metricId);
    columns.series_id.append(series.idLow, series.idHigh);
  }
}
