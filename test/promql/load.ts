/** What a `load` command loads, as samples. */
import { labelPairs, labelsKey, labelsOf, labelValue, metricName } from '../../src/lang/labels.ts';
import type { Labels } from '../../src/lang/labels.ts';
import { withHint } from '../../src/promql/histogram/arithmetic.ts';
import { toCustomBuckets } from '../../src/promql/histogram/from-classic.ts';
import type { Histogram } from '../../src/promql/histogram/histogram.ts';
import { hasLayout } from '../../src/promql/histogram/layout.ts';
import { detectReset } from '../../src/promql/histogram/reset.ts';
import { sampleKinds } from '../../src/promql/source.ts';
import type { SeriesSamples } from '../../src/promql/source.ts';
import { seriesOf } from './memory-source.ts';
import type { Sample } from './memory-source.ts';
import type { Load, LoadedSeries } from './script.ts';
import type { Point } from './series-lines.ts';

/** Throws `bad_request` when classic histograms can not be made native. */
export function samplesOfLoad({ series, stepMs, withCustomBuckets }: Load): SeriesSamples[] {
  const loaded = series.map((each) => seriesOf(each.labels, hinted(samplesOfSeries(each, stepMs))));
  return withCustomBuckets ? [...loaded, ...customBucketSeries(series, stepMs)] : loaded;
}

function samplesOfSeries({ points, startOffsetsMs }: LoadedSeries, stepMs: number): Sample[] {
  return points.flatMap((point, i) => {
    if (point === undefined) return [];
    const offsetMs = startOffsetsMs?.[i];
    return [sampleOf(point, i * stepMs, offsetMs === undefined ? 0 : i * stepMs + offsetMs)];
  });
}

function sampleOf(point: Point, timeMs: number, startMs: number): Sample {
  switch (point.kind) {
    case 'float':
      return { timeMs, kind: sampleKinds.float, value: point.value, histogram: undefined, startMs };
    case 'stale':
      return { timeMs, kind: sampleKinds.stale, value: NaN, histogram: undefined, startMs };
    case 'histogram':
      return { timeMs, kind: sampleKinds.histogram, value: NaN, histogram: point.histogram, startMs };
  }
}

/**
 * Histograms with the hints they have when they come out of Prometheus's storage: it finds resets as it stores, and begins a chunk
 * where there is one. Within a chunk there is none; of the first in a chunk nothing is said. Gauges stay what they are.
 */
function hinted(samples: readonly Sample[]): Sample[] {
  let previous: Histogram | undefined;
  return samples.map((sample) => {
    const { histogram } = sample;
    const before = previous;
    previous = histogram;
    if (histogram === undefined || histogram.resetHint === 'gauge') return sample;
    return {
      ...sample,
      histogram: withHint(histogram, before !== undefined && continues(before, histogram) ? 'not_reset' : 'unknown'),
    };
  });
}

function continues(before: Histogram, histogram: Histogram): boolean {
  if (before.resetHint === 'gauge' || histogram.resetHint === 'reset' || !hasLayout(histogram, before)) return false;
  return !detectReset(before, withHint(histogram, 'unknown'));
}

/** What is known of a classic histogram at one time. */
interface Classic {
  readonly buckets: { upperBound: number; cumulativeCount: number }[];
  count: number | undefined;
  sum: number;
}

/** Series of native histograms, named without the suffix, from series that end in _bucket, _count and _sum. */
function customBucketSeries(series: readonly LoadedSeries[], stepMs: number): SeriesSamples[] {
  const byLabels = new Map<string, { labels: Labels; byTime: Map<number, Classic> }>();
  for (const { labels, points } of series) {
    const [, base = '', suffix = ''] = /^(.*)_(bucket|count|sum)$/.exec(labelValue(labels, metricName)) ?? [];
    const upperBound = boundOf(labels);
    if (suffix === '' || (suffix === 'bucket' && Number.isNaN(upperBound))) continue;
    const classic = labelsOf([...labelPairs(labels).filter(([name]) => name !== 'le'), [metricName, base]]);
    const found = byLabels.get(labelsKey(classic)) ?? { labels: classic, byTime: new Map<number, Classic>() };
    byLabels.set(labelsKey(classic), found);
    for (const [i, point] of points.entries()) {
      if (point?.kind === 'float') note(found.byTime, i * stepMs, { suffix, upperBound, value: point.value });
    }
  }
  return [...byLabels.values()].map(({ labels, byTime }) => {
    const times = [...byTime].toSorted(([a], [b]) => a - b);
    const samples = times.map(([timeMs, classic]) =>
      sampleOf({ kind: 'histogram', histogram: toCustomBuckets(classic), isHintWritten: false }, timeMs, 0),
    );
    return seriesOf(labels, hinted(samples));
  });
}

function boundOf(labels: Labels): number {
  const text = labelValue(labels, 'le');
  return /^\+?inf$/i.test(text) ? Infinity : text === '' ? NaN : Number(text);
}

function note(
  byTime: Map<number, Classic>,
  timeMs: number,
  { suffix, upperBound, value }: { suffix: string; upperBound: number; value: number },
): void {
  const classic = byTime.get(timeMs) ?? { buckets: [], count: undefined, sum: 0 };
  byTime.set(timeMs, classic);
  if (suffix === 'bucket') classic.buckets.push({ upperBound, cumulativeCount: value });
  else if (suffix === 'count') classic.count = value;
  else classic.sum = value;
}
