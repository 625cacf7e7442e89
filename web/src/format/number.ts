/** Numbers for people: three significant digits, no trailing zeros, a space before the unit. */

/** A plain number of 0 to 999 in three significant digits: `1.23`, `12.3`, `123`, `0.0045`. */
export function threeDigits(value: number): string {
  const text = String(Number(value.toPrecision(3)));
  return text.replace('-', '−');
}

/** `12.3`, `1.2 k`, `3.45 M`: any number, short. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '∞' : '−∞';
  return scale(value, 1000, ['', 'k', 'M', 'G', 'T', 'P', 'E']);
}

/** `1,234,567`: a count, exact. */
export function formatCount(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** `12.3/s`, `1.2 k/s`. */
export function formatRate(perSecond: number): string {
  return `${formatNumber(perSecond)}/s`;
}

/** `0.45 %` from a share of 0 to 1. What is not nothing never shows as 0, what is not all never as 100. */
export function formatShare(share: number): string {
  const percent = share * 100;
  if (percent > 0 && percent < 0.01) return '<0.01 %';
  if (percent > 99.9 && percent < 100) return '>99.9 %';
  return `${threeDigits(percent)} %`;
}

/** `640 B`, `1.5 KiB`, `20 MiB`. */
export function formatBytes(bytes: number): string {
  return scale(bytes, 1024, ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB']);
}

function scale(value: number, step: number, units: readonly string[]): string {
  let magnitude = Math.abs(value);
  let unit = 0;
  // Compared after rounding, so that 999.9 becomes 1 k and never 1000.
  while (unit < units.length - 1 && rounded(magnitude) >= step) {
    magnitude /= step;
    unit++;
  }
  const digits = magnitude >= 999.5 ? String(Math.round(magnitude)) : threeDigits(magnitude);
  return `${value < 0 ? '−' : ''}${digits} ${units[unit]}`.trimEnd();
}

function rounded(magnitude: number): number {
  return magnitude >= 999.5 ? Math.round(magnitude) : Number(magnitude.toPrecision(3));
}
