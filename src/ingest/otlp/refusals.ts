import type { Outcome } from '../../engine/commit.ts';

/** Counts what a request loses while the rest of it is taken, and says why: OTLP's partial success. */
export class Refusals {
  /** Spans, log records or points refused. */
  count = 0;
  readonly #noun: string;
  readonly #reasons = new Map<string, number>();

  /** `noun` names the unit in the plural: `spans`. */
  constructor(noun: string) {
    this.#noun = noun;
  }

  /** Refuses one unit; `expected` reads like `trace_id must be 16 bytes, not all of them zero`. */
  refuse(expected: string): void {
    this.count++;
    this.warn(expected);
  }

  /** Notes a part that was left out of a unit which is taken. */
  warn(reason: string): void {
    this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
  }

  /** The outcome for a request that held `total` units. */
  outcome(total: number): Outcome {
    const accepted = total - this.count;
    if (this.#reasons.size === 0) return { accepted, rejected: 0, reason: '' };
    const reasons = [...this.#reasons].map(([reason, times]) => (times > 1 ? `${reason} (${times} times)` : reason));
    return { accepted, rejected: this.count, reason: `${this.count} of ${total} ${this.#noun} refused: ${reasons.join('; ')}.` };
  }
}
