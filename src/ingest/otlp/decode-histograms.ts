/**
 * HistogramDataPoint and ExponentialHistogramDataPoint → rows of histograms. A histogram's point is refused when its bounds do not
 * rise, or when it has not one more count than bounds; without buckets it has neither.
 */
import { Places } from '../../codec/protobuf.ts';
import type { WireReader } from '../../codec/protobuf.ts';
import type { Batch } from '../../model/batch.ts';
import type { StringColumn } from '../../model/columns.ts';
import { histograms } from '../../model/metrics.ts';
import { Point } from './decode-points.ts';
import type { PointTaker } from './decode-points.ts';
import { absent } from './ids.ts';
import {
  addPackedRun,
  addValue,
  appendDoubles,
  appendLongs,
  appendNone,
  appendVarints,
  countOf,
  isRising,
} from './number-lists.ts';

const histogramFields = 0b1_1111_1111_1100;
const exponentialFields = 0b111_1111_1111_1110;
const bucketFields = 0b110;
const histogramAttributes = 0x4a;
const exponentialAttributes = 0x0a;

type HistogramColumns = Batch<typeof histograms>['columns'];

export class HistogramPoints {
  readonly #taker: PointTaker;
  readonly #columns: HistogramColumns;
  readonly #point = new Point();
  readonly #population = new Population();
  readonly #counts = new Places();
  readonly #bounds = new Places();

  constructor(taker: PointTaker) {
    this.#taker = taker;
    this.#columns = taker.decoding.batch(histograms).columns;
  }

  /** Decodes the point `[reader.at, end)`. Moves the reader. */
  decode(end: number): void {
    const taker = this.#taker;
    const start = taker.reader.at;
    this.#read(end);
    const refusal = this.#refusal();
    if (refusal !== undefined) taker.refuse(refusal);
    else if (taker.take(this.#point, histogramAttributes, start, end)) this.#write();
  }

  #read(end: number): void {
    const { reader, decoding } = this.#taker;
    this.#clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x31:
          addValue(reader, this.#counts, end);
          break;
        case 0x32:
          addPackedRun(reader, this.#counts, end);
          break;
        case 0x39:
          addValue(reader, this.#bounds, end);
          break;
        case 0x3a:
          addPackedRun(reader, this.#bounds, end);
          break;
        case 0x42:
          reader.addPlace(this.#point.exemplars, end);
          break;
        case histogramAttributes:
          decoding.attributes.addToSet(reader.length(end));
          break;
        case 0x50:
          this.#point.flags = reader.uint32(end);
          break;
        case 0x59:
          this.#population.min = reader.fixed64(end);
          break;
        case 0x61:
          this.#population.max = reader.fixed64(end);
          break;
        default:
          if (!readShared(reader, this.#point, this.#population, tag, end)) reader.skipField(tag, end, histogramFields);
      }
    }
  }

  #clear(): void {
    this.#point.clear();
    this.#population.clear();
    this.#counts.clear();
    this.#bounds.clear();
    this.#taker.decoding.attributes.startSet();
  }

  #refusal(): string | undefined {
    const counts = countOf(this.#counts);
    const bounds = countOf(this.#bounds);
    if (counts !== bounds + 1 && (counts | bounds) !== 0)
      return 'bucket_counts must hold one more than explicit_bounds, or both be empty';
    return isRising(this.#taker.reader.view, this.#bounds) ? undefined : 'explicit_bounds must rise';
  }

  #write(): void {
    const taker = this.#taker;
    const { reader } = taker;
    const columns = this.#columns;
    taker.writeStart(columns, this.#point);
    this.#population.write(columns, reader);
    appendDoubles(columns.bounds, reader.view, this.#bounds);
    appendLongs(columns.counts, reader.view, this.#counts);
    columns.scale.append(0);
    columns.zero_count.append(0, 0);
    columns.zero_threshold.append(0);
    columns.positive_offset.append(0);
    appendNone(columns.positive_counts);
    columns.negative_offset.append(0);
    appendNone(columns.negative_counts);
    taker.writeExemplars(this.#point);
  }
}

export class ExponentialPoints {
  readonly #taker: PointTaker;
  readonly #columns: HistogramColumns;
  readonly #point = new Point();
  readonly #population = new Population();
  readonly #positive = new Buckets();
  readonly #negative = new Buckets();
  #scale = 0;
  #zeroCount = absent;
  #zeroThreshold = absent;

  constructor(taker: PointTaker) {
    this.#taker = taker;
    this.#columns = taker.decoding.batch(histograms).columns;
  }

  /** Decodes the point `[reader.at, end)`. Moves the reader. */
  decode(end: number): void {
    const taker = this.#taker;
    const start = taker.reader.at;
    this.#read(end);
    if (taker.take(this.#point, exponentialAttributes, start, end)) this.#write();
  }

  #read(end: number): void {
    const { reader, decoding } = this.#taker;
    this.#clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case exponentialAttributes:
          decoding.attributes.addToSet(reader.length(end));
          break;
        case 0x30:
          this.#scale = reader.sint32(end);
          break;
        case 0x39:
          this.#zeroCount = reader.fixed64(end);
          break;
        case 0x42:
          this.#positive.read(reader, reader.length(end));
          break;
        case 0x4a:
          this.#negative.read(reader, reader.length(end));
          break;
        case 0x50:
          this.#point.flags = reader.uint32(end);
          break;
        case 0x5a:
          reader.addPlace(this.#point.exemplars, end);
          break;
        case 0x61:
          this.#population.min = reader.fixed64(end);
          break;
        case 0x69:
          this.#population.max = reader.fixed64(end);
          break;
        case 0x71:
          this.#zeroThreshold = reader.fixed64(end);
          break;
        default:
          if (!readShared(reader, this.#point, this.#population, tag, end)) reader.skipField(tag, end, exponentialFields);
      }
    }
  }

  #clear(): void {
    this.#point.clear();
    this.#population.clear();
    this.#positive.clear();
    this.#negative.clear();
    this.#scale = 0;
    this.#zeroCount = this.#zeroThreshold = absent;
    this.#taker.decoding.attributes.startSet();
  }

  #write(): void {
    const taker = this.#taker;
    const { reader } = taker;
    const columns = this.#columns;
    taker.writeStart(columns, this.#point);
    this.#population.write(columns, reader);
    appendNone(columns.bounds);
    appendNone(columns.counts);
    columns.scale.append(this.#scale);
    columns.zero_count.append(reader.lowAt(this.#zeroCount), reader.highAt(this.#zeroCount));
    columns.zero_threshold.append(reader.doubleAt(this.#zeroThreshold));
    columns.positive_offset.append(this.#positive.offset);
    this.#positive.appendCounts(columns.positive_counts, reader);
    columns.negative_offset.append(this.#negative.offset);
    this.#negative.appendCounts(columns.negative_counts, reader);
    taker.writeExemplars(this.#point);
  }
}

/** Reads a field that has the same number in both kinds of points; false when this is none. */
function readShared(reader: WireReader, point: Point, population: Population, tag: number, end: number): boolean {
  if (tag === 0x11) point.startTime = reader.fixed64(end);
  else if (tag === 0x19) point.time = reader.fixed64(end);
  else if (tag === 0x21) population.count = reader.fixed64(end);
  else if (tag === 0x29) population.sum = reader.fixed64(end);
  else return false;
  return true;
}

/** What both kinds say of their population, as positions in the body. */
class Population {
  count = absent;
  sum = absent;
  min = absent;
  max = absent;

  clear(): void {
    this.count = this.sum = this.min = this.max = absent;
  }

  write(columns: HistogramColumns, reader: WireReader): void {
    columns.count.append(reader.lowAt(this.count), reader.highAt(this.count));
    columns.sum.append(reader.doubleAt(this.sum));
    columns.min.append(reader.doubleAt(this.min));
    columns.max.append(reader.doubleAt(this.max));
    columns.present.append((this.sum < 0 ? 0 : 1) | (this.min < 0 ? 0 : 2) | (this.max < 0 ? 0 : 4));
  }
}

/** One side of an exponential histogram. */
class Buckets {
  offset = 0;
  readonly #counts = new Places();

  clear(): void {
    this.offset = 0;
    this.#counts.clear();
  }

  /** Reads the message `[reader.at, end)`; a second one is merged into the first. */
  read(reader: WireReader, end: number): void {
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x08) this.offset = reader.sint32(end);
      else if (tag === 0x12) reader.addPlace(this.#counts, end);
      else if (tag === 0x10) {
        const start = reader.at;
        reader.varint(end);
        this.#counts.add(start, reader.at);
      } else reader.skipField(tag, end, bucketFields);
    }
  }

  appendCounts(column: StringColumn, reader: WireReader): void {
    appendVarints(column, reader, this.#counts);
  }
}
