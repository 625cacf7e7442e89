/** Points of histograms as native histogram samples: those of Prometheus, and exponential ones of OTLP. */
import type { Columns, Engine, Scope } from '../../engine/engine.ts';
import { sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { add } from '../histogram/arithmetic.ts';
import { schemaMax, schemaMin } from '../histogram/histogram.ts';
import type { Buckets, Histogram, ResetHint } from '../histogram/histogram.ts';
import { reduceResolution } from '../histogram/layout.ts';
import { sampleKinds } from '../source.ts';
import type { SeriesSamples } from '../source.ts';
import { runsOf } from './runs.ts';
import type { Run } from './runs.ts';
import { pointsOf } from './samples.ts';
import type { StoredSeries } from './series.ts';

type HistogramAt = (row: number) => Histogram | undefined;

/** Native histograms that came over Prometheus's protocols. */
export async function readNativeHistograms(
  engine: Engine,
  scope: Scope,
  series: readonly StoredSeries[],
  chosen: Sql,
): Promise<ReadonlyMap<StoredSeries, SeriesSamples>> {
  const columns = sql`toFloat64(toUnixTimestamp64Milli(start_time)) AS start, schema, reset_hint, count, sum, zero_threshold,
    zero_count, positive_indexes, positive_counts, negative_indexes, negative_counts, bounds`;
  const answer = await engine.columns(scope, pointsOf(sql`native_histograms`, columns, chosen));
  return cutHistograms(answer, series, nativeHistograms(answer));
}

const resetHints: readonly ResetHint[] = ['unknown', 'reset', 'not_reset', 'gauge'];

function nativeHistograms({ columns }: Columns): HistogramAt {
  const number = (name: string, row: number): number => Number(columns[name]?.[row] ?? 0);
  const list = (name: string, row: number): number[] => Array.from((columns[name]?.[row] ?? []) as Iterable<number>);
  return (row) => ({
    schema: number('schema', row),
    count: number('count', row),
    sum: number('sum', row),
    zeroThreshold: number('zero_threshold', row),
    zeroCount: number('zero_count', row),
    positive: { indexes: list('positive_indexes', row), counts: list('positive_counts', row) },
    negative: { indexes: list('negative_indexes', row), counts: list('negative_counts', row) },
    bounds: list('bounds', row),
    resetHint: resetHints[number('reset_hint', row)] ?? 'unknown',
  });
}

/** Exponential histograms of OTLP. Those of a scale below -4 have no form in Prometheus and are left out, as it does. */
export async function readExponentialHistograms(
  engine: Engine,
  scope: Scope,
  series: readonly StoredSeries[],
  chosen: Sql,
): Promise<ReadonlyMap<StoredSeries, SeriesSamples>> {
  const columns = sql`toFloat64(toUnixTimestamp64Milli(start_time)) AS start, scale, toFloat64(count) AS count, sum, present,
    zero_threshold, toFloat64(zero_count) AS zero_count,
    positive_offset, arrayMap(c -> toFloat64(c), positive_counts) AS positive_counts,
    negative_offset, arrayMap(c -> toFloat64(c), negative_counts) AS negative_counts`;
  const answer = await engine.columns(scope, pointsOf(sql`histograms`, columns, chosen));
  return cutHistograms(answer, series, exponentialHistograms(answer));
}

function exponentialHistograms({ columns }: Columns): HistogramAt {
  const number = (name: string, row: number): number => Number(columns[name]?.[row] ?? 0);
  const buckets = (side: string, row: number): Buckets =>
    offsetBuckets(number(`${side}_offset`, row), (columns[`${side}_counts`]?.[row] ?? []) as Iterable<number>);
  return (row) => {
    const scale = number('scale', row);
    if (scale < schemaMin) return undefined;
    const histogram: Histogram = {
      schema: scale,
      count: number('count', row),
      sum: (number('present', row) & 1) === 1 ? number('sum', row) : Number.NaN,
      zeroThreshold: number('zero_threshold', row),
      zeroCount: number('zero_count', row),
      positive: buckets('positive', row),
      negative: buckets('negative', row),
      bounds: [],
      resetHint: 'unknown',
    };
    return scale > schemaMax ? reduceResolution(histogram, schemaMax) : histogram;
  };
}

/** OTLP's bucket i starts where Prometheus's ends: (base^i, base^(i+1)] is number i + 1. */
function offsetBuckets(offset: number, all: Iterable<number>): Buckets {
  const indexes: number[] = [];
  const counts: number[] = [];
  let index = offset + 1;
  for (const count of all) {
    if (count !== 0) {
      indexes.push(index);
      counts.push(count);
    }
    index++;
  }
  return { indexes, counts };
}

function cutHistograms(
  answer: Columns,
  series: readonly StoredSeries[],
  at: HistogramAt,
): ReadonlyMap<StoredSeries, SeriesSamples> {
  const samples = new Map<StoredSeries, SeriesSamples>();
  for (const run of runsOf(answer, series)) samples.set(run.series, cutRun(run, answer, at));
  return samples;
}

/** One sample per time: of several the one with the greatest count, a stale marker last. */
function cutRun({ series, start, end }: Run, { columns }: Columns, at: HistogramAt): SeriesSamples {
  const times: number[] = [];
  const kinds: number[] = [];
  const starts: number[] = [];
  const histograms: (Histogram | undefined)[] = [];
  let total: Histogram | undefined;
  for (let row = start; row < end; row++) {
    const isStale = (Number(columns['flags']?.[row]) & 1) === 1;
    const found = isStale ? undefined : at(row);
    if (found === undefined && !isStale) continue;
    const timeMs = Number(columns['at']?.[row]);
    if (times.at(-1) === timeMs) {
      const before = histograms.at(-1);
      if (found === undefined || (before !== undefined && before.count >= found.count)) continue;
      for (const list of [times, kinds, starts, histograms]) list.pop();
    }
    if (series.isDelta && found !== undefined) total = total === undefined ? found : (add(total, found)?.histogram ?? found);
    times.push(timeMs);
    kinds.push(isStale ? sampleKinds.stale : sampleKinds.histogram);
    starts.push(Number(columns['start']?.[row] ?? 0));
    histograms.push(isStale ? undefined : series.isDelta ? total : found);
  }
  return {
    labels: series.labels,
    timesMs: Float64Array.from(times),
    kinds: Uint8Array.from(kinds),
    values: new Float64Array(times.length).fill(Number.NaN),
    histograms,
    ...(starts.some((ms) => ms !== 0) && !series.isDelta && { startsMs: Float64Array.from(starts) }),
  };
}
