/** Points in time, in the reader's own time zone. The API's are decimal strings of Unix nanoseconds, which keep every digit. */
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

export function nsToMs(ns: string): number {
  return Number(ns) / 1e6;
}

/** `09:12:31`. */
export function formatClock(ms: number): string {
  const at = new Date(ms);
  return [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':');
}

/** `09:12:31.123`. */
export function formatClockMs(ms: number): string {
  return `${formatClock(ms)}.${String(new Date(ms).getMilliseconds()).padStart(3, '0')}`;
}

/** `Nov 20`. */
export function formatDay(ms: number): string {
  const at = new Date(ms);
  return `${months[at.getMonth()]} ${at.getDate()}`;
}

/** `Nov 20 09:12:31`; the day is left out when it is the day of `nowMs`. */
export function formatMoment(ms: number, nowMs: number): string {
  const sameDay = new Date(ms).toDateString() === new Date(nowMs).toDateString();
  return sameDay ? formatClock(ms) : `${formatDay(ms)} ${formatClock(ms)}`;
}

/** `2026-11-20 09:12:31.123456789`: all digits, for a tooltip or to copy. */
export function formatExact(ns: string): string {
  const whole = BigInt(ns);
  const ms = Number(whole / 1_000_000n);
  const fraction = String(whole % 1_000_000_000n).padStart(9, '0');
  return `${formatDate(ms)} ${formatClock(ms)}.${fraction}`;
}

/** `2026-11-20 09:12:31`: what the time range's fields show and take. */
export function formatTyped(ms: number): string {
  return `${formatDate(ms)} ${formatClock(ms)}`;
}

/** `3 s ago`, `5 min ago`, `2 h ago`. */
export function formatAgo(ms: number, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - ms) / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

function formatDate(ms: number): string {
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
