/**
 * The value of a series at time T is its newest sample in (T - lookback, T], unless that is a stale marker, which says that the
 * series ended.
 */
import { sampleKinds } from '../source.ts';
import type { SeriesSamples } from '../source.ts';
import { newSeries, setFloat, setHistogram } from './grid.ts';
import type { Grid, GridSeries } from './grid.ts';

/** When samples are looked up: at startMs for the first step, strideMs later for each further one. */
export interface Lookup {
  readonly startMs: number;
  /** 0 when `@` pins the time. */
  readonly strideMs: number;
  readonly steps: number;
  readonly lookbackMs: number;
}

/** What is taken from the sample that was found. */
export type Taken = 'value' | 'time' | 'start';

export function lookupOf(grid: Grid, pinnedMs: number | undefined, offsetMs: number, lookbackMs: number): Lookup {
  const { steps } = grid;
  if (pinnedMs !== undefined) return { startMs: pinnedMs - offsetMs, strideMs: 0, steps, lookbackMs };
  return { startMs: grid.startMs - offsetMs, strideMs: grid.stepMs, steps, lookbackMs };
}

/** The series at each step; undefined when it is absent at all of them. Goes through the samples once. */
export function look(samples: SeriesSamples, lookup: Lookup, taken: Taken = 'value'): GridSeries | undefined {
  const { timesMs, kinds, values } = samples;
  let series: GridSeries | undefined;
  let next = 0;
  for (let step = 0; step < lookup.steps; step++) {
    const timeMs = lookup.startMs + step * lookup.strideMs;
    while (next < timesMs.length && timesMs[next]! <= timeMs) next++;
    const newest = next - 1;
    if (newest < 0 || timesMs[newest]! <= timeMs - lookup.lookbackMs || kinds[newest] === sampleKinds.stale) continue;
    series ??= newSeries(samples.labels, lookup.steps, taken !== 'value');
    if (taken === 'time') setFloat(series, step, timesMs[newest]! / 1000);
    else if (taken === 'start') setFloat(series, step, (samples.startsMs?.[newest] ?? 0) / 1000);
    else if (kinds[newest] === sampleKinds.float) setFloat(series, step, values[newest]!);
    else setHistogram(series, step, samples.histograms![newest]!);
  }
  return series;
}
