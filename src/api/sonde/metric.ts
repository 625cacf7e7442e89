/** GET /api/metrics/{name}: one metric over time, grouped by labels. */
import { known } from '../../base/assert.ts';
import { SondeError } from '../../base/errors.ts';
import { formatTime } from '../../base/time.ts';
import type { TimeRange } from '../../engine/engine.ts';
import type { Sql } from '../../engine/sql.ts';
import { metricTypes } from '../../model/metrics.ts';
import type { GridValues, MetricAnswer } from './contract.ts';
import { readExemplars } from './exemplars.ts';
import { attributeConditions } from './filters.ts';
import { readGauges } from './gauge-query.ts';
import type { GaugeFunction } from './gauge-query.ts';
import { cutIntoSteps, showGrid } from './grid.ts';
import type { Grid } from './grid.ts';
import { groupBy } from './group.ts';
import { explicitSource, exponentialSource, readExponentialLayout } from './histogram-query.ts';
import { exponentialBuckets, mergeExplicit, quantileOf } from './histogram-quantiles.ts';
import type { Bucket } from './histogram-quantiles.ts';
import { counterSource, nativeSource, readIncreases, summarySource } from './increase-query.ts';
import type { IncreaseGroup, StepIncrease, VectorSource } from './increase-query.ts';
import { temporalities, toMetricInfos } from './metrics.ts';
import { readMetrics } from './metrics-query.ts';
import type { MetricRow } from './metrics-query.ts';
import type { Origins } from './origins.ts';
import { readAttributeFilters, readChoice, readDuration, readLimit, readText, readTexts, readTimeRange } from './parameters.ts';
import type { Reader } from './reader.ts';
import { pickSeries } from './series-query.ts';

const limits = { default: 100, max: 1000 };

const gaugeFunctions = ['avg', 'min', 'max', 'sum', 'last'] as const satisfies readonly GaugeFunction[];
const counterFunctions = ['rate', 'increase'] as const;
const quantileShares = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;
type Quantile = keyof typeof quantileShares;
const quantileFunctions = Object.keys(quantileShares) as readonly Quantile[];

type IncreaseFunction = Quantile | 'rate' | 'increase' | 'avg';

interface LabelledValues {
  readonly labels: readonly string[];
  readonly values: GridValues;
}

/** Throws `not_found` when the metric has no series on the days of the range. */
export async function readMetric(reader: Reader, origins: Origins): Promise<MetricAnswer> {
  const { query, params } = reader.request;
  const range = readTimeRange(query, reader.context.nowNs());
  const grid = cutIntoSteps(range, readDuration(query, 'step'));
  const service = readText(query, 'service');
  const limit = readLimit(query, limits);
  const kinds = await readKinds(reader, range, params['name'] ?? '', service);
  const [kind] = kinds;
  const by = readTexts(query, 'by');
  const attributes = await attributeConditions(reader, range, readAttributeFilters(query));
  const picked = pickSeries({ kind, service, attributes, by });
  const [[metric], { fn, series }, exemplars] = await Promise.all([
    toMetricInfos(reader, origins, [kinds]),
    readValues(reader, { grid, kind, picked, limit: limit + 1 }),
    readExemplars(reader, grid, picked),
  ]);
  const shown = series.slice(0, limit).map(({ labels, values }) => ({ labels: toLabels(by, labels), values }));
  return {
    metric: known(metric, 'the record of a metric that has a kind'),
    fn,
    grid: showGrid(grid),
    series: shown,
    exemplars,
    truncated: series.length > limit,
  };
}

/** The kinds of a metric, the one to show first: with `type`, the largest of that type. */
async function readKinds(
  reader: Reader,
  range: TimeRange,
  name: string,
  service: string | undefined,
): Promise<readonly [MetricRow, ...MetricRow[]]> {
  const type = readChoice(reader.request.query, 'type', metricTypes);
  const kinds = await readMetrics(reader, range, { name, service }, 1);
  const first = kinds.find((kind) => type === undefined || kind.type === type);
  if (first === undefined) {
    const what = type === undefined ? 'metric' : `metric of type ${type}`;
    const where = `from ${formatTime(range.fromNs)} to ${formatTime(range.toNs)}`;
    throw new SondeError('not_found', `No ${what} \`${name}\` has series ${where}.`);
  }
  return [first, ...kinds.filter((kind) => kind !== first)];
}

function toLabels(by: readonly string[], labels: readonly string[]): Readonly<Record<string, string>> {
  const named: Record<string, string> = Object.create(null);
  by.forEach((key, i) => (named[key] = labels[i] ?? ''));
  return named;
}

interface Ask {
  readonly grid: Grid;
  readonly kind: MetricRow;
  readonly picked: Sql;
  readonly limit: number;
}

interface Answered {
  readonly fn: string;
  readonly series: readonly LabelledValues[];
}

async function readValues(reader: Reader, ask: Ask): Promise<Answered> {
  const { query } = reader.request;
  const cumulative = temporalities[ask.kind.temporality] !== 'delta';
  switch (ask.kind.type) {
    case 'gauge':
    case 'info':
    case 'stateset':
      return readGaugeValues(reader, ask, readChoice(query, 'fn', gaugeFunctions) ?? 'avg');
    case 'sum': {
      if (cumulative && ask.kind.monotonic === 0)
        return readGaugeValues(reader, ask, readChoice(query, 'fn', gaugeFunctions) ?? 'avg');
      const fn = readChoice(query, 'fn', counterFunctions) ?? 'rate';
      return readAdded(reader, ask, { fn, source: counterSource(cumulative) });
    }
    case 'unknown': {
      const fn =
        readChoice(query, 'fn', [...gaugeFunctions, ...counterFunctions]) ?? (isCounterName(ask.kind.metric) ? 'rate' : 'avg');
      if (fn === 'rate' || fn === 'increase') return readAdded(reader, ask, { fn, source: counterSource(true) });
      return readGaugeValues(reader, ask, fn);
    }
    case 'native_histogram': {
      const fn = readChoice(query, 'fn', ['rate', 'avg', 'increase']) ?? 'rate';
      return readAdded(reader, ask, { fn, source: nativeSource });
    }
    case 'histogram': {
      const fn = readChoice(query, 'fn', [...quantileFunctions, 'rate', 'avg', 'increase']) ?? 'p95';
      return readAdded(reader, ask, { fn, source: explicitSource(cumulative), toBuckets: explicitStep });
    }
    case 'exponential_histogram': {
      const fn = readChoice(query, 'fn', [...quantileFunctions, 'rate', 'avg', 'increase']) ?? 'p95';
      const layout = await readExponentialLayout(reader, ask.grid, ask.picked);
      const toBuckets = (rows: readonly StepIncrease[]): Bucket[] => exponentialBuckets(layout, rows[0]?.[2].slice(2) ?? []);
      return readAdded(reader, ask, { fn, source: exponentialSource(layout, cumulative), toBuckets });
    }
    case 'summary': {
      const fn = readChoice(query, 'fn', ['rate', 'avg', 'increase']) ?? 'rate';
      return readAdded(reader, ask, { fn, source: summarySource });
    }
  }
}

/** Whether Prometheus's rules of naming say that a series of this name only grows. */
function isCounterName(name: string): boolean {
  return ['_total', '_bucket', '_count', '_sum'].some((end) => name.endsWith(end));
}

async function readGaugeValues(reader: Reader, { grid, picked, limit }: Ask, fn: GaugeFunction): Promise<Answered> {
  const groups = await readGauges(reader, grid, picked, { fn, limit });
  const series = groups.map(({ labels, steps }) => {
    const values = Array.from<number | null>({ length: grid.points }).fill(null);
    for (const [step, value] of steps) values[step] = finite(value);
    return { labels, values };
  });
  return { fn, series };
}

interface Added {
  readonly fn: IncreaseFunction;
  readonly source: VectorSource;
  readonly toBuckets?: (rows: readonly StepIncrease[]) => Bucket[];
}

async function readAdded(reader: Reader, { grid, picked, limit }: Ask, { fn, source, toBuckets }: Added): Promise<Answered> {
  const groups = await readIncreases(reader, grid, picked, { source, limit });
  const valueOf = (rows: readonly StepIncrease[]): number | null =>
    isQuantile(fn) ? quantileOf(toBuckets?.(rows) ?? [], quantileShares[fn]) : aggregate(rows, fn);
  return { fn, series: groups.map((group) => ({ labels: group.labels, values: valuesOf(group, grid, valueOf) })) };
}

function isQuantile(fn: IncreaseFunction): fn is Quantile {
  return fn in quantileShares;
}

function valuesOf(
  { steps }: IncreaseGroup,
  { points }: Grid,
  valueOf: (rows: readonly StepIncrease[]) => number | null,
): GridValues {
  const values = Array.from<number | null>({ length: points }).fill(null);
  for (const [step, rows] of groupBy(steps, ([step]) => step)) values[step] = finite(valueOf(rows));
  return values;
}

function aggregate(rows: readonly StepIncrease[], fn: 'rate' | 'increase' | 'avg'): number | null {
  let [first, second, rate] = [0, 0, 0];
  for (const [, , [ofFirst = 0, ofSecond = 0], perSecond] of rows) {
    first += ofFirst;
    second += ofSecond;
    rate += perSecond;
  }
  if (fn === 'rate') return rate;
  if (fn === 'increase') return first;
  return first === 0 ? null : second / first;
}

function explicitStep(rows: readonly StepIncrease[]): Bucket[] {
  return mergeExplicit(rows.map(([, bounds, added]) => ({ bounds, counts: added.slice(2) })));
}

/** JSON has no NaN and no infinities: they are nothing to draw. */
function finite(value: number | string | null): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}
