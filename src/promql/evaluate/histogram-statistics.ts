/**
 * Selectors below histogram_count, histogram_sum and histogram_avg: only count and sum of the histograms are asked for. Buckets
 * are left out, and whether counts have started anew is found out before, sample by sample, while the buckets are there. As in
 * Prometheus this can be seen: hints found so may collide, and custom bounds are not there to differ.
 */
import type { Expr, VectorSelector } from '../ast.ts';
import { noBuckets } from '../histogram/histogram.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { detectReset } from '../histogram/reset.ts';
import type { SeriesSamples } from '../source.ts';
import { partsOf } from './shape.ts';

const ofStatistics: ReadonlySet<string> = new Set(['histogram_avg', 'histogram_count', 'histogram_sum']);
const ofBuckets: ReadonlySet<string> = new Set(['histogram_fraction', 'histogram_quantile', 'histogram_quantiles']);

/** The selectors of an expression of which buckets are not needed. */
export function selectorsWithoutBuckets(expr: Expr): ReadonlySet<VectorSelector> {
  const found = new Set<VectorSelector>();
  // Those above that ask for statistics; the walk ends where buckets are needed. The parser limits how deep expressions are.
  const walk = (node: Expr, areAsked: boolean): void => {
    if (needsBuckets(node)) return;
    if (node.type === 'vectorSelector' && areAsked) found.add(node);
    const areAskedBelow = areAsked || (node.type === 'call' && ofStatistics.has(node.name));
    for (const part of partsOf(node)) walk(part, areAskedBelow);
  };
  walk(expr, false);
  return found;
}

/** A subquery leaves samples out, so that resets can be found only where it is used. */
function needsBuckets(node: Expr): boolean {
  if (node.type === 'binary') return node.operator === '</' || node.operator === '>/';
  return node.type === 'subquery' || (node.type === 'call' && ofBuckets.has(node.name));
}

export function withoutBuckets(samples: SeriesSamples): SeriesSamples {
  if (samples.histograms === undefined) return samples;
  let previous: Histogram | undefined;
  const histograms = samples.histograms.map((histogram) => {
    if (histogram === undefined) return undefined;
    const reduced = reduce(histogram, previous);
    previous = histogram;
    return reduced;
  });
  return { ...samples, histograms };
}

function reduce(histogram: Histogram, previous: Histogram | undefined): Histogram {
  let { resetHint } = histogram;
  if (resetHint === 'unknown' && previous !== undefined) resetHint = detectReset(previous, histogram) ? 'reset' : 'not_reset';
  const { schema, count, sum } = histogram;
  const none = { zeroThreshold: 0, zeroCount: 0, positive: noBuckets, negative: noBuckets, bounds: [] };
  return { schema, count, sum, ...none, resetHint };
}
