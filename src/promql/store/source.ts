/** Samples from the engine. */
import type { Engine, Scope } from '../../engine/engine.ts';
import { join, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { labelValue } from '../../lang/labels.ts';
import { compileMatcher } from '../../lang/matchers.ts';
import type { Matcher } from '../../lang/matchers.ts';
import type { SampleSource, Selection, SeriesSamples } from '../source.ts';
import { readClassicHistograms, readSummaries } from './classic-points.ts';
import { readExponentialHistograms, readNativeHistograms } from './histogram-points.ts';
import { mergeEqual, mergeSamples } from './merge.ts';
import { readFloats } from './samples.ts';
import { findSeries, seriesOf } from './series.ts';
import type { PointKind, StoredSeries } from './series.ts';

const nsPerMs = 1_000_000n;

/** Who reads: tenant, signal and limits. The time comes from each selection. */
export type ReadScope = Omit<Scope, 'time'>;

/** A source over the engine. A selection over its limits is refused with `query_too_large`. */
export function storeSource(engine: Engine, scope: ReadScope): SampleSource {
  return { select: (selection, signal) => select(engine, scopeOf(scope, selection, signal), selection.matchers) };
}

/** The scope of a selection: whole milliseconds later than `afterMs`, up to the end of `toMs`. */
export function scopeOf(scope: ReadScope, { afterMs, toMs }: Selection, signal?: AbortSignal): Scope {
  const time = {
    fromNs: (BigInt(Math.floor(afterMs)) + 1n) * nsPerMs,
    toNs: (BigInt(Math.floor(toMs)) + 1n) * nsPerMs,
  };
  return { ...scope, time, ...(signal !== undefined && { signal }) };
}

/** Above this many, series are looked up again in the engine rather than sent to it one by one. */
const literalsMax = 500;

/** A SELECT of the (metric_id, id) of series. */
export function chosenSeries(series: readonly StoredSeries[], matchers: readonly Matcher[]): Sql {
  if (series.length > literalsMax) return sql`SELECT metric_id, id ${seriesOf(matchers)}`;
  const pairs = series.map(({ metricId, id }) => sql`(${{ type: 'UInt32', value: String(metricId) }}, ${idValue(id)})`);
  return sql`SELECT tupleElement(pair, 1), tupleElement(pair, 2) FROM (SELECT arrayJoin([${join(pairs, ', ')}]) AS pair)`;
}

function idValue(id: bigint): { type: string; value: string } {
  return { type: 'UInt64', value: String(id) };
}

async function select(engine: Engine, scope: Scope, matchers: readonly Matcher[]): Promise<SeriesSamples[]> {
  const series = await findSeries(engine, scope, matchers);
  if (series.length === 0) return [];
  const chosen = chosenSeries(series, matchers);
  const kinds = new Set(series.map(({ kind }) => kind));
  const reads: Promise<readonly SeriesSamples[]>[] = [];
  if (kinds.has('prometheus') || kinds.has('number')) reads.push(readSingles(engine, scope, series, chosen, kinds));
  if (kinds.has('exponential_histogram'))
    reads.push(listed(readExponentialHistograms(engine, scope, of(series, 'exponential_histogram'), chosen)));
  if (kinds.has('histogram')) reads.push(readClassicHistograms(engine, scope, of(series, 'histogram'), chosen));
  if (kinds.has('summary')) reads.push(readSummaries(engine, scope, of(series, 'summary'), chosen));
  const all = (await Promise.all(reads)).flat();
  const isPrometheus = kinds.size === 1 && kinds.has('prometheus');
  return isPrometheus ? all : mergeEqual(all.filter(passing(matchers)));
}

/** Floats, and the native histograms that series of Prometheus may have besides. */
async function readSingles(
  engine: Engine,
  scope: Scope,
  series: readonly StoredSeries[],
  chosen: Sql,
  kinds: ReadonlySet<PointKind>,
): Promise<SeriesSamples[]> {
  const natives = kinds.has('prometheus') ? readNativeHistograms(engine, scope, series, chosen) : new Map<StoredSeries, never>();
  const [floats, histograms] = await Promise.all([readFloats(engine, scope, series, chosen), natives]);
  if (histograms.size === 0) return [...floats.values()];
  return series.flatMap((one) => {
    const ofFloats = floats.get(one);
    const ofHistograms = histograms.get(one);
    if (ofFloats !== undefined && ofHistograms !== undefined) return [mergeSamples([ofFloats, ofHistograms])];
    return ofFloats ?? ofHistograms ?? [];
  });
}

async function listed(read: Promise<ReadonlyMap<StoredSeries, SeriesSamples>>): Promise<SeriesSamples[]> {
  return [...(await read).values()];
}

function of(series: readonly StoredSeries[], kind: PointKind): StoredSeries[] {
  return series.filter((one) => one.kind === kind);
}

/** Labels of points, and names with suffixes, are known only now. */
function passing(matchers: readonly Matcher[]): (samples: SeriesSamples) => boolean {
  const tests = matchers.map((matcher) => ({ name: matcher.name, passes: compileMatcher(matcher) }));
  return ({ labels }) => tests.every(({ name, passes }) => passes(labelValue(labels, name)));
}
