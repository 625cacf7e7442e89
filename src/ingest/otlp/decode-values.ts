/**
 * AnyValue on the wire → text as model/attributes.ts stores it. Lists and maps become OTLP JSON of their `values`, written straight
 * from the wire.
 */
import { SondeError } from '../../base/errors.ts';
import { malformed, Place, Places } from '../../codec/protobuf.ts';
import type { WireReader } from '../../codec/protobuf.ts';
import type { AttributeType } from '../../model/attributes.ts';
import type { StringColumn } from '../../model/columns.ts';
import { writeAscii, writeBase64, writeDouble, writeInt64, writeJsonString } from '../../model/write-text.ts';

/** Values may hold values this deep. */
const depthMax = 64;
/** The text of a list or map: an item of two bytes becomes up to 22. */
const jsonBytesMax = 16 * 1024 * 1024;
const anyValueFields = 0b1_1111_1110;
const listFields = 0b10;
const keyValueFields = 0b1110;

/** What an AnyValue holds, as positions in the body. */
export class AnyValue {
  type: AttributeType = 'e';
  /** Of a string or bytes; `start` is also where a double stands. */
  start = 0;
  end = 0;
  /** Of an integer, or of a bool (`low` is 1 for true). */
  low = 0;
  high = 0;
  /** Of a list or map: its message, in several parts when it came several times. */
  readonly parts = new Places();

  /** Reads the message `[reader.at, end)`. When the value comes again, the last field wins, and lists of the same kind merge. */
  read(reader: WireReader, end: number): void {
    while (reader.at < end) {
      const tag = reader.tag(end);
      switch (tag) {
        case 0x0a:
          this.#bytes(reader, 's', end);
          break;
        case 0x10:
          this.low = reader.bool(end);
          this.type = 'b';
          break;
        case 0x18:
          reader.varint(end);
          this.type = 'i';
          this.low = reader.low;
          this.high = reader.high;
          break;
        case 0x21:
          this.start = reader.fixed64(end);
          this.type = 'd';
          break;
        case 0x2a:
          this.#part(reader, 'a', end);
          break;
        case 0x32:
          this.#part(reader, 'm', end);
          break;
        case 0x3a:
          this.#bytes(reader, 'x', end);
          break;
        case 0x40:
          // string_value_strindex: for profiles only; elsewhere the value counts as absent.
          reader.varint(end);
          this.type = 'e';
          break;
        default:
          reader.skipField(tag, end, anyValueFields);
      }
    }
  }

  #bytes(reader: WireReader, type: 's' | 'x', end: number): void {
    const stop = reader.length(end);
    this.type = type;
    this.start = reader.at;
    this.end = stop;
    reader.at = stop;
  }

  #part(reader: WireReader, type: 'a' | 'm', end: number): void {
    if (this.type !== type) this.parts.clear();
    this.type = type;
    reader.addPlace(this.parts, end);
  }
}

/** A KeyValue, as positions in the body. */
export class KeyValue {
  readonly key = new Place();
  readonly value = new AnyValue();

  /** Reads the message `[reader.at, end)`. */
  read(reader: WireReader, end: number): void {
    if (!this.#readUsual(reader.view, reader.at, end)) this.#readAny(reader, end);
  }

  /**
   * Reads what nearly every KeyValue is: a key, then a string, in under 128 bytes each. Anything else it leaves alone, right or
   * wrong. Half of the time of decoding would go into reading these field by field.
   */
  #readUsual(view: DataView, start: number, end: number): boolean {
    if (start + 6 > end) return false;
    const keyEnd = start + 2 + view.getUint8(start + 1);
    if (keyEnd + 4 > end || view.getUint8(start) !== 0x0a || view.getUint8(keyEnd) !== 0x12) return false;
    const left = end - keyEnd;
    if (left > 0x7f || view.getUint8(keyEnd + 1) !== left - 2) return false;
    if (view.getUint8(keyEnd + 2) !== 0x0a || view.getUint8(keyEnd + 3) !== left - 4) return false;
    if (keyEnd - start > 0x81) return false;
    const { key, value } = this;
    key.start = start + 2;
    key.end = keyEnd;
    value.type = 's';
    value.start = keyEnd + 4;
    value.end = end;
    return true;
  }

  #readAny(reader: WireReader, end: number): void {
    const { value } = this;
    value.type = 'e';
    this.key.clear();
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag === 0x0a) reader.place(this.key, end);
      else if (tag === 0x12) value.read(reader, reader.length(end));
      else if (tag === 0x18) {
        // key_strindex: for profiles only.
        reader.varint(end);
      } else reader.skipField(tag, end, keyValueFields);
    }
  }
}

/** Writes a value as text. Moves the reader. */
export function writeValue(reader: WireReader, value: AnyValue, column: StringColumn): void {
  switch (value.type) {
    case 's':
      return column.writeUtf8(reader.view, value.start, value.end);
    case 'b':
      return writeAscii(column, value.low === 1 ? 'true' : 'false');
    case 'i':
      return writeInt64(column, value.low, value.high);
    case 'd':
      return writeDouble(column, reader.view.getFloat64(value.start, true));
    case 'x':
      return writeBase64(column, reader.view, value.start, value.end);
    case 'a':
      return writeArray(reader, value.parts, column, 1);
    case 'm':
      return writeMap(reader, value.parts, column, 1);
    case 'e':
  }
}

function writeArray(reader: WireReader, parts: Places, column: StringColumn, depth: number): void {
  const value = new AnyValue();
  writeList(reader, parts, column, depth, (stop) => {
    value.type = 'e';
    value.read(reader, stop);
    writeJson(reader, value, column, depth);
  });
}

function writeMap(reader: WireReader, parts: Places, column: StringColumn, depth: number): void {
  const entry = new KeyValue();
  writeList(reader, parts, column, depth, (stop) => {
    entry.read(reader, stop);
    writeAscii(column, '{"key":');
    writeJsonString(column, reader.view, entry.key.start, entry.key.end);
    writeAscii(column, ',"value":');
    writeJson(reader, entry.value, column, depth);
    writeAscii(column, '}');
  });
}

/** Walks field 1 (`values`) of an ArrayValue or KeyValueList. */
function writeList(reader: WireReader, parts: Places, column: StringColumn, depth: number, item: (stop: number) => void): void {
  if (depth > depthMax) throw malformed(`values at most ${depthMax} deep`, 'a deeper one', parts.start(0));
  const begin = column.end;
  writeAscii(column, '[');
  let count = 0;
  for (let part = 0; part < parts.length; part++) {
    const end = parts.end(part);
    reader.at = parts.start(part);
    while (reader.at < end) {
      const tag = reader.tag(end);
      if (tag !== 0x0a) {
        reader.skipField(tag, end, listFields);
        continue;
      }
      if (count++ > 0) writeAscii(column, ',');
      const stop = reader.length(end);
      item(stop);
      reader.at = stop;
      if (column.end - begin > jsonBytesMax) throw tooLong();
    }
  }
  writeAscii(column, ']');
}

function tooLong(): SondeError {
  return new SondeError('too_large', `A list or map may take at most ${jsonBytesMax} bytes as JSON.`);
}

/** Writes a value as an OTLP JSON AnyValue. Moves the reader. */
function writeJson(reader: WireReader, value: AnyValue, column: StringColumn, depth: number): void {
  switch (value.type) {
    case 's':
      writeAscii(column, '{"stringValue":');
      writeJsonString(column, reader.view, value.start, value.end);
      break;
    case 'b':
      writeAscii(column, value.low === 1 ? '{"boolValue":true' : '{"boolValue":false');
      break;
    case 'i':
      writeAscii(column, '{"intValue":"');
      writeInt64(column, value.low, value.high);
      writeAscii(column, '"');
      break;
    case 'd':
      writeAscii(column, '{"doubleValue":');
      writeJsonDouble(column, reader.view.getFloat64(value.start, true));
      break;
    case 'x':
      writeAscii(column, '{"bytesValue":"');
      writeBase64(column, reader.view, value.start, value.end);
      writeAscii(column, '"');
      break;
    case 'a':
      writeAscii(column, '{"arrayValue":{"values":');
      writeArray(reader, value.parts, column, depth + 1);
      writeAscii(column, '}');
      break;
    case 'm':
      writeAscii(column, '{"kvlistValue":{"values":');
      writeMap(reader, value.parts, column, depth + 1);
      writeAscii(column, '}');
      break;
    case 'e':
      writeAscii(column, '{');
  }
  writeAscii(column, '}');
}

function writeJsonDouble(column: StringColumn, value: number): void {
  if (Number.isFinite(value)) writeDouble(column, value);
  else writeAscii(column, `"${value}"`);
}
