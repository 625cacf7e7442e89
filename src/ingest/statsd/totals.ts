/** What the lines of a series add up to. */
import { randomBytes } from 'node:crypto';
import { Hash } from '../../base/hash.ts';
import { assert } from '../../base/assert.ts';
import type { LineKind, LineReader, Refusal } from './decode.ts';
import { emptyHistogram, observe } from './histogram.ts';
import type { NativeHistogram } from './histogram.ts';

export type Total =
  | { readonly kind: 'counter' | 'gauge'; value: number }
  | { readonly kind: 'histogram'; readonly histogram: NativeHistogram }
  | DistinctValues;

/** The values of a set since the last flush, as hashes of 53 bits: two values in a million million million share one by chance. */
export interface DistinctValues {
  readonly kind: 'set';
  readonly hashes: Set<number>;
}

/** How many distinct values all sets hold together, and may hold. */
export interface SetBudget {
  count: number;
  readonly max: number;
}

/** Timers come in milliseconds and are kept in seconds, the unit of Prometheus for times. */
const msPerSecond = 1000;
const two21 = 2 ** 21;

const hash = new Hash();
/** Of this process, so that nobody can choose values that share a hash. */
const seed = randomBytes(8);
const seedLow = seed.readInt32LE(0);
const seedHigh = seed.readInt32LE(4);

export function emptyTotal(kind: LineKind): Total {
  switch (kind) {
    case 'counter':
    case 'gauge':
      return { kind, value: 0 };
    case 'timer':
    case 'histogram':
      return { kind: 'histogram', histogram: emptyHistogram() };
    case 'set':
      return { kind, hashes: new Set() };
  }
}

/** The unit of what a line of a kind adds up to, as Prometheus writes it; empty when it says none. */
export function unitOf(kind: LineKind): string {
  return kind === 'timer' ? 'seconds' : '';
}

/** Whether lines of a kind belong to a total. */
export function fits(kind: LineKind, total: Total): boolean {
  return total.kind === (kind === 'timer' ? 'histogram' : kind);
}

/** Adds a line to a total that it fits. Gives why not, if so; values before the one that was too much are added then. */
export function addLine(total: Total, line: LineReader, budget: SetBudget): Refusal | undefined {
  if (total.kind === 'set') return addDistinct(total.hashes, line, budget);
  const { values, isSigned, count, weight } = line;
  for (let i = 0; i < count; i++) {
    const value = values[i] ?? 0;
    if (total.kind === 'histogram') {
      if (!observe(total.histogram, line.kind === 'timer' ? value / msPerSecond : value, weight)) return 'overflow';
      continue;
    }
    const next = total.kind === 'counter' ? total.value + value * weight : isSigned[i] === 1 ? total.value + value : value;
    if (!Number.isFinite(next)) return 'overflow';
    total.value = next;
  }
  return undefined;
}

function addDistinct(hashes: Set<number>, line: LineReader, budget: SetBudget): Refusal | undefined {
  hash.begin(seedLow, seedHigh).addBytes(line.view, line.valueStart, line.valueEnd).finish();
  const value = (hash.high >>> 0) * two21 + (hash.low >>> 11);
  if (hashes.has(value)) return undefined;
  if (budget.count >= budget.max) return 'set_values_limit';
  budget.count++;
  hashes.add(value);
  return undefined;
}

/** Empties a set for the time until the next flush. */
export function emptySet({ hashes }: DistinctValues, budget: SetBudget): void {
  budget.count -= hashes.size;
  assert(budget.count >= 0, 'every value of a set was counted');
  hashes.clear();
}
