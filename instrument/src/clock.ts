/**
 * Times of spans and log records in Unix milliseconds with a fraction: those of the monotonic clock, so that a span never ends
 * before it starts, shifted to the wall clock. When the wall clock has been set, the shift follows.
 */
import { performance } from 'node:perf_hooks';

/** The wall clock tells whole milliseconds, so up to here the two agree. */
const driftMaxMs = 2;

let shiftMs = performance.timeOrigin;

/** Now, in Unix milliseconds with a fraction of a microsecond or so. */
export function nowMs(): number {
  return performance.now() + shiftMs;
}

/** Follows the wall clock; called now and then. */
export function followWallClock(): void {
  const behindMs = Date.now() - nowMs();
  if (Math.abs(behindMs) > driftMaxMs) shiftMs += behindMs;
}

/** Times as OpenTelemetry's API takes them: Unix milliseconds, those of `performance.now()`, `[seconds, nanoseconds]`, or a Date. */
export function toEpochMs(time: number | Date | readonly [number, number]): number {
  // A reading of `performance.now()` is never ahead of it; a Unix time is, unless it is of the first days of 1970.
  if (typeof time === 'number') return time <= performance.now() ? time + shiftMs : time;
  if (time instanceof Date) return time.getTime();
  return time[0] * 1000 + time[1] / 1e6;
}
