/**
 * ExportLogsServiceRequest → rows of logs.
 *
 * A record's time is its own, else that at which it was observed, else the arrival; a record is refused when that lies outside
 * the times that are taken. Ids of a wrong length count as absent. A severity number outside 1 to 24 is stored as 0.
 */
import { Place } from '../../codec/protobuf.ts';
import type { OpenCommit, Outcome } from '../../engine/commit.ts';
import type { Batch } from '../../model/batch.ts';
import { levels, logs } from '../../model/logs.ts';
import type { DecodeContext } from './context.ts';
import { eachItem } from './decode-groups.ts';
import { Origin } from './decode-origin.ts';
import { AnyValue, writeValue } from './decode-values.ts';
import { Decoding } from './decoding.ts';
import { absent, readId, spanIdBytes, traceIdBytes } from './ids.ts';
import { levelOfNumber, levelOfText } from './levels.ts';

const recordFields = 0b1_1111_1110_1110;
const severityMax = 24;
const timeSources = { record: 0, observed: 1, arrival: 2 } as const;
const timeFields = ['time_unix_nano', 'observed_time_unix_nano', 'the arrival'] as const;
const levelTexts = levels.map((level) => new TextEncoder().encode(level));

type LogColumns = Batch<typeof logs>['columns'];

/** Appends the rows of an ExportLogsServiceRequest. Throws `malformed_body` with the byte position. */
export function decodeLogs(body: Uint8Array, open: OpenCommit, context: DecodeContext): Outcome {
  const decoding = new Decoding(body, open, context, 'log records');
  const origin = new Origin(decoding);
  const record = new LogRecord(decoding, context.nowNs);
  const { columns } = decoding.batch(logs);
  eachItem(decoding, origin, (end) => {
    decoding.noteUnit();
    record.read(columns, end);
    if (decoding.isTimely(record.timeLow, record.timeHigh)) {
      origin.noteTime(record.timeLow, record.timeHigh);
      record.write(origin, columns);
    } else {
      columns.attributes.truncate(columns.attributes.length);
      decoding.refusals.refuse(decoding.timeRule(timeFields[record.timeSource]));
    }
  });
  return decoding.outcome();
}

/** The record that is being read, as positions in the body and small numbers. */
class LogRecord {
  timeLow = 0;
  timeHigh = 0;
  timeSource: 0 | 1 | 2 = timeSources.record;
  #time = absent;
  #observed = absent;
  #severity = 0;
  #flags = 0;
  #droppedAttributes = 0;
  #traceId = absent;
  #spanId = absent;
  readonly #severityText = new Place();
  readonly #eventName = new Place();
  readonly #body = new AnyValue();
  readonly #decoding: Decoding;
  readonly #nowLow: number;
  readonly #nowHigh: number;

  constructor(decoding: Decoding, nowNs: bigint) {
    this.#decoding = decoding;
    this.#nowLow = Number(nowNs & 0xffff_ffffn) | 0;
    this.#nowHigh = Number((nowNs >> 32n) & 0xffff_ffffn) | 0;
  }

  /** Reads the message `[reader.at, end)`; its attributes go to their column at once, and the row is left open. */
  read(columns: LogColumns, end: number): void {
    const { reader, attributes } = this.#decoding;
    this.#clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x09:
          this.#time = reader.fixed64(end);
          break;
        case 0x10:
          this.#severity = reader.enum(end, severityMax);
          break;
        case 0x1a:
          reader.place(this.#severityText, end);
          break;
        case 0x2a:
          this.#body.read(reader, reader.length(end));
          break;
        case 0x32:
          attributes.append(columns.attributes, reader.length(end));
          break;
        case 0x38:
          this.#droppedAttributes = reader.uint32(end);
          break;
        case 0x45:
          this.#flags = reader.view.getInt32(reader.fixed32(end), true);
          break;
        case 0x4a:
          this.#traceId = readId(reader, traceIdBytes, end);
          break;
        case 0x52:
          this.#spanId = readId(reader, spanIdBytes, end);
          break;
        case 0x59:
          this.#observed = reader.fixed64(end);
          break;
        case 0x62:
          reader.place(this.#eventName, end);
          break;
        default:
          reader.skipField(tag, end, recordFields);
      }
    }
    this.#chooseTime();
  }

  /** Appends the row; the attributes are there but for the end of the row. Moves the reader. */
  write({ resource, scope }: Origin, columns: LogColumns): void {
    const { reader, open, tenant } = this.#decoding;
    const { view } = reader;
    const severityText = this.#severityText;
    const level = levelOfNumber(this.#severity) || levelOfText(view, severityText);
    const levelText = levelTexts[level]!;
    columns.tenant.appendUtf8(tenant, 0, tenant.byteLength);
    columns.batch.append(open.numberLow, open.numberHigh);
    columns.service.appendUtf8(resource.service, 0, resource.service.byteLength);
    columns.time.append(this.timeLow, this.timeHigh);
    columns.time_source.append(this.timeSource);
    columns.observed_time.append(reader.lowAt(this.#observed), reader.highAt(this.#observed));
    columns.level.append(levelText, 0, levelText.length);
    columns.severity_number.append(this.#severity);
    columns.severity_text.appendUtf8(view, severityText.start, severityText.end);
    columns.body_type.writeByte(this.#body.type.charCodeAt(0));
    columns.body_type.endRow();
    columns.event_name.appendUtf8(view, this.#eventName.start, this.#eventName.end);
    columns.trace_id.append(view, this.#traceId);
    columns.span_id.append(view, this.#spanId);
    columns.flags.append(this.#flags);
    columns.attributes.endRow();
    columns.dropped_attributes.append(this.#droppedAttributes);
    columns.resource_id.append(resource.idLow, resource.idHigh);
    columns.scope_id.append(scope.idLow, scope.idHigh);
    writeValue(reader, this.#body, columns.body);
    columns.body.endRow();
  }

  #chooseTime(): void {
    const { reader } = this.#decoding;
    this.timeLow = reader.lowAt(this.#time);
    this.timeHigh = reader.highAt(this.#time);
    this.timeSource = timeSources.record;
    if ((this.timeLow | this.timeHigh) !== 0) return;
    this.timeLow = reader.lowAt(this.#observed);
    this.timeHigh = reader.highAt(this.#observed);
    this.timeSource = timeSources.observed;
    if ((this.timeLow | this.timeHigh) !== 0) return;
    this.timeLow = this.#nowLow;
    this.timeHigh = this.#nowHigh;
    this.timeSource = timeSources.arrival;
  }

  #clear(): void {
    this.#time = this.#observed = this.#traceId = this.#spanId = absent;
    this.#severity = this.#flags = this.#droppedAttributes = 0;
    this.#severityText.clear();
    this.#eventName.clear();
    this.#body.type = 'e';
  }
}
