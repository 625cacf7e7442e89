/**
 * The protobuf wire format, written in every way in which a message may stand on the wire and still be the same message: fields in any
 * order, lists of numbers packed or not, messages in several parts, earlier values that a later one replaces, unknown fields,
 * varints longer than need be.
 */
import type { FieldSpec, ProtobufSchema } from '../../src/codec/protobuf-schema.ts';
import { encode } from './wire.ts';
import type { Message, Value } from './wire.ts';

/** A whole number from 0 to `below` - 1. */
export type Random = (below: number) => number;

/** Mulberry32: the same numbers for the same seed. */
export function randomOf(seed: number): Random {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Fields on the wire in an order that must be kept. */
type Lane = Buffer[];

export function encodeWildly(schema: ProtobufSchema, type: string, message: Message, random: Random): Buffer {
  const lanes = Object.entries(message).map(([name, value]) => laneOf(schema, type, name, value, random));
  while (random(3) === 0) lanes.push([unknownField(random)]);
  return interleave(lanes, random);
}

function interleave(lanes: readonly Lane[], random: Random): Buffer {
  const left = lanes.filter((lane) => lane.length > 0).map((lane) => [...lane]);
  const parts: Buffer[] = [];
  while (left.length > 0) {
    const at = random(left.length);
    const lane = left[at]!;
    parts.push(lane.shift()!);
    if (lane.length === 0) left.splice(at, 1);
  }
  return Buffer.concat(parts);
}

function laneOf(schema: ProtobufSchema, type: string, name: string, value: Value, random: Random): Lane {
  const [number, fieldType, repeated] = schema.messages[type]![name]!;
  const isMessage = fieldType in schema.messages;
  if (repeated !== undefined) {
    const items = value as readonly Value[];
    if (isMessage) return items.map((item) => block(number, encodeWildly(schema, fieldType, item as Message, random), random));
    return listLane(schema, type, name, [number, fieldType], items, random);
  }
  if (isMessage)
    return partsOf(value as Message, random).map((part) => block(number, encodeWildly(schema, fieldType, part, random), random));
  const lane = [encode(schema, type, { [name]: value })];
  if (random(4) === 0) lane.unshift(encode(schema, type, { [name]: otherValue(fieldType) }));
  return lane;
}

/** Strings come one by one, numbers in runs: packed, or one by one. */
function listLane(
  schema: ProtobufSchema,
  type: string,
  name: string,
  [number, fieldType]: FieldSpec,
  items: readonly Value[],
  random: Random,
): Lane {
  const lane: Lane = [];
  for (let at = 0; at < items.length;) {
    const size = 1 + random(items.length - at);
    const run = items.slice(at, at + size);
    at += size;
    const packed = encode(schema, type, { [name]: run });
    if (fieldType === 'string' || random(2) === 0) lane.push(packed);
    else for (const item of run) lane.push(unpacked(schema, type, name, number, fieldType, item));
  }
  return lane;
}

function unpacked(schema: ProtobufSchema, type: string, name: string, number: number, fieldType: string, item: Value): Buffer {
  const packed = encode(schema, type, { [name]: [item] });
  // Tag and length of the packed field are one byte each.
  const wire = fieldType === 'uint64' ? 0 : 1;
  return Buffer.concat([Buffer.of(number * 8 + wire), packed.subarray(2)]);
}

/** A message cut in two that make the same when merged. */
function partsOf(message: Message, random: Random): Message[] {
  if (random(3) !== 0) return [message];
  const first: Record<string, Value> = {};
  const second: Record<string, Value> = {};
  for (const [name, value] of Object.entries(message)) {
    if (Array.isArray(value)) {
      const cut = random(value.length + 1);
      first[name] = value.slice(0, cut);
      second[name] = value.slice(cut);
    } else (random(2) === 0 ? first : second)[name] = value;
  }
  return [first, second];
}

/** A value that is replaced by the one that comes after it. */
function otherValue(type: string): Value {
  switch (type) {
    case 'string':
      return 'replaced';
    case 'bytes':
    case 'hex':
      return new Uint8Array([1, 2, 3]);
    case 'bool':
      return true;
    case 'double':
      return 1.5;
    case 'fixed64':
    case 'sfixed64':
    case 'int64':
    case 'uint64':
      return 77n;
    default:
      return 1;
  }
}

function unknownField(random: Random): Buffer {
  const number = 100 + random(20_000);
  switch (random(5)) {
    case 0:
      return Buffer.concat([tag(number, 0, random), Buffer.of(0xff, 0xff, 0x01)]);
    case 1:
      return Buffer.concat([tag(number, 1, random), Buffer.alloc(8, 0xff)]);
    case 2:
      return Buffer.concat([tag(number, 5, random), Buffer.alloc(4, 0xff)]);
    case 3:
      return Buffer.concat([
        tag(number, 3, random),
        random(3) === 0 ? unknownField(random) : Buffer.alloc(0),
        tag(number, 4, random),
      ]);
    default:
      return block(number, Buffer.alloc(random(200), 0xff), random);
  }
}

function block(number: number, content: Buffer, random: Random): Buffer {
  return Buffer.concat([tag(number, 2, random), varint(content.length, random(8) === 0 ? random(6) : 0), content]);
}

function tag(number: number, wire: number, random: Random): Buffer {
  return varint(number * 8 + wire, random(16) === 0 ? 1 : 0);
}

function varint(value: number, padding: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
  for (let i = 0; i < padding; i++) {
    bytes[bytes.length - 1]! |= 0x80;
    bytes.push(0);
  }
  return Buffer.from(bytes);
}
