/**
 * Numbers of the text formats: decimal, rounded once to the nearest double, `NaN`, `Inf` and `Infinity` in any case. Hexadecimal
 * numbers and underscores, which Go reads, are no part of the formats. A number that is too large for a double is none.
 */

/** Powers of ten that are exact as doubles, as is any integer of up to 15 digits: one operation with both rounds once. */
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));
const exactDigits = 15;

const plus = 0x2b;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const letterE = 0x65;
/** Makes a letter a small one. */
const smallLetter = 0x20;

/** The number that the bytes `[start, end)` are; undefined when they are none. Takes time in proportion to their length. */
export function parseNumber(bytes: Uint8Array, start: number, end: number): number | undefined {
  const sign = start < end ? bytes[start]! : 0;
  const first = sign === minus || sign === plus ? start + 1 : start;
  let at = first;
  let digits = 0;
  for (; at < end; at++) {
    const digit = bytes[at]! - zero;
    if (digit < 0 || digit > 9) break;
    digits = digits * 10 + digit;
  }
  let fraction = 0;
  let length = at - first;
  if (at < end && bytes[at] === point) {
    const after = ++at;
    for (; at < end; at++) {
      const digit = bytes[at]! - zero;
      if (digit < 0 || digit > 9) break;
      digits = digits * 10 + digit;
    }
    fraction = at - after;
    length += fraction;
  }
  if (length === 0) return specialNumber(bytes, start, first, end);
  if (at !== end || length > exactDigits) return longNumber(bytes, start, at, end);
  const value = fraction === 0 ? digits : digits / powersOfTen[fraction]!;
  return sign === minus ? -value : value;
}

/** A number with an exponent, or of many digits; `at` is where its digits end. */
function longNumber(bytes: Uint8Array, start: number, at: number, end: number): number | undefined {
  if (at !== end) {
    if ((bytes[at]! | smallLetter) !== letterE) return undefined;
    const sign = at + 1 < end ? bytes[at + 1]! : 0;
    const first = sign === minus || sign === plus ? at + 2 : at + 1;
    if (first === end) return undefined;
    for (let next = first; next < end; next++) if (bytes[next]! < zero || bytes[next]! > zero + 9) return undefined;
  }
  const value = Number(asciiText(bytes, start, end));
  return Number.isFinite(value) ? value : undefined;
}

function specialNumber(bytes: Uint8Array, start: number, first: number, end: number): number | undefined {
  // The longest one is Infinity.
  if (end - first > 8) return undefined;
  const word = asciiText(bytes, first, end).toLowerCase();
  if (word === 'nan') return first === start ? Number.NaN : undefined;
  if (word !== 'inf' && word !== 'infinity') return undefined;
  return bytes[start] === minus ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}

function asciiText(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end; at++) text += String.fromCharCode(bytes[at]!);
  return text;
}

/** A value as the formats write it: the shortest text that gives the same double. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

/**
 * The one text that a bound has in the labels `le` and `quantile` (OpenMetrics 1.0, section "Canonical Numbers"): as Go's %g writes
 * it, with a point or an exponent in any case. `1.0`, `0.25`, `100000.0`, `1e+06`.
 */
export function formatBound(value: number): string {
  if (!Number.isFinite(value) || value === 0) return value === 0 ? '0.0' : formatNumber(value);
  const [mantissa = '', exponentText = ''] = value.toExponential().split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 6) {
    const text = String(value);
    // JavaScript writes numbers in this range without an exponent.
    return text.includes('.') ? text : `${text}.0`;
  }
  const size = Math.abs(exponent);
  return `${mantissa}e${exponent < 0 ? '-' : '+'}${size < 10 ? '0' : ''}${size}`;
}
