/** What points of all kinds have in common: their times, their series, the check whether they are taken, their exemplars. */
import { decodeUtf8 } from '../../base/utf8.ts';
import { Places } from '../../codec/protobuf.ts';
import type { WireReader } from '../../codec/protobuf.ts';
import type { Batch } from '../../model/batch.ts';
import type { histograms, samples, summaries } from '../../model/metrics.ts';
import { ExemplarWriter } from './decode-exemplars.ts';
import type { Origin } from './decode-origin.ts';
import { Metric, SeriesFinder } from './decode-series.ts';
import type { Decoding } from './decoding.ts';
import { absent } from './ids.ts';
import type { TargetInfo } from './target-info.ts';

type PointTable = typeof samples | typeof histograms | typeof summaries;

/** The fields that points of all kinds have, as positions in the body. */
export class Point {
  time = absent;
  startTime = absent;
  flags = 0;
  readonly exemplars = new Places();

  clear(): void {
    this.time = this.startTime = absent;
    this.flags = 0;
    this.exemplars.clear();
  }
}

/** Takes or refuses the points of one metric after the other. */
export class PointTaker {
  readonly decoding: Decoding;
  readonly reader: WireReader;
  readonly metric = new Metric();
  readonly #origin: Origin;
  readonly #info: TargetInfo;
  readonly #series: SeriesFinder;
  readonly #exemplars: ExemplarWriter;
  /** From when on points of a metric are taken, where that depends on its name. */
  readonly #oldestOf: ((name: string) => bigint) | undefined;

  constructor(decoding: Decoding, origin: Origin, info: TargetInfo, oldestOf?: (name: string) => bigint) {
    this.decoding = decoding;
    this.reader = decoding.reader;
    this.#origin = origin;
    this.#info = info;
    this.#series = new SeriesFinder(decoding, origin);
    this.#exemplars = new ExemplarWriter(decoding);
    this.#oldestOf = oldestOf;
  }

  /** To be called when all of the metric but its points is known. */
  startMetric(): void {
    const { decoding, metric } = this;
    this.#series.startMetric(metric);
    const { start, end } = metric.name;
    if (this.#oldestOf !== undefined) decoding.takeFrom(this.#oldestOf(decodeUtf8(this.reader.view, start, end)));
  }

  /**
   * Whether the point `[start, end)` is taken; then its series is found, of which the attributes stand under `tag` and were hashed
   * last. Moves the reader.
   */
  take(point: Point, tag: number, start: number, end: number): boolean {
    const { decoding, metric } = this;
    const low = this.reader.lowAt(point.time);
    const high = this.reader.highAt(point.time);
    if (metric.name.start === metric.name.end) return this.refuse('the name of the metric must not be empty');
    if (!decoding.isTimely(low, high)) return this.refuse(decoding.timeRule('time_unix_nano'));
    this.#info.noteTime(low, high);
    this.#series.find(metric, tag, start, end, this.#origin.noteTime(low, high));
    return true;
  }

  refuse(expected: string): false {
    this.decoding.refusals.refuse(expected);
    return false;
  }

  /** Appends what the rows of all point tables start with. */
  writeStart(columns: Batch<PointTable>['columns'], point: Point): void {
    const { decoding, reader } = this;
    const { open, tenant } = decoding;
    const series = this.#series;
    columns.tenant.appendUtf8(tenant, 0, tenant.byteLength);
    columns.batch.append(open.numberLow, open.numberHigh);
    columns.metric_id.append(series.metricId);
    columns.series_id.append(series.idLow, series.idHigh);
    columns.time.append(reader.lowAt(point.time), reader.highAt(point.time));
    columns.start_time.append(reader.lowAt(point.startTime), reader.highAt(point.startTime));
    columns.flags.append(point.flags);
  }

  /** Appends the rows of the point's exemplars. Moves the reader. */
  writeExemplars(point: Point): void {
    if (point.exemplars.length > 0) this.#exemplars.write(point.exemplars, point.time, this.#series);
  }
}
