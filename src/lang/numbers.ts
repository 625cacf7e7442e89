/**
 * Numbers as the query languages write them (Prometheus 3.14, Go's strconv): decimal with a fraction and an exponent, hex
 * `0x1F`, octal `017`, single underscores between digits, `Inf` and `NaN` in any case.
 */
import { SondeError } from '../base/errors.ts';

/** A number without a sign, from text that the lexer took for one. Throws `bad_request` for one that no double can hold. */
export function parseNumber(text: string): number {
  const digits = text.replaceAll('_', '').toLowerCase();
  if (digits === 'nan') return NaN;
  if (digits === 'inf') return Infinity;
  const value = /^0[0-7]+$/.test(digits) ? Number(`0o${digits}`) : Number(digits);
  if (Number.isNaN(value)) throw new SondeError('bad_request', `error parsing number: "${text}" is not a number`);
  if (!Number.isFinite(value)) throw new SondeError('bad_request', `error parsing number: "${text}" is out of range`);
  return value;
}

/** The shortest decimal text that reads back as the same number, never with an exponent: `0.000001`, `+Inf`, `-0`. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return 'NaN';
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf';
  const sign = value < 0 || Object.is(value, -0) ? '-' : '';
  return sign + withoutExponent(String(Math.abs(value)));
}

function withoutExponent(text: string): string {
  const [mantissa = '', exponentText] = text.split('e');
  if (exponentText === undefined) return text;
  const exponent = Number(exponentText);
  const [whole = '', fraction = ''] = mantissa.split('.');
  if (exponent < 0) return `0.${'0'.repeat(-exponent - 1)}${whole}${fraction}`;
  return whole + fraction.padEnd(exponent, '0');
}
