/**
 * Makes native histograms coarser until they keep the limits of a job (`native_histogram_bucket_limit`,
 * `native_histogram_min_bucket_factor`): one step down in schema joins buckets 2i - 1 and 2i into bucket i.
 */
import { SondeError } from '../base/errors.ts';
import type { NativeHistogram } from '../codec/exposition/exposition.ts';
import type { ScrapeLimits } from './config.ts';

const schemaMin = -4;
const schemaMax = 8;

/** The histogram within the limits. Throws `too_large` when it can not be made coarse enough. */
export function withinLimits(histogram: NativeHistogram, { buckets, bucketFactor }: ScrapeLimits): NativeHistogram {
  if (histogram.schema < schemaMin) {
    if (buckets > 0 && bucketCount(histogram) > buckets) throw overLimit(histogram, buckets);
    return histogram;
  }
  const finest = finestSchema(bucketFactor);
  let coarse = histogram.schema > finest ? coarser(histogram, histogram.schema - finest) : histogram;
  if (buckets === 0) return coarse;
  for (; bucketCount(coarse) > buckets; coarse = coarser(coarse, 1)) {
    if (coarse.schema === schemaMin) throw overLimit(histogram, buckets);
  }
  return coarse;
}

/** The finest schema whose buckets grow by the factor at least: by 2^(2^-schema). */
function finestSchema(factor: number): number {
  if (factor <= 1) return schemaMax;
  return Math.min(Math.max(-Math.ceil(Math.log2(Math.log2(factor))), schemaMin), schemaMax);
}

function bucketCount({ positiveIndexes, negativeIndexes }: NativeHistogram): number {
  return positiveIndexes.length + negativeIndexes.length;
}

function overLimit(histogram: NativeHistogram, limit: number): SondeError {
  return new SondeError('too_large', `Over the native_histogram_bucket_limit of ${limit}: ${bucketCount(histogram)} buckets.`);
}

function coarser(histogram: NativeHistogram, steps: number): NativeHistogram {
  const positive = joined(histogram.positiveIndexes, histogram.positiveCounts, steps);
  const negative = joined(histogram.negativeIndexes, histogram.negativeCounts, steps);
  return {
    ...histogram,
    schema: histogram.schema - steps,
    positiveIndexes: positive.indexes,
    positiveCounts: positive.counts,
    negativeIndexes: negative.indexes,
    negativeCounts: negative.counts,
  };
}

function joined(indexes: readonly number[], counts: readonly number[], steps: number): { indexes: number[]; counts: number[] } {
  const into = { indexes: [] as number[], counts: [] as number[] };
  for (const [i, index] of indexes.entries()) {
    const target = ((index - 1) >> steps) + 1;
    const last = into.indexes.length - 1;
    if (into.indexes[last] === target) into.counts[last] = (into.counts[last] ?? 0) + (counts[i] ?? 0);
    else {
      into.indexes.push(target);
      into.counts.push(counts[i] ?? 0);
    }
  }
  return into;
}
