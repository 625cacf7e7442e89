/** How long attempts took lately, for hedging after a percentile of that. */
const kept = 256;
/** Less say nothing of a tail. */
const least = 32;
/** The percentile is worked out anew after so many. */
const refresh = 32;

export class Latencies {
  private readonly share: number;
  private readonly lastMs = new Float64Array(kept);
  private count = 0;
  private worked = { ms: 0, count: -refresh };

  constructor(share: number) {
    this.share = share;
  }

  record(ms: number): void {
    this.lastMs[this.count++ % kept] = ms;
  }

  /** The time within which this share of the last 256 attempts has ended; undefined while there were too few. */
  get quantileMs(): number | undefined {
    if (this.count < least) return undefined;
    if (this.count - this.worked.count >= refresh) {
      const sorted = this.lastMs.subarray(0, Math.min(this.count, kept)).toSorted();
      this.worked = { ms: sorted[Math.ceil(this.share * sorted.length) - 1] ?? 0, count: this.count };
    }
    return this.worked.ms;
  }
}
