/** Samples from the engine. */
import type { Engine, Scope } from '../../engine/engine.ts';
import type { Sql } from '../../engine/sql.ts';
import { labelValue } from '../../lang/labels.ts';
import { compileMatcher } from '../../lang/matchers.ts';
import type { Matcher } from '../../lang/matchers.ts';
import type { SampleSource, Selection, SeriesSamples } from '../source.ts';
import { readClassicHistograms, readSummaries } from './classic-points.ts';
import { readExponentialHistograms, readNativeHistograms } from './histogram-points.ts';
import { mergeEqual, mergeSamples } from './merge.ts';
import type { SeriesLookup } from './lookup.ts';
import { areWhole, readFloats, rowsOf } from './samples.ts';
import type { PointKind, StoredSeries } from './series.ts';

const nsPerMs = 1_000_000n;

/** Who reads: tenant, signal and limits. The time comes from each selection. */
export type ReadScope = Omit<Scope, 'time'>;

/** What samples are read with. */
export interface StoreAccess {
  readonly engine: Engine;
  readonly lookup: SeriesLookup;
  readonly scope: ReadScope;
  /** Whether start times of samples are wanted. */
  readonly withStarts: boolean;
}

/** A source over the engine. A selection over its limits is refused with `query_too_large`. */
export function storeSource(access: StoreAccess): SampleSource {
  return { select: (selection, signal) => select(access, scopeOf(access.scope, selection, signal), selection.matchers) };
}

/** The scope of a selection: whole milliseconds later than `afterMs`, up to the end of `toMs`. */
export function scopeOf(scope: ReadScope, { afterMs, toMs }: Selection, signal?: AbortSignal): Scope {
  const time = {
    fromNs: (BigInt(Math.floor(afterMs)) + 1n) * nsPerMs,
    toNs: (BigInt(Math.floor(toMs)) + 1n) * nsPerMs,
  };
  return { ...scope, time, ...(signal !== undefined && { signal }) };
}

async function select(access: StoreAccess, scope: Scope, matchers: readonly Matcher[]): Promise<SeriesSamples[]> {
  const { engine, lookup } = access;
  const series = await lookup.find(scope, matchers);
  if (series.length === 0) return [];
  const isWhole = areWhole(series, matchers);
  const reads: Promise<readonly SeriesSamples[]>[] = [];
  const read = (kind: PointKind, by: (chosen: Sql, some: readonly StoredSeries[]) => Promise<readonly SeriesSamples[]>): void => {
    const some = series.filter((one) => one.kind === kind);
    if (some.length > 0) reads.push(by(rowsOf(some, isWhole), some));
  };
  read('prometheus', (chosen, some) => readPrometheus(access, scope, some, chosen));
  read('number', async (chosen, some) =>
    listed(await readFloats(engine, scope, some, { chosen, withStarts: access.withStarts })),
  );
  read('exponential_histogram', async (chosen, some) => listed(await readExponentialHistograms(engine, scope, some, chosen)));
  read('histogram', (chosen, some) => readClassicHistograms(engine, scope, some, chosen));
  read('summary', (chosen, some) => readSummaries(engine, scope, some, chosen));
  const all = (await Promise.all(reads)).flat();
  return series.every(({ kind }) => kind === 'prometheus') ? all : mergeEqual(all.filter(passing(matchers)));
}

/** Floats, and the native histograms that series of Prometheus may have besides. */
async function readPrometheus(
  { engine, lookup, withStarts }: StoreAccess,
  scope: Scope,
  series: readonly StoredSeries[],
  chosen: Sql,
): Promise<SeriesSamples[]> {
  const reading = readFloats(engine, scope, series, { chosen, withStarts });
  if (!series.some(({ metricId }) => lookup.mayHaveHistograms(metricId))) return listed(await reading);
  const [floats, histograms] = await Promise.all([reading, readNativeHistograms(engine, scope, series, chosen)]);
  if (histograms.size === 0) return listed(floats);
  return series.flatMap((one) => {
    const ofFloats = floats.get(one);
    const ofHistograms = histograms.get(one);
    if (ofFloats !== undefined && ofHistograms !== undefined) return [mergeSamples([ofFloats, ofHistograms])];
    return ofFloats ?? ofHistograms ?? [];
  });
}

function listed(samples: ReadonlyMap<StoredSeries, SeriesSamples>): SeriesSamples[] {
  return [...samples.values()];
}

/** Labels of points, and names with suffixes, are known only now. */
function passing(matchers: readonly Matcher[]): (samples: SeriesSamples) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, passes: compileMatcher(matcher) }));
  return ({ labels }) => tests.every(({ name, passes }) => passes(labelValue(labels, name)));
}
