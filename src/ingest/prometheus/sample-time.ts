/**
 * Times of Prometheus, which counts signed milliseconds, as the time columns hold them: nanoseconds, by their halves, without a
 * bigint. Most points of a request have the same time, so the last one is kept.
 */
const two32 = 0x1_0000_0000;
const two20 = 1 << 20;
const nsPerMs = 1_000_000;
const msPerDay = 86_400_000;
/** The last whole millisecond that 64 bits of nanoseconds hold: in the year 2262. */
const lastMs = 9_223_372_036_854;

/** The times of points that are taken, in Unix nanoseconds. */
export interface TimeBounds {
  readonly oldestNs: bigint;
  readonly newestNs: bigint;
}

export class SampleTime {
  ms = Number.NaN;
  /** Unix nanoseconds. */
  low = 0;
  high = 0;
  /** UTC day since 1970-01-01. */
  day = 0;
  /** Whether points with this time are taken. */
  isTimely = false;
  readonly #oldestMs: number;
  readonly #newestMs: number;

  constructor({ oldestNs, newestNs }: TimeBounds) {
    this.#oldestMs = Math.max(Number(oldestNs / 1_000_000n), 0);
    this.#newestMs = Math.min(Number(newestNs / 1_000_000n), lastMs);
  }

  /** Sets the time from the halves of a signed integer. */
  setHalves(low: number, high: number): void {
    this.set((high | 0) * two32 + (low >>> 0));
  }

  /** Sets the time; when it is not one that is taken, only `isTimely` holds. */
  set(ms: number): void {
    if (ms === this.ms) return;
    this.ms = ms;
    this.isTimely = ms >= this.#oldestMs && ms <= this.#newestMs;
    if (!this.isTimely) return;
    this.day = Math.floor(ms / msPerDay);
    // Both factors stay below 2^53: milliseconds are cut into units of 2^20 and the rest.
    const units = Math.floor(ms / two20) * nsPerMs;
    const low = (units % 4096) * two20 + (ms % two20) * nsPerMs;
    this.low = (low % two32) | 0;
    this.high = Math.floor(units / 4096) + Math.floor(low / two32);
  }

  /** Which times are taken, for a refusal. */
  get rule(): string {
    return `the time must be from ${timeText(this.#oldestMs)} to ${timeText(this.#newestMs)}`;
  }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
