/** Durations and sizes as prometheus.yml writes them (prometheus/common model.Duration; sizes in powers of 1024). */

export const durationForms = 'a duration such as 15s or 1h30m';
export const sizeForms = 'a size such as 512KB or 10MB';

const msPerSecond = 1000;
const msPerMinute = 60 * msPerSecond;
const msPerHour = 60 * msPerMinute;
const msPerDay = 24 * msPerHour;

/** Largest first; the first three are written only where they divide the whole. */
const units = [
  { name: 'y', ms: 365 * msPerDay, exact: true },
  { name: 'w', ms: 7 * msPerDay, exact: true },
  { name: 'd', ms: msPerDay, exact: true },
  { name: 'h', ms: msPerHour, exact: false },
  { name: 'm', ms: msPerMinute, exact: false },
  { name: 's', ms: msPerSecond, exact: false },
  { name: 'ms', ms: 1, exact: false },
] as const;

/** The longest duration: 64 bits of nanoseconds, as in Prometheus. */
const durationMsMax = 9_223_372_036_854;

const terms = /^(?:(\d+)y)?(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?(?:(\d+)ms)?$/;

/** Whole numbers with units from years to milliseconds, each at most once and in this order, or `0`; undefined for other text. */
export function parseDurationMs(text: string): number | undefined {
  if (text === '0') return 0;
  const match = text === '' ? null : terms.exec(text);
  if (match === null) return undefined;
  let totalMs = 0;
  for (const [i, { ms }] of units.entries()) totalMs += Number(match[i + 1] ?? 0) * ms;
  return totalMs > durationMsMax ? undefined : totalMs;
}

/** As Prometheus shows it: `1m`, `1h30m`, `0s`. */
export function formatDurationMs(durationMs: number): string {
  if (durationMs === 0) return '0s';
  let rest = durationMs;
  let text = '';
  for (const { name, ms, exact } of units) {
    if (exact && rest % ms !== 0) continue;
    const count = Math.floor(rest / ms);
    if (count > 0) text += `${count}${name}`;
    rest -= count * ms;
  }
  return text;
}

const sizePowers = 'KMGTPE';

/** Bytes with B, KB, MB, GB, TB, PB or EB, the `i` of KiB optional, all of them powers of 1024; or `0`. */
export function parseSizeBytes(text: string): number | undefined {
  if (text === '0') return 0;
  const match = /^(\d{1,15}(?:\.\d{1,15})?)([KMGTPE]?)i?B$/.exec(text);
  if (match === null) return undefined;
  const [, number = '', power = ''] = match;
  return Math.round(Number(number) * 1024 ** (power === '' ? 0 : sizePowers.indexOf(power) + 1));
}
