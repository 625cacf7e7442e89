/**
 * rate, increase and delta of a series of floats alone, at all windows in one loop: the same steps in the same order as rate.ts and
 * extrapolate.ts take them window by window, and so the same numbers. Most queries spend their time here.
 */
import { presence } from './grid.ts';
import type { FloatsFunction } from './ranges.ts';
import type { RateKind } from './extended-rate.ts';

export function rateOverFloats({ isCounter, perSecond }: RateKind): FloatsFunction {
  return ({ timesMs, values }, { endMs: firstEndMs, strideMs, rangeMs }, { values: results, present }) => {
    const falls = isCounter ? fallsOf(values) : noFalls;
    const rangeS = rangeMs / 1000;
    const count = timesMs.length;
    let from = 0;
    let to = 0;
    let isAny = false;
    for (let step = 0; step < present.length; step++) {
      const endMs = firstEndMs + step * strideMs;
      const startMs = endMs - rangeMs;
      while (to < count && timesMs[to]! <= endMs) to++;
      while (from < to && timesMs[from]! <= startMs) from++;
      if (to - from < 2) continue;
      const first = values[from]!;
      let difference = values[to - 1]! - first;
      if (falls.length > 0) difference = addLost(difference, values, falls, from, to);
      const firstMs = timesMs[from]!;
      const lastMs = timesMs[to - 1]!;
      const sampled = (lastMs - firstMs) / 1000;
      const distance = sampled / (to - from - 1);
      const threshold = distance * 1.1;
      let toStart = (firstMs - startMs) / 1000;
      let toEnd = (endMs - lastMs) / 1000;
      if (toStart >= threshold) toStart = distance / 2;
      if (isCounter && difference > 0 && first >= 0) toStart = Math.min(toStart, sampled * (first / difference));
      if (toEnd >= threshold) toEnd = distance / 2;
      const factor = (sampled + toStart + toEnd) / sampled;
      results[step] = difference * (perSecond ? factor / rangeS : factor);
      present[step] = presence.float;
      isAny = true;
    }
    return isAny;
  };
}

const noFalls = new Int32Array(0);

/** The samples whose value is below the one before. */
function fallsOf(values: Float64Array): Int32Array {
  let falls: number[] | undefined;
  for (let i = 1; i < values.length; i++) if (values[i]! < values[i - 1]!) (falls ??= []).push(i);
  return falls === undefined ? noFalls : Int32Array.from(falls);
}

/** Adds the value before each fall after the first sample. */
function addLost(difference: number, values: Float64Array, falls: Int32Array, from: number, to: number): number {
  let sum = difference;
  for (const fall of falls) if (fall > from && fall < to) sum += values[fall - 1]!;
  return sum;
}
