/** Functions that turn each sample of a vector into another one, by itself. */
import type { Histogram } from '../histogram/histogram.ts';
import type { Evaluation } from './evaluation.ts';
import { newSeries, presence, setFloat, unite, withoutSchema } from './grid.ts';
import type { GridSeries } from './grid.ts';

/** The value of `apply` at the floats of a vector; histograms are left out. */
export async function mapFloats(
  series: readonly GridSeries[],
  evaluation: Evaluation,
  apply: (value: number, step: number) => number,
): Promise<readonly GridSeries[]> {
  return mapSeries(series, evaluation, (from, to) => {
    for (let step = 0; step < to.values.length; step++) {
      if (from.present[step] === presence.float) setFloat(to, step, apply(from.values[step]!, step));
    }
  });
}

/** The value of `apply` at the histograms of a vector; floats are left out. */
export async function mapHistograms(
  series: readonly GridSeries[],
  evaluation: Evaluation,
  apply: (histogram: Histogram) => number,
): Promise<readonly GridSeries[]> {
  return mapSeries(series, evaluation, (from, to) => {
    for (let step = 0; step < to.values.length; step++) {
      if (from.present[step] === presence.histogram) setFloat(to, step, apply(from.histograms![step]!));
    }
  });
}

/** New series without name, filled series by series. */
export async function mapSeries(
  series: readonly GridSeries[],
  evaluation: Evaluation,
  fill: (from: GridSeries, to: GridSeries) => void,
): Promise<readonly GridSeries[]> {
  const { delayedNameRemoval } = evaluation.options;
  const mapped: GridSeries[] = [];
  for (const from of series) {
    if (evaluation.isDue()) await evaluation.pause();
    const to = newSeries(delayedNameRemoval ? from.labels : withoutSchema(from.labels), from.values.length, true);
    fill(from, to);
    mapped.push(to);
  }
  return delayedNameRemoval ? mapped : unite(mapped);
}
