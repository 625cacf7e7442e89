/**
 * Exact numbers from decimal text, as JSON writes them (RFC 8259, section 6): 64-bit integers that never pass through a
 * double, and doubles that are rounded once. Numbers of over `lengthMax` characters are refused, as that section allows.
 */
const two32 = 0x1_0000_0000;
/** Digits that a double holds exactly, whatever they are. */
const leadDigits = 15;
/** Digits of 2^64 - 1: an integer with more is out of range, as JSON writes no leading zeros. */
const longDigits = 20;
const lengthMax = 1000;
const powersOfTen = Array.from({ length: 23 }, (_, exponent) => Number(`1e${exponent}`));

const minus = 0x2d;
const plus = 0x2b;
const point = 0x2e;
const zero = 0x30;

/** Reads one number at a time; what was read stays in its fields until the next `scan`. */
export class NumberScanner {
  /** The magnitude of the last integer, and after `toSigned64` its two's complement. */
  low = 0;
  high = 0;
  negative = false;
  /** Where the number ends. */
  end = 0;

  #bytes: Uint8Array = new Uint8Array(0);
  #start = 0;
  /** The first `leadDigits` significant digits, and those that follow up to `longDigits`. */
  #lead = 0;
  #tail = 0;
  #digits = 0;
  /** Digits after the point, and what follows `e`. */
  #fraction = 0;
  #exponent = 0;

  /** Scans the number at `at`. False when there is none; `end` is then where it went wrong. */
  scan(bytes: Uint8Array, at: number, end: number): boolean {
    this.#bytes = bytes;
    this.#start = at;
    this.#lead = 0;
    this.#tail = 0;
    this.#digits = 0;
    this.#fraction = 0;
    this.#exponent = 0;
    this.negative = at < end && bytes[at] === minus;
    const first = this.negative ? at + 1 : at;
    let next = this.#scanDigits(first, end);
    if (next === first || (next > first + 1 && bytes[first] === zero)) return this.#stop(first, false);
    if (next < end && bytes[next] === point) {
      const after = next + 1;
      next = this.#scanDigits(after, end);
      this.#fraction = next - after;
      if (next === after) return this.#stop(next, false);
    }
    // 0x20 makes an E an e.
    if (next < end && (bytes[next]! | 0x20) === 0x65) return this.#scanExponent(next + 1, end);
    return this.#stop(next, true);
  }

  /** Leaves the integer's magnitude in `low` and `high`. False when the number is not integral or over 64 bits. */
  toMagnitude(): boolean {
    if (this.#fraction !== 0 || this.#exponent !== 0 || this.#digits > longDigits) return this.#toMagnitudeSlowly();
    const lead = this.#lead;
    if (this.#digits <= leadDigits) {
      this.low = lead >>> 0;
      this.high = Math.floor(lead / two32);
      return true;
    }
    const scale = powersOfTen[this.#digits - leadDigits]!;
    const low = (lead % two32) * scale + this.#tail;
    this.low = low >>> 0;
    const high = Math.floor(lead / two32) * scale + Math.floor(low / two32);
    this.high = high >>> 0;
    return high < two32;
  }

  /** As `toMagnitude`, for an unsigned 64-bit integer. */
  toUnsigned64(): boolean {
    return this.toMagnitude() && (!this.negative || (this.low === 0 && this.high === 0));
  }

  /** As `toMagnitude`, for a signed 64-bit integer: leaves its two's complement. */
  toSigned64(): boolean {
    if (!this.toMagnitude()) return false;
    if (this.high >= 0x8000_0000 && !(this.negative && this.high === 0x8000_0000 && this.low === 0)) return false;
    if (!this.negative) return true;
    this.high = (~this.high + (this.low === 0 ? 1 : 0)) >>> 0;
    this.low = -this.low >>> 0;
    return true;
  }

  /** The number as a double; undefined when it is too large for one. */
  toDouble(): number | undefined {
    const exponent = this.#exponent - this.#fraction;
    let value: number;
    if (this.#digits <= leadDigits && exponent >= -22 && exponent <= 22) {
      // Both operands are exact, so there is one rounding, that of the operation (Clinger 1990).
      value = exponent < 0 ? this.#lead / powersOfTen[-exponent]! : this.#lead * powersOfTen[exponent]!;
      return this.negative ? -value : value;
    }
    value = Number(this.#text());
    return Number.isFinite(value) ? value : undefined;
  }

  #stop(end: number, good: boolean): boolean {
    this.end = end;
    return good && end - this.#start <= lengthMax;
  }

  #scanDigits(at: number, end: number): number {
    const bytes = this.#bytes;
    let digits = this.#digits;
    let lead = this.#lead;
    let next = at;
    for (; next < end; next++) {
      const digit = bytes[next]! - zero;
      if (digit < 0 || digit > 9) break;
      if (digits < leadDigits) {
        lead = lead * 10 + digit;
        // Zeros in front are not significant.
        if (lead !== 0) digits++;
      } else {
        if (digits < longDigits) this.#tail = this.#tail * 10 + digit;
        digits++;
      }
    }
    this.#digits = digits;
    this.#lead = lead;
    return next;
  }

  #scanExponent(at: number, end: number): boolean {
    const bytes = this.#bytes;
    const sign = at < end ? bytes[at] : 0;
    const first = sign === minus || sign === plus ? at + 1 : at;
    let exponent = 0;
    let next = first;
    for (; next < end; next++) {
      const digit = bytes[next]! - zero;
      if (digit < 0 || digit > 9) break;
      // Far out of any range it stops growing, so that no sum with it is inexact.
      if (exponent < 1e9) exponent = exponent * 10 + digit;
    }
    this.#exponent = sign === minus ? -exponent : exponent;
    return this.#stop(next, next > first);
  }

  /** Numbers such as 1.5e3: integral, but not written as such. */
  #toMagnitudeSlowly(): boolean {
    const mantissa = this.#text().replace(/^-/, '').replace(/e.*$/i, '').replace('.', '');
    const digits = mantissa.replace(/^0+/, '');
    const kept = digits.length - trailingZeros(digits);
    const exponent = this.#exponent - this.#fraction + (digits.length - kept);
    if (kept === 0) return this.#setMagnitude(0n);
    if (exponent < 0 || kept + exponent > longDigits) return false;
    return this.#setMagnitude(BigInt(digits.slice(0, kept)) * 10n ** BigInt(exponent));
  }

  #setMagnitude(value: bigint): boolean {
    this.low = Number(value & 0xffff_ffffn);
    this.high = Number((value >> 32n) & 0xffff_ffffn);
    return value < 1n << 64n;
  }

  #text(): string {
    let text = '';
    for (let at = this.#start; at < this.end; at++) text += String.fromCharCode(this.#bytes[at]!);
    return text;
  }
}

function trailingZeros(digits: string): number {
  let zeros = 0;
  while (zeros < digits.length && digits.charCodeAt(digits.length - 1 - zeros) === zero) zeros++;
  return zeros;
}
