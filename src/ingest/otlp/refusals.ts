import type { Outcome } from '../../engine/commit.ts';

/** Counts what a request loses while the rest of it is taken, and says why: OTLP's partial success. */
export class Refusals {
  #count = 0;
  readonly #noun: string;
  readonly #reasons = new Map<string, number>();
  readonly #omissions = new Map<string, number>();

  /** `noun` names spans, log records or points, in the plural. */
  constructor(noun: string) {
    this.#noun = noun;
  }

  /** Refuses one unit; `rule` says what it breaks: `trace_id must be 16 bytes`. */
  refuse(rule: string): void {
    this.#count++;
    countUp(this.#reasons, rule);
  }

  /** Notes a part that was left out of a unit which is taken. */
  leaveOut(noun: string, rule: string): void {
    countUp(this.#omissions, `${noun}: ${rule}`);
  }

  /** The outcome for a request that held `total` units. */
  outcome(total: number): Outcome {
    const sentences: string[] = [];
    if (this.#count > 0) sentences.push(`${this.#count} of ${total} ${this.#noun} refused: ${listed(this.#reasons)}.`);
    if (this.#omissions.size > 0) sentences.push(`Left out of what was taken: ${listed(this.#omissions)}.`);
    return { accepted: total - this.#count, rejected: this.#count, reason: sentences.join(' ') };
  }
}

function countUp(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts].map(([text, times]) => (times > 1 ? `${text} (${times} times)` : text)).join('; ');
}
