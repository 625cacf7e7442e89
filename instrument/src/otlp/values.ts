/**
 * Attributes as OTLP writes them: KeyValue and AnyValue (opentelemetry-proto, common/v1/common.proto). Keys come again and again, so
 * their bytes are remembered.
 */
import type { OtlpWriter } from './writer.ts';

/** Keys remembered at most: whoever makes keys from data must not fill the memory. */
const keysMax = 4096;
const keys = new Map<string, Uint8Array>();

/** Values nested deeper than this are cut: a value may contain itself. */
const depthMax = 8;
/** Values within one attribute or body; the rest is cut: a request object that is logged holds half of the process. */
const nodesMax = 1000;
/** Those that may still be written within the attribute or body at hand. */
let nodesLeft = 0;

/** AnyValue's fields: text 1, bool 2, int 3, double 4, array 5, key-value list 6, bytes 7. */
const anyValue = { text: 0x0a, bool: 0x10, integer: 0x18, double: 0x21, array: 0x2a, list: 0x32, bytes: 0x3a } as const;

/** KeyValue: key 1, value 2. */
const valueTag = 0x12;

/**
 * One attribute as a KeyValue field. Values that OTLP has no type for are written as text; `undefined` and `null` as an empty value.
 * Text longer than `lengthMax` code units is cut.
 */
export function writeAttribute(writer: OtlpWriter, tag: number, key: string, value: unknown, lengthMax = Infinity): void {
  const field = keyField(key);
  if (typeof value === 'string' && value.length <= lengthMax && writer.shortAttribute(tag, field, value)) return;
  const start = writer.begin(tag);
  writer.raw(field);
  const inner = writer.begin(valueTag);
  writeValue(writer, value, lengthMax);
  writer.end(inner);
  writer.end(start);
}

/** Attributes, keys and values in turn. */
export function writeAttributes(writer: OtlpWriter, tag: number, list: readonly unknown[], lengthMax: number): void {
  for (let i = 0; i < list.length; i += 2) writeAttribute(writer, tag, list[i] as string, list[i + 1], lengthMax);
}

/** The fields of one AnyValue. */
export function writeValue(writer: OtlpWriter, value: unknown, lengthMax: number): void {
  nodesLeft = nodesMax;
  writeNode(writer, value, lengthMax, 0);
}

function writeNode(writer: OtlpWriter, value: unknown, lengthMax: number, depth: number): void {
  switch (typeof value) {
    case 'string':
      return writer.text(anyValue.text, value.length > lengthMax ? value.slice(0, lengthMax) : value);
    case 'boolean':
      return writer.small(anyValue.bool, value ? 1 : 0);
    case 'number':
      return Number.isSafeInteger(value) && !Object.is(value, -0)
        ? writer.signed(anyValue.integer, value)
        : writer.double(anyValue.double, value);
    case 'bigint':
      return Number.isSafeInteger(Number(value))
        ? writer.signed(anyValue.integer, Number(value))
        : writer.text(anyValue.text, String(value));
    case 'undefined':
      return;
    case 'object':
      return value === null ? undefined : writeObject(writer, value, lengthMax, depth);
    case 'symbol':
    case 'function':
      return writer.text(anyValue.text, String(value).slice(0, Math.min(lengthMax, 256)));
  }
}

function writeObject(writer: OtlpWriter, value: object, lengthMax: number, depth: number): void {
  if (value instanceof Uint8Array) return writer.bytes(anyValue.bytes, value);
  nodesLeft--;
  if (depth >= depthMax || nodesLeft <= 0) return writer.text(anyValue.text, '…');
  if (value instanceof Date)
    return writer.text(anyValue.text, Number.isNaN(value.getTime()) ? 'Invalid Date' : value.toISOString());
  if (value instanceof Error) return writer.text(anyValue.text, `${value.name}: ${value.message}`.slice(0, lengthMax));
  if (Array.isArray(value)) {
    const list = writer.begin(anyValue.array);
    for (const item of value as readonly unknown[]) {
      const inner = writer.begin(0x0a);
      writeNode(writer, item, lengthMax, depth + 1);
      writer.end(inner);
      if (--nodesLeft <= 0) break;
    }
    return writer.end(list);
  }
  const list = writer.begin(anyValue.list);
  for (const key of Object.keys(value)) {
    const start = writer.begin(0x0a);
    writer.raw(keyField(key));
    const inner = writer.begin(valueTag);
    writeNode(writer, valueAt(value, key), lengthMax, depth + 1);
    writer.end(inner);
    writer.end(start);
    if (--nodesLeft <= 0) break;
  }
  writer.end(list);
}

/** Reading a property may run code of the application, which may throw. */
function valueAt(value: object, key: string): unknown {
  try {
    return (value as Readonly<Record<string, unknown>>)[key];
  } catch (thrown) {
    return `(cannot be read: ${thrown instanceof Error ? thrown.message : typeof thrown})`;
  }
}

/** The key as the first field of a KeyValue. */
function keyField(key: string): Uint8Array {
  const found = keys.get(key);
  if (found !== undefined) return found;
  const text = Buffer.from(key);
  const field = Buffer.concat([lengthDelimited(0x0a, text.length), text]);
  if (keys.size < keysMax) keys.set(key, field);
  return field;
}

function lengthDelimited(tag: number, length: number): Uint8Array {
  const bytes = [tag];
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  return Uint8Array.from(bytes);
}
