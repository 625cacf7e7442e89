/**
 * Series with equal labels as one. To OTLP the points of two scopes or of two resources without an instance are different
 * series; to Prometheus they are one.
 */
import { labelsKey } from '../../lang/labels.ts';
import { sampleKinds } from '../source.ts';
import type { SeriesSamples } from '../source.ts';

/** Each label set once. */
export function mergeEqual(all: readonly SeriesSamples[]): SeriesSamples[] {
  const byLabels = new Map<string, SeriesSamples[]>();
  for (const one of all) {
    const key = labelsKey(one.labels);
    const equal = byLabels.get(key);
    if (equal === undefined) byLabels.set(key, [one]);
    else equal.push(one);
  }
  return Array.from(byLabels.values(), mergeSamples);
}

interface Place {
  readonly from: SeriesSamples;
  readonly at: number;
  readonly timeMs: number;
}

/** Samples of several lists as one list. At one time a float counts before a histogram, both before a stale marker; then the greatest. */
export function mergeSamples(parts: readonly SeriesSamples[]): SeriesSamples {
  const [first] = parts;
  if (parts.length === 1 && first !== undefined) return first;
  const places = parts.flatMap((from) => Array.from(from.timesMs, (timeMs, at): Place => ({ from, at, timeMs })));
  places.sort((a, b) => a.timeMs - b.timeMs || rank(b) - rank(a) || valueOf(b) - valueOf(a));
  const kept = places.filter(({ timeMs }, i) => places[i - 1]?.timeMs !== timeMs);
  return {
    labels: first?.labels ?? [],
    timesMs: Float64Array.from(kept, ({ timeMs }) => timeMs),
    kinds: Uint8Array.from(kept, ({ from, at }) => from.kinds[at] ?? 0),
    values: Float64Array.from(kept, ({ from, at }) => from.values[at] ?? 0),
    histograms: kept.map(({ from, at }) => from.histograms?.[at]),
    startsMs: Float64Array.from(kept, ({ from, at }) => from.startsMs?.[at] ?? 0),
  };
}

function rank({ from, at }: Place): number {
  const kind = from.kinds[at];
  if (kind === sampleKinds.float) return 2;
  return kind === sampleKinds.histogram ? 1 : 0;
}

/** NaN counts below every number. */
function valueOf({ from, at }: Place): number {
  const value = from.values[at] ?? 0;
  return Number.isNaN(value) ? -Number.MAX_VALUE : value;
}
