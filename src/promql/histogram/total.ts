/**
 * Sums and averages of many histograms, for aggregations and `…_over_time`: every number is summed with what rounding took away
 * kept beside it, as PromQL does for floats. A mean is the sum divided, and where that sum would leave the range of doubles, a
 * running mean from there on.
 */
import { compensate } from '../evaluate/kahan.ts';
import { combineHints, compact } from './arithmetic.ts';
import { commonLayout, hasLayout, sameBounds, toLayout } from './layout.ts';
import type { Layout } from './layout.ts';
import type { Buckets, Histogram, ResetHint } from './histogram.ts';

type Wanted = 'sum' | 'mean';

/** The numbers of one side, and what each has lost. */
interface Side {
  indexes: number[];
  counts: number[];
  lost: number[];
}

/** Places of the numbers that are not in buckets. */
const count = 0;
const sum = 1;
const zeroCount = 2;

/** Takes histograms one by one and gives their sum or mean at the end. */
export class HistogramTotal {
  /** Exponential and custom buckets met: there is no result. */
  incompatible = false;
  /** Custom bounds differed, and the result has only those that all had. */
  boundsReconciled = false;
  /** How many histograms were added. */
  added = 0;
  readonly #wanted: Wanted;
  #running = false;
  #layout: Layout = { schema: 0, zeroThreshold: 0, bounds: [] };
  #hint: ResetHint = 'unknown';
  #sawReset = false;
  #sawNoReset = false;
  #numbers: Side = { indexes: [count, sum, zeroCount], counts: [0, 0, 0], lost: [0, 0, 0] };
  #positive: Side = emptySide();
  #negative: Side = emptySide();

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  /** One histogram said that counts had started anew and another that they had not. */
  get hintsCollide(): boolean {
    return this.#sawReset && this.#sawNoReset;
  }

  add(h: Histogram): void {
    if (this.incompatible) return;
    this.added++;
    this.#sawReset ||= h.resetHint === 'reset';
    this.#sawNoReset ||= h.resetHint === 'not_reset';
    if (this.added === 1) {
      this.#layout = { schema: h.schema, zeroThreshold: h.zeroThreshold, bounds: h.bounds };
      this.#hint = h.resetHint;
      this.#addNumbers(h, 1);
      return;
    }
    const fitting = this.#fit(h);
    if (fitting === undefined) {
      this.incompatible = true;
      return;
    }
    this.#hint = combineHints(this.#hint, h.resetHint);
    if (this.#wanted === 'mean' && !this.#running && this.#wouldOverflow(fitting)) this.#startRunningMean();
    if (!this.#running) this.#addNumbers(fitting, 1);
    else {
      this.#scale((this.added - 1) / this.added);
      this.#addNumbers(fitting, this.added);
    }
  }

  /** The sum or the mean; undefined when nothing was added or there is no result. Ends the total. */
  result(): Histogram | undefined {
    if (this.added === 0 || this.incompatible) return undefined;
    const divisor = this.#wanted === 'mean' && !this.#running ? this.added : 1;
    const whole = ({ counts, lost }: Side): number[] => counts.map((value, i) => value / divisor + lost[i]! / divisor);
    const numbers = whole(this.#numbers);
    return compact({
      ...this.#layout,
      count: numbers[count]!,
      sum: numbers[sum]!,
      zeroCount: numbers[zeroCount]!,
      positive: { indexes: this.#positive.indexes, counts: whole(this.#positive) },
      negative: { indexes: this.#negative.indexes, counts: whole(this.#negative) },
      resetHint: this.#hint,
    });
  }

  /** Brings the total and the histogram to one layout. */
  #fit(h: Histogram): Histogram | undefined {
    if (hasLayout(h, this.#layout)) return h;
    const total = this.#as('counts');
    const layout = commonLayout(total, h);
    if (layout === undefined) return undefined;
    this.boundsReconciled ||= !sameBounds(total.bounds, h.bounds);
    if (!hasLayout(total, layout)) this.#become(layout, toLayout(total, layout), toLayout(this.#as('lost'), layout));
    return toLayout(h, layout);
  }

  /** The sums, or what they have lost, in the form of a histogram. */
  #as(part: 'counts' | 'lost'): Histogram {
    const numbers = this.#numbers[part];
    return {
      ...this.#layout,
      count: numbers[count]!,
      sum: numbers[sum]!,
      zeroCount: numbers[zeroCount]!,
      positive: { indexes: this.#positive.indexes, counts: this.#positive[part] },
      negative: { indexes: this.#negative.indexes, counts: this.#negative[part] },
      resetHint: this.#hint,
    };
  }

  #become(layout: Layout, total: Histogram, lost: Histogram): void {
    this.#layout = layout;
    this.#numbers.counts[zeroCount] = total.zeroCount;
    this.#numbers.lost[zeroCount] = lost.zeroCount;
    this.#positive = sideOf(total.positive, lost.positive);
    this.#negative = sideOf(total.negative, lost.negative);
  }

  #addNumbers(h: Histogram, divisor: number): void {
    addAt(this.#numbers, count, h.count / divisor);
    addAt(this.#numbers, sum, h.sum / divisor);
    addAt(this.#numbers, zeroCount, h.zeroCount / divisor);
    addSide(this.#positive, h.positive, divisor);
    addSide(this.#negative, h.negative, divisor);
  }

  #wouldOverflow(h: Histogram): boolean {
    const { counts } = this.#numbers;
    return (
      isInfinite(counts[count]! + h.count) ||
      isInfinite(counts[sum]! + h.sum) ||
      isInfinite(counts[zeroCount]! + h.zeroCount) ||
      sideWouldOverflow(this.#positive, h.positive) ||
      sideWouldOverflow(this.#negative, h.negative)
    );
  }

  #startRunningMean(): void {
    this.#running = true;
    this.#scale(1 / (this.added - 1));
  }

  #scale(factor: number): void {
    for (const { counts, lost } of [this.#numbers, this.#positive, this.#negative]) {
      for (let i = 0; i < counts.length; i++) {
        counts[i]! *= factor;
        lost[i]! *= factor;
      }
    }
  }
}

function emptySide(): Side {
  return { indexes: [], counts: [], lost: [] };
}

function sideOf(total: Buckets, lost: Buckets): Side {
  return { indexes: [...total.indexes], counts: [...total.counts], lost: [...lost.counts] };
}

function addAt({ counts, lost }: Side, i: number, value: number): void {
  const total = counts[i]! + value;
  lost[i] = compensate(counts[i]!, value, total, lost[i]!);
  counts[i] = total;
}

function addSide(side: Side, { indexes, counts }: Buckets, divisor: number): void {
  if (!holdsAll(side.indexes, indexes)) insertMissing(side, indexes);
  let at = 0;
  for (let j = 0; j < indexes.length; j++) {
    while (side.indexes[at] !== indexes[j]) at++;
    addAt(side, at, counts[j]! / divisor);
  }
}

function holdsAll(held: readonly number[], wanted: readonly number[]): boolean {
  let at = 0;
  for (let j = 0; j < wanted.length; j++) {
    while (at < held.length && held[at]! < wanted[j]!) at++;
    if (held[at] !== wanted[j]) return false;
  }
  return true;
}

/** Makes room for all given indexes, by one merge. */
function insertMissing(side: Side, wanted: readonly number[]): void {
  const { indexes, counts, lost } = side;
  const merged = emptySide();
  let i = 0;
  let j = 0;
  while (i < indexes.length || j < wanted.length) {
    const held = indexes[i] ?? Infinity;
    const index = Math.min(held, wanted[j] ?? Infinity);
    merged.indexes.push(index);
    merged.counts.push(held === index ? counts[i]! : 0);
    merged.lost.push(held === index ? lost[i]! : 0);
    if (held === index) i++;
    if (wanted[j] === index) j++;
  }
  Object.assign(side, merged);
}

function sideWouldOverflow(side: Side, { indexes, counts }: Buckets): boolean {
  let at = 0;
  for (let j = 0; j < indexes.length; j++) {
    while (at < side.indexes.length && side.indexes[at]! < indexes[j]!) at++;
    const before = side.indexes[at] === indexes[j] ? side.counts[at]! : 0;
    if (isInfinite(before + counts[j]!)) return true;
  }
  return false;
}

function isInfinite(value: number): boolean {
  return value === Infinity || value === -Infinity;
}
