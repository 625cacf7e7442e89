/** Durations, which are nanoseconds: as numbers, or as the decimal strings of the API. */
import { threeDigits } from './number.ts';

const ladder = [
  { size: 1, unit: 'ns' },
  { size: 1e3, unit: 'µs' },
  { size: 1e6, unit: 'ms' },
  { size: 1e9, unit: 's' },
] as const;

const long = [
  { seconds: 86_400, unit: 'd', part: 3600, partUnit: 'h' },
  { seconds: 3600, unit: 'h', part: 60, partUnit: 'min' },
  { seconds: 60, unit: 'min', part: 1, partUnit: 's' },
] as const;

/** `640 ns`, `1.23 ms`, `12.3 s`, `1 min 23 s`, `2 h 5 min`, `3 d 4 h`. */
export function formatDuration(ns: number | string): string {
  const value = Number(ns);
  if (value < 0) return `−${formatDuration(-value)}`;
  if (value >= 59.95e9) return formatLong(value / 1e9);
  let step: (typeof ladder)[number] = ladder[0];
  for (const next of ladder) {
    // Compared after rounding, so that 999.9 µs becomes 1 ms and never 1000 µs.
    if (Number((value / step.size).toPrecision(3)) >= 1000) step = next;
  }
  return `${threeDigits(value / step.size)} ${step.unit}`;
}

function formatLong(seconds: number): string {
  for (const { seconds: size, unit, part, partUnit } of long) {
    const parts = Math.round(seconds / part);
    if (parts * part < size) continue;
    const rest = parts % (size / part);
    const whole = `${(parts * part - rest * part) / size} ${unit}`;
    return rest === 0 ? whole : `${whole} ${rest} ${partUnit}`;
  }
  return `${threeDigits(seconds)} s`;
}

const unitsNs: Readonly<Record<string, number>> = { ns: 1, us: 1e3, µs: 1e3, ms: 1e6, s: 1e9, m: 60e9, min: 60e9, h: 3600e9 };

/** The duration that a person typed (`10ms`, `1.5 s`, `2m`; a bare number is milliseconds) in the API's form, or undefined. */
export function parseDuration(text: string): string | undefined {
  const match = /^([0-9]*\.?[0-9]+) *([a-zµ]*)$/.exec(text.trim().toLowerCase());
  const size = match === null ? undefined : unitsNs[match[2] === '' ? 'ms' : (match[2] ?? '')];
  if (match === null || size === undefined) return undefined;
  const unit = match[2] === '' ? 'ms' : match[2] === 'min' ? 'm' : match[2] === 'µs' ? 'us' : (match[2] ?? '');
  return `${Number(match[1])}${unit}`;
}
