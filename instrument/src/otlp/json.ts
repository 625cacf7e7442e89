/**
 * OTLP requests in protobuf as OTLP's JSON (OTLP specification, "JSON Protobuf Encoding"): names in lowerCamelCase, 64-bit integers as
 * decimal strings, ids as hexadecimal digits, enums as numbers. For `http/json`, files and people; not for the path of requests.
 */
import type { Signal } from '../send/signals.ts';

type FieldType =
  | 'text'
  | 'hex'
  | 'base64'
  | 'bool'
  | 'int32'
  | 'sint32'
  | 'int64'
  | 'uint64'
  | 'fixed64'
  | 'sfixed64'
  | 'fixed32'
  | 'double';

type MessageName =
  | Signal
  | 'ResourceSpans'
  | 'ResourceLogs'
  | 'ResourceMetrics'
  | 'ScopeSpans'
  | 'ScopeLogs'
  | 'ScopeMetrics'
  | 'Resource'
  | 'Scope'
  | 'KeyValue'
  | 'AnyValue'
  | 'ArrayValue'
  | 'KeyValueList'
  | 'Span'
  | 'Event'
  | 'Link'
  | 'Status'
  | 'LogRecord'
  | 'Metric'
  | 'Numbers'
  | 'NumberPoint'
  | 'Histogram'
  | 'HistogramPoint'
  | 'Exemplar'
  | 'ExponentialHistogram'
  | 'ExponentialPoint'
  | 'Buckets';

/** Number, name, type or message, and whether it is a list. */
type Field = readonly [number: number, name: string, type: FieldType | MessageName, list?: 'list'];

const attributes = (number: number): Field => [number, 'attributes', 'KeyValue', 'list'];
const dropped = (number: number): Field => [number, 'droppedAttributesCount', 'int32'];

const messages: Readonly<Record<MessageName, readonly Field[]>> = {
  traces: [[1, 'resourceSpans', 'ResourceSpans', 'list']],
  logs: [[1, 'resourceLogs', 'ResourceLogs', 'list']],
  metrics: [[1, 'resourceMetrics', 'ResourceMetrics', 'list']],
  ResourceSpans: [
    [1, 'resource', 'Resource'],
    [2, 'scopeSpans', 'ScopeSpans', 'list'],
    [3, 'schemaUrl', 'text'],
  ],
  ResourceLogs: [
    [1, 'resource', 'Resource'],
    [2, 'scopeLogs', 'ScopeLogs', 'list'],
    [3, 'schemaUrl', 'text'],
  ],
  ResourceMetrics: [
    [1, 'resource', 'Resource'],
    [2, 'scopeMetrics', 'ScopeMetrics', 'list'],
    [3, 'schemaUrl', 'text'],
  ],
  ScopeSpans: [
    [1, 'scope', 'Scope'],
    [2, 'spans', 'Span', 'list'],
    [3, 'schemaUrl', 'text'],
  ],
  ScopeLogs: [
    [1, 'scope', 'Scope'],
    [2, 'logRecords', 'LogRecord', 'list'],
    [3, 'schemaUrl', 'text'],
  ],
  ScopeMetrics: [
    [1, 'scope', 'Scope'],
    [2, 'metrics', 'Metric', 'list'],
    [3, 'schemaUrl', 'text'],
  ],
  Resource: [attributes(1), dropped(2)],
  Scope: [[1, 'name', 'text'], [2, 'version', 'text'], attributes(3), dropped(4)],
  KeyValue: [
    [1, 'key', 'text'],
    [2, 'value', 'AnyValue'],
  ],
  AnyValue: [
    [1, 'stringValue', 'text'],
    [2, 'boolValue', 'bool'],
    [3, 'intValue', 'int64'],
    [4, 'doubleValue', 'double'],
    [5, 'arrayValue', 'ArrayValue'],
    [6, 'kvlistValue', 'KeyValueList'],
    [7, 'bytesValue', 'base64'],
  ],
  ArrayValue: [[1, 'values', 'AnyValue', 'list']],
  KeyValueList: [[1, 'values', 'KeyValue', 'list']],
  Span: [
    [1, 'traceId', 'hex'],
    [2, 'spanId', 'hex'],
    [3, 'traceState', 'text'],
    [4, 'parentSpanId', 'hex'],
    [5, 'name', 'text'],
    [6, 'kind', 'int32'],
    [7, 'startTimeUnixNano', 'fixed64'],
    [8, 'endTimeUnixNano', 'fixed64'],
    attributes(9),
    dropped(10),
    [11, 'events', 'Event', 'list'],
    [12, 'droppedEventsCount', 'int32'],
    [13, 'links', 'Link', 'list'],
    [14, 'droppedLinksCount', 'int32'],
    [15, 'status', 'Status'],
    [16, 'flags', 'fixed32'],
  ],
  Event: [[1, 'timeUnixNano', 'fixed64'], [2, 'name', 'text'], attributes(3), dropped(4)],
  Link: [
    [1, 'traceId', 'hex'],
    [2, 'spanId', 'hex'],
    [3, 'traceState', 'text'],
    attributes(4),
    dropped(5),
    [6, 'flags', 'fixed32'],
  ],
  Status: [
    [2, 'message', 'text'],
    [3, 'code', 'int32'],
  ],
  LogRecord: [
    [1, 'timeUnixNano', 'fixed64'],
    [2, 'severityNumber', 'int32'],
    [3, 'severityText', 'text'],
    [5, 'body', 'AnyValue'],
    attributes(6),
    dropped(7),
    [8, 'flags', 'fixed32'],
    [9, 'traceId', 'hex'],
    [10, 'spanId', 'hex'],
    [11, 'observedTimeUnixNano', 'fixed64'],
    [12, 'eventName', 'text'],
  ],
  Metric: [
    [1, 'name', 'text'],
    [2, 'description', 'text'],
    [3, 'unit', 'text'],
    [5, 'gauge', 'Numbers'],
    [7, 'sum', 'Numbers'],
    [9, 'histogram', 'Histogram'],
    [10, 'exponentialHistogram', 'ExponentialHistogram'],
  ],
  Numbers: [
    [1, 'dataPoints', 'NumberPoint', 'list'],
    [2, 'aggregationTemporality', 'int32'],
    [3, 'isMonotonic', 'bool'],
  ],
  NumberPoint: [
    [2, 'startTimeUnixNano', 'fixed64'],
    [3, 'timeUnixNano', 'fixed64'],
    [4, 'asDouble', 'double'],
    [6, 'asInt', 'sfixed64'],
    attributes(7),
  ],
  Histogram: [
    [1, 'dataPoints', 'HistogramPoint', 'list'],
    [2, 'aggregationTemporality', 'int32'],
  ],
  HistogramPoint: [
    [2, 'startTimeUnixNano', 'fixed64'],
    [3, 'timeUnixNano', 'fixed64'],
    [4, 'count', 'fixed64'],
    [5, 'sum', 'double'],
    [6, 'bucketCounts', 'fixed64', 'list'],
    [7, 'explicitBounds', 'double', 'list'],
    [8, 'exemplars', 'Exemplar', 'list'],
    attributes(9),
    [11, 'min', 'double'],
    [12, 'max', 'double'],
  ],
  Exemplar: [
    [2, 'timeUnixNano', 'fixed64'],
    [3, 'asDouble', 'double'],
    [4, 'spanId', 'hex'],
    [5, 'traceId', 'hex'],
  ],
  ExponentialHistogram: [
    [1, 'dataPoints', 'ExponentialPoint', 'list'],
    [2, 'aggregationTemporality', 'int32'],
  ],
  ExponentialPoint: [
    attributes(1),
    [2, 'startTimeUnixNano', 'fixed64'],
    [3, 'timeUnixNano', 'fixed64'],
    [4, 'count', 'fixed64'],
    [5, 'sum', 'double'],
    [6, 'scale', 'sint32'],
    [7, 'zeroCount', 'fixed64'],
    [8, 'positive', 'Buckets'],
    [9, 'negative', 'Buckets'],
    [12, 'min', 'double'],
    [13, 'max', 'double'],
  ],
  Buckets: [
    [1, 'offset', 'sint32'],
    [2, 'bucketCounts', 'uint64', 'list'],
  ],
};

/** An export request as JSON. `body` is one that this kit wrote: fields that it does not write are left out. */
export function otlpJson(signal: Signal, body: Uint8Array): string {
  return JSON.stringify(otlpMessage(signal, body));
}

/** The same as the object that its JSON stands for. */
export function otlpMessage(signal: Signal, body: Uint8Array): Record<string, unknown> {
  return readMessage(new Cursor(body), body.length, signal);
}

class Cursor {
  at = 0;
  readonly bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Tags, lengths and most of all other numbers take four bytes at most. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.bytes.readUInt8(this.at++);
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    this.at -= 4;
    return Number(this.wideVarint());
  }

  wideVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes.readUInt8(this.at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
  }

  /** Reads a length; gives where what is so long ends. */
  end(): number {
    const length = this.varint();
    return this.at + length;
  }
}

const fieldsByNumber = new Map<MessageName, readonly (Field | undefined)[]>();

function fieldsOf(name: MessageName): readonly (Field | undefined)[] {
  const known = fieldsByNumber.get(name);
  if (known !== undefined) return known;
  const fields: (Field | undefined)[] = [];
  for (const field of messages[name]) fields[field[0]] = field;
  fieldsByNumber.set(name, fields);
  return fields;
}

function readMessage(cursor: Cursor, end: number, name: MessageName): Record<string, unknown> {
  const fields = fieldsOf(name);
  const message: Record<string, unknown> = {};
  while (cursor.at < end) {
    const tag = cursor.varint();
    const field = fields[tag >>> 3];
    if (field === undefined) skip(cursor, tag & 7);
    else if (field[3] === 'list') readItems(cursor, tag & 7, field, (message[field[1]] ??= []) as unknown[]);
    else message[field[1]] = readValue(cursor, field[2]);
  }
  return message;
}

function readItems(cursor: Cursor, wire: number, [, , type]: Field, items: unknown[]): void {
  // Numbers come packed; what is of variable length itself never does.
  if (wire !== 2 || type === 'text' || type in messages) {
    items.push(readValue(cursor, type));
    return;
  }
  const end = cursor.end();
  while (cursor.at < end) items.push(readValue(cursor, type));
}

function readValue(cursor: Cursor, type: FieldType | MessageName): unknown {
  if (!(type in messages)) return readScalar(cursor, type as FieldType);
  return readMessage(cursor, cursor.end(), type as MessageName);
}

function readScalar(cursor: Cursor, type: FieldType): unknown {
  switch (type) {
    case 'text':
      return readText(cursor, 'utf8');
    case 'hex':
      return readText(cursor, 'hex');
    case 'base64':
      return readText(cursor, 'base64');
    case 'bool':
      return cursor.varint() !== 0;
    case 'int32':
      return Number(BigInt.asIntN(32, cursor.wideVarint()));
    case 'sint32': {
      const value = cursor.varint();
      return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
    }
    case 'int64':
      return String(BigInt.asIntN(64, cursor.wideVarint()));
    case 'uint64':
      return String(cursor.wideVarint());
    case 'fixed32':
      cursor.at += 4;
      return cursor.bytes.readUInt32LE(cursor.at - 4);
    case 'fixed64':
      cursor.at += 8;
      return String(cursor.bytes.readBigUInt64LE(cursor.at - 8));
    case 'sfixed64':
      cursor.at += 8;
      return String(cursor.bytes.readBigInt64LE(cursor.at - 8));
    case 'double': {
      cursor.at += 8;
      const value = cursor.bytes.readDoubleLE(cursor.at - 8);
      // JSON has no numbers for these.
      return Number.isFinite(value) ? value : String(value);
    }
  }
}

function readText(cursor: Cursor, encoding: 'utf8' | 'hex' | 'base64'): string {
  const end = cursor.end();
  const text = cursor.bytes.toString(encoding, cursor.at, end);
  cursor.at = end;
  return text;
}

function skip(cursor: Cursor, wire: number): void {
  if (wire === 0) cursor.wideVarint();
  else if (wire === 1) cursor.at += 8;
  else if (wire === 2) cursor.at = cursor.end();
  else cursor.at += 4;
}
