/** The points and exemplars of one TimeSeries, of which the labels are known, → rows. What is invalid is refused on its own. */
import { Places } from '../../codec/protobuf.ts';
import type { Batch } from '../../model/batch.ts';
import { exemplars } from '../../model/metrics.ts';
import { HistogramDecoder } from './decode-histograms.ts';
import { LabelSet } from './decode-labels.ts';
import type { Decoding } from './decoding.ts';
import { isStaleAt, noTime } from './point-rows.ts';
import type { SeriesNature } from './series.ts';

const sampleFields = 0b1110;
const exemplarFields = 0b1110;
const absent = -1;
const zeroDouble = new DataView(new ArrayBuffer(8));

/** What the two versions of remote write have of their own. */
export interface Dialect {
  /** What was said about the series that is being read; asked for when it is new. */
  nature(isHistogram: boolean): SeriesNature;
  /** Reads field 1 of an exemplar, `tag` and what follows: a label, or numbers of symbols. False when it is no such field. */
  readExemplarLabels(tag: number, end: number, labels: LabelSet): boolean;
  /** To be called when all of them were read. */
  endExemplarLabels(labels: LabelSet): void;
}

export class PointDecoder {
  /** To be filled for each series, after `clear`. */
  readonly samples = new Places();
  readonly histograms = new Places();
  readonly exemplars = new Places();
  /** The start of all points of the series, in Unix milliseconds, 0 when it was not sent. Drafts of 2.0 have it. */
  startMs = 0;
  readonly #decoding: Decoding;
  readonly #dialect: Dialect;
  readonly #histogram: HistogramDecoder;
  readonly #exemplarLabels: LabelSet;
  readonly #exemplars: Batch<typeof exemplars>['columns'];
  /** The day for which the row of the series was looked for. */
  #day = -1;
  /** The name of its metric, once it was asked for. */
  #name: string | undefined;

  constructor(decoding: Decoding, dialect: Dialect) {
    this.#decoding = decoding;
    this.#dialect = dialect;
    this.#histogram = new HistogramDecoder(decoding);
    this.#exemplarLabels = new LabelSet(decoding.series.labels.hash);
    this.#exemplars = decoding.open.batch(exemplars).columns;
  }

  /** Whether one sample was noted and nothing else. */
  get isOneSample(): boolean {
    return this.samples.length === 1 && this.histograms.length + this.exemplars.length === 0;
  }

  clear(): void {
    this.samples.clear();
    this.histograms.clear();
    this.exemplars.clear();
    this.startMs = 0;
  }

  /** Decodes what was noted for the series of `decoding.series.labels`; false when there is no such series. Moves the reader. */
  decode(): boolean {
    const { series, reader } = this.#decoding;
    const broken = series.find();
    if (broken !== undefined) {
      this.refuseAll(broken);
      return false;
    }
    this.#day = -1;
    this.#name = undefined;
    for (let i = 0; i < this.samples.length; i++) {
      reader.at = this.samples.start(i);
      this.#sample(this.samples.end(i));
    }
    for (let i = 0; i < this.histograms.length; i++) {
      reader.at = this.histograms.start(i);
      this.#oneHistogram(this.histograms.end(i));
    }
    for (let i = 0; i < this.exemplars.length; i++) {
      reader.at = this.exemplars.start(i);
      this.#exemplar(this.exemplars.end(i));
    }
    return true;
  }

  /** Refuses everything that was noted. */
  refuseAll(rule: string): void {
    this.#refuse(rule, this.samples.length + this.histograms.length + this.exemplars.length);
  }

  #refuse(rule: string, count: number): void {
    this.#decoding.refusals.refuse(rule, count, this.#decoding.series.labels);
  }

  #sample(end: number): void {
    const { reader, time, start, rows, series, written } = this.#decoding;
    this.#decoding.noteItem();
    let value = absent;
    let timeLow = 0;
    let timeHigh = 0;
    start.set(this.startMs);
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x09) value = reader.fixed64(end);
      else if (tag === 0x10) {
        reader.varint(end);
        timeLow = reader.low;
        timeHigh = reader.high;
      } else if (tag === 0x18) {
        reader.varint(end);
        start.setHalves(reader.low, reader.high);
      } else reader.skipField(tag, end, sampleFields);
    }
    time.setHalves(timeLow, timeHigh);
    if (!this.#isTimely(false)) return;
    const isStale = value >= 0 && isStaleAt(reader.view, value);
    rows.appendSample(series, time, start.isTimely ? start : noTime, reader.doubleAt(value), isStale);
    written.samples++;
  }

  #oneHistogram(end: number): void {
    const { start, written } = this.#decoding;
    this.#decoding.noteItem();
    const broken = this.#histogram.read(end);
    if (broken !== undefined) return this.#refuse(broken, 1);
    if (start.ms === 0) start.set(this.startMs);
    if (!this.#isTimely(true)) return;
    this.#histogram.write();
    written.histograms++;
  }

  #exemplar(end: number): void {
    const { reader, time, series, rows, written } = this.#decoding;
    const labels = this.#exemplarLabels;
    this.#decoding.noteItem();
    labels.begin(reader.view);
    let value = absent;
    let timeLow = 0;
    let timeHigh = 0;
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x11) value = reader.fixed64(end);
      else if (tag === 0x18) {
        reader.varint(end);
        timeLow = reader.low;
        timeHigh = reader.high;
      } else if (!this.#dialect.readExemplarLabels(tag, end, labels)) reader.skipField(tag, end, exemplarFields);
    }
    this.#dialect.endExemplarLabels(labels);
    const broken = labels.finish();
    if (broken !== undefined) return this.#refuse(`of exemplars, ${broken}`, 1);
    time.setHalves(timeLow, timeHigh);
    if (!this.#isTimely(false)) return;
    const columns = this.#exemplars;
    rows.appendSeries(columns, series);
    columns.point_time.append(time.low, time.high);
    columns.time.append(time.low, time.high);
    columns.value.append(reader.doubleAt(value));
    columns.is_int.append(0);
    columns.int_rest.append(0);
    this.#appendExemplarLabels(labels);
    written.exemplars++;
  }

  /** Whether the point that was read has a time that is taken; then the series has its row for that day. */
  #isTimely(isHistogram: boolean): boolean {
    const { time, series } = this.#decoding;
    if (!time.isSure) {
      this.#name ??= series.nameText();
      if (!time.isTakenOf(this.#name)) {
        this.#refuse(time.ruleOf(this.#name), 1);
        return false;
      }
    }
    if (time.day === this.#day) return true;
    this.#day = time.day;
    if (series.isNew(time.day)) series.write(time.day, this.#dialect.nature(isHistogram));
    return true;
  }

  /** Ids of the trace and the span go where those of OTLP are, everything else to the attributes. */
  #appendExemplarLabels(labels: LabelSet): void {
    const { trace_id, span_id, attributes } = this.#exemplars;
    const trace = idOf(labels, 'trace_id', 16);
    const span = idOf(labels, 'span_id', 8);
    trace_id.append(trace ?? zeroDouble, trace === undefined ? absent : 0);
    span_id.append(span ?? zeroDouble, span === undefined ? absent : 0);
    for (let i = 0; i < labels.count; i++) {
      if (trace !== undefined && labels.isNamed(i, 'trace_id')) continue;
      if (span !== undefined && labels.isNamed(i, 'span_id')) continue;
      attributes.writeTextEntry(labels.source, labels.nameStart(i), labels.nameEnd(i), labels.valueStart(i), labels.valueEnd(i));
    }
    attributes.endRow();
  }
}

/** The bytes of a label whose value is just that many in hexadecimal digits. */
function idOf(labels: LabelSet, name: string, bytes: number): DataView | undefined {
  const label = labels.find(name);
  if (label < 0 || labels.valueEnd(label) - labels.valueStart(label) !== bytes * 2) return undefined;
  const id = new DataView(new ArrayBuffer(bytes));
  for (let i = 0; i < bytes; i++) {
    const high = digit(labels.source.getUint8(labels.valueStart(label) + i * 2));
    const low = digit(labels.source.getUint8(labels.valueStart(label) + i * 2 + 1));
    if (high < 0 || low < 0) return undefined;
    id.setUint8(i, high * 16 + low);
  }
  return id;
}

function digit(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
