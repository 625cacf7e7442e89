/** Samples in memory, as a source for the evaluator. */
import { labelsKey, labelValue } from '../../src/lang/labels.ts';
import { compileMatcher } from '../../src/lang/matchers.ts';
import type { Histogram } from '../../src/promql/histogram/histogram.ts';
import { sampleKinds } from '../../src/promql/source.ts';
import type { SampleSource, Selection, SeriesSamples } from '../../src/promql/source.ts';

export class MemorySource implements SampleSource {
  readonly #series = new Map<string, SeriesSamples>();

  clear(): void {
    this.#series.clear();
  }

  /** Adds samples to those of the same series; at a time that is there already the new sample counts. */
  load(series: readonly SeriesSamples[]): void {
    for (const each of series) {
      const key = labelsKey(each.labels);
      const held = this.#series.get(key);
      this.#series.set(key, held === undefined ? each : merge(held, each));
    }
  }

  select({ matchers, afterMs, toMs }: Selection): Promise<readonly SeriesSamples[]> {
    const tests = matchers.map((matcher) => ({ name: matcher.name, passes: compileMatcher(matcher) }));
    const found: SeriesSamples[] = [];
    for (const series of this.#series.values()) {
      if (!tests.every(({ name, passes }) => passes(labelValue(series.labels, name)))) continue;
      const cut = cutTimes(series, afterMs, toMs);
      if (cut.timesMs.length > 0) found.push(cut);
    }
    return Promise.resolve(found);
  }
}

/** The samples with times in (afterMs, toMs]. */
function cutTimes(series: SeriesSamples, afterMs: number, toMs: number): SeriesSamples {
  const start = series.timesMs.findIndex((ms) => ms > afterMs);
  if (start < 0) return pick(series, []);
  const indexes: number[] = [];
  for (let i = start; i < series.timesMs.length && series.timesMs[i]! <= toMs; i++) indexes.push(i);
  return pick(series, indexes);
}

function pick(series: SeriesSamples, indexes: readonly number[]): SeriesSamples {
  const numbers = (from: Float64Array): Float64Array => Float64Array.from(indexes, (i) => from[i]!);
  return {
    labels: series.labels,
    timesMs: numbers(series.timesMs),
    kinds: Uint8Array.from(indexes, (i) => series.kinds[i]!),
    values: numbers(series.values),
    ...(series.histograms && { histograms: indexes.map((i) => series.histograms?.[i]) }),
    ...(series.startsMs && { startsMs: numbers(series.startsMs) }),
  };
}

function merge(old: SeriesSamples, added: SeriesSamples): SeriesSamples {
  const isNew = new Set(added.timesMs);
  const kept: Sample[] = samplesOf(old).filter(({ timeMs }) => !isNew.has(timeMs));
  const all = [...kept, ...samplesOf(added)].toSorted((a, b) => a.timeMs - b.timeMs);
  return seriesOf(added.labels, all);
}

/** A sample on its own. */
export interface Sample {
  readonly timeMs: number;
  /** Of `sampleKinds`. */
  readonly kind: number;
  /** NaN when it is no float. */
  readonly value: number;
  readonly histogram: Histogram | undefined;
  /** Unix milliseconds, 0 where unknown. */
  readonly startMs: number;
}

function samplesOf({ timesMs, kinds, values, histograms, startsMs }: SeriesSamples): Sample[] {
  return Array.from(timesMs, (timeMs, i) => ({
    timeMs,
    kind: kinds[i]!,
    value: values[i]!,
    histogram: histograms?.[i],
    startMs: startsMs?.[i] ?? 0,
  }));
}

/** A series of samples whose times ascend. */
export function seriesOf(labels: SeriesSamples['labels'], samples: readonly Sample[]): SeriesSamples {
  return {
    labels,
    timesMs: Float64Array.from(samples, ({ timeMs }) => timeMs),
    kinds: Uint8Array.from(samples, ({ kind }) => kind),
    values: Float64Array.from(samples, ({ value }) => value),
    ...(samples.some(({ kind }) => kind === sampleKinds.histogram) && { histograms: samples.map(({ histogram }) => histogram) }),
    ...(samples.some(({ startMs }) => startMs !== 0) && { startsMs: Float64Array.from(samples, ({ startMs }) => startMs) }),
  };
}
