/** SummaryDataPoint → rows of summaries. */
import { Places } from '../../codec/protobuf.ts';
import type { Batch } from '../../model/batch.ts';
import { summaries } from '../../model/metrics.ts';
import { Point } from './decode-points.ts';
import type { PointTaker } from './decode-points.ts';
import { absent } from './ids.ts';
import { appendEach } from './number-lists.ts';

const pointFields = 0b1_1111_1100;
const quantileFields = 0b110;
const attributesTag = 0x3a;

export class SummaryPoints {
  readonly #taker: PointTaker;
  readonly #columns: Batch<typeof summaries>['columns'];
  readonly #point = new Point();
  readonly #quantiles = new Places();
  #count = absent;
  #sum = absent;

  constructor(taker: PointTaker) {
    this.#taker = taker;
    this.#columns = taker.decoding.batch(summaries).columns;
  }

  /** Decodes the point `[reader.at, end)`. Moves the reader. */
  decode(end: number): void {
    const taker = this.#taker;
    const { reader } = taker;
    const start = reader.at;
    this.#read(end);
    if (!taker.take(this.#point, attributesTag, start, end)) return;
    const columns = this.#columns;
    taker.writeStart(columns, this.#point);
    columns.count.append(reader.lowAt(this.#count), reader.highAt(this.#count));
    columns.sum.append(reader.doubleAt(this.#sum));
    appendEach(columns.quantiles, this.#quantiles.length, (index) => this.#fieldOf(index, 0x09));
    appendEach(columns.quantile_values, this.#quantiles.length, (index) => this.#fieldOf(index, 0x11));
  }

  #read(end: number): void {
    const { reader, decoding } = this.#taker;
    this.#clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x11:
          this.#point.startTime = reader.fixed64(end);
          break;
        case 0x19:
          this.#point.time = reader.fixed64(end);
          break;
        case 0x21:
          this.#count = reader.fixed64(end);
          break;
        case 0x29:
          this.#sum = reader.fixed64(end);
          break;
        case 0x32:
          reader.addPlace(this.#quantiles, end);
          break;
        case attributesTag:
          decoding.attributes.addToSet(reader.length(end));
          break;
        case 0x40:
          this.#point.flags = reader.uint32(end);
          break;
        default:
          reader.skipField(tag, end, pointFields);
      }
    }
  }

  /** The double under one of the two tags of a ValueAtQuantile. */
  #fieldOf(index: number, wanted: number): number {
    const { reader } = this.#taker;
    const end = this.#quantiles.end(index);
    let position = absent;
    reader.at = this.#quantiles.start(index);
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x09 || tag === 0x11) {
        const found = reader.fixed64(end);
        if (tag === wanted) position = found;
      } else reader.skipField(tag, end, quantileFields);
    }
    return reader.doubleAt(position);
  }

  #clear(): void {
    this.#point.clear();
    this.#quantiles.clear();
    this.#count = this.#sum = absent;
    this.#taker.decoding.attributes.startSet();
  }
}
