/**
 * Remote write 1.0: prometheus.WriteRequest (prompb/remote.proto and types.proto) → rows of series, samples, native histograms,
 * exemplars and metadata.
 */
import { decodeUtf8 } from '../../base/utf8.ts';
import { Place } from '../../codec/protobuf.ts';
import type { OpenCommit } from '../../engine/commit.ts';
import { familyTypes } from '../../model/metrics.ts';
import { LabelSet } from './decode-labels.ts';
import { PlainSeries } from './decode-plain.ts';
import { PointDecoder } from './decode-points.ts';
import type { Dialect } from './decode-points.ts';
import { Decoding } from './decoding.ts';
import type { DecodeContext, WriteOutcome } from './decoding.ts';
import { unknownHistogram, unknownSeries } from './series.ts';

const requestFields = 0b1010;
const seriesFields = 0b1_1110;
const labelFields = 0b110;
const metadataFields = 0b11_0110;

/** Appends the rows of a WriteRequest. Throws `malformed_body` with the byte position. */
export function decodeV1(body: Uint8Array, open: OpenCommit, context: DecodeContext): WriteOutcome {
  const decoding = new Decoding(body, open, context);
  const { reader } = decoding;
  const labels = new LabelReader(decoding);
  const plain = new PlainSeries(decoding, context);
  const readers = { decoding, labels, points: new PointDecoder(decoding, labels), plain };
  const end = body.length;
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x0a) {
      const stop = reader.length(end);
      if (!plain.read(stop)) readSeries(readers, stop);
    } else if (tag === 0x1a) readMetadata(decoding, reader.length(end));
    else reader.skipField(tag, end, requestFields);
  }
  plain.end();
  return decoding.outcome();
}

interface Readers {
  readonly decoding: Decoding;
  readonly labels: LabelReader;
  readonly points: PointDecoder;
  readonly plain: PlainSeries;
}

/** Reads labels; types and help come apart from series. */
class LabelReader implements Dialect {
  readonly #decoding: Decoding;
  readonly #name = new Place();
  readonly #value = new Place();

  constructor(decoding: Decoding) {
    this.#decoding = decoding;
  }

  nature(isHistogram: boolean): typeof unknownSeries {
    return isHistogram ? unknownHistogram : unknownSeries;
  }

  readExemplarLabels(tag: number, end: number, labels: LabelSet): boolean {
    if (tag !== 0x0a) return false;
    this.read(this.#decoding.reader.length(end), labels);
    return true;
  }

  endExemplarLabels(): void {
    // Each label came as a pair.
  }

  /** Reads the Label `[reader.at, end)`. */
  read(end: number, labels: LabelSet): void {
    const { reader } = this.#decoding;
    const { view, at } = reader;
    // What nearly every label is: a name and a value, of under 128 bytes with what is around them.
    if (end - at >= 4 && end - at < 128 && view.getUint8(at) === 0x0a) {
      const nameEnd = at + 2 + view.getUint8(at + 1);
      const valueStart = nameEnd + 2;
      if (valueStart <= end && view.getUint8(nameEnd) === 0x12 && view.getUint8(nameEnd + 1) === end - valueStart) {
        labels.add(at + 2, nameEnd, valueStart, end, at - 1, end);
        reader.at = end;
        return;
      }
    }
    this.#readAny(end, labels);
  }

  #readAny(end: number, labels: LabelSet): void {
    const { reader } = this.#decoding;
    this.#name.clear();
    this.#value.clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) reader.place(this.#name, end);
      else if (tag === 0x12) reader.place(this.#value, end);
      else reader.skipField(tag, end, labelFields);
    }
    labels.add(this.#name.start, this.#name.end, this.#value.start, this.#value.end);
  }
}

/** Reads the TimeSeries `[reader.at, end)`. */
function readSeries({ decoding, labels, points, plain }: Readers, end: number): void {
  const { reader, series } = decoding;
  const start = reader.at;
  decoding.noteItem();
  plain.level();
  series.labels.begin(reader.view);
  points.clear();
  while (reader.at < end) {
    const tag = reader.tag(end);
    switch (tag) {
      case 0x0a: {
        const same = series.labels.addSame(reader.at, end);
        if (same > 0) reader.at = same;
        else labels.read(reader.length(end), series.labels);
        break;
      }
      case 0x12:
        reader.addPlace(points.samples, end);
        break;
      case 0x1a:
        reader.addPlace(points.exemplars, end);
        break;
      case 0x22:
        reader.addPlace(points.histograms, end);
        break;
      default:
        reader.skipField(tag, end, seriesFields);
    }
  }
  if (points.decode() && points.isOneSample) plain.learn(start, end);
  reader.at = end;
}

/** Reads the MetricMetadata `[reader.at, end)`. */
function readMetadata(decoding: Decoding, end: number): void {
  const { reader, metadata } = decoding;
  decoding.noteItem();
  let type = 0;
  let [metric, help, unit] = ['', '', ''];
  const text = (): string => {
    const stop = reader.length(end);
    const start = reader.at;
    reader.at = stop;
    return decodeUtf8(reader.view, start, stop);
  };
  while (reader.at < end) {
    const tag = reader.tag(end);
    if (tag === 0x08) type = reader.enum(end, familyTypes.length - 1);
    else if (tag === 0x12) metric = text();
    else if (tag === 0x22) help = text();
    else if (tag === 0x2a) unit = text();
    else reader.skipField(tag, end, metadataFields);
  }
  metadata.note({ metric, type: familyTypes[type] ?? 'unknown', unit, help });
}
