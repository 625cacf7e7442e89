/**
 * A JSON scanner over UTF-8 bytes (RFC 8259) for decoders that know what they expect. It builds no tree and no JavaScript
 * strings and never goes back, so a decoder on top of it is linear. Whatever RFC 8259 forbids throws `malformed_body`, with one
 * exception: half a surrogate pair (`\ud83d`) becomes U+FFFD. SDKs cut texts to a length in the middle of a pair, and one such
 * attribute is no reason to refuse all that came with it. Bytes that are not UTF-8 are passed on as they are: the columns that
 * take text replace them.
 */
import { SondeError } from '../base/errors.ts';
import { jsonPathAt } from './json-path.ts';
import { NumberScanner } from './json-number.ts';

export const quote = 0x22;
const comma = 0x2c;
export const colon = 0x3a;
export const openBracket = 0x5b;
export const closeBracket = 0x5d;
export const openBrace = 0x7b;
export const closeBrace = 0x7d;
/** What `next` gives at the end of the input. */
export const endOfInput = -1;

const backslash = 0x5c;
const letterN = 0x6e;
const letterU = 0x75;
const replacement = 0xfffd;
const excerptBytes = 32;

/** 1 for the bytes that a run of plain text ends at: quote, backslash, control characters. */
const endsPlainText = new Uint8Array(256);
for (let byte = 0; byte < 256; byte++) {
  if (byte < 0x20 || byte === quote || byte === backslash) endsPlainText[byte] = 1;
}

/** What the letter after a backslash stands for; 0 for letters that stand for nothing. */
const escapes = new Uint8Array(256);
for (const [letter, meaning] of ['""', '\\\\', '//', 'b\b', 'f\f', 'n\n', 'r\r', 't\t']) {
  if (letter !== undefined && meaning !== undefined) escapes[letter.charCodeAt(0)] = meaning.charCodeAt(0);
}

/** The value of a hexadecimal digit, 255 for any other byte. */
export const hexDigits = new Uint8Array(256).fill(255);
for (let digit = 0; digit < 16; digit++) {
  hexDigits[digit.toString(16).charCodeAt(0)] = digit;
  hexDigits[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/** A place in a JSON text. Not usable any more once it threw. */
export class JsonScanner {
  readonly bytes: Uint8Array;
  /** The next byte to read. */
  at = 0;
  /** The last text that `text` read: `textBytes[textStart, textEnd)`, escapes resolved; good until the next one is read. */
  textBytes: Uint8Array;
  textStart = 0;
  textEnd = 0;
  /** The last number that `number` read. */
  readonly decimal = new NumberScanner();

  readonly #depthMax: number;
  #scratch = new Uint8Array(256);

  /** `depthMax`: how deep `skipValue` follows lists and objects in each other before it refuses. */
  constructor(bytes: Uint8Array, depthMax: number) {
    this.bytes = bytes;
    this.textBytes = bytes;
    this.#depthMax = depthMax;
  }

  /** Skips white space and gives the byte there without reading it; `endOfInput` at the end. */
  next(): number {
    const { bytes } = this;
    let { at } = this;
    for (; at < bytes.length; at++) {
      const byte = bytes[at]!;
      if (byte > 0x20 || (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09)) {
        this.at = at;
        return byte;
      }
    }
    this.at = at;
    return endOfInput;
  }

  /** Reads one punctuation byte. */
  expect(byte: number, what: string): void {
    if (this.next() !== byte) throw this.error(what);
    this.at++;
  }

  /** After an item of a list or object: true when another follows, false when `close` was read. */
  another(close: number): boolean {
    const byte = this.next();
    if (byte !== comma && byte !== close) throw this.error(close === closeBrace ? '"," or "}"' : '"," or "]"');
    this.at++;
    return byte === comma;
  }

  /** After the opening bracket: true when the list or object is empty, and then its end was read. */
  isEmpty(close: number): boolean {
    if (this.next() !== close) return false;
    this.at++;
    return true;
  }

  /** Reads `null` when that is what comes. */
  isNull(): boolean {
    if (this.next() !== letterN) return false;
    this.literal('null');
    return true;
  }

  /** Reads a literal, of which the first letter is there. */
  literal(word: 'true' | 'false' | 'null'): void {
    const { bytes, at } = this;
    for (let i = 1; i < word.length; i++) if (bytes[at + i] !== word.charCodeAt(i)) throw this.error('a JSON value');
    this.at = at + word.length;
  }

  /** Reads a number into `decimal`; false when there is none. */
  number(): boolean {
    if (!this.decimal.scan(this.bytes, this.at, this.bytes.length)) return false;
    this.at = this.decimal.end;
    return true;
  }

  /** Reads the name of a field, as `text` does. */
  name(): void {
    if (this.next() !== quote) throw this.error('a field name in double quotes');
    this.text();
  }

  /** Reads an opening bracket or brace, which is there, as the `depth`th one that is open. */
  open(depth: number): void {
    if (depth > this.#depthMax) throw this.error(`at most ${this.#depthMax} lists and objects in each other`);
    this.at++;
  }

  /** Reads a text, of which the opening quote is there, into `textBytes`, `textStart`, `textEnd`. */
  text(): void {
    const { bytes } = this;
    const start = this.at + 1;
    let at = start;
    while (at < bytes.length) {
      const byte = bytes[at]!;
      if (endsPlainText[byte] === 0) at++;
      else if (byte === quote) {
        this.textBytes = bytes;
        this.textStart = start;
        this.textEnd = at;
        this.at = at + 1;
        return;
      } else break;
    }
    this.#textWithEscapes(start, at);
  }

  /** Reads any value and forgets it. `depth`: how many lists and objects are open around it. */
  skipValue(depth: number): void {
    const byte = this.next();
    if (byte === quote) this.text();
    else if (byte === openBrace) this.#skipObject(depth + 1);
    else if (byte === openBracket) this.#skipList(depth + 1);
    else if (byte === letterN) this.literal('null');
    else if (byte === 0x74) this.literal('true');
    else if (byte === 0x66) this.literal('false');
    else if (!this.number()) throw this.error('a JSON value');
  }

  /** The error to throw: what was expected at a place (where the scanner stands), and what came there. */
  error(expected: string, position: number = this.at): SondeError {
    const path = jsonPathAt(this.bytes, position);
    const where = path === '' ? `at byte ${position}` : `at ${path} (byte ${position})`;
    const message = `Expected ${expected}, found ${this.#describe(position)}, ${where}.`;
    return new SondeError('malformed_body', message, { position });
  }

  #skipObject(depth: number): void {
    this.open(depth);
    if (this.isEmpty(closeBrace)) return;
    do {
      this.name();
      this.expect(colon, '":"');
      this.skipValue(depth);
    } while (this.another(closeBrace));
  }

  #skipList(depth: number): void {
    this.open(depth);
    if (this.isEmpty(closeBracket)) return;
    do this.skipValue(depth);
    while (this.another(closeBracket));
  }

  /** A text with escapes: `[start, from)` is plain, and a backslash or a fault at `from`. It goes to the scratch buffer. */
  #textWithEscapes(start: number, from: number): void {
    const { bytes } = this;
    let runStart = start;
    let end = 0;
    for (let at = from; ;) {
      const target = this.#reserve(end, at - runStart + 4);
      for (let i = runStart; i < at; i++) target[end++] = bytes[i]!;
      this.at = at;
      const byte = at < bytes.length ? bytes[at] : endOfInput;
      if (byte === quote) break;
      if (byte !== backslash) throw this.#textFault(byte === endOfInput);
      end = writeUtf8(target, end, this.#escape(at));
      runStart = this.at;
      for (at = runStart; at < bytes.length && endsPlainText[bytes[at]!] === 0;) at++;
    }
    this.at++;
    this.textBytes = this.#scratch;
    this.textStart = 0;
    this.textEnd = end;
  }

  #textFault(atEnd: boolean): SondeError {
    return this.error(atEnd ? 'the closing quote of a text' : 'control characters in a text to be escaped');
  }

  /** Reads the escape at `at` and gives its code point: U+FFFD for half a surrogate pair. */
  #escape(at: number): number {
    const { bytes } = this;
    const letter = at + 1 < bytes.length ? bytes[at + 1]! : 0;
    if (letter !== letterU) {
      if (escapes[letter] === 0) throw this.error('one of "\\/bfnrtu after a backslash', at + 1);
      this.at = at + 2;
      return escapes[letter]!;
    }
    const unit = this.#fourDigits(at + 2);
    this.at = at + 6;
    if (unit < 0xd800 || unit > 0xdfff) return unit;
    if (unit > 0xdbff || bytes[at + 6] !== backslash || bytes[at + 7] !== letterU) return replacement;
    const second = this.#fourDigits(at + 8);
    if (second < 0xdc00 || second > 0xdfff) return replacement;
    this.at = at + 12;
    return 0x10000 + ((unit - 0xd800) << 10) + (second - 0xdc00);
  }

  #fourDigits(at: number): number {
    let unit = 0;
    for (let i = at; i < at + 4; i++) {
      const digit = i < this.bytes.length ? hexDigits[this.bytes[i]!]! : 255;
      if (digit === 255) throw this.error('four hexadecimal digits after \\u', i);
      unit = unit * 16 + digit;
    }
    return unit;
  }

  /** The scratch buffer, with its first `used` bytes kept and room for `more`. */
  #reserve(used: number, more: number): Uint8Array {
    if (used + more <= this.#scratch.length) return this.#scratch;
    const larger = new Uint8Array(Math.max(used + more, this.#scratch.length * 2));
    larger.set(this.#scratch.subarray(0, used));
    this.#scratch = larger;
    return larger;
  }

  #describe(position: number): string {
    const { bytes } = this;
    if (position >= bytes.length) return 'the end of the body';
    const byte = bytes[position]!;
    if (byte === openBrace) return 'an object';
    if (byte === openBracket) return 'a list';
    if (byte === closeBrace || byte === closeBracket || byte === comma || byte === colon) return `"${String.fromCharCode(byte)}"`;
    if (byte < 0x20 || byte >= 0x7f) return `the byte 0x${byte.toString(16).padStart(2, '0')}`;
    return byte === quote ? `the text ${textExcerpt(bytes, position)}` : wordExcerpt(bytes, position);
  }
}

/** A text with its quotes, at most `excerptBytes` of it. */
function textExcerpt(bytes: Uint8Array, start: number): string {
  let text = '"';
  for (let at = start + 1; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte === quote) return `${text}"`;
    if (text.length >= excerptBytes) return `${text}…`;
    text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '?';
  }
  return text;
}

/** A number, a literal or what stands in their place, at most `excerptBytes` of it. */
function wordExcerpt(bytes: Uint8Array, start: number): string {
  let text = '';
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at]!;
    if (byte <= 0x20 || byte >= 0x7f || byte === comma || byte === closeBrace || byte === closeBracket) return text;
    if (text.length >= excerptBytes) return `${text}…`;
    text += String.fromCharCode(byte);
  }
  return text;
}

function writeUtf8(target: Uint8Array, at: number, point: number): number {
  let end = at;
  if (point < 0x80) target[end++] = point;
  else {
    if (point < 0x800) target[end++] = 0xc0 | (point >> 6);
    else {
      if (point < 0x10000) target[end++] = 0xe0 | (point >> 12);
      else {
        target[end++] = 0xf0 | (point >> 18);
        target[end++] = 0x80 | ((point >> 12) & 0x3f);
      }
      target[end++] = 0x80 | ((point >> 6) & 0x3f);
    }
    target[end++] = 0x80 | (point & 0x3f);
  }
  return end;
}
