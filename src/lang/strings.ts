/**
 * String literals of the query languages: between `"` or `'` with the escapes of Go (`\a \b \f \n \r \t \v \\`, the own quote,
 * `\ooo`, `\xhh`, `\uhhhh`, `\Uhhhhhhhh`) and no line break, or raw between backticks. `\ooo` and `\xhh` are bytes of UTF-8; bytes
 * that are none come out as U+FFFD. Text is well-formed: a lone surrogate is refused.
 */
import { SondeError } from '../base/errors.ts';

export interface StringLiteralText {
  readonly value: string;
  /** Behind the closing quote. */
  readonly end: number;
}

const plainEscapes: Readonly<Record<string, string>> = {
  a: '\u0007',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
  '\\': '\\',
};

/** Digits, base, and whether the value is a byte. */
const numericEscapes: Readonly<Record<string, readonly [digits: number, base: number, isByte: boolean]>> = {
  x: [2, 16, true],
  u: [4, 16, false],
  U: [8, 16, false],
};

/** Reads the literal that starts at an offset, with its quote. Throws `bad_request` with the position of the quote. */
export function readString(text: string, start: number): StringLiteralText {
  const quote = text[start] ?? '';
  const literal = quote === '`' ? readRaw(text, start) : readEscaped(text, start, quote);
  if (/\p{Surrogate}/u.test(literal.value)) throw wrong(start, 'invalid UTF-8 rune');
  return literal;
}

/** A literal in double quotes; what can not be seen is escaped (as Go's strconv.Quote). */
export function quote(value: string): string {
  if (/^[\p{L}\p{N}\p{P}\p{S} ]*$/u.test(value) && !/["\\]/.test(value)) return `"${value}"`;
  let text = '';
  for (const character of value) text += quoteCharacter(character);
  return `"${text}"`;
}

function readRaw(text: string, start: number): StringLiteralText {
  const close = text.indexOf('`', start + 1);
  if (close < 0) throw wrong(start, 'unterminated raw string');
  return { value: text.slice(start + 1, close), end: close + 1 };
}

function readEscaped(text: string, start: number, quote: string): StringLiteralText {
  let at = start + 1;
  let value = '';
  let bytes: number[] = [];
  for (;;) {
    const plainEnd = endOfPlain(text, at, quote);
    if (plainEnd > at) {
      value += decodeBytes(bytes) + text.slice(at, plainEnd);
      bytes = [];
    }
    const stop = text[plainEnd];
    if (stop === quote) return { value: value + decodeBytes(bytes), end: plainEnd + 1 };
    if (stop !== '\\') throw wrong(start, 'unterminated quoted string');
    const escape = readEscape(text, plainEnd + 1, start, quote);
    if (escape.byte === undefined) {
      value += decodeBytes(bytes) + escape.text;
      bytes = [];
    } else bytes.push(escape.byte);
    at = escape.end;
  }
}

function endOfPlain(text: string, start: number, quote: string): number {
  let at = start;
  while (at < text.length && text[at] !== quote && text[at] !== '\\' && text[at] !== '\n') at++;
  return at;
}

interface Escape {
  readonly text: string;
  readonly byte: number | undefined;
  readonly end: number;
}

/** Reads what follows a backslash. */
function readEscape(text: string, at: number, start: number, quote: string): Escape {
  const letter = text[at];
  if (letter === undefined) throw wrong(start, 'escape sequence not terminated');
  const plain = letter === quote ? quote : plainEscapes[letter];
  if (plain !== undefined) return { text: plain, byte: undefined, end: at + 1 };
  if (letter >= '0' && letter <= '7') return readNumericEscape(text, at, start, [3, 8, true]);
  const shape = numericEscapes[letter];
  if (shape === undefined) throw wrong(start, `unknown escape sequence ${describeCharacter(text, at)}`);
  return readNumericEscape(text, at + 1, start, shape);
}

function readNumericEscape(
  text: string,
  from: number,
  start: number,
  [digits, base, isByte]: readonly [number, number, boolean],
): Escape {
  const isDigit = base === 8 ? /[0-7]/ : /[0-9a-fA-F]/;
  const end = from + digits;
  for (let at = from; at < end; at++) {
    const digit = text[at];
    if (digit === undefined) throw wrong(start, 'escape sequence not terminated');
    if (!isDigit.test(digit)) throw wrong(start, `illegal character ${describeCharacter(text, at)} in escape sequence`);
  }
  const code = Number.parseInt(text.slice(from, end), base);
  const codeMax = isByte ? 0xff : 0x10ffff;
  if (code > codeMax || (code >= 0xd800 && code < 0xe000)) {
    throw wrong(start, 'escape sequence is an invalid Unicode code point');
  }
  return isByte ? { text: '', byte: code, end } : { text: String.fromCodePoint(code), byte: undefined, end };
}

function decodeBytes(bytes: readonly number[]): string {
  return bytes.length === 0 ? '' : new TextDecoder('utf-8', { ignoreBOM: true }).decode(Uint8Array.from(bytes));
}

function quoteCharacter(character: string): string {
  if (character === '"' || character === '\\') return `\\${character}`;
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return character;
  for (const [letter, plain] of Object.entries(plainEscapes)) if (plain === character) return `\\${letter}`;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x20 || code === 0x7f) return `\\x${hex.padStart(2, '0')}`;
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}

/** `U+002E '.'` */
function describeCharacter(text: string, at: number): string {
  const code = text.codePointAt(at) ?? 0;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCodePoint(code)}'`;
}

function wrong(position: number, problem: string): SondeError {
  return new SondeError('bad_request', problem, { position });
}
