/**
 * Times of Prometheus, which counts signed milliseconds, as the time columns hold them: nanoseconds, by their halves, without a
 * bigint. Most points of a request have the same time, so the last one is kept.
 */
import type { OldestTimes } from '../../model/metric-retention.ts';

const two32 = 0x1_0000_0000;
const two20 = 1 << 20;
const nsPerMs = 1_000_000;
const nsPerMsBig = 1_000_000n;
const msPerDay = 86_400_000;
/** The last whole millisecond that 64 bits of nanoseconds hold: in the year 2262. */
const lastMs = 9_223_372_036_854;

/** The times of points that are taken, in Unix nanoseconds. */
export interface TimeBounds extends OldestTimes {
  readonly newestNs: bigint;
}

export class SampleTime {
  ms = Number.NaN;
  /** Unix nanoseconds. */
  low = 0;
  high = 0;
  /** UTC day since 1970-01-01. */
  day = 0;
  /** Whether points with this time are taken, of some metrics at least. */
  isTimely = false;
  /** Whether they are taken of every metric, whatever its name. */
  isSure = false;
  readonly #oldestMs: number;
  readonly #newestMs: number;
  readonly #byName: OldestTimes['oldestByName'];
  readonly #sureMs: number;
  /** The name asked about last, as one series may have many points that are refused. */
  #name: string | undefined;
  #nameOldestMs = 0;

  constructor({ oldestNs, newestNs, oldestByName }: TimeBounds) {
    this.#oldestMs = Math.max(Number(oldestNs / nsPerMsBig), 0);
    this.#newestMs = Math.min(Number(newestNs / nsPerMsBig), lastMs);
    this.#byName = oldestByName;
    this.#sureMs = Number((oldestByName?.sureNs ?? oldestNs) / nsPerMsBig);
  }

  /** Sets the time from the halves of a signed integer. */
  setHalves(low: number, high: number): void {
    this.set((high | 0) * two32 + (low >>> 0));
  }

  /** Sets the time; when it is not one that is taken, only `isTimely` and `isSure` hold. */
  set(ms: number): void {
    if (ms === this.ms) return;
    this.ms = ms;
    this.isTimely = ms >= this.#oldestMs && ms <= this.#newestMs;
    this.isSure = this.isTimely && ms >= this.#sureMs;
    if (!this.isTimely) return;
    this.day = Math.floor(ms / msPerDay);
    // Both factors stay below 2^53: milliseconds are cut into units of 2^20 and the rest.
    const units = Math.floor(ms / two20) * nsPerMs;
    const low = (units % 4096) * two20 + (ms % two20) * nsPerMs;
    this.low = (low % two32) | 0;
    this.high = Math.floor(units / 4096) + Math.floor(low / two32);
  }

  /** Whether points with this time are taken of the metric of a name. */
  isTakenOf(name: string): boolean {
    return this.isTimely && this.ms >= this.#oldestMsOf(name);
  }

  /** Which times are taken of the metric of a name, for a refusal. */
  ruleOf(name: string): string {
    return `the time must be from ${timeText(this.#oldestMsOf(name))} to ${timeText(this.#newestMs)}`;
  }

  #oldestMsOf(name: string): number {
    if (this.#byName === undefined) return this.#oldestMs;
    if (name !== this.#name) {
      this.#name = name;
      this.#nameOldestMs = Math.max(Number(this.#byName.of(name) / nsPerMsBig), 0);
    }
    return this.#nameOldestMs;
  }
}

function timeText(ms: number): string {
  return new Date(ms).toISOString();
}
