/**
 * Reads OTLP export requests for traces and logs (protobuf) into plain objects with the field names of the .proto files: written
 * from the published schema and nothing else, so that it judges what the demo sends. Fields not listed are skipped.
 */

type Kind = 'string' | 'hex' | 'fixed64' | 'double' | 'varint' | 'fixed32';
type Field = readonly [name: string, type: Kind | Schema, repeated?: 'repeated'];
interface Schema {
  readonly [number: number]: Field;
}

const anyValue: { [number: number]: Field } = {
  1: ['stringValue', 'string'],
  2: ['boolValue', 'varint'],
  3: ['intValue', 'varint'],
  4: ['doubleValue', 'double'],
};
anyValue[5] = ['arrayValue', { 1: ['values', anyValue, 'repeated'] }];
const keyValue: Schema = { 1: ['key', 'string'], 2: ['value', anyValue] };
const resource: Schema = { 1: ['attributes', keyValue, 'repeated'] };
const scope: Schema = { 1: ['name', 'string'] };
const event: Schema = { 1: ['timeUnixNano', 'fixed64'], 2: ['name', 'string'], 3: ['attributes', keyValue, 'repeated'] };
const link: Schema = { 1: ['traceId', 'hex'], 2: ['spanId', 'hex'] };
const span: Schema = {
  1: ['traceId', 'hex'],
  2: ['spanId', 'hex'],
  4: ['parentSpanId', 'hex'],
  5: ['name', 'string'],
  6: ['kind', 'varint'],
  7: ['startTimeUnixNano', 'fixed64'],
  8: ['endTimeUnixNano', 'fixed64'],
  9: ['attributes', keyValue, 'repeated'],
  11: ['events', event, 'repeated'],
  13: ['links', link, 'repeated'],
  15: ['status', { 2: ['message', 'string'], 3: ['code', 'varint'] }],
};
const logRecord: Schema = {
  1: ['timeUnixNano', 'fixed64'],
  2: ['severityNumber', 'varint'],
  3: ['severityText', 'string'],
  5: ['body', anyValue],
  6: ['attributes', keyValue, 'repeated'],
  9: ['traceId', 'hex'],
  10: ['spanId', 'hex'],
};
const scopeSpans: Schema = { 1: ['scope', scope], 2: ['spans', span, 'repeated'] };
const scopeLogs: Schema = { 1: ['scope', scope], 2: ['logRecords', logRecord, 'repeated'] };
const resourceSpans: Schema = { 1: ['resource', resource], 2: ['scopeSpans', scopeSpans, 'repeated'] };
const resourceLogs: Schema = { 1: ['resource', resource], 2: ['scopeLogs', scopeLogs, 'repeated'] };

const tracesRequest: Schema = { 1: ['resourceSpans', resourceSpans, 'repeated'] };
const logsRequest: Schema = { 1: ['resourceLogs', resourceLogs, 'repeated'] };

export interface AnyValue {
  readonly stringValue?: string;
  readonly boolValue?: number;
  readonly intValue?: number;
  readonly doubleValue?: number;
}
interface KeyValue {
  readonly key: string;
  readonly value: AnyValue;
}
interface Attributed {
  readonly attributes?: readonly KeyValue[];
}
export interface Span extends Attributed {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly status?: { readonly message?: string; readonly code?: number };
  readonly events?: readonly (Attributed & { readonly name: string })[];
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
}
export interface LogRecord extends Attributed {
  readonly severityText: string;
  readonly body: AnyValue;
  readonly traceId?: string;
  readonly spanId?: string;
}
interface TracesRequest {
  readonly resourceSpans: readonly {
    readonly resource: Attributed;
    readonly scopeSpans: readonly { readonly spans: readonly Span[] }[];
  }[];
}
interface LogsRequest {
  readonly resourceLogs: readonly {
    readonly resource: Attributed;
    readonly scopeLogs: readonly { readonly logRecords: readonly LogRecord[] }[];
  }[];
}

export function decodeTraces(bytes: Buffer): TracesRequest {
  return decode(bytes, tracesRequest) as unknown as TracesRequest;
}

export function decodeLogs(bytes: Buffer): LogsRequest {
  return decode(bytes, logsRequest) as unknown as LogsRequest;
}

/** Attributes as one object; the values without their types. */
export function attributesOf({ attributes = [] }: Attributed): Record<string, string | number | undefined> {
  return Object.fromEntries(
    attributes.map(({ key, value }) => [key, value.stringValue ?? value.intValue ?? value.doubleValue ?? value.boolValue]),
  );
}

function decode(bytes: Buffer, schema: Schema): Record<string, unknown> {
  const message: Record<string, unknown> = {};
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new RangeError('The message ends inside a number.');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const raw = (wireType: number): Buffer | number => {
    if (wireType === 0) return varint();
    const length = wireType === 1 ? 8 : wireType === 5 ? 4 : wireType === 2 ? varint() : -1;
    if (length < 0 || at + length > bytes.length) throw new RangeError(`Wire type ${wireType} cannot be read at byte ${at}.`);
    at += length;
    return bytes.subarray(at - length, at);
  };
  while (at < bytes.length) {
    const tag = varint();
    const content = raw(tag & 7);
    const field = schema[tag >>> 3];
    if (field === undefined) continue;
    const [name, type, repeated] = field;
    const value = typeof type === 'object' ? decode(content as Buffer, type) : scalar(content, type);
    const earlier = (message[name] ?? []) as unknown[];
    message[name] = repeated === undefined ? value : [...earlier, value];
  }
  return message;
}

function scalar(content: Buffer | number, type: Kind): string | number {
  if (typeof content === 'number') return content;
  if (type === 'string') return content.toString('utf8');
  if (type === 'hex') return content.toString('hex');
  if (type === 'double') return content.readDoubleLE();
  return type === 'fixed32' ? content.readUInt32LE() : content.readBigUInt64LE().toString();
}
