/**
 * The protobuf wire format (protobuf.dev/programming-guides/encoding), read in place.
 *
 * A message is a part `[start, end)` of a buffer; a decoder walks its fields:
 *
 *     reader.at = start;
 *     while (reader.at < end) {
 *       const tag = reader.tag(end);
 *       switch (tag) {
 *         case 0x0a: …reader.length(end)… // field 1, length-delimited
 *         default: reader.skipField(tag, end, knownFields);
 *       }
 *     }
 *
 * Whatever is not well-formed throws `malformed_body` with the byte position: a tag with field number 0 or over 32 bits, a
 * varint over 64 bits, a value or length that runs past the end of its message, a known field with a wrong wire type, an
 * unknown wire type, a group without its end. Unknown fields are skipped. Varints that are longer than need be are taken, as every
 * other reader does.
 */
import { SondeError } from '../base/errors.ts';

/** Groups inside unknown groups are skipped up to this depth. */
const groupDepthMax = 64;

/** The wire types by what they hold. */
export const wireTypes = { varint: 0, fixed64: 1, bytes: 2, startGroup: 3, endGroup: 4, fixed32: 5 } as const;

/** Walks the fields of messages in one buffer. `end` arguments bound the message that is being read. */
export class WireReader {
  /** The buffer; positions count from its start. */
  readonly view: DataView;
  /** The next byte to read. */
  at = 0;
  /** Halves of the varint read last, signed 32-bit. */
  low = 0;
  high = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A part of the buffer, not copied. */
  part(start: number, end: number): DataView {
    const { view } = this;
    return new DataView(view.buffer, view.byteOffset + start, end - start);
  }

  /** Reads a tag: field number × 8 + wire type. */
  tag(end: number): number {
    const byte = this.view.getUint8(this.at++);
    if (byte >= 8 && byte < 0x80) return byte;
    return this.#longTag(byte, end);
  }

  /** Reads a length and gives where the bytes end; they start at `at`. */
  length(end: number): number {
    const { view, at } = this;
    if (at < end) {
      const byte = view.getUint8(at);
      const stop = at + 1 + byte;
      if (byte < 0x80 && stop <= end) {
        this.at = at + 1;
        return stop;
      }
    }
    return this.#longLength(end);
  }

  /** Reads a varint of up to 64 bits into `low` and `high`. */
  varint(end: number): void {
    const { view } = this;
    if (this.at < end) {
      const byte = view.getUint8(this.at);
      if (byte < 0x80) {
        this.at++;
        this.low = byte;
        this.high = 0;
        return;
      }
      const second = this.at + 1 < end ? view.getUint8(this.at + 1) : 0x80;
      if (second < 0x80) {
        this.at += 2;
        this.low = (byte & 0x7f) | (second << 7);
        this.high = 0;
        return;
      }
    }
    this.#longVarint(end);
  }

  /** Reads a uint32, signed here: a sender's higher bits are cut off, as everywhere in protobuf. */
  uint32(end: number): number {
    this.varint(end);
    return this.low;
  }

  /** Reads a sint32: zigzag, small negative numbers are short. */
  sint32(end: number): number {
    this.varint(end);
    return (this.low >>> 1) ^ -(this.low & 1);
  }

  /** Reads a bool as 0 or 1. */
  bool(end: number): 0 | 1 {
    this.varint(end);
    return (this.low | this.high) === 0 ? 0 : 1;
  }

  /** Reads an enum of the values 0 to `max`; any other is 0, unspecified. */
  enum(end: number, max: number): number {
    this.varint(end);
    return this.high === 0 && this.low >>> 0 <= max ? this.low : 0;
  }

  /** Reads a length-delimited field as a place. */
  place(place: Place, end: number): void {
    const stop = this.length(end);
    place.start = this.at;
    place.end = stop;
    this.at = stop;
  }

  /** Reads a length-delimited field as one more of several places. */
  addPlace(places: Places, end: number): void {
    const stop = this.length(end);
    places.add(this.at, stop);
    this.at = stop;
  }

  /** Passes over 8 bytes and gives where they start. */
  fixed64(end: number): number {
    const start = this.at;
    if (start + 8 > end) this.#cut(8, end);
    this.at = start + 8;
    return start;
  }

  /** Passes over 4 bytes and gives where they start. */
  fixed32(end: number): number {
    const start = this.at;
    if (start + 4 > end) this.#cut(4, end);
    this.at = start + 4;
    return start;
  }

  /** The low half of the 64-bit value at a position, 0 when the position is below 0: absent. */
  lowAt(position: number): number {
    return position < 0 ? 0 : this.view.getInt32(position, true);
  }

  highAt(position: number): number {
    return position < 0 ? 0 : this.view.getInt32(position + 4, true);
  }

  /** The double at a position, 0 when absent. */
  doubleAt(position: number): number {
    return position < 0 ? 0 : this.view.getFloat64(position, true);
  }

  /**
   * Skips the value of an unknown field. `known` has a bit for each field number below 32 that the message does have: with one
   * of those, the wire type was wrong.
   */
  skipField(tag: number, end: number, known: number): void {
    const field = tag >>> 3;
    if (field < 32 && ((known >>> field) & 1) === 1) {
      throw malformed(`field ${field} with its own wire type`, `wire type ${tag & 7}`, this.at - 1);
    }
    this.#skipValue(tag, end, 0);
  }

  #skipValue(tag: number, end: number, depth: number): void {
    switch (tag & 7) {
      case wireTypes.varint:
        return this.varint(end);
      case wireTypes.fixed64:
        return void this.fixed64(end);
      case wireTypes.bytes:
        this.at = this.length(end);
        return;
      case wireTypes.startGroup:
        return this.#skipGroup(tag, end, depth + 1);
      case wireTypes.fixed32:
        return void this.fixed32(end);
      default:
        throw malformed('a wire type of 0, 1, 2, 3 or 5', `wire type ${tag & 7}`, this.at - 1);
    }
  }

  #skipGroup(start: number, end: number, depth: number): void {
    if (depth > groupDepthMax) throw malformed(`groups at most ${groupDepthMax} deep`, 'a deeper one', this.at);
    while (this.at < end) {
      const tag = this.tag(end);
      if ((tag & 7) !== wireTypes.endGroup) this.#skipValue(tag, end, depth);
      else if (tag >>> 3 === start >>> 3) return;
      else throw malformed(`the end of group ${start >>> 3}`, `the end of group ${tag >>> 3}`, this.at - 1);
    }
    throw malformed(`the end of group ${start >>> 3}`, 'the end of the message', end);
  }

  #longLength(end: number): number {
    const start = this.at;
    this.varint(end);
    const stop = this.at + this.low;
    if (this.high === 0 && this.low >= 0 && stop <= end) return stop;
    const size = (this.high >>> 0) * 0x1_0000_0000 + (this.low >>> 0);
    throw malformed(`a length of at most ${end - this.at}, what is left of the message`, String(size), start);
  }

  #cut(size: number, end: number): never {
    throw malformed(`a value of ${size} bytes`, `${end - this.at} before the end of the message`, this.at);
  }

  #longTag(first: number, end: number): number {
    const start = this.at - 1;
    if (first < 0x80) return this.#checkedTag(first, start);
    let tag = first & 0x7f;
    for (let shift = 7; shift < 35; shift += 7) {
      if (this.at >= end) throw malformed('the rest of a tag', 'the end of the message', start);
      const byte = this.view.getUint8(this.at++);
      if (shift === 28 && byte > 0x0f) break;
      tag |= (byte & 0x7f) << shift;
      if (byte < 0x80) return this.#checkedTag(tag >>> 0, start);
    }
    throw malformed('a tag of at most 32 bits', 'a longer one', start);
  }

  #checkedTag(tag: number, start: number): number {
    if (tag >>> 3 === 0) throw malformed('a field number of 1 or more', 'field number 0', start);
    return tag;
  }

  #longVarint(end: number): void {
    const start = this.at;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.at >= end) throw malformed('the rest of a varint', 'the end of the message', start);
      const byte = this.view.getUint8(this.at++);
      if (shift === 63 && byte > 1) break;
      const bits = byte & 0x7f;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 0x80) {
        this.low = low;
        this.high = high;
        return;
      }
    }
    throw malformed('a varint of at most 64 bits', 'a longer one', start);
  }
}

/** An error about the body, with the byte position. */
export function malformed(expected: string, came: string, position: number): SondeError {
  return new SondeError('malformed_body', `Expected ${expected}, found ${came}, at byte ${position}.`, { position });
}

/** A part `[start, end)` of the buffer; empty when the field did not come. */
export class Place {
  start = 0;
  end = 0;

  clear(): void {
    this.start = 0;
    this.end = 0;
  }
}

/** Parts of the buffer: the occurrences of a field. */
export class Places {
  #bounds = new Int32Array(16);
  length = 0;

  add(start: number, end: number): void {
    const at = this.length * 2;
    if (at === this.#bounds.length) {
      const larger = new Int32Array(at * 2);
      larger.set(this.#bounds);
      this.#bounds = larger;
    }
    this.#bounds[at] = start;
    this.#bounds[at + 1] = end;
    this.length++;
  }

  start(index: number): number {
    return this.#bounds[index * 2]!;
  }

  end(index: number): number {
    return this.#bounds[index * 2 + 1]!;
  }

  clear(): void {
    this.length = 0;
  }
}
