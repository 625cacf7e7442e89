/** Series lines of scripts, place by place: histograms that grow are added up. */
import { SondeError } from '../../src/base/errors.ts';
import type { Labels } from '../../src/lang/labels.ts';
import { add, subtract } from '../../src/promql/histogram/arithmetic.ts';
import type { Histogram } from '../../src/promql/histogram/histogram.ts';
import { parseSeriesLine, parseStartTimesLine } from '../../src/promql/series-notation.ts';
import type { HistogramRun, SequenceItem } from '../../src/promql/series-notation.ts';

export type Point =
  | { readonly kind: 'float'; readonly value: number }
  | { readonly kind: 'stale' }
  | {
      readonly kind: 'histogram';
      readonly histogram: Histogram;
      /** Whether the hint was written: only then is it compared. */
      readonly isHintWritten: boolean;
    };

/** undefined where there is no sample. */
export function readSeries(text: string): { labels: Labels; points: readonly (Point | undefined)[] } {
  const { labels, values } = parseSeriesLine(text);
  return { labels, points: values.flatMap(pointsOf) };
}

/** The offsets of a `…@st` line, undefined when it is none. */
export function readStartOffsets(text: string): readonly (number | undefined)[] | undefined {
  return /^\S*(?:\{.*\})?@st\s/.test(text) ? parseStartTimesLine(text)?.offsetsMs : undefined;
}

function pointsOf(item: SequenceItem): (Point | undefined)[] {
  switch (item.kind) {
    case 'gap':
      return [undefined];
    case 'stale':
      return [{ kind: 'stale' }];
    case 'float':
      return [item];
    case 'histograms':
      return histogramsOf(item).map((histogram) => ({ kind: 'histogram', histogram, isHintWritten: item.isHintWritten }));
  }
}

function histogramsOf({ base, step, sign, count }: HistogramRun): Histogram[] {
  const histograms = [base];
  let last = base;
  while (histograms.length < count) {
    if (step !== undefined) {
      const next = sign === 1 ? add(last, step) : subtract(last, step);
      if (next === undefined) throw new SondeError('bad_request', 'expected histograms of one kind, but they can not be added');
      last = next.histogram;
    }
    histograms.push(last);
  }
  return histograms;
}
