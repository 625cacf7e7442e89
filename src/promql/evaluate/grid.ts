/**
 * A vector expression as columns: its value at every step of a query at once, series by series. What is in a grid is shared
 * between expressions and never changed once it is made.
 */
import { SondeError } from '../../base/errors.ts';
import { labelsKey, pickLabels } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { Histogram } from '../histogram/histogram.ts';

/** The times of an evaluation: startMs, startMs + stepMs, … up to endMs; `steps` of them, one for an instant. */
export interface Grid {
  readonly startMs: number;
  readonly endMs: number;
  readonly stepMs: number;
  readonly steps: number;
}

/** What a series has at a step, in `GridSeries.present`. */
export const presence = { absent: 0, float: 1, histogram: 2 } as const;

export interface GridSeries {
  readonly labels: Labels;
  /** By step, where `present` says float. */
  readonly values: Float64Array;
  /** By step, by `presence`. */
  readonly present: Uint8Array;
  /** By step, where `present` says histogram; undefined when no step is one. */
  histograms: (Histogram | undefined)[] | undefined;
  /** The name is still among the labels, but the result is without it (delayed name removal). */
  dropName: boolean;
}

export interface VectorGrid {
  readonly series: readonly GridSeries[];
}

/** A grid of one or more steps; an end before the start gives none. */
export function gridOf(startMs: number, endMs: number, stepMs: number): Grid {
  const steps = endMs < startMs ? 0 : stepMs > 0 ? Math.floor((endMs - startMs) / stepMs) + 1 : 1;
  return { startMs, endMs, stepMs, steps };
}

/** The first step alone, for what is the same at all of them. */
export function firstStep({ startMs, stepMs }: Grid): Grid {
  return { startMs, endMs: startMs, stepMs, steps: 1 };
}

/** A series that is absent at every step, to be filled. */
export function newSeries(labels: Labels, steps: number, dropName: boolean): GridSeries {
  return { labels, values: new Float64Array(steps), present: new Uint8Array(steps), histograms: undefined, dropName };
}

/** Of the series of one slab together: worth it, and not so many that one series which is kept holds on to megabytes. */
const slabSteps = 16_384;

/**
 * Makes series as `newSeries` does, for those who make up to `count` of them, perhaps thousands: their columns lie in slabs, which spares
 * memory of its own for each.
 */
export function seriesMaker(steps: number, count: number): (labels: Labels, dropName: boolean) => GridSeries {
  const perSlab = Math.max(1, Math.min(count, Math.floor(slabSteps / Math.max(1, steps))));
  let values = new Float64Array(0);
  let present = new Uint8Array(0);
  let at = 0;
  return (labels, dropName) => {
    if (at + steps > values.length) {
      values = new Float64Array(perSlab * steps);
      present = new Uint8Array(perSlab * steps);
      at = 0;
    }
    at += steps;
    return {
      labels,
      values: values.subarray(at - steps, at),
      present: present.subarray(at - steps, at),
      histograms: undefined,
      dropName,
    };
  };
}

export function setFloat(series: GridSeries, step: number, value: number): void {
  series.values[step] = value;
  series.present[step] = presence.float;
}

export function setHistogram(series: GridSeries, step: number, histogram: Histogram): void {
  series.histograms ??= Array.from<Histogram | undefined>({ length: series.present.length });
  series.histograms[step] = histogram;
  series.present[step] = presence.histogram;
}

/** Copies whatever `from` has at a step. */
export function copyStep(to: GridSeries, from: GridSeries, step: number): void {
  if (from.present[step] === presence.float) setFloat(to, step, from.values[step]!);
  else if (from.present[step] === presence.histogram) setHistogram(to, step, from.histograms![step]!);
}

export function hasSamples(series: GridSeries): boolean {
  return series.present.some((kind) => kind !== presence.absent);
}

/** By step, 1 where any of the series has a sample, else 0. */
export function presenceOfAny(series: readonly GridSeries[], steps: number): Uint8Array {
  const found = new Uint8Array(steps);
  for (const { present } of series) {
    for (let step = 0; step < steps; step++) if (present[step] !== presence.absent) found[step] = 1;
  }
  return found;
}

/** What a series has at its first step, at each of `steps` steps. */
export function repeatFirst(series: GridSeries, steps: number): GridSeries {
  return {
    ...series,
    values: new Float64Array(steps).fill(series.values[0]!),
    present: new Uint8Array(steps).fill(series.present[0]!),
    histograms: series.histograms && Array.from({ length: steps }, () => series.histograms?.[0]),
  };
}

/** Labels without those that say what is measured: its name, type and unit. */
export function withoutSchema(labels: Labels): Labels {
  return pickLabels(labels, (name) => name !== '__name__' && name !== '__type__' && name !== '__unit__');
}

/**
 * Makes one series of those with equal labels. Throws `query_failed` where two of them have a sample at the same step: a vector
 * has no label set twice.
 */
export function unite(series: readonly GridSeries[]): readonly GridSeries[] {
  const byLabels = new Map<string, GridSeries[]>();
  for (const each of series) {
    const key = labelsKey(each.labels);
    const equal = byLabels.get(key);
    if (equal === undefined) byLabels.set(key, [each]);
    else equal.push(each);
  }
  if (byLabels.size === series.length) return series;
  return [...byLabels.values()].map((equal) => (equal.length === 1 ? equal[0]! : merge(equal)));
}

function merge(series: readonly GridSeries[]): GridSeries {
  const ordered = series.toSorted((a, b) => firstPresent(a) - firstPresent(b));
  const { labels, present, dropName } = ordered[0]!;
  const merged = newSeries(labels, present.length, dropName);
  for (const each of ordered) {
    for (let step = 0; step < present.length; step++) {
      if (each.present[step] === presence.absent) continue;
      if (merged.present[step] !== presence.absent) {
        throw new SondeError('query_failed', 'vector cannot contain metrics with the same labelset');
      }
      copyStep(merged, each, step);
    }
  }
  return merged;
}

function firstPresent(series: GridSeries): number {
  const first = series.present.findIndex((kind) => kind !== presence.absent);
  return first < 0 ? series.present.length : first;
}
