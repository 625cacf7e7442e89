/** Classic histograms as native ones with custom buckets: what Prometheus calls NHCB. */
import { SondeError } from '../../base/errors.ts';
import { customSchema, noBuckets } from './histogram.ts';
import type { Histogram } from './histogram.ts';

export interface ClassicHistogram {
  /** In any order; a bound that comes again is left out. */
  readonly buckets: readonly { readonly upperBound: number; readonly cumulativeCount: number }[];
  /** Of all observations; that of the last bucket when absent. */
  readonly count: number | undefined;
  readonly sum: number;
}

/** Throws bad_request when counts fall from one bound to the next, are negative, or do not fit the count of all. */
export function toCustomBuckets({ buckets, count, sum }: ClassicHistogram): Histogram {
  const ascending = sortBuckets(buckets);
  const finite = ascending.filter(({ upperBound }) => upperBound !== Infinity);
  const last = ascending.at(-1);
  const total = count ?? last?.cumulativeCount ?? 0;
  const infinite = last?.upperBound === Infinity ? last.cumulativeCount : total;
  if (infinite !== total) {
    throw new SondeError('bad_request', `a histogram counts ${total} observations, but its bucket le="+Inf" has ${infinite}`);
  }
  const cumulative = [...finite.map(({ cumulativeCount }) => cumulativeCount), total];
  const indexes: number[] = [];
  const counts: number[] = [];
  let before = 0;
  for (const [index, upTo] of cumulative.entries()) {
    if (!(upTo >= before)) throw new SondeError('bad_request', `cumulative buckets must not fall, but ${upTo} follows ${before}`);
    if (upTo > before) {
      indexes.push(index);
      counts.push(upTo - before);
    }
    before = upTo;
  }
  return {
    schema: customSchema,
    count: total,
    sum,
    zeroThreshold: 0,
    zeroCount: 0,
    positive: { indexes, counts },
    negative: noBuckets,
    bounds: finite.map(({ upperBound }) => upperBound),
    resetHint: 'unknown',
  };
}

function sortBuckets(buckets: ClassicHistogram['buckets']): ClassicHistogram['buckets'] {
  const ascending = buckets.toSorted((a, b) => a.upperBound - b.upperBound);
  return ascending.filter(({ upperBound }, i) => upperBound !== ascending[i - 1]?.upperBound);
}
