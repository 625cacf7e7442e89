/**
 * Times and durations as people and machines write them. Inside Sonde a time is a bigint of Unix nanoseconds and a duration a
 * bigint of nanoseconds. Parsers give undefined for text that they do not take; the caller knows the parameter's name and
 * says what was expected.
 */

export const nsPerSecond = 1_000_000_000n;
export const nsPerMinute = 60n * nsPerSecond;
export const nsPerHour = 60n * nsPerMinute;
export const nsPerDay = 24n * nsPerHour;

/** The last time that fits 64 bits of nanoseconds: 2262-04-11T23:47:16.854775807Z. The first is the start of 1970. */
export const lastTimeNs = 9_223_372_036_854_775_807n;

/** What `parseTime` takes, for error messages. */
export const timeForms = 'RFC 3339, Unix seconds, milliseconds, microseconds or nanoseconds, `now`, or `now-1h30m`';
/** What `parseDuration` takes, for error messages. */
export const durationForms = 'a duration such as `10ms`, `1.5s`, `1h30m`';

const unitNs: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1000n,
  µs: 1000n, // U+00B5, the micro sign
  μs: 1000n, // U+03BC, the Greek letter
  ms: 1_000_000n,
  s: nsPerSecond,
  m: nsPerMinute,
  h: nsPerHour,
  d: nsPerDay,
  w: 7n * nsPerDay,
};

const durationTerm = /(\d{1,19})(?:\.(\d{1,19}))?(ns|us|µs|μs|ms|s|m|h|d|w)/y;
const unixNumber = /^(\d{1,19})(?:\.(\d{1,19}))?$/;
const relative = /^now(?:([+-])(.+))?$/;
const rfc3339 = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,19}))?(?:([Zz])|([+-])(\d\d):(\d\d))$/;

/**
 * Parses a point in time: RFC 3339 (fractions beyond nanoseconds are cut), a Unix number whose unit follows from its
 * magnitude (below 10^11 seconds, 10^14 milliseconds, 10^17 microseconds, else nanoseconds; a fraction is allowed), `now`, and
 * `now` plus or minus a duration. Undefined when the text is none of these or the time is not within 1970 to 2262.
 */
export function parseTime(text: string, nowNs: bigint): bigint | undefined {
  const ns = parseUnix(text) ?? parseRelative(text, nowNs) ?? parseRfc3339(text);
  return ns === undefined || ns < 0n || ns > lastTimeNs ? undefined : ns;
}

/**
 * Parses a duration: numbers with units ns, us, µs, ms, s, m, h, d (24 h), w, one after the other (`1h30m`), fractions allowed
 * (`1.5s`, cut to nanoseconds), or `0`. Undefined for anything else, and beyond 64 bits of nanoseconds (292 years).
 */
export function parseDuration(text: string): bigint | undefined {
  if (text === '0') return 0n;
  let total = 0n;
  let at = 0;
  do {
    durationTerm.lastIndex = at;
    const match = durationTerm.exec(text);
    if (match === null) return undefined;
    const [, whole = '', fraction = '', unit = ''] = match;
    total += scaled(whole, fraction, unitNs[unit] ?? 0n);
    at = durationTerm.lastIndex;
  } while (at < text.length);
  return total > lastTimeNs ? undefined : total;
}

/** RFC 3339 in UTC with as many digits of the fraction as are needed, in groups of three: `2026-11-20T09:30:00.250Z`. */
export function formatTime(ns: bigint): string {
  const seconds = floorDivide(ns, nsPerSecond);
  const date = new Date(Number(seconds) * 1000).toISOString().slice(0, 19);
  const fraction = (ns - seconds * nsPerSecond)
    .toString()
    .padStart(9, '0')
    .replace(/(?:000)+$/, '');
  return fraction === '' ? `${date}Z` : `${date}.${fraction}Z`;
}

/** The shortest text that `parseDuration` reads back: `1h30m`, `1.5s`, `250µs`, `0`. Not for negative durations. */
export function formatDuration(ns: bigint): string {
  if (ns === 0n) return '0';
  let rest = ns;
  let out = '';
  for (const unit of ['d', 'h', 'm'] as const) {
    const count = rest / (unitNs[unit] ?? 1n);
    if (count > 0n) out += `${count}${unit}`;
    rest %= unitNs[unit] ?? 1n;
  }
  if (rest === 0n) return out;
  const unit = out !== '' || rest >= nsPerSecond ? 's' : rest >= 1_000_000n ? 'ms' : rest >= 1000n ? 'µs' : 'ns';
  return out + decimal(rest, unitNs[unit] ?? 1n) + unit;
}

/** The largest multiple of `step` that is not above `ns`. */
export function floorTo(ns: bigint, step: bigint): bigint {
  return floorDivide(ns, step) * step;
}

/** The smallest multiple of `step` that is not below `ns`. */
export function ceilTo(ns: bigint, step: bigint): bigint {
  return -floorTo(-ns, step);
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b;
  return a % b < 0n ? quotient - 1n : quotient;
}

function parseUnix(text: string): bigint | undefined {
  const match = unixNumber.exec(text);
  if (match === null) return undefined;
  const [, whole = '', fraction = ''] = match;
  const size = BigInt(whole);
  const unit = size < 10n ** 11n ? 's' : size < 10n ** 14n ? 'ms' : size < 10n ** 17n ? 'us' : 'ns';
  return scaled(whole, fraction, unitNs[unit] ?? 1n);
}

function parseRelative(text: string, nowNs: bigint): bigint | undefined {
  const match = relative.exec(text);
  if (match === null) return undefined;
  const [, sign, distance] = match;
  if (distance === undefined) return nowNs;
  const duration = parseDuration(distance);
  if (duration === undefined) return undefined;
  return sign === '-' ? nowNs - duration : nowNs + duration;
}

function parseRfc3339(text: string): bigint | undefined {
  const match = rfc3339.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number);
  const [, , , , , , , fraction = '', , sign, offsetHours = '0', offsetMinutes = '0'] = match;
  const date = new Date(Date.UTC(year, month - 1, day));
  // Date.UTC carries 31 February over into March, and takes 0 to 99 for 1900 to 1999.
  if (date.getUTCFullYear() !== year || date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return undefined;
  if (hour > 23 || minute > 59 || second > 60 || Number(offsetHours) > 23 || Number(offsetMinutes) > 59) return undefined;
  const offsetSeconds = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60 * (sign === '-' ? -1 : 1);
  const seconds = date.getTime() / 1000 + hour * 3600 + minute * 60 + second - offsetSeconds;
  return BigInt(seconds) * nsPerSecond + scaled('0', fraction, nsPerSecond);
}

/** `whole.fraction` of a unit in whole nanoseconds, the rest cut off. */
function scaled(whole: string, fraction: string, unit: bigint): bigint {
  const ns = BigInt(whole) * unit;
  return fraction === '' ? ns : ns + (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
}

function decimal(ns: bigint, unit: bigint): string {
  const whole = ns / unit;
  const digits = unit.toString().length - 1;
  const fraction = (ns % unit).toString().padStart(digits, '0').replace(/0+$/, '');
  return ns % unit === 0n ? `${whole}` : `${whole}.${fraction}`;
}
