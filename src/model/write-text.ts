/** Values as the text that model/attributes.ts lays down, written into a string column without a JavaScript string where it can be. */
import type { StringColumn } from './columns.ts';

const two32 = 0x1_0000_0000;
const base64Digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

/** Writes text that is known to be ASCII. */
export function writeAscii(column: StringColumn, text: string): void {
  let at = column.claim(text.length);
  const { bytes } = column;
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
}

/** Writes a signed 64-bit integer, given by its halves, in decimal. */
export function writeInt64(column: StringColumn, low: number, high: number): void {
  const value = (high | 0) * two32 + (low >>> 0);
  if (!Number.isSafeInteger(value)) return writeAscii(column, String((BigInt(high | 0) << 32n) | BigInt(low >>> 0)));
  if (value < 0) column.writeByte(0x2d);
  writeDigits(column, Math.abs(value));
}

/** Writes an unsigned 64-bit integer, given by its halves, in decimal. */
export function writeUint64(column: StringColumn, low: number, high: number): void {
  const value = (high >>> 0) * two32 + (low >>> 0);
  if (Number.isSafeInteger(value)) writeDigits(column, value);
  else writeAscii(column, String((BigInt(high >>> 0) << 32n) | BigInt(low >>> 0)));
}

/** Writes the shortest decimal that parses back to the double, the sign of zero kept; `NaN`, `Infinity`, `-Infinity`. */
export function writeDouble(column: StringColumn, value: number): void {
  if (Object.is(value, -0)) writeAscii(column, '-0');
  else if (value >= 0 && Number.isSafeInteger(value)) writeDigits(column, value);
  else writeAscii(column, String(value));
}

/** Writes a double as it stands in a list for the engine, whose words for those that are no numbers are other ones. */
export function writeListNumber(column: StringColumn, value: number): void {
  if (Number.isFinite(value)) writeDouble(column, value);
  else if (Number.isNaN(value)) writeAscii(column, 'nan');
  else writeAscii(column, value > 0 ? 'inf' : '-inf');
}

/** Writes bytes as base64 with padding. */
export function writeBase64(column: StringColumn, source: DataView, start: number, end: number): void {
  let at = column.claim(Math.ceil((end - start) / 3) * 4);
  const { bytes } = column;
  for (let from = start; from < end; from += 3) {
    const left = end - from;
    const second = left > 1 ? source.getUint8(from + 1) : 0;
    const third = left > 2 ? source.getUint8(from + 2) : 0;
    const bits = (source.getUint8(from) << 16) | (second << 8) | third;
    bytes[at++] = base64Digits.charCodeAt(bits >>> 18);
    bytes[at++] = base64Digits.charCodeAt((bits >>> 12) & 63);
    bytes[at++] = left > 1 ? base64Digits.charCodeAt((bits >>> 6) & 63) : 0x3d;
    bytes[at++] = left > 2 ? base64Digits.charCodeAt(bits & 63) : 0x3d;
  }
}

/** Writes UTF-8 text as a JSON string, with the escapes of JSON.stringify; what is not valid UTF-8 is replaced by U+FFFD. */
export function writeJsonString(column: StringColumn, source: DataView, start: number, end: number): void {
  column.writeByte(0x22);
  let plain = start;
  for (let at = start; at < end; at++) {
    const byte = source.getUint8(at);
    if (byte >= 0x20 && byte !== 0x22 && byte !== 0x5c) continue;
    column.writeUtf8(source, plain, at);
    writeAscii(column, JSON.stringify(String.fromCharCode(byte)).slice(1, -1));
    plain = at + 1;
  }
  column.writeUtf8(source, plain, end);
  column.writeByte(0x22);
}

function writeDigits(column: StringColumn, value: number): void {
  let size = 1;
  for (let limit = 10; value >= limit; limit *= 10) size++;
  let at = column.claim(size) + size;
  const { bytes } = column;
  let rest = value;
  // Doubles divide slowly: what fits in 32 bits is divided there.
  while (rest > 0x7fff_ffff) {
    const quotient = Math.floor(rest / 10);
    bytes[--at] = 0x30 + (rest - quotient * 10);
    rest = quotient;
  }
  let small = rest | 0;
  do {
    const quotient = (small / 10) | 0;
    bytes[--at] = 0x30 + (small - quotient * 10);
    small = quotient;
  } while (small > 0);
}
