/** Reads points of series, and makes samples per series of those that are plain numbers. */
import { takeAtOnce, takeInSlices } from '../../base/steps.ts';
import type { Steps } from '../../base/steps.ts';
import type { Block, Engine, Scope } from '../../engine/engine.ts';
import { raw, sql, uints } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { metricName } from '../../lang/labels.ts';
import type { Matcher } from '../../lang/matchers.ts';
import { sampleKinds } from '../source.ts';
import type { SeriesSamples } from '../source.ts';
import { Gathering } from './gather.ts';
import type { StoredSeries } from './series.ts';

/** The rows of a table that a condition chooses, with `columns` of their own. */
export function pointsOf(table: Sql, columns: Sql, chosen: Sql): Sql {
  return sql`SELECT metric_id, series_id, toFloat64(toUnixTimestamp64Milli(time)) AS at, flags, ${columns} FROM ${table}
    WHERE ${chosen} ORDER BY metric_id, series_id, time`;
}

/** The condition for rows of some series. Where `isWhole`, they are all that their metrics have. */
export function rowsOf(series: readonly StoredSeries[], isWhole: boolean): Sql {
  const metrics = [...new Set(series.map(({ metricId }) => metricId))];
  const ofMetrics = sql`metric_id IN (${raw(metrics.join(', '))})`;
  if (isWhole) return ofMetrics;
  return sql`${ofMetrics} AND series_id IN (${uints(series.map(({ id }) => id))})`;
}

/** Up to so many series are read by one thread, which is done before others have begun. */
const smallSeries = 100;

/** The scope of a read of some series. */
export function scopeFor(scope: Scope, series: readonly StoredSeries[]): Scope {
  return series.length > smallSeries ? scope : { ...scope, isSmall: true };
}

/** Whether the series found are all that their metrics have: where the name alone was asked for, of Prometheus's own. */
export function areWhole(series: readonly StoredSeries[], matchers: readonly Matcher[]): boolean {
  return matchers.length === 1 && matchers[0]?.name === metricName && series.every(({ kind }) => kind === 'prometheus');
}

/** Floats of the series. */
export async function readFloats(
  engine: Engine,
  scope: Scope,
  series: readonly StoredSeries[],
  { chosen, withStarts }: { readonly chosen: Sql; readonly withStarts: boolean },
): Promise<ReadonlyMap<StoredSeries, SeriesSamples>> {
  const isOneMetric = series.every(({ metricId }) => metricId === series[0]?.metricId);
  const sinceMs = sinceOf(scope);
  const statement = floatsStatement(chosen, { sinceMs, withStarts, isOneMetric });
  const blocks = await engine.blocks(scopeFor(scope, series), statement);
  const steps = samplesOf(blocks, series, sinceMs);
  const rows = blocks.reduce((sum, block) => sum + block.rows, 0);
  return rows <= rowsAtOnce ? takeAtOnce(steps) : takeInSlices(steps);
}

/** Of so many rows samples are made in a few milliseconds. */
const rowsAtOnce = 100_000;
const rowsPerStep = 10_000;

function* samplesOf(
  blocks: readonly Block[],
  series: readonly StoredSeries[],
  sinceMs: number | undefined,
): Steps<ReadonlyMap<StoredSeries, SeriesSamples>> {
  const gathering = yield* Gathering.of(blocks, series, sinceMs);
  const samples = new Map<StoredSeries, SeriesSamples>();
  let rows = 0;
  for (const [place, one] of series.entries()) {
    const gathered = gathering.samplesOf(place);
    if (gathered === undefined) continue;
    const { startsMs, ...rest } = gathered;
    const found: SeriesSamples = {
      labels: one.labels,
      ...rest,
      ...(startsMs?.some((ms) => ms !== 0) === true && { startsMs }),
    };
    samples.set(one, one.isDelta ? accumulate(withoutRepeats(found)) : withoutRepeats(found));
    rows += rest.timesMs.length;
    if (rows < rowsPerStep) continue;
    rows = 0;
    yield;
  }
  return samples;
}

/**
 * Not ordered, which would cost as much as the reading: the rows of a part come series by series, and those of a series in the order
 * of time. A stale marker comes as the NaN that means no value.
 */
function floatsStatement(chosen: Sql, { sinceMs, withStarts, isOneMetric }: FloatsForm): Sql {
  const columns = [
    ...(isOneMetric ? [] : ['metric_id']),
    'series_id',
    sinceMs === undefined ? 'time' : `toUInt32(toUnixTimestamp64Milli(time) - ${sinceMs}) AS at`,
    ...(withStarts ? ['start_time'] : []),
    'if(bitAnd(flags, 1) = 1, reinterpretAsFloat64(toUInt64(0x7ff0000000000002)), value) AS sample',
  ];
  return sql`SELECT ${raw(columns.join(', '))} FROM samples WHERE ${chosen}`;
}

/** What the answer is made of: a third of the time that a large one takes goes by its bytes. */
interface FloatsForm {
  /** Times come as milliseconds since then in 31 bits; undefined where those are too few. */
  readonly sinceMs: number | undefined;
  readonly withStarts: boolean;
  /** All series are of one metric, which does not come then. */
  readonly isOneMetric: boolean;
}

const nsPerMs = 1_000_000n;

function sinceOf({ time }: Scope): number | undefined {
  if (time === undefined || (time.toNs - time.fromNs) / nsPerMs >= 2n ** 31n) return undefined;
  return Number(time.fromNs / nsPerMs);
}

/**
 * One sample per time: where a series has several, a float before a stale marker, then the greatest value, whatever the order
 * in which they came.
 */
function withoutRepeats(samples: SeriesSamples): SeriesSamples {
  const { timesMs, values, kinds, startsMs } = samples;
  let isRepeated = false;
  for (let i = 1; i < timesMs.length && !isRepeated; i++) isRepeated = timesMs[i] === timesMs[i - 1];
  if (!isRepeated) return samples;
  const kept: number[] = [];
  for (let i = 0; i < timesMs.length; i++) {
    const last = kept.at(-1);
    if (last === undefined || timesMs[last] !== timesMs[i]) kept.push(i);
    else if (ranksAbove(samples, i, last)) kept[kept.length - 1] = i;
  }
  const pick = (column: Float64Array): Float64Array => Float64Array.from(kept, (i) => column[i] ?? 0);
  return {
    labels: samples.labels,
    timesMs: pick(timesMs),
    kinds: Uint8Array.from(kept, (i) => kinds[i] ?? 0),
    values: pick(values),
    ...(startsMs !== undefined && { startsMs: pick(startsMs) }),
  };
}

function ranksAbove({ values, kinds }: SeriesSamples, a: number, b: number): boolean {
  if (kinds[a] !== kinds[b]) return kinds[a] === sampleKinds.float;
  const left = values[a] ?? 0;
  const right = values[b] ?? 0;
  return left > right || (Number.isNaN(right) && !Number.isNaN(left));
}

/**
 * Deltas as the running total of a counter that starts at zero with the first sample read: `rate` and its family see what was
 * added, and no reset. Its level means nothing, as deltas have none.
 */
function accumulate(samples: SeriesSamples): SeriesSamples {
  const values = new Float64Array(samples.values.length);
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    if (samples.kinds[i] === sampleKinds.float) total += samples.values[i] ?? 0;
    values[i] = total;
  }
  return { labels: samples.labels, timesMs: samples.timesMs, kinds: samples.kinds, values };
}
