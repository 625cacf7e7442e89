/**
 * Prometheus's protobuf format: messages io.prometheus.client.MetricFamily, each after its length as a varint
 * (github.com/prometheus/client_model, io/prometheus/client/metrics.proto). Comes out as text would: a summary or a classic
 * histogram is several samples with suffixes and the labels `quantile` and `le`, `_count` and `_sum` first; only native histograms
 * stay whole. The labels of a series are looked into when they are asked for.
 */
import type { Steps } from '../../base/steps.ts';
import { decodeUtf8, isUtf8 } from '../../base/utf8.ts';
import { malformed, Place, Places, WireReader } from '../protobuf.ts';
import { HistogramMessage, unsigned } from './decode-histogram.ts';
import { stepBytes } from './exposition.ts';
import type { Exemplar, ExpositionOptions, ExpositionSink, FamilyType, Sample } from './exposition.ts';
import { formatBound } from './number.ts';
import { SeriesKey } from './series-key.ts';
import type { NameSuffix } from './series-key.ts';
import { sortedLabels } from './sorted-labels.ts';
import { overLimitAt } from './text-error.ts';

const histogramTag = 0x3a;
/** MetricType by its number, and the field of Metric that holds it. */
const types: readonly { readonly type: FamilyType; readonly tag: number }[] = [
  { type: 'counter', tag: 0x1a },
  { type: 'gauge', tag: 0x12 },
  { type: 'summary', tag: 0x22 },
  { type: 'unknown', tag: 0x2a },
  { type: 'histogram', tag: histogramTag },
  { type: 'gaugehistogram', tag: histogramTag },
];
/** How much more a byte says than one of text. */
const density = 4;
const familyFields = 0b11_1110;
const metricFields = 0b1111_1110;
const valueFields = 0b1110;
const summaryFields = 0b1_1110;
const bucketFields = 0b1_1110;
const noBound = Number.NaN;
const two32 = 0x1_0000_0000;

type Options = Pick<ExpositionOptions, 'classicHistograms' | 'labelsMax' | 'lineBytesMax'>;

/** Reads a body in steps. Throws `malformed_body` with the position at the first message that is none, `too_large` at a limit. */
export function* decodeFamilies(bytes: Uint8Array, options: Options, sink: ExpositionSink): Steps<void> {
  const body = new FamiliesBody(bytes, options, sink);
  const { reader } = body;
  while (reader.at < bytes.length) {
    yield* body.decodeFamily(reader.length(bytes.length));
    if (body.isStepOver()) yield;
  }
}

class FamiliesBody {
  readonly reader: WireReader;
  readonly #bytes: Uint8Array;
  readonly #options: Options;
  readonly #sink: ExpositionSink;
  readonly #name = new Place();
  readonly #help = new Place();
  readonly #unit = new Place();
  readonly #metrics = new Places();
  readonly #sample: FamilySample;
  readonly #exemplar: FamilyExemplar;
  readonly #histogram = new HistogramMessage();
  readonly #quantiles = new Places();
  /** The message of the metric's value. */
  readonly #value = new Place();
  /** Of the value read last: a double, or a count with its bound; and the place of its exemplar. */
  #number = 0;
  #bound = noBound;
  readonly #mark = new Place();
  #stepStart = 0;

  constructor(bytes: Uint8Array, options: Options, sink: ExpositionSink) {
    this.reader = new WireReader(bytes);
    this.#bytes = bytes;
    this.#options = options;
    this.#sink = sink;
    this.#sample = new FamilySample(this.reader, this.#name);
    this.#exemplar = new FamilyExemplar(this.reader);
  }

  /** Reads the family `[reader.at, end)`. */
  *decodeFamily(end: number): Steps<void> {
    const { reader } = this;
    const start = reader.at;
    const type = this.#readHead(end);
    if (this.#metrics.length === 0) return;
    const head = types[type];
    if (head === undefined) throw malformed('a type of 0 to 5', String(type), start);
    if (this.#name.end === this.#name.start) throw malformed('a metric name', 'a family without one', start);
    this.#sample.familyType = head.type;
    this.#sample.key.family(this.#bytes, this.#name.start, this.#name.end);
    this.#passMetadata(head.type);
    for (let index = 0; index < this.#metrics.length; index++) {
      reader.at = this.#metrics.start(index);
      this.#decodeMetric(this.#metrics.end(index), head.type, head.tag);
      reader.at = this.#value.start;
      if (head.type === 'summary') yield* this.#passSummary(this.#value.end);
      else if (head.tag === histogramTag) yield* this.#passHistogram(this.#value.end, head.type);
      else this.#passValue(this.#value.end, head.type);
      if (this.isStepOver()) yield;
    }
    reader.at = end;
  }

  /** Notes the places of all fields; gives the number of the type. */
  #readHead(end: number): number {
    const { reader } = this;
    this.#name.clear();
    this.#help.clear();
    this.#unit.clear();
    this.#metrics.clear();
    let type = 0;
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x22) reader.addPlace(this.#metrics, end);
      else if (tag === 0x0a) reader.place(this.#name, end);
      else if (tag === 0x12) reader.place(this.#help, end);
      else if (tag === 0x2a) reader.place(this.#unit, end);
      else if (tag === 0x18) type = reader.uint32(end) >>> 0;
      else reader.skipField(tag, end, familyFields);
    }
    return type;
  }

  /** Whether enough was read since the step began; then the next one begins. */
  isStepOver(): boolean {
    const { at } = this.reader;
    if (Math.abs(at - this.#stepStart) < stepBytes / density) return false;
    this.#stepStart = at;
    return true;
  }

  #passMetadata(type: FamilyType): void {
    const sink = this.#sink;
    const name = this.#text(this.#name);
    sink.metadata(name, 'type', type);
    if (this.#help.end > this.#help.start) sink.metadata(name, 'help', this.#text(this.#help));
    if (this.#unit.end > this.#unit.start) sink.metadata(name, 'unit', this.#text(this.#unit));
  }

  #text({ start, end }: Place): string {
    this.#checkSize(start, end);
    return textOf(this.reader, start, end);
  }

  #checkSize(start: number, end: number): void {
    const { lineBytesMax } = this.#options;
    if (end - start > lineBytesMax) throw overLimitAt(`${lineBytesMax} bytes per name, help or metric`, start);
  }

  /** Reads what a metric has besides its value, and where that is. */
  #decodeMetric(end: number, type: FamilyType, valueTag: number): void {
    const { reader } = this;
    const start = reader.at;
    this.#checkSize(start, end);
    this.#readMetric(end, valueTag);
    if (this.#value.end < 0) throw malformed(`a metric with the value of a ${type}`, 'another one', start);
    const sample = this.#sample;
    const { pairs, key } = sample;
    if (pairs.length > this.#options.labelsMax) throw overLimitAt(`${this.#options.labelsMax} labels per series`, start);
    key.metric(pairs.length);
    for (let index = 0; index < pairs.length; index++) key.label(this.#bytes, pairs.start(index), pairs.end(index));
  }

  #readMetric(end: number, valueTag: number): void {
    const { reader } = this;
    const sample = this.#sample;
    sample.pairs.clear();
    sample.timestampMs = sample.startMs = Number.NaN;
    this.#value.end = -1;
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) reader.addPlace(sample.pairs, end);
      else if (tag === valueTag) reader.place(this.#value, end);
      else if (tag === 0x30) {
        reader.varint(end);
        // Writers can not tell 0 from none.
        sample.timestampMs = (reader.low | reader.high) === 0 ? Number.NaN : reader.high * two32 + (reader.low >>> 0);
      } else if ((tag & 7) === 2) reader.at = reader.length(end);
      else reader.skipField(tag, end, metricFields);
    }
  }

  /** A Gauge, Counter or Untyped: field 1 is the number; of a Counter 2 is an Exemplar and 3 a Timestamp. */
  #passValue(end: number, type: FamilyType): void {
    const { reader } = this;
    this.#mark.clear();
    let value = 0;
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x09) value = reader.doubleAt(reader.fixed64(end));
      else if (tag === 0x12 && type === 'counter') reader.place(this.#mark, end);
      else if (tag === 0x1a && type === 'counter') this.#sample.startMs = timeMs(reader, reader.length(end));
      else reader.skipField(tag, end, type === 'counter' ? valueFields : 0b10);
    }
    this.#pass('', noBound, value);
    this.#passExemplar(this.#mark.start, this.#mark.end, false);
  }

  *#passSummary(end: number): Steps<void> {
    const { reader } = this;
    let count = 0;
    let sum = 0;
    this.#quantiles.clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x08) count = unsigned(reader, end);
      else if (tag === 0x11) sum = reader.doubleAt(reader.fixed64(end));
      else if (tag === 0x1a) reader.addPlace(this.#quantiles, end);
      else if (tag === 0x22) this.#sample.startMs = timeMs(reader, reader.length(end));
      else reader.skipField(tag, end, summaryFields);
    }
    this.#pass('_count', noBound, count);
    this.#pass('_sum', noBound, sum);
    for (let index = 0; index < this.#quantiles.length; index++) {
      reader.at = this.#quantiles.start(index);
      this.#readQuantile(this.#quantiles.end(index));
      this.#checkBound(this.#quantiles.start(index));
      this.#pass('', this.#bound, this.#number);
      if (this.isStepOver()) yield;
    }
  }

  #readQuantile(end: number): void {
    const { reader } = this;
    this.#bound = this.#number = 0;
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x09) this.#bound = reader.doubleAt(reader.fixed64(end));
      else if (tag === 0x11) this.#number = reader.doubleAt(reader.fixed64(end));
      else reader.skipField(tag, end, 0b110);
    }
  }

  *#passHistogram(end: number, type: FamilyType): Steps<void> {
    const { reader } = this;
    const start = reader.at;
    const histogram = this.#histogram;
    histogram.read(reader, end);
    if (histogram.start.length > 0) {
      reader.at = histogram.start.start(0);
      this.#sample.startMs = timeMs(reader, histogram.start.end(0));
    }
    if (histogram.isNative) {
      this.#sample.become('', noBound, Number.NaN);
      this.#sink.histogram(this.#sample, histogram.native(type === 'gaugehistogram', start));
      this.#passNativeExemplars();
      if (!this.#options.classicHistograms || histogram.buckets.length === 0) return;
    }
    yield* this.#passClassic();
  }

  /** Exemplars of native histograms count with a time only: without it, it is not known which are new. */
  #passNativeExemplars(): void {
    const { exemplars, buckets } = this.#histogram;
    for (let index = 0; index < exemplars.length; index++) this.#passExemplar(exemplars.start(index), exemplars.end(index), true);
    if (exemplars.length > 0) return;
    for (let index = 0; index < buckets.length; index++) {
      this.reader.at = buckets.start(index);
      this.#readBucket(buckets.end(index));
      this.#passExemplar(this.#mark.start, this.#mark.end, true);
    }
  }

  *#passClassic(): Steps<void> {
    const { reader } = this;
    const { count, sampleSum, buckets } = this.#histogram;
    this.#pass('_count', noBound, count);
    this.#pass('_sum', noBound, sampleSum);
    this.#bound = noBound;
    for (let index = 0; index < buckets.length; index++) {
      reader.at = buckets.start(index);
      this.#readBucket(buckets.end(index));
      this.#checkBound(buckets.start(index));
      this.#pass('_bucket', this.#bound, this.#number);
      this.#passExemplar(this.#mark.start, this.#mark.end, false);
      if (this.isStepOver()) yield;
    }
    if (this.#bound !== Number.POSITIVE_INFINITY) this.#pass('_bucket', Number.POSITIVE_INFINITY, count);
  }

  #readBucket(end: number): void {
    const { reader } = this;
    let count = 0;
    let countFloat = 0;
    this.#bound = 0;
    this.#mark.clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x08) count = unsigned(reader, end);
      else if (tag === 0x11) this.#bound = reader.doubleAt(reader.fixed64(end));
      else if (tag === 0x1a) reader.place(this.#mark, end);
      else if (tag === 0x21) countFloat = reader.doubleAt(reader.fixed64(end));
      else reader.skipField(tag, end, bucketFields);
    }
    this.#number = countFloat > 0 ? countFloat : count;
  }

  #checkBound(at: number): void {
    if (Number.isNaN(this.#bound)) throw malformed('a bound', 'NaN', at);
  }

  #pass(suffix: NameSuffix, bound: number, value: number): void {
    this.#sample.become(suffix, bound, value);
    this.#sink.sample(this.#sample);
  }

  /** Passes the exemplar `[start, end)`; an empty place is none. */
  #passExemplar(start: number, end: number, onlyTimed: boolean): void {
    if (start === end) return;
    this.reader.at = start;
    this.#exemplar.read(end);
    if (!onlyTimed || !Number.isNaN(this.#exemplar.timestampMs)) this.#sink.exemplar(this.#exemplar);
  }
}

class FamilySample implements Sample {
  readonly start = 0;
  value = 0;
  timestampMs = Number.NaN;
  startMs = Number.NaN;
  familyType: FamilyType = 'unknown';
  readonly key = new SeriesKey();
  /** Messages LabelPair. */
  readonly pairs = new Places();
  readonly #reader: WireReader;
  readonly #family: Place;
  #suffix: NameSuffix = '';
  #bound = noBound;

  constructor(reader: WireReader, family: Place) {
    this.#reader = reader;
    this.#family = family;
  }

  get bytes(): Uint8Array {
    return this.key.bytes;
  }

  get end(): number {
    return this.key.end;
  }

  /** Which sample of the metric it is; NaN is no bound. */
  become(suffix: NameSuffix, bound: number, value: number): void {
    this.#suffix = suffix;
    this.#bound = bound;
    this.value = value;
    this.key.sample(suffix, bound);
  }

  labels(): string[] {
    const { start, end } = this.#family;
    const pairs = readPairs(this.#reader, this.pairs);
    pairs.push(['__name__', textOf(this.#reader, start, end) + this.#suffix]);
    if (this.#suffix === '_bucket') pairs.push(['le', formatBound(this.#bound)]);
    else if (!Number.isNaN(this.#bound)) pairs.push(['quantile', formatBound(this.#bound)]);
    return sorted(pairs, start);
  }

  type(): FamilyType {
    return this.familyType;
  }
}

class FamilyExemplar implements Exemplar {
  value = 0;
  timestampMs = Number.NaN;
  readonly #pairs = new Places();
  readonly #reader: WireReader;

  constructor(reader: WireReader) {
    this.#reader = reader;
  }

  read(end: number): void {
    const reader = this.#reader;
    this.#pairs.clear();
    this.value = 0;
    this.timestampMs = Number.NaN;
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) reader.addPlace(this.#pairs, end);
      else if (tag === 0x11) this.value = reader.doubleAt(reader.fixed64(end));
      else if (tag === 0x1a) this.timestampMs = timeMs(reader, reader.length(end));
      else reader.skipField(tag, end, valueFields);
    }
  }

  labels(): string[] {
    return sorted(readPairs(this.#reader, this.#pairs), this.#pairs.length === 0 ? 0 : this.#pairs.start(0));
  }
}

/** Reads messages LabelPair, and leaves the reader where it was. */
function readPairs(reader: WireReader, places: Places): [string, string][] {
  const { at } = reader;
  const pairs: [string, string][] = [];
  for (let index = 0; index < places.length; index++) {
    const end = places.end(index);
    let name = '';
    let value = '';
    reader.at = places.start(index);
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) name = readText(reader, end);
      else if (tag === 0x12) value = readText(reader, end);
      else reader.skipField(tag, end, 0b110);
    }
    if (name === '') throw malformed('a label name', 'a label without one', places.start(index));
    pairs.push([name, value]);
  }
  reader.at = at;
  return pairs;
}

function readText(reader: WireReader, end: number): string {
  const stop = reader.length(end);
  const text = textOf(reader, reader.at, stop);
  reader.at = stop;
  return text;
}

function textOf({ view }: WireReader, start: number, end: number): string {
  if (!isUtf8(view, start, end)) throw malformed('text in UTF-8', 'other bytes', start);
  return decodeUtf8(view, start, end);
}

function sorted(pairs: [string, string][], at: number): string[] {
  const labels = sortedLabels(pairs);
  if (labels === undefined) throw malformed('each label once', 'a label twice in one series', at);
  return labels;
}

/** A google.protobuf.Timestamp in Unix milliseconds, rounded down. */
function timeMs(reader: WireReader, end: number): number {
  let seconds = 0;
  let nanos = 0;
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x08) {
      reader.varint(end);
      seconds = reader.high * two32 + (reader.low >>> 0);
    } else if (tag === 0x10) nanos = reader.uint32(end);
    else reader.skipField(tag, end, 0b110);
  }
  return seconds * 1000 + Math.floor(nanos / 1e6);
}
