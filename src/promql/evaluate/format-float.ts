/** Numbers as text in the forms of Go's strconv that use an exponent: label values and annotations are written so. */
import { formatNumber } from '../../lang/numbers.ts';

/**
 * Like `%g`, or `%.2g` for two digits: without a number of digits as few as tell the number apart. With an exponent when that
 * is below -4, or not below the number of digits, or, without one, above 5.
 */
export function formatGeneral(value: number, digits?: number): string {
  if (!Number.isFinite(value)) return formatNumber(value);
  const [mantissa = '', exponentText = ''] = value.toExponential(digits === undefined ? undefined : digits - 1).split('e');
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < (digits ?? 6)) {
    return formatNumber(digits === undefined ? value : Number(value.toPrecision(digits)));
  }
  const shortest = mantissa.includes('.') ? mantissa.replace(/\.?0+$/, '') : mantissa;
  return `${shortest}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`;
}

/** As OpenMetrics writes label values that are numbers: always with a point or an exponent. */
export function formatOpenMetrics(value: number): string {
  const text = formatGeneral(value);
  return Number.isFinite(value) && !/[.e]/.test(text) ? `${text}.0` : text;
}
