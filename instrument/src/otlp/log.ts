/** One log record as a field `log_records` of ScopeLogs (opentelemetry-proto, logs/v1/logs.proto). */
import type { AnyValue } from '@opentelemetry/api-logs';
import type { ParentIds } from '../trace/span.ts';
import { writeAttribute, writeAttributes, writeValue } from './values.ts';
import { OtlpWriter } from './writer.ts';

export interface LogFields {
  /** Unix milliseconds with a fraction. */
  readonly timeMs: number;
  readonly observedMs: number;
  /** 1 to 24; 0 when it is not known. */
  readonly severity: number;
  readonly severityText: string;
  readonly body: AnyValue;
  readonly attributes: Readonly<Record<string, AnyValue>>;
  readonly eventName: string;
  readonly span: ParentIds | undefined;
}

export interface LogLimits {
  readonly attributesMax: number;
  readonly attributeLengthMax: number;
}

/** FATAL4; a number that is none of the 24 is left out. */
const severityMax = 24;

const record = {
  itself: 0x12,
  time: 0x09,
  severity: 0x10,
  severityText: 0x1a,
  body: 0x2a,
  attributes: 0x32,
  dropped: 0x38,
  flags: 0x45,
  traceId: 0x4a,
  spanId: 0x52,
  observed: 0x59,
  eventName: 0x62,
} as const;

export function writeLog(writer: OtlpWriter, from: LogFields, limits: LogLimits): void {
  const start = writer.begin(record.itself);
  writer.time(record.time, from.timeMs);
  if (from.severity >= 1 && from.severity <= severityMax) writer.small(record.severity, from.severity);
  if (from.severityText !== '') writer.text(record.severityText, from.severityText);
  if (from.body !== undefined && from.body !== null) {
    const body = writer.begin(record.body);
    writeValue(writer, from.body, Infinity);
    writer.end(body);
  }
  let count = 0;
  for (const [key, value] of Object.entries(from.attributes)) {
    if (value === undefined) continue;
    if (++count <= limits.attributesMax) writeAttribute(writer, record.attributes, key, value, limits.attributeLengthMax);
  }
  if (count > limits.attributesMax) writer.integer(record.dropped, count - limits.attributesMax);
  if (from.span !== undefined) writeIds(writer, from.span);
  writer.time(record.observed, from.observedMs);
  if (from.eventName !== '') writer.text(record.eventName, from.eventName);
  writer.end(start);
}

function writeIds(writer: OtlpWriter, span: ParentIds): void {
  writer.fixed32(record.flags, span.isSampled ? 1 : 0);
  writer.id16(record.traceId, span.trace0, span.trace1, span.trace2, span.trace3);
  writer.id8(record.spanId, span.span0, span.span1);
}

/** What all records of a kind have in common. */
export type SharedLogFields = Pick<LogFields, 'severity' | 'severityText' | 'attributes' | 'eventName'>;

/** The same as fields on the wire. */
export function sharedLogBytes(from: SharedLogFields, limits: LogLimits): Uint8Array {
  const writer = new OtlpWriter(512);
  writer.small(record.severity, from.severity);
  writer.text(record.severityText, from.severityText);
  writeAttributes(writer, record.attributes, Object.entries(from.attributes).flat(), limits.attributeLengthMax);
  writer.text(record.eventName, from.eventName);
  return writer.written().slice();
}

/** A record of a kind: what its bytes do not say. */
export interface LogOfKind {
  /** What `sharedLogBytes` made. */
  readonly shared: Uint8Array;
  /** Unix milliseconds with a fraction. */
  readonly timeMs: number;
  readonly body: string;
  /** Attributes of its own; a value is undefined where it is not known. */
  readonly keys: readonly string[];
  readonly values: readonly unknown[];
  readonly span: ParentIds;
}

export function writeLogOfKind(writer: OtlpWriter, from: LogOfKind, limits: LogLimits): void {
  const start = writer.begin(record.itself);
  writer.time(record.time, from.timeMs);
  writer.raw(from.shared);
  const body = writer.begin(record.body);
  writeValue(writer, from.body, Infinity);
  writer.end(body);
  const { keys, values } = from;
  for (let i = 0; i < keys.length; i++) {
    if (values[i] !== undefined) writeAttribute(writer, record.attributes, keys[i] ?? '', values[i], limits.attributeLengthMax);
  }
  writeIds(writer, from.span);
  writer.time(record.observed, from.timeMs);
  writer.end(start);
}
