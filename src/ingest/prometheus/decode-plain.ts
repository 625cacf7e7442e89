/**
 * The common case of remote write 1.0, read without parsing: a TimeSeries of a known series (decode-series-ids.ts) with one sample and
 * nothing else, as Prometheus sends them one after the other. Anything else is left to decode-v1.ts, byte for byte.
 *
 *     0a … labels … 0a … | 12 length | 09 value, 8 bytes, absent when 0 | 10 time, a varint
 *
 * Only what differs from row to row is appended at once; the columns that are the same are filled in later, many rows at a time.
 */
import type { Batch } from '../../model/batch.ts';
import { samples, series } from '../../model/metrics.ts';
import { SeriesIds } from './decode-series-ids.ts';
import type { DecodeContext, Decoding } from './decoding.ts';
import { isStaleAt } from './point-rows.ts';
import { SampleTime } from './sample-time.ts';

const valueTag = 0x09;
const timeTag = 0x10;
const absent = -1;
/** The times of 1971 to 2109, in milliseconds. */
const timeBytes = 6;

const textEncoder = new TextEncoder();

/** Reads series of one request. Call `end` when all were read. */
export class PlainSeries {
  readonly #decoding: Decoding;
  readonly #known: SeriesIds;
  readonly #tenant: DataView;
  readonly #samples: Batch<typeof samples>['columns'];
  readonly #time: SampleTime;
  /** The bytes of the time that was read last. */
  #timeLow = 0;
  #timeHigh = -1;

  constructor(decoding: Decoding, context: DecodeContext) {
    const tenant = textEncoder.encode(context.tenant);
    this.#decoding = decoding;
    this.#known = context.known ?? new SeriesIds(0);
    this.#tenant = new DataView(tenant.buffer, tenant.byteOffset, tenant.length);
    this.#samples = decoding.open.batch(samples).columns;
    this.#time = new SampleTime(context);
    this.#known.begin(decoding.reader.view, context.tenant);
  }

  /** Reads the TimeSeries `[reader.at, end)` and appends its row; false when it is not a plain one, and then nothing is read. */
  read(end: number): boolean {
    const { reader } = this.#decoding;
    const { view, at: start } = reader;
    const known = this.#known;
    const entry = known.find(start, end);
    if (entry < 0) return false;
    let at = start + known.labelBytes(entry) + 2;
    if (at >= end || view.getUint8(at - 1) !== end - at) return false;
    const value = view.getUint8(at) === valueTag ? at + 1 : absent;
    if (value >= 0) at += 9;
    if (at >= end || view.getUint8(at) !== timeTag || !this.#readTime(at + 1, end)) return false;
    if (this.#time.day !== known.day(entry) || (value >= 0 && isStaleAt(view, value))) return false;
    this.#append(entry, value);
    reader.at = end;
    return true;
  }

  /** Notes the series of the TimeSeries `[start, end)`, which was read another way, once its row is stored. */
  learn(start: number, end: number): void {
    const { open, series: found, time } = this.#decoding;
    if (!time.isTimely || !open.isStored(series, found.idLow, found.idHigh, time.day)) return;
    this.#known.learn(start, end, time.day, found);
  }

  end(): void {
    this.level();
    this.#known.end();
  }

  /** Fills in what was left out of rows; to be called before anything else appends to them. */
  level(): void {
    const { tenant, batch, start_time, flags, value, is_int, int_rest } = this.#samples;
    const rows = value.length - flags.length;
    if (rows === 0) return;
    const { numberLow, numberHigh } = this.#decoding.open;
    tenant.repeat(this.#tenant, 0, this.#tenant.byteLength, rows);
    batch.repeat(numberLow, numberHigh, rows);
    start_time.repeat(0, 0, rows);
    flags.repeat(0, rows);
    is_int.repeat(0, rows);
    int_rest.repeat(0, rows);
  }

  #append(entry: number, value: number): void {
    const { reader, written } = this.#decoding;
    const known = this.#known;
    const time = this.#time;
    const columns = this.#samples;
    this.#decoding.noteItem();
    this.#decoding.noteItem();
    columns.metric_id.append(known.metricId(entry));
    columns.series_id.append(known.idLow(entry), known.idHigh(entry));
    columns.time.append(time.low, time.high);
    columns.value.append(reader.doubleAt(value));
    written.samples++;
  }

  /** Reads the time `[at, end)`; false when it is not one that is taken of every metric, or not all there is. */
  #readTime(at: number, end: number): boolean {
    const { reader } = this.#decoding;
    const time = this.#time;
    const isUsual = end - at === timeBytes;
    const low = isUsual ? reader.view.getInt32(at) : 0;
    const high = isUsual ? reader.view.getInt16(at + 4) : 0;
    // Most samples of a request have the time of the one before.
    if (isUsual && low === this.#timeLow && high === this.#timeHigh) return time.isSure;
    const { at: start } = reader;
    reader.at = at;
    reader.varint(end);
    const isAll = reader.at === end;
    reader.at = start;
    if (!isAll) return false;
    time.setHalves(reader.low, reader.high);
    if (isUsual) {
      this.#timeLow = low;
      this.#timeHigh = high;
    }
    return time.isSure;
  }
}
