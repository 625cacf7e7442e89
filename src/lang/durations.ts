/**
 * Durations as Prometheus writes them: `1h30m`, `2w`, `250ms`. Units y, w, d, h, m, s, ms in this order, each at most once, whole
 * numbers only; a year has 365 days. `0` needs no unit. No more than 2^63 nanoseconds, about 292 years.
 */
import { SondeError } from '../base/errors.ts';

const units: readonly (readonly [unit: string, ms: number])[] = [
  ['y', 365 * 86_400_000],
  ['w', 7 * 86_400_000],
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
  ['ms', 1],
];

export const durationMsMax = Math.floor(2 ** 63 / 1e6);

/** Milliseconds. Throws `bad_request` without a position when the text is not a duration or too long a one. */
export function parseDuration(text: string): number {
  if (text === '0') return 0;
  let ms = 0;
  let unitsSeen = 0;
  const part = /(\d+)([a-z]+)/y;
  while (part.lastIndex < text.length) {
    const [, amount = '', unit = ''] = part.exec(text) ?? [];
    const index = units.findIndex(([name]) => name === unit);
    if (index < unitsSeen) throw notADuration(text);
    ms += Number(amount) * (units[index]?.[1] ?? 0);
    unitsSeen = index + 1;
  }
  if (unitsSeen === 0) throw notADuration(text);
  if (ms > durationMsMax) throw new SondeError('bad_request', `duration out of range: "${text}" is over 292 years`);
  return ms;
}

/** The shortest text for whole milliseconds, `0s` for none; a part of a millisecond is left out. */
export function formatDuration(ms: number): string {
  let rest = Math.trunc(Math.abs(ms));
  if (rest === 0) return '0s';
  let text = ms < 0 ? '-' : '';
  for (const [unit, unitMs] of units) {
    const amount = Math.floor(rest / unitMs);
    if (amount > 0) text += `${amount}${unit}`;
    rest -= amount * unitMs;
  }
  return text;
}

function notADuration(text: string): SondeError {
  return new SondeError('bad_request', `not a valid duration string: "${text}"`);
}
