/** Golden signals from counts per duration bucket (model/rollups.ts). */
import { bucketsPerOctave } from '../../model/rollups.ts';
import type { Golden, GoldenOverTime, GridValues } from './contract.ts';
import { coveredSeconds, secondsOf, showGrid } from './grid.ts';
import type { Grid } from './grid.ts';

/** Requests that something served in some time. */
export interface Tally {
  requests: number;
  errors: number;
  /** Requests by duration bucket. */
  readonly buckets: Map<number, number>;
}

/** A row of counts: of one step, when there are steps. */
export interface TallyRow {
  readonly step: number;
  readonly errors: number;
  readonly buckets: readonly (readonly [bucket: number, requests: number])[];
}

/** Sums rows. */
export function tally(rows: readonly TallyRow[]): Tally {
  const sum: Tally = { requests: 0, errors: 0, buckets: new Map() };
  for (const { errors, buckets } of rows) {
    sum.errors += errors;
    for (const [bucket, requests] of buckets) {
      sum.requests += requests;
      sum.buckets.set(bucket, (sum.buckets.get(bucket) ?? 0) + requests);
    }
  }
  return sum;
}

export function toGolden(sum: Tally, seconds: number): Golden {
  const [p50Ns = null, p95Ns = null, p99Ns = null] = quantiles(sum.buckets, [0.5, 0.95, 0.99]);
  return {
    requests: sum.requests,
    ratePerSecond: sum.requests / seconds,
    errors: sum.errors,
    errorShare: sum.requests === 0 ? 0 : sum.errors / sum.requests,
    p50Ns,
    p95Ns,
    p99Ns,
  };
}

/** Golden signals of a whole range from the rows of its steps. */
export function goldenOf(rows: readonly TallyRow[], { range }: Grid): Golden {
  return toGolden(tally(rows), secondsOf(range));
}

/** Golden signals per step. Where nothing was served the rate is 0 and the rest is null. */
export function goldenOverTime(rows: readonly TallyRow[], grid: Grid): GoldenOverTime {
  const steps: (Golden | undefined)[] = Array.from({ length: grid.points });
  for (const row of rows) steps[row.step] = toGolden(tally([row]), coveredSeconds(grid, row.step));
  const values = (pick: (golden: Golden) => number | null, empty: number | null = null): GridValues =>
    steps.map((golden) => (golden === undefined ? empty : pick(golden)));
  return {
    grid: showGrid(grid),
    ratePerSecond: values((golden) => golden.ratePerSecond, 0),
    errorShare: values((golden) => golden.errorShare),
    p50Ns: values((golden) => golden.p50Ns),
    p95Ns: values((golden) => golden.p95Ns),
    p99Ns: values((golden) => golden.p99Ns),
  };
}

/** Worst first: by share of errors, then by p99; what served nothing comes last. */
export function compareWorstFirst(a: Golden, b: Golden): number {
  return b.errorShare - a.errorShare || (b.p99Ns ?? -1) - (a.p99Ns ?? -1) || b.requests - a.requests;
}

/**
 * Quantiles in ns, rising by `shares`; none when the buckets are empty. Within a bucket, whose bounds are a factor of 2^(1/8)
 * apart, requests are taken as spread evenly over the logarithm of the duration: off by less than 4.5 % of the true value
 * when it falls to the bucket's middle, by less than 9.1 % at worst.
 */
export function quantiles(buckets: ReadonlyMap<number, number>, shares: readonly number[]): readonly number[] {
  const sorted = [...buckets].toSorted(([a], [b]) => a - b);
  const total = sorted.reduce((sum, [, requests]) => sum + requests, 0);
  if (total === 0) return [];
  const found: number[] = [];
  let before = 0;
  for (const [bucket, requests] of sorted) {
    for (
      let share = shares[found.length];
      share !== undefined && share * total <= before + requests;
      share = shares[found.length]
    ) {
      const within = (share * total - before) / requests;
      found.push(2 ** ((bucket - 1 + within) / bucketsPerOctave));
    }
    before += requests;
  }
  return found;
}
