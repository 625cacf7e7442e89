/** Queries over samples in a real engine: what a server answers, with push-down on or off. */
import { createHash, randomUUID } from 'node:crypto';
import type { Committer, OpenCommit, Outcome } from '../../src/engine/commit.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { PointRows } from '../../src/ingest/prometheus/point-rows.ts';
import { SampleTime } from '../../src/ingest/prometheus/sample-time.ts';
import { SeriesFinder, unknownHistogram, unknownSeries } from '../../src/ingest/prometheus/series.ts';
import { nativeHistograms } from '../../src/model/metrics.ts';
import type { Histogram, ResetHint } from '../../src/promql/histogram/histogram.ts';
import { runQuery } from '../../src/promql/query.ts';
import type { QuerySettings } from '../../src/promql/query.ts';
import { sampleKinds } from '../../src/promql/source.ts';
import type { SeriesSamples } from '../../src/promql/source.ts';
import { MemorySource } from './memory-source.ts';
import type { Subject } from './run-script.ts';

const settings = {
  samplesMax: 1_000_000,
  pointsPerSeriesMax: 11_000,
  lookbackMs: 5 * 60_000,
  defaultSubqueryStepMs: 60_000,
  timeoutMs: 100_000,
  experimental: true,
  delayedNameRemoval: true,
  startTimestamps: true,
};

const limits = { timeMs: 100_000, memoryBytes: 512 << 20, rowsRead: 1e9, rowsOut: 1e6 };
const allTimes = { oldestNs: 0n, newestNs: 2n ** 63n - 1n };

/** How queries are answered: with all that a server uses, or plainly. */
export type Means = Partial<QuerySettings> & Pick<QuerySettings, 'pushDown'>;

/** With the tenant whose samples they are. */
export interface EngineSubject extends Subject {
  tenant(): string;
}

/** Samples that are forgotten stay in the engine under another tenant. */
export function engineSubject(engine: Engine, committer: Committer, means: Means, first = ''): EngineSubject {
  let tenant = first;
  return {
    tenant: () => tenant,
    clear: async () => {
      tenant = `script-${randomUUID()}`;
    },
    load: async (series) => {
      const fingerprint = createHash('sha256').update(randomUUID()).digest().subarray(0, 16);
      // A series that a load names twice has the later samples, which is the script's rule and not that of the storage.
      const memory = new MemorySource();
      memory.load(series);
      const loaded = await memory.select({ matchers: [], afterMs: -Infinity, toMs: Infinity });
      const decode = (open: OpenCommit): Outcome => append(open, tenant, loaded);
      await committer.submit({ tenant, signal: 'metrics', protocol: 'script', fingerprint, decode });
    },
    ask: (text, time) => runQuery(text, time, { engine, scope: { tenant, limits }, settings: { ...settings, ...means } }),
  };
}

function append(open: OpenCommit, tenant: string, series: readonly SeriesSamples[]): Outcome {
  const finder = new SeriesFinder(open, tenant);
  const points = new PointRows(open, tenant);
  const time = new SampleTime(allTimes);
  const start = new SampleTime(allTimes);
  let accepted = 0;
  for (const { labels, timesMs, kinds, values, histograms, startsMs } of series) {
    finder.labels.setTexts(labels);
    const broken = finder.find();
    if (broken !== undefined) throw new Error(broken);
    for (let i = 0; i < timesMs.length; i++) {
      time.set(timesMs[i]!);
      start.set(startsMs?.[i] ?? 0);
      const histogram = histograms?.[i];
      if (finder.isNew(time.day)) finder.write(time.day, histogram === undefined ? unknownSeries : unknownHistogram);
      if (histogram === undefined) points.appendSample(finder, time, start, values[i]!, kinds[i] === sampleKinds.stale);
      else appendHistogram(open, points, finder, time, start, histogram);
      accepted++;
    }
  }
  return { accepted, rejected: 0, reason: '' };
}

const hints: Readonly<Record<ResetHint, number>> = { unknown: 0, reset: 1, not_reset: 2, gauge: 3 };

function appendHistogram(
  open: OpenCommit,
  points: PointRows,
  series: SeriesFinder,
  time: SampleTime,
  start: SampleTime,
  histogram: Histogram,
): void {
  const { columns } = open.batch(nativeHistograms);
  points.appendStart(columns, series, time, start, false);
  columns.schema.append(histogram.schema);
  columns.is_float.append(1);
  columns.reset_hint.append(hints[histogram.resetHint]);
  columns.count.append(histogram.count);
  columns.sum.append(histogram.sum);
  columns.zero_threshold.append(histogram.zeroThreshold);
  columns.zero_count.append(histogram.zeroCount);
  columns.positive_indexes.appendText(list(histogram.positive.indexes));
  columns.positive_counts.appendText(list(histogram.positive.counts));
  columns.negative_indexes.appendText(list(histogram.negative.indexes));
  columns.negative_counts.appendText(list(histogram.negative.counts));
  columns.bounds.appendText(list(histogram.bounds));
}

function list(numbers: readonly number[]): string {
  return `[${numbers.map((number) => (Number.isNaN(number) ? 'nan' : String(number).replace('Infinity', 'inf'))).join(',')}]`;
}
