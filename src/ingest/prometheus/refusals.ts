/** Counts what a request loses while the rest of it is stored, and says why, with the first series that each rule hit. */
import type { LabelSet } from './decode-labels.ts';

const exampleCharacters = 200;

interface Refused {
  count: number;
  readonly example: string;
}

export class Refusals {
  count = 0;
  readonly #byRule = new Map<string, Refused>();

  /** Refuses points and exemplars of a series; `rule` is one of few texts and says what they break. */
  refuse(rule: string, count: number, labels: LabelSet): void {
    this.count += count;
    const known = this.#byRule.get(rule);
    if (known === undefined) this.#byRule.set(rule, { count, example: labels.text(exampleCharacters) });
    else known.count += count;
  }

  /** A sentence for the sender; empty when nothing was refused. */
  sentence(accepted: number): string {
    if (this.count === 0) return '';
    const reasons = [...this.#byRule].map(([rule, { count, example }]) => `${rule} (${count}, the first in ${example})`);
    const others = accepted === 0 ? '' : ', the others are stored';
    return `${this.count} of ${accepted + this.count} samples, histograms and exemplars were refused${others}: ${reasons.join('; ')}.`;
  }
}
