/**
 * The bytes that stand for a series of a protobuf body, where name and labels lie apart: the name of the family with its length,
 * the labels of the metric with their number and lengths, which sample of the metric it is, and its bound if it has one.
 */

/** Which sample of a metric: what is added to the name. The place of each is part of the key. */
export const nameSuffixes = ['', '_count', '_sum', '_bucket'] as const;
export type NameSuffix = (typeof nameSuffixes)[number];

const wordBytes = 4;
/** One for the suffix, eight for the bound. */
const sampleBytes = 9;

/** Written from the left: a family, then each of its metrics over the last one, then each sample. */
export class SeriesKey {
  bytes = new Uint8Array(256);
  /** Where the key ends. */
  end = 0;
  #view = new DataView(this.bytes.buffer);
  #familyEnd = 0;
  #metricEnd = 0;

  family(source: Uint8Array, start: number, end: number): void {
    this.#familyEnd = this.#append(0, source, start, end);
  }

  /** Starts a metric with so many labels, which come by `label`. */
  metric(labels: number): void {
    this.#ensure(this.#familyEnd + wordBytes);
    this.#view.setUint32(this.#familyEnd, labels);
    this.#metricEnd = this.#familyEnd + wordBytes;
  }

  /** A label as its message. */
  label(source: Uint8Array, start: number, end: number): void {
    this.#metricEnd = this.#append(this.#metricEnd, source, start, end);
  }

  /** Ends the key. A bound of NaN is none: no bucket and no quantile has it. */
  sample(suffix: NameSuffix, bound: number): void {
    this.#ensure(this.#metricEnd + sampleBytes);
    this.bytes[this.#metricEnd] = nameSuffixes.indexOf(suffix);
    this.#view.setFloat64(this.#metricEnd + 1, bound);
    this.end = this.#metricEnd + sampleBytes;
  }

  #append(at: number, source: Uint8Array, start: number, end: number): number {
    const next = at + wordBytes + end - start;
    this.#ensure(next);
    this.#view.setUint32(at, end - start);
    this.bytes.set(source.subarray(start, end), at + wordBytes);
    return next;
  }

  #ensure(size: number): void {
    if (size <= this.bytes.length) return;
    const larger = new Uint8Array(2 * size);
    larger.set(this.bytes);
    this.bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
