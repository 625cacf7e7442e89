/**
 * Histogram of remote write (1.0 and 2.0 have the same fields) → rows of native_histograms. Spans and differences become indexes and
 * counts. A histogram is refused for what Prometheus refuses it for: buckets that do not fit their spans, counts below zero, a
 * count that is not the sum of its buckets, a schema that does not exist, bounds that do not rise.
 *
 * Integers beyond 2^53 become the nearest double; sums with such a one are not compared.
 */
import { malformed, Places } from '../../codec/protobuf.ts';
import type { WireReader } from '../../codec/protobuf.ts';
import type { Batch } from '../../model/batch.ts';
import type { StringColumn } from '../../model/columns.ts';
import { nativeHistograms } from '../../model/metrics.ts';
import { writeInt64, writeListNumber } from '../../model/write-text.ts';
import type { Decoding } from './decoding.ts';
import { isStaleAt, noTime } from './point-rows.ts';

const absent = -1;
const knownFields = 0b10_1111_1111_1111_1110;
const spanFields = 0b110;
const customSchema = -53;
const schemaMin = -4;
const schemaMax = 8;
const two32 = 0x1_0000_0000;
const resetHintMax = 3;

export const histogramRules = {
  schema: `the schema of a histogram must be from ${schemaMin} to ${schemaMax}, or ${customSchema}`,
  spans: 'the spans of a histogram must be as long as there are buckets, one after another',
  negative: 'counts of a histogram must not be negative',
  mixed: 'a histogram must have integer counts or float counts, not both',
  count: 'the count of a histogram must be the sum of its buckets, or at least that when the sum of its values is NaN',
  bounds: 'the bounds of a histogram must rise and be finite',
  noBounds: `only a histogram of schema ${customSchema} may have bounds`,
  custom: `a histogram of schema ${customSchema} must have no zero bucket, no negative buckets, and no bucket past its bounds`,
  index: 'the indexes of the buckets of a histogram must fit 32 bits',
} as const;
type HistogramRule = (typeof histogramRules)[keyof typeof histogramRules];

/** One side of a histogram. */
class Side {
  readonly spans = new Places();
  /** Packed runs of signed differences, or of doubles. */
  readonly deltas = new Places();
  readonly floats = new Places();
  indexes = new Int32Array(160);
  counts = new Float64Array(160);
  length = 0;
  total = 0;

  clear(): void {
    this.spans.clear();
    this.deltas.clear();
    this.floats.clear();
    this.length = 0;
    this.total = 0;
  }

  append(count: number): void {
    if (this.length === this.counts.length) this.#grow();
    this.counts[this.length++] = count;
    this.total += count;
  }

  #grow(): void {
    const indexes = new Int32Array(this.length * 2);
    const counts = new Float64Array(this.length * 2);
    indexes.set(this.indexes);
    counts.set(this.counts);
    this.indexes = indexes;
    this.counts = counts;
  }
}

export class HistogramDecoder {
  readonly #decoding: Decoding;
  readonly #columns: Batch<typeof nativeHistograms>['columns'];
  readonly #positive = new Side();
  readonly #negative = new Side();
  readonly #bounds = new Places();
  #schema = 0;
  #resetHint = 0;
  #hasInts = false;
  #hasFloats = false;
  #count = 0;
  #zeroCount = 0;
  #sum = absent;
  #zeroThreshold = absent;

  constructor(decoding: Decoding) {
    this.#decoding = decoding;
    this.#columns = decoding.open.batch(nativeHistograms).columns;
  }

  /** Reads the message `[reader.at, end)` and gives the rule that it breaks, if any. Sets time and start. */
  read(end: number): HistogramRule | undefined {
    this.#clear();
    this.#readFields(end);
    const { reader } = this.#decoding;
    return (
      unpack(reader, this.#positive) ?? unpack(reader, this.#negative) ?? this.#brokenCounts() ?? this.#brokenBuckets(reader.view)
    );
  }

  /** Appends the row of what was read to the series found last. */
  write(): void {
    const { rows, series, time, start, reader } = this.#decoding;
    const columns = this.#columns;
    const { view } = reader;
    const isStale = this.#sum >= 0 && isStaleAt(view, this.#sum);
    rows.appendStart(columns, series, time, start.isTimely ? start : noTime, isStale);
    columns.schema.append(this.#schema);
    columns.is_float.append(this.#hasFloats ? 1 : 0);
    columns.reset_hint.append(this.#resetHint);
    columns.count.append(this.#count);
    columns.sum.append(isStale ? Number.NaN : reader.doubleAt(this.#sum));
    columns.zero_threshold.append(reader.doubleAt(this.#zeroThreshold));
    columns.zero_count.append(this.#zeroCount);
    appendIndexes(columns.positive_indexes, this.#positive);
    appendCounts(columns.positive_counts, this.#positive);
    appendIndexes(columns.negative_indexes, this.#negative);
    appendCounts(columns.negative_counts, this.#negative);
    appendBounds(columns.bounds, view, this.#bounds);
  }

  #clear(): void {
    this.#positive.clear();
    this.#negative.clear();
    this.#bounds.clear();
    this.#schema = this.#resetHint = this.#count = this.#zeroCount = 0;
    this.#hasInts = this.#hasFloats = false;
    this.#sum = this.#zeroThreshold = absent;
    this.#decoding.time.set(0);
    this.#decoding.start.set(0);
  }

  #readFields(end: number): void {
    const { reader, time, start } = this.#decoding;
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x08:
          this.#count = this.#integer(end);
          break;
        case 0x11:
          this.#count = this.#float(end);
          break;
        case 0x19:
          this.#sum = reader.fixed64(end);
          break;
        case 0x20:
          this.#schema = reader.sint32(end);
          break;
        case 0x29:
          this.#zeroThreshold = reader.fixed64(end);
          break;
        case 0x30:
          this.#zeroCount = this.#integer(end);
          break;
        case 0x39:
          this.#zeroCount = this.#float(end);
          break;
        case 0x70:
          this.#resetHint = reader.enum(end, resetHintMax);
          break;
        case 0x78:
          reader.varint(end);
          time.setHalves(reader.low, reader.high);
          break;
        case 0x88:
          reader.varint(end);
          start.setHalves(reader.low, reader.high);
          break;
        default:
          if (!this.#readBuckets(tag, end)) reader.skipField(tag, end, knownFields);
      }
    }
  }

  #readBuckets(tag: number, end: number): boolean {
    const { reader } = this.#decoding;
    const side = tag < 0x58 ? this.#negative : this.#positive;
    switch (tag) {
      case 0x42:
      case 0x5a:
        reader.addPlace(side.spans, end);
        return true;
      case 0x48:
      case 0x60:
        this.#addOne(side.deltas, () => reader.varint(end));
        this.#hasInts = true;
        return true;
      case 0x4a:
      case 0x62:
        reader.addPlace(side.deltas, end);
        this.#hasInts = true;
        return true;
      case 0x51:
      case 0x69:
        this.#addOne(side.floats, () => reader.fixed64(end));
        this.#hasFloats = true;
        return true;
      case 0x52:
      case 0x6a:
        addDoubles(reader, side.floats, end);
        this.#hasFloats = true;
        return true;
      case 0x81:
        this.#addOne(this.#bounds, () => reader.fixed64(end));
        return true;
      case 0x82:
        addDoubles(reader, this.#bounds, end);
        return true;
      default:
        return false;
    }
  }

  /** Notes one value that came unpacked. */
  #addOne(runs: Places, pass: () => void): void {
    const { reader } = this.#decoding;
    const start = reader.at;
    pass();
    runs.add(start, reader.at);
  }

  #integer(end: number): number {
    const { reader } = this.#decoding;
    reader.varint(end);
    this.#hasInts = true;
    return (reader.high >>> 0) * two32 + (reader.low >>> 0);
  }

  #float(end: number): number {
    const { reader } = this.#decoding;
    this.#hasFloats = true;
    return reader.doubleAt(reader.fixed64(end));
  }

  #brokenCounts(): HistogramRule | undefined {
    if (this.#hasInts && this.#hasFloats) return histogramRules.mixed;
    if (!(this.#count >= 0) || !(this.#zeroCount >= 0)) return histogramRules.negative;
    if (this.#hasFloats) return undefined;
    const total = this.#positive.total + this.#negative.total + this.#zeroCount;
    if (!Number.isSafeInteger(total) || !Number.isSafeInteger(this.#count)) return undefined;
    const isFitting = Number.isNaN(this.#decoding.reader.doubleAt(this.#sum)) ? total <= this.#count : total === this.#count;
    return isFitting ? undefined : histogramRules.count;
  }

  #brokenBuckets(view: DataView): HistogramRule | undefined {
    const schema = this.#schema;
    if (schema !== customSchema) {
      if (schema < schemaMin || schema > schemaMax) return histogramRules.schema;
      return this.#bounds.length > 0 ? histogramRules.noBounds : undefined;
    }
    const positive = this.#positive;
    const last = positive.length === 0 ? 0 : positive.indexes[positive.length - 1]!;
    const first = positive.length === 0 ? 0 : positive.indexes[0]!;
    const hasZero = this.#zeroCount !== 0 || this.#decoding.reader.doubleAt(this.#zeroThreshold) !== 0;
    if (hasZero || this.#negative.length > 0 || first < 0 || last > countOf(this.#bounds)) return histogramRules.custom;
    return isRising(view, this.#bounds) ? undefined : histogramRules.bounds;
  }
}

/** Notes a packed run of doubles. */
function addDoubles(reader: WireReader, runs: Places, end: number): void {
  const stop = reader.length(end);
  const size = stop - reader.at;
  if (size % 8 !== 0) throw malformed('a multiple of 8 bytes for packed doubles', `${size}`, reader.at);
  runs.add(reader.at, stop);
  reader.at = stop;
}

/** Fills counts and indexes of a side from its runs and spans. */
function unpack(reader: WireReader, side: Side): HistogramRule | undefined {
  let count = 0;
  for (let run = 0; run < side.deltas.length; run++) {
    reader.at = side.deltas.start(run);
    for (const end = side.deltas.end(run); reader.at < end;) {
      reader.varint(end);
      count += zigzag(reader.low, reader.high);
      if (count < 0) return histogramRules.negative;
      side.append(count);
    }
  }
  for (let run = 0; run < side.floats.length; run++) {
    for (let at = side.floats.start(run); at < side.floats.end(run); at += 8) {
      count = reader.view.getFloat64(at, true);
      if (!(count >= 0)) return histogramRules.negative;
      side.append(count);
    }
  }
  return placeBuckets(reader, side);
}

/** Gives each bucket its index. */
function placeBuckets(reader: WireReader, side: Side): HistogramRule | undefined {
  let index = 0;
  let placed = 0;
  for (let span = 0; span < side.spans.length; span++) {
    const end = side.spans.end(span);
    let offset = 0;
    let length = 0;
    reader.at = side.spans.start(span);
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x08) offset = reader.sint32(end);
      else if (tag === 0x10) length = reader.uint32(end) >>> 0;
      else reader.skipField(tag, end, spanFields);
    }
    if ((span > 0 && offset < 0) || length > side.length - placed) return histogramRules.spans;
    index += offset;
    for (let i = 0; i < length; i++) side.indexes[placed++] = index++;
    if (index !== (index | 0)) return histogramRules.index;
  }
  return placed === side.length ? undefined : histogramRules.spans;
}

/** A sint64 from its halves, as the nearest double. */
function zigzag(low: number, high: number): number {
  const sign = -(low & 1);
  const half = ((low >>> 1) | (high << 31)) ^ sign;
  return ((high >>> 1) ^ sign) * two32 + (half >>> 0);
}

function countOf(runs: Places): number {
  let bytes = 0;
  for (let run = 0; run < runs.length; run++) bytes += runs.end(run) - runs.start(run);
  return bytes / 8;
}

function isRising(view: DataView, runs: Places): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (let run = 0; run < runs.length; run++) {
    for (let at = runs.start(run); at < runs.end(run); at += 8) {
      const bound = view.getFloat64(at, true);
      if (!(bound > last) || bound === Number.POSITIVE_INFINITY) return false;
      last = bound;
    }
  }
  return true;
}

const openBracket = 0x5b;
const closeBracket = 0x5d;
const comma = 0x2c;

function appendIndexes(column: StringColumn, { indexes, length }: Side): void {
  column.writeByte(openBracket);
  for (let i = 0; i < length; i++) {
    if (i > 0) column.writeByte(comma);
    const index = indexes[i]!;
    writeInt64(column, index, index >> 31);
  }
  endList(column);
}

function appendCounts(column: StringColumn, { counts, length }: Side): void {
  column.writeByte(openBracket);
  for (let i = 0; i < length; i++) {
    if (i > 0) column.writeByte(comma);
    writeListNumber(column, counts[i]!);
  }
  endList(column);
}

function appendBounds(column: StringColumn, view: DataView, runs: Places): void {
  column.writeByte(openBracket);
  let count = 0;
  for (let run = 0; run < runs.length; run++) {
    for (let at = runs.start(run); at < runs.end(run); at += 8) {
      if (count++ > 0) column.writeByte(comma);
      writeListNumber(column, view.getFloat64(at, true));
    }
  }
  endList(column);
}

function endList(column: StringColumn): void {
  column.writeByte(closeBracket);
  column.endRow();
}
