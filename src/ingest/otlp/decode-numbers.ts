/** NumberDataPoint → rows of samples. */
import type { Batch } from '../../model/batch.ts';
import { samples } from '../../model/metrics.ts';
import { Point } from './decode-points.ts';
import type { PointTaker } from './decode-points.ts';
import { numberKinds, writeNumber } from './numbers.ts';
import type { NumberKind } from './numbers.ts';
import { absent } from './ids.ts';

const pointFields = 0b1_1111_1100;
const attributesTag = 0x3a;

export class NumberPoints {
  readonly #taker: PointTaker;
  readonly #columns: Batch<typeof samples>['columns'];
  readonly #point = new Point();
  #kind: NumberKind = numberKinds.none;
  #value = absent;

  constructor(taker: PointTaker) {
    this.#taker = taker;
    this.#columns = taker.decoding.batch(samples).columns;
  }

  /** Decodes the point `[reader.at, end)`. Moves the reader. */
  decode(end: number): void {
    const taker = this.#taker;
    const start = taker.reader.at;
    this.#read(end);
    if (!taker.take(this.#point, attributesTag, start, end)) return;
    taker.writeStart(this.#columns, this.#point);
    writeNumber(this.#columns, taker.reader.view, this.#kind, this.#value);
    taker.writeExemplars(this.#point);
  }

  #read(end: number): void {
    const { reader, decoding } = this.#taker;
    const point = this.#point;
    point.clear();
    decoding.attributes.startSet();
    this.#kind = numberKinds.none;
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x11:
          point.startTime = reader.fixed64(end);
          break;
        case 0x19:
          point.time = reader.fixed64(end);
          break;
        case 0x21:
          this.#kind = numberKinds.double;
          this.#value = reader.fixed64(end);
          break;
        case 0x2a:
          reader.addPlace(point.exemplars, end);
          break;
        case 0x31:
          this.#kind = numberKinds.int;
          this.#value = reader.fixed64(end);
          break;
        case attributesTag:
          decoding.attributes.addToSet(reader.length(end));
          break;
        case 0x40:
          point.flags = reader.uint32(end);
          break;
        default:
          reader.skipField(tag, end, pointFields);
      }
    }
  }
}
