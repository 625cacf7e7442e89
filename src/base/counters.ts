/**
 * Sonde's counts about itself: a flat registry of monotonic counters and gauges by name and labels, read by /metrics.
 * Names follow the Prometheus conventions (`sonde_rows_stored_total`). One registry per process, handed to the parts.
 */
export interface CounterSample {
  readonly name: string;
  readonly kind: 'counter' | 'gauge';
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface Family {
  readonly kind: 'counter' | 'gauge';
  readonly samples: Map<string, { labels: Readonly<Record<string, string>>; value: number }>;
}

export class Counters {
  readonly #families = new Map<string, Family>();
  readonly #probes: (() => void)[] = [];

  /** Adds to a counter. */
  add(name: string, labels: Readonly<Record<string, string>>, amount: number): void {
    this.#sample(name, 'counter', labels).value += amount;
  }

  /** Sets a gauge. */
  set(name: string, labels: Readonly<Record<string, string>>, value: number): void {
    this.#sample(name, 'gauge', labels).value = value;
  }

  /** Registers a function that refreshes gauges just before they are read. */
  beforeRead(probe: () => void): void {
    this.#probes.push(probe);
  }

  /** The value of one sample, 0 when it was never touched. */
  value(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.#families.get(name)?.samples.get(keyOf(labels))?.value ?? 0;
  }

  /** All samples, grouped by name in order of first use. */
  read(): CounterSample[] {
    for (const probe of this.#probes) probe();
    const all: CounterSample[] = [];
    for (const [name, family] of this.#families) {
      for (const { labels, value } of family.samples.values()) all.push({ name, kind: family.kind, labels, value });
    }
    return all;
  }

  #sample(name: string, kind: 'counter' | 'gauge', labels: Readonly<Record<string, string>>): { value: number } {
    let family = this.#families.get(name);
    if (family === undefined) this.#families.set(name, (family = { kind, samples: new Map() }));
    const key = keyOf(labels);
    let sample = family.samples.get(key);
    if (sample === undefined) family.samples.set(key, (sample = { labels, value: 0 }));
    return sample;
  }
}

function keyOf(labels: Readonly<Record<string, string>>): string {
  let key = '';
  for (const name in labels) key += `${name}\u0000${labels[name]}\u0001`;
  return key;
}
