/**
 * The extrapolation of rate, increase and delta. What lies between the first and the last sample of a range is known; towards
 * the edges it is extrapolated: all the way where the nearest sample is less than 1.1 mean distances between samples away, else
 * by half a distance, as the series then seems to begin or end within the range. A counter is not extrapolated below zero.
 */

/** At least two samples, and the range (startMs, endMs] they lie in. */
export interface SampledRange {
  readonly firstMs: number;
  readonly lastMs: number;
  /** How many samples there are. */
  readonly count: number;
  readonly startMs: number;
  readonly endMs: number;
  /** How many times the difference of the samples zero lies below the first one; infinite where zero is no bound. */
  readonly fallenToZero: number;
}

/** By what the difference of the last and the first sample is multiplied to make it one over the range. */
export function extrapolation({ firstMs, lastMs, count, startMs, endMs, fallenToZero }: SampledRange): number {
  const sampled = (lastMs - firstMs) / 1000;
  const distance = sampled / (count - 1);
  const threshold = distance * 1.1;
  let toStart = (firstMs - startMs) / 1000;
  let toEnd = (endMs - lastMs) / 1000;
  if (toStart >= threshold) toStart = distance / 2;
  toStart = Math.min(toStart, sampled * fallenToZero);
  if (toEnd >= threshold) toEnd = distance / 2;
  return (sampled + toStart + toEnd) / sampled;
}
