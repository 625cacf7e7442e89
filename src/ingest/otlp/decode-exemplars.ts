/**
 * Exemplars → rows of exemplars. Ids of a wrong length count as absent. An exemplar without a time has that of its point; one of
 * which the time lies outside the times that are taken is left out, with a word to the sender, while its point is taken.
 */
import type { Places } from '../../codec/protobuf.ts';
import type { Batch } from '../../model/batch.ts';
import { exemplars } from '../../model/metrics.ts';
import type { SeriesFinder } from './decode-series.ts';
import type { Decoding } from './decoding.ts';
import { absent, readId, spanIdBytes, traceIdBytes } from './ids.ts';
import { numberKinds, writeNumber } from './numbers.ts';
import type { NumberKind } from './numbers.ts';

const exemplarFields = 0b1111_1100;

export class ExemplarWriter {
  readonly #decoding: Decoding;
  readonly #columns: Batch<typeof exemplars>['columns'];
  #time = absent;
  #traceId = absent;
  #spanId = absent;
  #kind: NumberKind = numberKinds.none;
  #value = absent;

  constructor(decoding: Decoding) {
    this.#decoding = decoding;
    this.#columns = decoding.batch(exemplars).columns;
  }

  /** Appends the exemplars of a point of the series found last; `pointTime` is a position. Moves the reader. */
  write(places: Places, pointTime: number, series: SeriesFinder): void {
    const { reader, refusals } = this.#decoding;
    const attributes = this.#columns.attributes;
    for (let i = 0; i < places.length; i++) {
      reader.at = places.start(i);
      this.#read(places.end(i));
      if ((reader.lowAt(this.#time) | reader.highAt(this.#time)) === 0) this.#time = pointTime;
      if (this.#decoding.isTimely(reader.lowAt(this.#time), reader.highAt(this.#time))) {
        this.#writeRow(pointTime, series);
        continue;
      }
      attributes.truncate(attributes.length);
      refusals.leaveOut('exemplars', this.#decoding.timeRule('time_unix_nano'));
    }
  }

  #writeRow(pointTime: number, series: SeriesFinder): void {
    const { reader, tenant, open } = this.#decoding;
    const columns = this.#columns;
    this.#decoding.noteItem();
    columns.tenant.appendUtf8(tenant, 0, tenant.byteLength);
    columns.batch.append(open.numberLow, open.numberHigh);
    columns.metric_id.append(series.metricId);
    columns.series_id.append(series.idLow, series.idHigh);
    columns.point_time.append(reader.lowAt(pointTime), reader.highAt(pointTime));
    columns.time.append(reader.lowAt(this.#time), reader.highAt(this.#time));
    writeNumber(columns, reader.view, this.#kind, this.#value);
    columns.trace_id.append(reader.view, this.#traceId);
    columns.span_id.append(reader.view, this.#spanId);
    columns.attributes.endRow();
  }

  /** Reads the message `[reader.at, end)`; its attributes go to their column at once, and the row is left open. */
  #read(end: number): void {
    const { reader, attributes } = this.#decoding;
    this.#time = this.#traceId = this.#spanId = absent;
    this.#kind = numberKinds.none;
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x11:
          this.#time = reader.fixed64(end);
          break;
        case 0x19:
          this.#kind = numberKinds.double;
          this.#value = reader.fixed64(end);
          break;
        case 0x22:
          this.#spanId = readId(reader, spanIdBytes, end);
          break;
        case 0x2a:
          this.#traceId = readId(reader, traceIdBytes, end);
          break;
        case 0x31:
          this.#kind = numberKinds.int;
          this.#value = reader.fixed64(end);
          break;
        case 0x3a:
          attributes.append(this.#columns.attributes, reader.length(end));
          break;
        default:
          reader.skipField(tag, end, exemplarFields);
      }
    }
  }
}
