/** What a target says about its metric families: type, help and unit, of the last good scrape. */
import type { FamilyType } from '../codec/exposition/exposition.ts';

export interface FamilyMetadata {
  type: FamilyType;
  help: string;
  unit: string;
}

const familiesMax = 20_000;
const charactersMax = 4 * 1024 * 1024;

/** Collects in the order of a body; what is over its bounds is left out, as it is for people to read. */
export class MetadataCollector {
  readonly families = new Map<string, FamilyMetadata>();
  #last = '';
  #entry: FamilyMetadata | undefined;
  #characters = 0;

  add(family: string, kind: 'type' | 'help' | 'unit', text: string): void {
    this.#characters += family.length + text.length;
    if (this.#characters > charactersMax) return;
    if (family !== this.#last || this.#entry === undefined) this.#entry = this.#find(family);
    this.#last = family;
    if (this.#entry === undefined) return;
    if (kind === 'type') this.#entry.type = text as FamilyType;
    else this.#entry[kind] = text;
  }

  #find(family: string): FamilyMetadata | undefined {
    let entry = this.families.get(family);
    if (entry === undefined && this.families.size < familiesMax) {
      entry = { type: 'unknown', help: '', unit: '' };
      this.families.set(family, entry);
    }
    return entry;
  }

  /** What was said about the family that was spoken of last, when a metric can be part of it. */
  lastFor(metric: string): FamilyMetadata | undefined {
    return metric.startsWith(this.#last) ? this.#entry : undefined;
  }
}
