/**
 * The time range of all pages, as it stands in the URL: `from` and `to` are either `now`, `now-15m` or a moment (ISO 8601).
 * Relative ends follow the clock; `resolve` pins them.
 */
export interface TimeRange {
  readonly from: string;
  readonly to: string;
}

export interface ResolvedRange {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Preset {
  readonly label: string;
  readonly range: TimeRange;
}

const preset = (label: string, length: string): Preset => ({ label, range: { from: `now-${length}`, to: 'now' } });

export const presets: readonly Preset[] = [
  preset('Last 5 minutes', '5m'),
  preset('Last 15 minutes', '15m'),
  preset('Last 30 minutes', '30m'),
  preset('Last hour', '1h'),
  preset('Last 3 hours', '3h'),
  preset('Last 6 hours', '6h'),
  preset('Last 12 hours', '12h'),
  preset('Last 24 hours', '24h'),
  preset('Last 2 days', '2d'),
  preset('Last 7 days', '7d'),
];

export const defaultRange: TimeRange = { from: 'now-15m', to: 'now' };

const unitMs: Readonly<Record<string, number>> = { s: 1e3, m: 60e3, h: 3600e3, d: 86_400e3, w: 604_800e3 };
const relative = /^now(?:-([0-9]+)([smhdw]))?$/;

/** Milliseconds of one end of a range, or undefined when it is no time. Moments without a zone are the reader's own. */
export function momentMs(text: string, nowMs: number): number | undefined {
  const trimmed = text.trim();
  const match = relative.exec(trimmed);
  if (match !== null) return nowMs - Number(match[1] ?? 0) * (unitMs[match[2] ?? 's'] ?? 0);
  if (/^[0-9]{10,19}$/.test(trimmed)) return Number(trimmed.slice(0, 13).padEnd(13, '0'));
  if (!/^[0-9]{4}-[0-9]{2}-[0-9]{2}/.test(trimmed)) return undefined;
  const at = Date.parse(/^[0-9-]{10}$/.test(trimmed) ? `${trimmed}T00:00:00` : trimmed.replace(' ', 'T'));
  return Number.isNaN(at) ? undefined : at;
}

/** Pins the range to the clock. A range that makes no sense in the URL falls back to the default one. */
export function resolve(range: TimeRange, nowMs: number): ResolvedRange {
  const fromMs = momentMs(range.from, nowMs);
  const toMs = momentMs(range.to, nowMs);
  if (fromMs === undefined || toMs === undefined || fromMs >= toMs) return resolve(defaultRange, nowMs);
  return { fromMs, toMs };
}

/** The absolute range from one moment to another, at least a millisecond long. */
export function absolute(fromMs: number, toMs: number): TimeRange {
  const start = Math.floor(Math.min(fromMs, toMs));
  const end = Math.max(start + 1, Math.ceil(Math.max(fromMs, toMs)));
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
}

/** The range moved by half its length: back (-1) or on (+1). */
export function shift({ fromMs, toMs }: ResolvedRange, direction: -1 | 1): TimeRange {
  const by = Math.round((toMs - fromMs) / 2) * direction;
  return absolute(fromMs + by, toMs + by);
}

/** Twice the length around the same middle, ending no later than now. */
export function widen({ fromMs, toMs }: ResolvedRange, nowMs: number): TimeRange {
  const half = (toMs - fromMs) / 2;
  const end = Math.min(toMs + half, Math.max(nowMs, toMs));
  return absolute(end - 4 * half, end);
}

/** True when the range moves with the clock. */
export function isRelative(range: TimeRange): boolean {
  return relative.test(range.to.trim());
}

export function sameRange(a: TimeRange, b: TimeRange): boolean {
  return a.from === b.from && a.to === b.to;
}

const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400] as const;

/** The round step, in seconds, that cuts the range into at most `points` parts. */
export function stepSeconds({ fromMs, toMs }: ResolvedRange, points: number): number {
  const least = (toMs - fromMs) / 1000 / points;
  return steps.find((step) => step >= least) ?? Math.ceil(least / 86_400) * 86_400;
}
