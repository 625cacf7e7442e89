/**
 * Protobuf's JSON mapping, from JSON text to the wire format in one pass, driven by a table of the messages. So a protocol that
 * has both encodings needs one decoder, that of the wire format.
 *
 * What is taken is what receivers in the field take: a field under its lowerCamelCase or its original name, an enum as its
 * number or its name, base64 in either alphabet with or without padding. `null` is an absent field, and an empty message in a
 * list of messages. A field that comes twice is written twice, so the wire format's rule holds: the last scalar wins, messages
 * merge, lists append. Unknown fields are skipped, whatever they hold.
 *
 * The length of a message is not known before it ends, so it is a varint padded to `lengthBytes` bytes, which the wire format
 * allows.
 */
import { assert, known } from '../base/assert.ts';
import { SondeError } from '../base/errors.ts';
import { closeBrace, closeBracket, colon, hexDigits, JsonScanner, openBrace, openBracket, quote } from './json-scan.ts';
import { fieldNamed } from './protobuf-schema.ts';
import type { Field, MessageType } from './protobuf-schema.ts';

/** Lists and objects in each other: each message takes one level, each list one more. */
const depthMax = 150;
const lengthBytes = 4;
const messageBytesMax = 2 ** (7 * lengthBytes) - 1;
const two31 = 0x8000_0000;
const minusOne32 = 0xffff_ffff;

const textDecoder = new TextDecoder();
const wordDoubles: ReadonlyMap<string, number> = new Map([
  ['NaN', NaN],
  ['Infinity', Infinity],
  ['-Infinity', -Infinity],
]);
const doubleView = new DataView(new ArrayBuffer(8));

/** The value of a base64 digit of either alphabet, 255 for any other byte. */
const base64Digits = new Uint8Array(256).fill(255);
for (const alphabet of ['+/', '-_']) {
  const digits = `ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789${alphabet}`;
  for (let value = 0; value < 64; value++) base64Digits[digits.charCodeAt(value)] = value;
}

/**
 * The wire format of a message, from its JSON text; at most four times as many bytes. Throws `malformed_body` with what was
 * expected, what came, the path and the byte offset, and `too_large` when a message has over 256 MiB.
 */
export function protobufFromJson(type: MessageType, json: Uint8Array): Uint8Array {
  return new Transcoder(json).run(type);
}

class Transcoder {
  readonly #scanner: JsonScanner;
  #out: Uint8Array;
  #end = 0;

  constructor(json: Uint8Array) {
    this.#scanner = new JsonScanner(json, depthMax);
    this.#out = new Uint8Array(Math.max(256, json.length >>> 1));
  }

  run(type: MessageType): Uint8Array {
    const scanner = this.#scanner;
    if (scanner.next() !== openBrace) throw scanner.error(`an object (${type.name})`);
    this.#fields(type, 1);
    if (scanner.next() >= 0) throw scanner.error('nothing after the object');
    return this.#out.subarray(0, this.#end);
  }

  /** Reads an object, of which the opening brace is there. `depth`: lists and objects that are open, this one included. */
  #fields(type: MessageType, depth: number): void {
    const scanner = this.#scanner;
    scanner.open(depth);
    if (scanner.isEmpty(closeBrace)) return;
    do {
      scanner.name();
      const field = fieldNamed(type, scanner.textBytes, scanner.textStart, scanner.textEnd);
      scanner.expect(colon, '":"');
      if (field === undefined) scanner.skipValue(depth);
      else if (!scanner.isNull()) {
        if (field.repeated) this.#list(field, depth + 1);
        else this.#field(field, depth);
      }
    } while (scanner.another(closeBrace));
  }

  #list(field: Field, depth: number): void {
    const scanner = this.#scanner;
    if (scanner.next() !== openBracket) throw scanner.error('a list');
    scanner.open(depth);
    if (scanner.isEmpty(closeBracket)) return;
    if (!field.packed) {
      do this.#field(field, depth);
      while (scanner.another(closeBracket));
      return;
    }
    const start = this.#openBlock(field.tag);
    do this.#value(field);
    while (scanner.another(closeBracket));
    this.#closeBlock(start);
  }

  /** Reads one value and writes it with its tag. */
  #field(field: Field, depth: number): void {
    const { message } = field;
    if (message === undefined) {
      this.#reserve(5);
      this.#varint(field.tag);
      this.#value(field);
      return;
    }
    const scanner = this.#scanner;
    const start = this.#openBlock(field.tag);
    if (scanner.next() === openBrace) this.#fields(message, depth + 1);
    else if (!field.repeated || !scanner.isNull()) throw scanner.error(`an object (${message.name})`);
    this.#closeBlock(start);
  }

  /** Reads one value that is no message, and writes it without its tag. */
  #value(field: Field): void {
    switch (field.kind) {
      case 'string':
        return this.#string();
      case 'hex':
        return this.#hex();
      case 'fixed64':
      case 'sfixed64':
        return this.#fixed64(field.kind === 'sfixed64');
      case 'double':
        return this.#double();
      case 'bool':
        return this.#bool();
      case 'int64':
      case 'uint64':
        return this.#varint64(field.kind === 'int64');
      case 'uint32':
      case 'fixed32':
        return this.#unsigned32(field.kind === 'fixed32');
      case 'int32':
      case 'sint32':
        return this.#signed32(field.kind === 'sint32');
      case 'bytes':
        return this.#base64();
      case 'enum':
        return this.#enum(known(field.values, 'the values of an enum'));
      case 'message':
        assert(false, 'a message is read by its fields');
    }
  }

  #string(): void {
    const scanner = this.#scanner;
    if (scanner.next() !== quote) throw scanner.error('a text');
    scanner.text();
    const { textBytes, textStart, textEnd } = scanner;
    const size = textEnd - textStart;
    this.#reserve(size + 5);
    this.#varint(size);
    const out = this.#out;
    let end = this.#end;
    // Most texts are short, and a loop beats the call for them.
    if (size < 48) for (let from = textStart; from < textEnd; from++) out[end++] = textBytes[from]!;
    else {
      out.set(textBytes.subarray(textStart, textEnd), end);
      end += size;
    }
    this.#end = end;
  }

  #hex(): void {
    const scanner = this.#scanner;
    const expected = 'hexadecimal digits in quotes, two for each byte';
    const place = this.#textValue(expected);
    const { textBytes, textStart, textEnd } = scanner;
    const digits = textEnd - textStart;
    this.#reserve(digits + 5);
    this.#varint(digits >>> 1);
    const out = this.#out;
    let end = this.#end;
    let union = digits % 2 === 0 ? 0 : 255;
    for (let from = textStart; from + 1 < textEnd; from += 2) {
      const high = hexDigits[textBytes[from]!]!;
      const low = hexDigits[textBytes[from + 1]!]!;
      union |= high | low;
      out[end++] = (high << 4) | low;
    }
    if (union > 15) throw scanner.error(expected, place);
    this.#end = end;
  }

  #base64(): void {
    const scanner = this.#scanner;
    const place = this.#textValue('base64 in quotes');
    const { textBytes, textStart } = scanner;
    const textEnd = endOfBase64(textBytes, textStart, scanner.textEnd);
    const digits = textEnd - textStart;
    this.#reserve(digits + 5);
    this.#varint(Math.floor((digits * 3) / 4));
    let union = digits % 4 === 1 ? 255 : 0;
    let bits = 0;
    let group = 0;
    for (let from = textStart; from < textEnd; from++) {
      const digit = base64Digits[textBytes[from]!]!;
      union |= digit;
      group = (group << 6) | digit;
      bits += 6;
      if (bits < 8) continue;
      bits -= 8;
      this.#out[this.#end++] = (group >> bits) & 0xff;
    }
    if (union > 63) throw scanner.error('base64 in quotes', place);
  }

  #bool(): void {
    const scanner = this.#scanner;
    const isTrue = scanner.next() === 0x74;
    if (!isTrue && scanner.next() !== 0x66) throw scanner.error('true or false');
    scanner.literal(isTrue ? 'true' : 'false');
    this.#reserve(1);
    this.#out[this.#end++] = isTrue ? 1 : 0;
  }

  #double(): void {
    const scanner = this.#scanner;
    const expected = 'a double, or one of "NaN" "Infinity" "-Infinity"';
    let value: number | undefined;
    if (scanner.next() === quote && isWord(scanner.bytes, scanner.at + 1)) {
      const place = this.#textValue(expected);
      value = wordDoubles.get(this.#text());
      if (value === undefined) throw scanner.error(expected, place);
    } else {
      const place = this.#decimal(expected);
      value = scanner.decimal.toDouble();
      if (value === undefined) throw scanner.error('a number in the range of doubles', place);
    }
    doubleView.setFloat64(0, value, true);
    this.#reserve(8);
    for (let i = 0; i < 8; i++) this.#out[this.#end++] = doubleView.getUint8(i);
  }

  #fixed64(signed: boolean): void {
    this.#integer64(signed);
    const { low, high } = this.#scanner.decimal;
    this.#reserve(8);
    this.#fixed32(low);
    this.#fixed32(high);
  }

  #varint64(signed: boolean): void {
    this.#integer64(signed);
    const { low, high } = this.#scanner.decimal;
    this.#reserve(10);
    this.#longVarint(low, high);
  }

  #unsigned32(fixed: boolean): void {
    const scanner = this.#scanner;
    const { decimal } = scanner;
    const place = this.#decimal('a number');
    if (!decimal.toUnsigned64() || decimal.high !== 0) throw scanner.error('an integer from 0 to 4294967295', place);
    this.#reserve(5);
    if (fixed) this.#fixed32(decimal.low);
    else this.#varint(decimal.low);
  }

  #signed32(zigzag: boolean): void {
    const value = this.#integer32('a number');
    this.#reserve(10);
    if (zigzag) this.#varint(((value << 1) ^ (value >> 31)) >>> 0);
    else this.#longVarint(value >>> 0, value < 0 ? minusOne32 : 0);
  }

  #enum(values: ReadonlyMap<string, number>): void {
    const scanner = this.#scanner;
    let value: number | undefined;
    if (scanner.next() === quote) {
      const place = this.#textValue('the number of an enum value');
      value = values.get(this.#text());
      if (value === undefined) throw scanner.error('the number of an enum value', place);
    } else value = this.#integer32('the number of an enum value');
    this.#reserve(10);
    this.#longVarint(value >>> 0, value < 0 ? minusOne32 : 0);
  }

  /** Reads a 64-bit integer into `decimal.low` and `decimal.high`. */
  #integer64(signed: boolean): void {
    const scanner = this.#scanner;
    const { decimal } = scanner;
    const place = this.#decimal('a 64-bit integer, as a number or as decimal digits in quotes');
    if (signed ? decimal.toSigned64() : decimal.toUnsigned64()) return;
    throw scanner.error(signed ? 'an integer from -2^63 to 2^63 - 1' : 'an integer from 0 to 2^64 - 1', place);
  }

  #integer32(expected: string): number {
    const scanner = this.#scanner;
    const { decimal } = scanner;
    const place = this.#decimal(expected);
    if (decimal.toSigned64()) {
      const { low, high } = decimal;
      if (low < two31 ? high === 0 : high === minusOne32) return low | 0;
    }
    throw scanner.error('an integer from -2147483648 to 2147483647', place);
  }

  /** Reads a number, bare or in quotes, into `scanner.decimal`. Gives where it began. */
  #decimal(expected: string): number {
    const scanner = this.#scanner;
    const byte = scanner.next();
    const place = scanner.at;
    if (byte === quote) {
      scanner.text();
      const { decimal, textBytes, textStart, textEnd } = scanner;
      if (!decimal.scan(textBytes, textStart, textEnd) || decimal.end !== textEnd) throw scanner.error(expected, place);
    } else if (!scanner.number()) throw scanner.error(expected, place);
    return place;
  }

  /** Reads a text that stands for something else. Gives where it began. */
  #textValue(expected: string): number {
    const scanner = this.#scanner;
    if (scanner.next() !== quote) throw scanner.error(expected);
    const place = scanner.at;
    scanner.text();
    return place;
  }

  #text(): string {
    const { textBytes, textStart, textEnd } = this.#scanner;
    return textDecoder.decode(textBytes.subarray(textStart, textEnd));
  }

  /** Begins a message or a packed list: its tag, and room for its length. Gives where its content begins. */
  #openBlock(tag: number): number {
    this.#reserve(5 + lengthBytes);
    this.#varint(tag);
    this.#end += lengthBytes;
    return this.#end;
  }

  #closeBlock(start: number): void {
    const size = this.#end - start;
    if (size > messageBytesMax) throw new SondeError('too_large', 'Expected messages of at most 256 MiB, found a larger one.');
    const out = this.#out;
    const at = start - lengthBytes;
    out[at] = (size & 0x7f) | 0x80;
    out[at + 1] = ((size >>> 7) & 0x7f) | 0x80;
    out[at + 2] = ((size >>> 14) & 0x7f) | 0x80;
    out[at + 3] = size >>> 21;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest > 0x7f) {
      this.#out[this.#end++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#out[this.#end++] = rest;
  }

  #longVarint(low: number, high: number): void {
    let restLow = low;
    let restHigh = high;
    while (restHigh !== 0) {
      this.#out[this.#end++] = (restLow & 0x7f) | 0x80;
      restLow = ((restLow >>> 7) | (restHigh << 25)) >>> 0;
      restHigh >>>= 7;
    }
    this.#varint(restLow);
  }

  #fixed32(value: number): void {
    const out = this.#out;
    const end = this.#end;
    out[end] = value;
    out[end + 1] = value >>> 8;
    out[end + 2] = value >>> 16;
    out[end + 3] = value >>> 24;
    this.#end = end + 4;
  }

  #reserve(size: number): void {
    const need = this.#end + size;
    if (need <= this.#out.length) return;
    const larger = new Uint8Array(Math.max(need, this.#out.length * 2));
    larger.set(this.#out.subarray(0, this.#end));
    this.#out = larger;
  }
}

/** Where base64 ends without its padding, of which there may be as much as completes four digits. */
function endOfBase64(bytes: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && bytes[at - 1] === 0x3d && end - at < 2) at--;
  return at === end || (end - start) % 4 === 0 ? at : end;
}

/** Whether a text begins like a word (`NaN`, `Infinity`, `-Infinity`), not like a number. */
function isWord(bytes: Uint8Array, at: number): boolean {
  const first = bytes[at] === 0x2d ? bytes[at + 1] : bytes[at];
  return first === 0x4e || first === 0x49;
}
