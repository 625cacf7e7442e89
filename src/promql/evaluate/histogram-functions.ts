/** histogram_quantile, histogram_quantiles and histogram_fraction, of native and of classic histograms. */
import { labelValue, metricName, withLabel } from '../../lang/labels.ts';
import { bucketFraction, bucketQuantile } from '../histogram/classic.ts';
import type { ClassicBuckets } from '../histogram/classic.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { fraction, quantile } from '../histogram/quantile.ts';
import { infoOf, warningOf } from './annotations.ts';
import { formatOpenMetrics } from './format-float.ts';
import { hasSamples, newSeries, presence, setFloat, unite } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { histogramsOf, nameFor } from './histogram-vector.ts';
import type { ClassicHistogram, HistogramVector, NativeHistogram } from './histogram-vector.ts';
import { positionOf } from './shape.ts';
import { scalarArg, stringArg, vectorArg } from './values.ts';
import type { CallContext } from './values.ts';

/** What is asked of each histogram at a step. */
interface Question {
  native(histogram: Histogram, step: number, metricName: string): number;
  classic(buckets: ClassicBuckets, step: number, metricName: string): number;
}

export async function histogramQuantile(context: CallContext): Promise<readonly GridSeries[]> {
  const quantiles = scalarArg(context, 0);
  warnOfQuantiles(context, quantiles, 0);
  const histograms = histogramsIn(context, 1);
  return finish(await answer(histograms, context, quantileQuestion(context, 1, quantiles)), context);
}

/** A series for each quantile, marked by the label that is named. */
export async function histogramQuantiles(context: CallContext): Promise<readonly GridSeries[]> {
  const label = stringArg(context, 1);
  for (let i = 2; i < context.args.length; i++) warnOfQuantiles(context, scalarArg(context, i), i);
  const histograms = histogramsIn(context, 0);
  const results: GridSeries[] = [];
  for (let i = 2; i < context.args.length; i++) {
    const quantiles = scalarArg(context, i);
    const answers = await answer(histograms, context, quantileQuestion(context, 0, quantiles));
    for (const each of answers) results.push(...markQuantiles(each, label, quantiles));
  }
  return finish(results, context);
}

export async function histogramFraction(context: CallContext): Promise<readonly GridSeries[]> {
  const [lower, upper] = [scalarArg(context, 0), scalarArg(context, 1)];
  const { annotations } = context.evaluation;
  const position = positionOf(context.call.args[2]);
  const answers = await answer(histogramsIn(context, 2), context, {
    native: (histogram, step, name) => {
      const found = fraction(lower[step]!, upper[step]!, histogram);
      if (found.hasNanObservations) annotations.inform(infoOf.nanFraction(name), position);
      return found.value;
    },
    classic: (buckets, step) => bucketFraction(lower[step]!, upper[step]!, buckets),
  });
  return finish(answers, context);
}

function histogramsIn(context: CallContext, index: number): HistogramVector {
  const { call, grid, evaluation } = context;
  return histogramsOf(vectorArg(context, index), grid.steps, positionOf(call.args[index]), evaluation);
}

function quantileQuestion({ call, grid, evaluation }: CallContext, vectorIndex: number, quantiles: Float64Array): Question {
  const { annotations } = evaluation;
  const position = positionOf(call.args[vectorIndex]);
  return {
    native: (histogram, step, name) => {
      const { value, nanObservations } = quantile(quantiles[step]!, histogram);
      if (nanObservations === 'result') annotations.inform(infoOf.nanResult(name), position);
      else if (nanObservations === 'skew') annotations.inform(infoOf.nanSkew(name), position);
      return value;
    },
    classic: (buckets, step, name) => {
      const { value, forced } = bucketQuantile(quantiles[step]!, buckets);
      if (forced !== undefined) {
        const { lowestBound, highestBound, differenceMax } = forced;
        const fixed = { lowest: lowestBound, highest: highestBound, difference: differenceMax };
        annotations.informOfMonotonicity(name, position, grid.startMs + step * grid.stepMs, fixed);
      }
      return value;
    },
  };
}

function warnOfQuantiles({ call, evaluation }: CallContext, quantiles: Float64Array, index: number): void {
  let warned: number | undefined;
  for (const q of quantiles) {
    if ((q >= 0 && q <= 1) || Object.is(q, warned)) continue;
    evaluation.annotations.warn(warningOf.quantile(q), positionOf(call.args[index]));
    warned = q;
  }
}

async function answer(
  { classic, native }: HistogramVector,
  { grid, evaluation }: CallContext,
  question: Question,
): Promise<GridSeries[]> {
  const answers: GridSeries[] = [];
  for (const each of native) {
    if (evaluation.isDue()) await evaluation.pause();
    answers.push(answerNative(each, grid.steps, question));
  }
  for (const each of classic) {
    if (evaluation.isDue()) await evaluation.pause();
    answers.push(answerClassic(each, grid.steps, question, nameFor(each.labels, evaluation)));
  }
  return answers;
}

function answerNative({ labels, series, conflicts }: NativeHistogram, steps: number, question: Question): GridSeries {
  const result = newSeries(labels, steps, true);
  const name = labelValue(labels, metricName);
  for (let step = 0; step < steps; step++) {
    if (series.present[step] !== presence.histogram || conflicts[step] === 1) continue;
    setFloat(result, step, question.native(series.histograms![step]!, step, name));
  }
  return result;
}

function answerClassic(histogram: ClassicHistogram, steps: number, question: Question, name: string): GridSeries {
  const { labels, upperBounds, buckets, conflicts } = histogram;
  const result = newSeries(labels, steps, true);
  const ascending = upperBounds.map((_, i) => i).toSorted((a, b) => upperBounds[a]! - upperBounds[b]!);
  // One pair of lists for all steps: the question does not keep them.
  const found = { upperBounds: [] as number[], counts: [] as number[] };
  for (let step = 0; step < steps; step++) {
    if (conflicts[step] === 1) continue;
    found.upperBounds.length = 0;
    found.counts.length = 0;
    for (const i of ascending) {
      const bucket = buckets[i]!;
      if (bucket.present[step] !== presence.float) continue;
      found.upperBounds.push(upperBounds[i]!);
      found.counts.push(bucket.values[step]!);
    }
    if (found.counts.length > 0) setFloat(result, step, question.classic(found, step, name));
  }
  return result;
}

/** The quantile may differ from step to step, and with it the label. */
function markQuantiles(series: GridSeries, label: string, quantiles: Float64Array): GridSeries[] {
  const marked = new Map<string, GridSeries>();
  for (let step = 0; step < quantiles.length; step++) {
    if (series.present[step] === presence.absent) continue;
    const text = formatOpenMetrics(quantiles[step]!);
    let result = marked.get(text);
    if (result === undefined) {
      result = newSeries(withLabel(series.labels, label, text), quantiles.length, true);
      marked.set(text, result);
    }
    setFloat(result, step, series.values[step]!);
  }
  return [...marked.values()];
}

function finish(series: readonly GridSeries[], { grid, evaluation }: CallContext): readonly GridSeries[] {
  const found = series.filter(hasSamples);
  return grid.steps === 1 && evaluation.options.delayedNameRemoval ? found : unite(found);
}
