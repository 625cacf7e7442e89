/**
 * The message io.prometheus.client.Histogram (github.com/prometheus/client_model, io/prometheus/client/metrics.proto): classic
 * buckets, native ones, or both. Native buckets are spans, runs of neighbours with the gap before each, and for all of them one
 * list of counts: integers as the difference to the one before, or doubles.
 */
import { malformed, Places, wireTypes } from '../protobuf.ts';
import type { WireReader } from '../protobuf.ts';
import type { NativeHistogram } from './exposition.ts';

const fields = 0b1_1111_1111_1111_1110;
const spanFields = 0b110;
const none = -1;
const two32 = 0x1_0000_0000;

/** Schemas -4 to 8 are stored; finer ones up to 52 are brought down to 8. */
const schemaMin = -4;
const schemaMax = 8;
const finestSchema = 52;
/** Bucket indexes are 32-bit integers. */
const indexMax = 0x7fff_ffff;

/** One side of a native histogram as it is sent. */
class Side {
  /** The gap before each span and its length, in turn. */
  readonly spans: number[] = [];
  /** Differences, and absolute counts: a histogram has one of them. */
  readonly deltas: number[] = [];
  readonly counts: number[] = [];

  clear(): void {
    this.spans.length = this.deltas.length = this.counts.length = 0;
  }
}

/** Reads one histogram after another. */
export class HistogramMessage {
  sampleCount = 0;
  sampleCountFloat = 0;
  sampleSum = 0;
  schema = 0;
  zeroThreshold = 0;
  zeroCount = 0;
  zeroCountFloat = 0;
  /** Messages Bucket, Exemplar and Timestamp. */
  readonly buckets = new Places();
  readonly exemplars = new Places();
  readonly start = new Places();
  readonly #positive = new Side();
  readonly #negative = new Side();

  /** Reads the message `[reader.at, end)`. */
  read(reader: WireReader, end: number): void {
    this.#clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x08:
          this.sampleCount = unsigned(reader, end);
          break;
        case 0x11:
          this.sampleSum = reader.doubleAt(reader.fixed64(end));
          break;
        case 0x1a:
          reader.addPlace(this.buckets, end);
          break;
        case 0x21:
          this.sampleCountFloat = reader.doubleAt(reader.fixed64(end));
          break;
        case 0x7a:
          reader.addPlace(this.start, end);
          break;
        default:
          if (!this.#readNative(reader, tag, end)) reader.skipField(tag, end, fields);
      }
    }
  }

  /** The number of observations; a float count of over 0 is the one that holds. */
  get count(): number {
    return this.sampleCountFloat > 0 ? this.sampleCountFloat : this.sampleCount;
  }

  /** Whether it has native buckets: a span, even an empty one, or a zero bucket. */
  get isNative(): boolean {
    const spans = this.#positive.spans.length + this.#negative.spans.length;
    return spans > 0 || this.zeroThreshold > 0 || this.zeroCount > 0 || this.zeroCountFloat > 0;
  }

  /** The native histogram. Throws `malformed_body`, with the position `at`, when it contradicts itself. */
  native(isGauge: boolean, at: number): NativeHistogram {
    const { schema } = this;
    if (schema < schemaMin || schema > finestSchema) {
      throw malformed(`a schema from ${schemaMin} to ${finestSchema}`, String(schema), at);
    }
    const isFloat = this.sampleCountFloat > 0 || this.zeroCountFloat > 0;
    const positive = bucketsOf(this.#positive, isFloat, schema, at);
    const negative = bucketsOf(this.#negative, isFloat, schema, at);
    const zeroCount = isFloat ? this.zeroCountFloat : this.zeroCount;
    const count = isFloat ? this.sampleCountFloat : this.sampleCount;
    if (!isFloat) checkCount(count, zeroCount + sum(positive.counts) + sum(negative.counts), this.sampleSum, at);
    return {
      schema: Math.min(schema, schemaMax),
      isFloat,
      isGauge,
      count,
      sum: this.sampleSum,
      zeroThreshold: this.zeroThreshold,
      zeroCount,
      positiveIndexes: positive.indexes,
      positiveCounts: positive.counts,
      negativeIndexes: negative.indexes,
      negativeCounts: negative.counts,
      bounds: [],
    };
  }

  #readNative(reader: WireReader, tag: number, end: number): boolean {
    switch (tag) {
      case 0x28:
        this.schema = reader.sint32(end);
        return true;
      case 0x31:
        this.zeroThreshold = reader.doubleAt(reader.fixed64(end));
        return true;
      case 0x38:
        this.zeroCount = unsigned(reader, end);
        return true;
      case 0x41:
        this.zeroCountFloat = reader.doubleAt(reader.fixed64(end));
        return true;
      case 0x82:
        reader.addPlace(this.exemplars, end);
        return true;
      default:
        return this.#readSide(reader, tag, end);
    }
  }

  /** Fields 9 to 11 are of the negative side, 12 to 14 the same ones of the positive side. Numbers come packed or one by one. */
  #readSide(reader: WireReader, tag: number, end: number): boolean {
    const field = tag >>> 3;
    if (field < 9 || field > 14) return false;
    const side = field < 12 ? this.#negative : this.#positive;
    const wireType = tag & 7;
    switch ((field - 9) % 3) {
      case 0:
        if (wireType !== wireTypes.bytes) return false;
        readSpan(reader, reader.length(end), side.spans);
        return true;
      case 1:
        if (wireType === wireTypes.varint) side.deltas.push(signed(reader, end));
        else if (wireType !== wireTypes.bytes) return false;
        else for (const stop = reader.length(end); reader.at < stop;) side.deltas.push(signed(reader, stop));
        return true;
      default:
        if (wireType === wireTypes.fixed64) side.counts.push(reader.doubleAt(reader.fixed64(end)));
        else if (wireType !== wireTypes.bytes) return false;
        else for (const stop = reader.length(end); reader.at < stop;) side.counts.push(reader.doubleAt(reader.fixed64(stop)));
        return true;
    }
  }

  #clear(): void {
    this.sampleCount = this.sampleCountFloat = this.sampleSum = 0;
    this.schema = this.zeroThreshold = this.zeroCount = this.zeroCountFloat = 0;
    this.buckets.clear();
    this.exemplars.clear();
    this.start.clear();
    this.#positive.clear();
    this.#negative.clear();
  }
}

function readSpan(reader: WireReader, end: number, spans: number[]): void {
  let offset = 0;
  let length = 0;
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x08) offset = reader.sint32(end);
    else if (tag === 0x10) length = reader.uint32(end) >>> 0;
    else reader.skipField(tag, end, spanFields);
  }
  spans.push(offset, length);
}

/** Absolute indexes and counts, without empty buckets. Takes time in proportion to the counts, whatever the spans say. */
function bucketsOf(side: Side, isFloat: boolean, schema: number, at: number): { indexes: number[]; counts: number[] } {
  const sent = isFloat ? side.counts : side.deltas;
  checkSpans(side.spans, sent.length, at);
  const indexes: number[] = [];
  const counts: number[] = [];
  const shift = Math.max(schema - schemaMax, 0);
  let index = 0;
  let next = 0;
  let count = 0;
  for (let span = 0; span < side.spans.length; span += 2) {
    index += side.spans[span]!;
    for (let left = side.spans[span + 1]!; left > 0; left--, index++, next++) {
      count = isFloat ? sent[next]! : count + sent[next]!;
      if (!(count >= 0)) throw malformed('bucket counts of 0 or more', String(count), at);
      if (Math.abs(index) > indexMax) throw malformed('bucket indexes of 32 bits', String(index), at);
      if (count !== 0) addBucket(indexes, counts, shift === 0 ? index : Math.floor((index - 1) / 2 ** shift) + 1, count);
    }
  }
  return { indexes, counts };
}

/** Buckets that are brought down to a coarser schema fall into one another. */
function addBucket(indexes: number[], counts: number[], index: number, count: number): void {
  const last = indexes.length - 1;
  if (last !== none && indexes[last] === index) {
    counts[last]! += count;
    return;
  }
  indexes.push(index);
  counts.push(count);
}

function checkSpans(spans: readonly number[], counts: number, at: number): void {
  let buckets = 0;
  for (let span = 0; span < spans.length; span += 2) {
    if (span > 0 && spans[span]! < 0) throw malformed('spans one after the other', `a gap of ${spans[span]}`, at);
    buckets += spans[span + 1]!;
  }
  if (buckets !== counts) throw malformed(`counts for the ${buckets} buckets of the spans`, `${counts} counts`, at);
}

/** Observations of NaN are in no bucket, and make the sum NaN. */
function checkCount(count: number, inBuckets: number, sampleSum: number, at: number): void {
  if (Number.isNaN(sampleSum) ? inBuckets <= count : inBuckets === count) return;
  throw malformed(`a count of ${inBuckets}, what is in the buckets`, String(count), at);
}

function sum(counts: readonly number[]): number {
  return counts.reduce((total, count) => total + count, 0);
}

/** A uint64 as the nearest double. */
export function unsigned(reader: WireReader, end: number): number {
  reader.varint(end);
  return (reader.high >>> 0) * two32 + (reader.low >>> 0);
}

/** A sint64 as the nearest double: zigzag. */
function signed(reader: WireReader, end: number): number {
  reader.varint(end);
  const half = (reader.high >>> 1) * two32 + (((reader.low >>> 1) | (reader.high << 31)) >>> 0);
  return (reader.low & 1) === 0 ? half : -half - 1;
}
