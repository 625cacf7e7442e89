/** The protobuf wire format by the tables of a schema, as plain as can be: what decoders are tested against. */
import type { FieldSpec, ProtobufSchema } from '../../src/codec/protobuf-schema.ts';

/** Integers of 64 bits are bigint, bytes are Uint8Array, fields that are absent are left out. */
export type Value = string | number | boolean | bigint | Uint8Array | Message | readonly Value[];
export interface Message {
  readonly [field: string]: Value;
}

const textDecoder = new TextDecoder('utf-8', { ignoreBOM: true });

function wireOf(schema: ProtobufSchema, type: string): number {
  if (type in schema.messages || ['string', 'bytes', 'hex'].includes(type)) return 2;
  if (['double', 'fixed64', 'sfixed64'].includes(type)) return 1;
  return type === 'fixed32' ? 5 : 0;
}

/** Writes a message in the order of its fields. */
export function encode(schema: ProtobufSchema, type: string, message: Message): Buffer {
  const parts: Buffer[] = [];
  for (const [name, value] of Object.entries(message)) {
    const [number, fieldType, repeated] = specOf(schema, type, name);
    const wire = wireOf(schema, fieldType);
    if (repeated === undefined) parts.push(tag(number, wire), encodeValue(schema, fieldType, value));
    else {
      const items = list(value).map((item) => encodeValue(schema, fieldType, item));
      if (wire === 2) for (const item of items) parts.push(tag(number, wire), item);
      else if (items.length > 0) parts.push(tag(number, 2), block(Buffer.concat(items)));
    }
  }
  return Buffer.concat(parts);
}

function specOf(schema: ProtobufSchema, type: string, name: string): FieldSpec {
  const spec = schema.messages[type]?.[name];
  if (spec === undefined) throw new Error(`${type} has no field ${name}`);
  return spec;
}

function list(value: Value): readonly Value[] {
  if (!Array.isArray(value)) throw new Error('a list was expected');
  return value as readonly Value[];
}

function encodeValue(schema: ProtobufSchema, type: string, value: Value): Buffer {
  if (type in schema.messages) return block(encode(schema, type, value as Message));
  const fixed = Buffer.alloc(8);
  switch (type) {
    case 'string':
      return block(Buffer.from(value as string));
    case 'bytes':
    case 'hex':
      return block(Buffer.from(value as Uint8Array));
    case 'double':
      fixed.writeDoubleLE(value as number);
      return fixed;
    case 'fixed64':
    case 'sfixed64':
      fixed.writeBigUInt64LE(BigInt.asUintN(64, value as bigint));
      return fixed;
    case 'fixed32':
      fixed.writeUInt32LE(value as number);
      return fixed.subarray(0, 4);
    case 'sint32':
      return varint(BigInt.asUintN(32, (BigInt(value as number) << 1n) ^ (BigInt(value as number) >> 31n)));
    default:
      return varint(BigInt.asUintN(64, BigInt(value as number)));
  }
}

function tag(number: number, wire: number): Buffer {
  return varint(BigInt(number * 8 + wire));
}

function block(content: Buffer): Buffer {
  return Buffer.concat([varint(BigInt(content.length)), content]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

/** Reads a message: what `encode` was given, the last one where a scalar or a message came twice. Unknown fields throw. */
export function decode(schema: ProtobufSchema, type: string, bytes: Uint8Array): Message {
  const source = new Source(bytes);
  const names = new Map(Object.entries(schema.messages[type] ?? {}).map(([name, spec]) => [spec[0], name]));
  const message: Record<string, Value> = {};
  while (!source.atEnd) {
    const tagValue = Number(source.varint());
    const name = names.get(tagValue >>> 3) ?? `field ${tagValue >>> 3}`;
    const [, fieldType, repeated] = specOf(schema, type, name);
    const wire = wireOf(schema, fieldType);
    const isPacked = repeated !== undefined && wire !== 2;
    if ((tagValue & 7) !== (isPacked ? 2 : wire)) throw new Error(`${type}.${name} has wire type ${tagValue & 7}`);
    if (repeated === undefined) message[name] = decodeValue(schema, fieldType, source);
    else
      message[name] = [
        ...list(message[name] ?? []),
        ...(isPacked ? packed(schema, fieldType, source) : [decodeValue(schema, fieldType, source)]),
      ];
  }
  return message;
}

function packed(schema: ProtobufSchema, type: string, source: Source): Value[] {
  const content = new Source(source.block());
  const items: Value[] = [];
  while (!content.atEnd) items.push(decodeValue(schema, type, content));
  return items;
}

function decodeValue(schema: ProtobufSchema, type: string, source: Source): Value {
  if (type in schema.messages) return decode(schema, type, source.block());
  switch (type) {
    case 'string':
      return textDecoder.decode(source.block());
    case 'bytes':
    case 'hex':
      return Uint8Array.from(source.block());
    case 'double':
      return source.take(8).readDoubleLE();
    case 'fixed64':
      return source.take(8).readBigUInt64LE();
    case 'sfixed64':
      return source.take(8).readBigInt64LE();
    case 'fixed32':
      return source.take(4).readUInt32LE();
    default:
      return varintValue(type, source.varint());
  }
}

function varintValue(type: string, value: bigint): Value {
  if (type === 'bool') return value !== 0n;
  if (type === 'sint32') return Number(BigInt.asIntN(32, (value >> 1n) ^ -(value & 1n)));
  if (type === 'uint64') return value;
  if (type === 'int64') return BigInt.asIntN(64, value);
  return type === 'uint32' ? Number(value) : Number(BigInt.asIntN(32, value));
}

class Source {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  varint(): bigint {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.take(1).readUInt8();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  }

  block(): Buffer {
    return this.take(Number(this.varint()));
  }

  take(size: number): Buffer {
    if (this.#at + size > this.#bytes.length) throw new Error('cut short');
    this.#at += size;
    return this.#bytes.subarray(this.#at - size, this.#at);
  }
}
