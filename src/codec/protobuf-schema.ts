/** Tables of protobuf messages, written down as plain data and made ready for look-up by name. */
import { assert, known } from '../base/assert.ts';
import { wireTypes } from './protobuf.ts';

/** A field's number, its type (a scalar type, or the name of a message or an enum of the schema), and whether it is a list. */
export type FieldSpec = readonly [number: number, type: string, repeated?: 'repeated'];

/** Messages by name, with their fields by original name; enums by name, with the numbers of their values by name. */
export interface ProtobufSchema {
  readonly messages: Readonly<Record<string, Readonly<Record<string, FieldSpec>>>>;
  readonly enums: Readonly<Record<string, Readonly<Record<string, number>>>>;
}

/** The wire type of each scalar type. `hex` is `bytes` that JSON writes as hexadecimal digits. */
const scalarWires = {
  string: wireTypes.bytes,
  bytes: wireTypes.bytes,
  hex: wireTypes.bytes,
  bool: wireTypes.varint,
  int32: wireTypes.varint,
  sint32: wireTypes.varint,
  uint32: wireTypes.varint,
  int64: wireTypes.varint,
  uint64: wireTypes.varint,
  fixed32: wireTypes.fixed32,
  double: wireTypes.fixed64,
  fixed64: wireTypes.fixed64,
  sfixed64: wireTypes.fixed64,
} as const;

type ScalarType = keyof typeof scalarWires;

export interface Field {
  readonly kind: ScalarType | 'enum' | 'message';
  readonly repeated: boolean;
  /** A list whose items stand in one block without tags: all lists of numbers. */
  readonly packed: boolean;
  /** What comes before the value on the wire: field number and wire type. */
  readonly tag: number;
  /** The message, or undefined for other fields. */
  readonly message: MessageType | undefined;
  /** The enum's numbers by name, or undefined for other fields. */
  readonly values: ReadonlyMap<string, number> | undefined;
}

/** A message ready for look-up: made by `compileSchema`, read by `fieldNamed`. */
export interface MessageType {
  readonly name: string;
  /** A hash table of the fields by both names, open addressing, a power of two of slots of which most are free. */
  readonly slots: (Slot | undefined)[];
}

interface Slot {
  readonly name: Uint8Array;
  readonly field: Field;
}

const textEncoder = new TextEncoder();

/** Makes the messages of a schema ready for look-up. A type that is not known is a bug: it throws. */
export function compileSchema(schema: ProtobufSchema): ReadonlyMap<string, MessageType> {
  const types = new Map<string, MessageType>();
  for (const [name, fields] of Object.entries(schema.messages)) {
    let size = 8;
    while (size < Object.keys(fields).length * 4) size *= 2;
    types.set(name, { name, slots: Array.from({ length: size }, () => undefined) });
  }
  for (const [name, fields] of Object.entries(schema.messages)) {
    const type = known(types.get(name), name);
    for (const [original, spec] of Object.entries(fields)) {
      const field = compileField(spec, schema, types);
      for (const key of new Set([original, camelCase(original)])) addSlot(type, textEncoder.encode(key), field);
    }
  }
  return types;
}

/** The name that JSON uses for a field. */
export function camelCase(original: string): string {
  return original.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The field of a message by its name in UTF-8, lowerCamelCase or original; undefined when there is none. */
export function fieldNamed(type: MessageType, bytes: Uint8Array, start: number, end: number): Field | undefined {
  const { slots } = type;
  const mask = slots.length - 1;
  for (let at = hashOf(bytes, start, end) & mask; ; at = (at + 1) & mask) {
    const slot = slots[at];
    if (slot === undefined || isEqual(slot.name, bytes, start, end)) return slot?.field;
  }
}

function compileField(spec: FieldSpec, schema: ProtobufSchema, types: ReadonlyMap<string, MessageType>): Field {
  const [number, type, repeated] = spec;
  const message = types.get(type);
  const values = schema.enums[type];
  const scalar = type in scalarWires ? (type as ScalarType) : undefined;
  assert(scalar !== undefined || message !== undefined || values !== undefined, `the type ${type} is not known`);
  const wire = scalar === undefined ? (message === undefined ? wireTypes.varint : wireTypes.bytes) : scalarWires[scalar];
  const packed = repeated !== undefined && wire !== wireTypes.bytes;
  return {
    kind: scalar ?? (message === undefined ? 'enum' : 'message'),
    repeated: repeated !== undefined,
    packed,
    tag: number * 8 + (packed ? wireTypes.bytes : wire),
    message,
    values: values === undefined ? undefined : new Map(Object.entries(values)),
  };
}

function addSlot(type: MessageType, name: Uint8Array, field: Field): void {
  const mask = type.slots.length - 1;
  let at = hashOf(name, 0, name.length) & mask;
  while (type.slots[at] !== undefined) at = (at + 1) & mask;
  type.slots[at] = { name, field };
}

function hashOf(bytes: Uint8Array, start: number, end: number): number {
  let hash = end - start;
  for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + bytes[at]!) | 0;
  return hash ^ (hash >>> 7);
}

function isEqual(name: Uint8Array, bytes: Uint8Array, start: number, end: number): boolean {
  if (name.length !== end - start) return false;
  for (let i = 0; i < name.length; i++) if (name[i] !== bytes[start + i]) return false;
  return true;
}
