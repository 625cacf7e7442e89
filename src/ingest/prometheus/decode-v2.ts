/**
 * Remote write 2.0: io.prometheus.write.v2.Request (remote_write_spec_2_0, rc.4; the created_timestamp of earlier drafts is taken as
 * well) → rows of series, samples, native histograms, exemplars and metadata. Texts come once per request, as symbols; each is
 * hashed once.
 */
import { SondeError } from '../../base/errors.ts';
import { Hash } from '../../base/hash.ts';
import { decodeUtf8, isUtf8 } from '../../base/utf8.ts';
import { malformed } from '../../codec/protobuf.ts';
import type { WireReader } from '../../codec/protobuf.ts';
import type { OpenCommit } from '../../engine/commit.ts';
import { familyTypes } from '../../model/metrics.ts';
import type { FamilyType } from '../../model/metrics.ts';
import { labelRules } from './decode-labels.ts';
import type { LabelSet, Symbols } from './decode-labels.ts';
import { PointDecoder } from './decode-points.ts';
import type { Dialect } from './decode-points.ts';
import { decodeV1 } from './decode-v1.ts';
import { Decoding } from './decoding.ts';
import type { DecodeContext, WriteOutcome } from './decoding.ts';
import { familyName } from './metadata-rows.ts';
import type { SeriesNature } from './series.ts';

const requestFields = 0b11_0000;
const seriesFields = 0b111_1110;
const metadataFields = 0b1_1010;
/** Of prometheus.WriteRequest. */
const timeseriesTag = 0x0a;
const metadataTag = 0x1a;
const none = -1;
const two32 = 0x1_0000_0000;

/** Texts of one request. */
const symbolsMax = 1_048_576;

const kindRule = 'a series must have samples or histograms, not both';

/**
 * Appends the rows of a Request. Throws `malformed_body` with the byte position.
 *
 * The fields of 1.0 are reserved in 2.0, so that the two can be told apart: `promtool push` of Prometheus 3.14 says 2.0 and sends 1.0, and
 * takes an answer that nothing was written for success.
 */
export function decodeV2(body: Uint8Array, open: OpenCommit, context: DecodeContext): WriteOutcome {
  if (body[0] === timeseriesTag || body[0] === metadataTag) return decodeV1(body, open, context);
  const decoding = new Decoding(body, open, context);
  const { reader } = decoding;
  const symbols = readSymbols(reader, body.length);
  const described = new Described(decoding, symbols);
  const points = new PointDecoder(decoding, described);
  eachField(reader, body.length, (tag, end) => {
    if (tag === 0x2a) readSeries(decoding, described, points, end);
  });
  return decoding.outcome();
}

/** Walks the fields of the request; `field` may leave the reader anywhere. */
function eachField(reader: WireReader, end: number, field: (tag: number, end: number) => void): void {
  reader.at = 0;
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x22 || tag === 0x2a) {
      const stop = reader.length(end);
      field(tag, stop);
      reader.at = stop;
    } else reader.skipField(tag, end, requestFields);
  }
}

function readSymbols(reader: WireReader, end: number): Symbols {
  const hash = new Hash();
  let [places, hashes, isText] = [new Int32Array(2048), new Int32Array(2048), new Uint8Array(1024)];
  let count = 0;
  eachField(reader, end, (tag, stop) => {
    if (tag !== 0x22) return;
    if (count === symbolsMax)
      throw new SondeError('too_large', `A request may hold at most ${symbolsMax} symbols; send it in several.`);
    if (count === 0 && reader.at !== stop) throw malformed('the empty text as the first symbol', 'another', reader.at);
    if (count === isText.length) {
      places = doubled(places, Int32Array);
      hashes = doubled(hashes, Int32Array);
      isText = doubled(isText, Uint8Array);
    }
    hash.begin(0, 0).addBytes(reader.view, reader.at, stop);
    places[count * 2] = reader.at;
    places[count * 2 + 1] = stop;
    hashes[count * 2] = hash.low;
    hashes[count * 2 + 1] = hash.high;
    isText[count] = !hash.hasOther || isUtf8(reader.view, reader.at, stop) ? 1 : 0;
    count++;
  });
  return { count, places, hashes, isText };
}

function doubled<A extends Int32Array | Uint8Array>(from: A, make: new (length: number) => A): A {
  const to = new make(from.length * 2);
  to.set(from);
  return to;
}

/** Labels by numbers of symbols, and what was said about the series that is being read. */
class Described implements Dialect {
  readonly #decoding: Decoding;
  readonly #symbols: Symbols;
  /** The name of a pair of which the value has yet to come. */
  #name = none;
  #type = 0;
  #help = 0;
  #unit = 0;
  /** What was noted in this request, by `metric_id`. */
  readonly #noted = new Map<number, number>();

  constructor(decoding: Decoding, symbols: Symbols) {
    this.#decoding = decoding;
    this.#symbols = symbols;
  }

  clear(): void {
    this.#type = this.#help = this.#unit = 0;
  }

  nature(isHistogram: boolean): SeriesNature {
    return { family: this.#family, isHistogram, unit: this.#text(this.#unit), help: this.#text(this.#help) };
  }

  readExemplarLabels(tag: number, end: number, labels: LabelSet): boolean {
    return this.readRefs(tag, end, labels);
  }

  /** Reads numbers of symbols, packed or one. False when it is no such field. */
  readRefs(tag: number, end: number, labels: LabelSet): boolean {
    const { reader } = this.#decoding;
    if (tag === 0x08) this.#addRef(reader.uint32(end) >>> 0, labels);
    else if (tag === 0x0a) {
      const stop = reader.length(end);
      while (reader.at < stop) this.#addRef(reader.uint32(stop) >>> 0, labels);
    } else return false;
    return true;
  }

  endExemplarLabels(labels: LabelSet): void {
    this.endRefs(labels);
  }

  /** To be called when all numbers were read. */
  endRefs(labels: LabelSet): void {
    if (this.#name !== none) labels.broken ??= labelRules.pairs;
    this.#name = none;
  }

  /** Reads the Metadata `[reader.at, end)`. */
  readMetadata(end: number): void {
    const { reader } = this.#decoding;
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x08) this.#type = reader.enum(end, familyTypes.length - 1);
      else if (tag === 0x18) this.#help = this.#known(reader.uint32(end) >>> 0);
      else if (tag === 0x20) this.#unit = this.#known(reader.uint32(end) >>> 0);
      else reader.skipField(tag, end, metadataFields);
    }
  }

  /** Notes what was said about the family of the series that was found last; mostly it was said with the series before. */
  note(): void {
    if ((this.#type | this.#help | this.#unit) === 0) return;
    const { metadata, series } = this.#decoding;
    const said = (this.#help * symbolsMax + this.#unit) * familyTypes.length + this.#type;
    if (this.#noted.get(series.metricId) === said) return;
    this.#noted.set(series.metricId, said);
    const type = this.#family;
    metadata.note({
      metric: familyName(series.nameText(), type),
      type,
      unit: this.#text(this.#unit),
      help: this.#text(this.#help),
    });
  }

  get #family(): FamilyType {
    return familyTypes[this.#type]!;
  }

  #addRef(ref: number, labels: LabelSet): void {
    if (ref >= this.#symbols.count) labels.broken ??= labelRules.symbol;
    else if (this.#name === none) this.#name = ref;
    else {
      labels.addSymbols(this.#symbols, this.#name, ref);
      this.#name = none;
    }
  }

  /** A number that names no symbol says nothing: a series is not refused for its help. */
  #known(ref: number): number {
    return ref < this.#symbols.count ? ref : 0;
  }

  #text(ref: number): string {
    const { places, count } = this.#symbols;
    return ref < count ? decodeUtf8(this.#decoding.reader.view, places[ref * 2]!, places[ref * 2 + 1]!) : '';
  }
}

/** Reads the TimeSeries `[reader.at, end)`. */
function readSeries(decoding: Decoding, described: Described, points: PointDecoder, end: number): void {
  const { reader, series } = decoding;
  decoding.noteItem();
  series.labels.begin(reader.view);
  points.clear();
  described.clear();
  while (reader.at < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x12:
        reader.addPlace(points.samples, end);
        break;
      case 0x1a:
        reader.addPlace(points.histograms, end);
        break;
      case 0x22:
        reader.addPlace(points.exemplars, end);
        break;
      case 0x2a:
        described.readMetadata(reader.length(end));
        break;
      case 0x30:
        reader.varint(end);
        points.startMs = reader.high * two32 + (reader.low >>> 0);
        break;
      default:
        if (!described.readRefs(tag, end, series.labels)) reader.skipField(tag, end, seriesFields);
    }
  }
  described.endRefs(series.labels);
  if (points.samples.length > 0 && points.histograms.length > 0) points.refuseAll(kindRule);
  else if (points.decode()) described.note();
}
