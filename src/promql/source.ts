/** Where the evaluator gets samples from: the engine (store-source.ts), or memory in tests. */
import type { Labels } from '../lang/labels.ts';
import type { Matcher } from '../lang/matchers.ts';
import type { Histogram } from './histogram/histogram.ts';

/** What a sample is, in `SeriesSamples.kinds`. A stale marker says that the series ended. */
export const sampleKinds = { float: 0, histogram: 1, stale: 2 } as const;

/** Samples of one series, times ascending, none twice. */
export interface SeriesSamples {
  readonly labels: Labels;
  /** Unix milliseconds. */
  readonly timesMs: Float64Array;
  /** By `sampleKinds`. */
  readonly kinds: Uint8Array;
  /** Where the kind is float; NaN elsewhere. */
  readonly values: Float64Array;
  /** By index, where the kind is histogram; absent when no sample is one. */
  readonly histograms?: readonly (Histogram | undefined)[];
  /** Unix milliseconds at which counting started, 0 where unknown; absent when unknown for all. */
  readonly startsMs?: Float64Array;
}

/** Samples of all series that pass every matcher, with times in (afterMs, toMs]. Series without any are left out. */
export interface Selection {
  readonly matchers: readonly Matcher[];
  readonly afterMs: number;
  readonly toMs: number;
}

export interface SampleSource {
  /** Rejects with a SondeError when a limit is met or the signal was aborted. Series come in no particular order. */
  select(selection: Selection, signal?: AbortSignal): Promise<readonly SeriesSamples[]>;
}
