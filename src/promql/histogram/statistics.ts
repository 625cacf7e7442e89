/** histogram_avg, histogram_stddev and histogram_stdvar. NaN for a histogram without observations. */
import { compensate } from '../evaluate/kahan.ts';
import { countAt, lowerAt, placesOf, upperAt } from './buckets.ts';
import { isCustom } from './layout.ts';
import type { Histogram } from './histogram.ts';

export function average(h: Histogram): number {
  return h.sum / h.count;
}

export function standardDeviation(h: Histogram): number {
  return Math.sqrt(variance(h));
}

/** The variance if all observations of a bucket lay in its middle; the mean is exact. */
export function variance(h: Histogram): number {
  const mean = average(h);
  let sum = 0;
  let compensation = 0;
  for (let place = 0; place < placesOf(h); place++) {
    const count = countAt(h, place);
    if (count === 0) continue;
    const distance = middle(h, lowerAt(h, place), upperAt(h, place)) - mean;
    const square = count * distance * distance;
    compensation = compensate(sum, square, sum + square, compensation);
    sum += square;
  }
  return (sum + compensation) / h.count;
}

function middle(h: Histogram, lower: number, upper: number): number {
  if (isCustom(h)) return (upper + lower) / 2;
  if (lower <= 0 && upper >= 0) return 0;
  const geometric = Math.sqrt(upper * lower);
  return upper < 0 ? -geometric : geometric;
}
