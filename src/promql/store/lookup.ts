/** How the series of a selector are found: by asking the engine, or by what this process remembers. */
import type { Engine, Scope } from '../../engine/engine.ts';
import type { Matcher } from '../../lang/matchers.ts';
import { findSeries } from './series.ts';
import type { StoredSeries } from './series.ts';

export interface SeriesLookup {
  /** Series that may have points of the selector in the scope's time, ordered by (metricId, id). */
  find(scope: Scope, matchers: readonly Matcher[]): Promise<readonly StoredSeries[]>;
  /** Whether series of a metric may have native histograms. */
  mayHaveHistograms(metricId: number): boolean;
}

/** Asks each time. */
export function askEngine(engine: Engine): SeriesLookup {
  return { find: (scope, matchers) => findSeries(engine, scope, matchers), mayHaveHistograms: () => true };
}
