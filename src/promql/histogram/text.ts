/** A histogram as text, as Prometheus prints one: `{count:3, sum:5, [-0.5,0.5]:1, (1,2]:2}`. */
import { formatGeneral } from '../evaluate/format-float.ts';
import { lowerBound, upperBound } from './bounds.ts';
import { isCustom } from './layout.ts';
import type { Histogram } from './histogram.ts';

/** The populated buckets ascending, each with its bounds: a bracket on the side that counts the bound itself. */
export function histogramText(h: Histogram): string {
  const parts = [`count:${formatGeneral(h.count)}`, `sum:${formatGeneral(h.sum)}`];
  for (let i = h.negative.indexes.length - 1; i >= 0; i--) {
    const index = h.negative.indexes[i]!;
    const count = h.negative.counts[i]!;
    if (count !== 0) parts.push(bucketText(`[${interval(-upperBound(h, index), -lowerBound(h, index))})`, count));
  }
  if (h.zeroCount !== 0) parts.push(bucketText(`[${interval(-h.zeroThreshold, h.zeroThreshold)}]`, h.zeroCount));
  for (let i = 0; i < h.positive.indexes.length; i++) {
    const index = h.positive.indexes[i]!;
    const count = h.positive.counts[i]!;
    const open = isCustom(h) && index === 0 ? '[' : '(';
    if (count !== 0) parts.push(bucketText(`${open}${interval(lowerBound(h, index), upperBound(h, index))}]`, count));
  }
  return `{${parts.join(', ')}}`;
}

function interval(lower: number, upper: number): string {
  return `${formatGeneral(lower)},${formatGeneral(upper)}`;
}

function bucketText(bounds: string, count: number): string {
  return `${bounds}:${formatGeneral(count)}`;
}
