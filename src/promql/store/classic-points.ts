/**
 * Histograms with explicit bounds and summaries of OTLP as the series that Prometheus has for them: `x_bucket{le}` (cumulative),
 * `x_count`, `x_sum`; `x{quantile}`, `x_count`, `x_sum`.
 */
import type { Columns, Engine, Scope } from '../../engine/engine.ts';
import { sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { labelsKey, labelValue, metricName, withLabel } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import { sampleKinds } from '../source.ts';
import type { SeriesSamples } from '../source.ts';
import { runsOf } from './runs.ts';
import type { Run } from './runs.ts';
import { pointsOf } from './samples.ts';
import type { StoredSeries } from './series.ts';

export async function readClassicHistograms(
  engine: Engine,
  scope: Scope,
  series: readonly StoredSeries[],
  chosen: Sql,
): Promise<SeriesSamples[]> {
  const columns = sql`toFloat64(count) AS count, sum, present, bounds, arrayMap(c -> toFloat64(c), counts) AS counts`;
  const answer = await engine.columns(scope, pointsOf(sql`histograms`, columns, chosen));
  return splitPoints(answer, series, splitHistogram);
}

export async function readSummaries(
  engine: Engine,
  scope: Scope,
  series: readonly StoredSeries[],
  chosen: Sql,
): Promise<SeriesSamples[]> {
  const columns = sql`toFloat64(count) AS count, sum, 1 AS present, quantiles, quantile_values`;
  const answer = await engine.columns(scope, pointsOf(sql`summaries`, columns, chosen));
  return splitPoints(answer, series, splitSummary);
}

/** A part of a point: where it goes, and its value. */
interface Part {
  readonly suffix: string;
  readonly label?: readonly [string, string];
  readonly value: number;
}

type Split = (columns: Columns['columns'], row: number) => Part[];

function splitHistogram(columns: Columns['columns'], row: number): Part[] {
  const bounds = numbers(columns['bounds']?.[row]);
  const parts = countAndSum(columns, row);
  let below = 0;
  numbers(columns['counts']?.[row]).forEach((count, i) => {
    below += count;
    const bound = bounds[i];
    const le = bound === undefined || bound === Number.POSITIVE_INFINITY ? '+Inf' : plainDecimal(bound);
    parts.push({ suffix: '_bucket', label: ['le', le], value: below });
  });
  // A point without buckets still says how many there were.
  if (below === 0 && bounds.length === 0) parts.push({ suffix: '_bucket', label: ['le', '+Inf'], value: parts[0]?.value ?? 0 });
  return parts;
}

function splitSummary(columns: Columns['columns'], row: number): Part[] {
  const values = numbers(columns['quantile_values']?.[row]);
  const quantiles = numbers(columns['quantiles']?.[row]).map((quantile, i): Part => {
    return { suffix: '', label: ['quantile', plainDecimal(quantile)], value: values[i] ?? Number.NaN };
  });
  return [...countAndSum(columns, row), ...quantiles];
}

function countAndSum(columns: Columns['columns'], row: number): Part[] {
  const parts: Part[] = [{ suffix: '_count', value: Number(columns['count']?.[row]) }];
  if ((Number(columns['present']?.[row]) & 1) === 1) parts.push({ suffix: '_sum', value: Number(columns['sum']?.[row]) });
  return parts;
}

function numbers(list: unknown): number[] {
  return Array.from((list ?? []) as Iterable<number>);
}

/** Without an exponent, as short as it can be. */
export function plainDecimal(value: number): string {
  const text = String(value);
  const match = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text);
  if (match === null) return text;
  const [, sign = '', first = '', rest = '', exponent = ''] = match;
  const digits = first + rest;
  const point = Number(exponent) + 1;
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`;
  return `${sign}${digits.padEnd(point, '0')}`;
}

function splitPoints(answer: Columns, series: readonly StoredSeries[], split: Split): SeriesSamples[] {
  const all: SeriesSamples[] = [];
  for (const run of runsOf(answer, series)) all.push(...splitRun(run, answer.columns, split));
  return all;
}

interface Growing {
  readonly labels: Labels;
  readonly times: number[];
  readonly values: number[];
  readonly kinds: number[];
  total: number;
}

function splitRun({ series, start, end }: Run, columns: Columns['columns'], split: Split): SeriesSamples[] {
  const growing = new Map<string, Growing>();
  for (let row = start; row < end; row++) {
    const timeMs = Number(columns['at']?.[row]);
    if ((Number(columns['flags']?.[row]) & 1) === 1) {
      for (const one of growing.values()) append(one, timeMs, Number.NaN, sampleKinds.stale);
      continue;
    }
    for (const part of split(columns, row)) {
      const labels = partLabels(series.labels, part);
      const key = labelsKey(labels);
      let one = growing.get(key);
      if (one === undefined) growing.set(key, (one = { labels, times: [], values: [], kinds: [], total: 0 }));
      one.total += part.value;
      append(one, timeMs, series.isDelta && part.label?.[0] !== 'quantile' ? one.total : part.value, sampleKinds.float);
    }
  }
  return Array.from(growing.values(), ({ labels, times, values, kinds }) => ({
    labels,
    timesMs: Float64Array.from(times),
    values: Float64Array.from(values),
    kinds: Uint8Array.from(kinds),
  }));
}

function partLabels(labels: Labels, { suffix, label }: Part): Labels {
  const named = withLabel(labels, metricName, labelValue(labels, metricName) + suffix);
  return label === undefined ? named : withLabel(named, label[0], label[1]);
}

/** Of several samples at one time the greatest counts. */
function append(one: Growing, timeMs: number, value: number, kind: number): void {
  const last = one.times.length - 1;
  if (one.times[last] !== timeMs) {
    one.times.push(timeMs);
    one.values.push(value);
    one.kinds.push(kind);
  } else if (kind === sampleKinds.float && !(value < (one.values[last] ?? 0))) {
    one.values[last] = value;
    one.kinds[last] = kind;
  }
}
