/**
 * The planner: lets the engine work out what it can, so that the values at the steps come back and not all samples.
 *
 * It works out one function over the samples of one selector (leaf.ts); what is above that, aggregations first, the evaluator does
 * exactly as Prometheus does. Series whose points are no plain samples (histograms, deltas) are left to it altogether.
 */
import type { Scope } from '../../engine/engine.ts';
import { absentDouble } from '../../engine/engine.ts';
import { labelsKey } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { Expr } from '../ast.ts';
import type { Grid, GridSeries, VectorGrid } from '../evaluate/grid.ts';
import { presence, withoutSchema } from '../evaluate/grid.ts';
import { runsOf } from '../store/runs.ts';
import { areWhole, rowsOf, scopeFor } from '../store/samples.ts';
import type { StoredSeries } from '../store/series.ts';
import { scopeOf } from '../store/source.ts';
import type { StoreAccess } from '../store/source.ts';
import { bucketRows, bucketsFor, bucketsStatement, overBuckets } from './buckets.ts';
import { leafOf } from './leaf.ts';
import type { Leaf } from './leaf.ts';
import { gridStatement, histogramsStatement } from './statement.ts';

export interface PlanOptions {
  readonly access: StoreAccess;
  /** The times of the whole query. */
  readonly query: Grid;
  readonly lookbackMs: number;
  readonly delayedNameRemoval: boolean;
  /** Buckets of samples that end before this time, in Unix milliseconds, are complete; absent where there are none. */
  readonly bucketsCompleteBefore?: (() => number) | undefined;
}

export type PushDown = (expr: Expr, grid: Grid) => Promise<VectorGrid | undefined>;

/** Steps of one grid at most: the engine takes more than is good for it. */
const stepsMax = 20_000;

/** Functions that ask when a counter started, where start times count: the engine's know samples alone. */
const countsFromStart: ReadonlySet<string> = new Set(['rate', 'increase', 'irate']);

/** What the evaluator asks before it evaluates an expression. */
export function planner(options: PlanOptions): PushDown {
  const { access, query, lookbackMs } = options;
  if (!access.engine.features.gridFunctions) return async () => undefined;
  return async (expr, grid) => {
    if (grid.steps === 0 || grid.steps > stepsMax || !Number.isInteger(grid.startMs) || !Number.isInteger(grid.stepMs)) {
      return undefined;
    }
    const leaf = leafOf(expr, { query, grid, lookbackMs });
    // The engine's times start at zero.
    if (leaf === undefined || leaf.startMs - leaf.windowMs < 0) return undefined;
    if (access.withStarts && countsFromStart.has(leaf.call)) return undefined;
    const selection = { matchers: leaf.matchers, afterMs: leaf.startMs - leaf.windowMs, toMs: leaf.endMs };
    const scope = scopeOf(access.scope, selection);
    const series = await access.lookup.find(scope, leaf.matchers);
    if (series.length === 0) return { series: [] };
    if (!areSamples(series) || (await haveHistograms(access, scope, series, leaf))) return undefined;
    return (await readBuckets(options, scope, series, leaf)) ?? readGrids(options, scope, series, leaf);
  };
}

/** Whether all points of the series are samples, each series to be taken as it is. */
function areSamples(series: readonly StoredSeries[]): boolean {
  if (series.every(({ kind }) => kind === 'prometheus')) return true;
  if (!series.every(({ kind, isDelta }) => kind === 'prometheus' || (kind === 'number' && !isDelta))) return false;
  return new Set(series.map(({ labels }) => labelsKey(labels))).size === series.length;
}

async function haveHistograms(
  { engine, lookup }: StoreAccess,
  scope: Scope,
  series: readonly StoredSeries[],
  leaf: Leaf,
): Promise<boolean> {
  const some = series.filter(({ metricId }) => lookup.mayHaveHistograms(metricId));
  if (some.length === 0) return false;
  const [found] = await engine.rows<{ n: string }>(scope, histogramsStatement(rowsOf(some, areWhole(some, leaf.matchers))));
  return Number(found?.n) > 0;
}

async function readBuckets(
  options: PlanOptions,
  scope: Scope,
  series: readonly StoredSeries[],
  leaf: Leaf,
): Promise<VectorGrid | undefined> {
  const { bucketsCompleteBefore, access } = options;
  if (bucketsCompleteBefore === undefined || leaf.endMs >= bucketsCompleteBefore()) return undefined;
  const width = bucketsFor(leaf);
  if (width === undefined) return undefined;
  const answer = await access.engine.columns(
    scope,
    bucketsStatement(leaf, width, rowsOf(series, areWhole(series, leaf.matchers))),
  );
  if (answer.rows === 0) return { series: [] };
  const rows = bucketRows(leaf, answer);
  if (rows === undefined) return undefined;
  const found = Array.from(runsOf(answer, series), ({ series: one, start, end }) =>
    overBuckets(leaf, rows, start, end, labelsFor(one, leaf, options), !leaf.keepsName),
  );
  return { series: found.filter(hasAny) };
}

async function readGrids(
  options: PlanOptions,
  scope: Scope,
  series: readonly StoredSeries[],
  leaf: Leaf,
): Promise<VectorGrid | undefined> {
  if (leaf.gridFunction === undefined || isDense(leaf, series.length)) return undefined;
  const { engine } = options.access;
  const answer = await engine.columns(
    scopeFor(scope, series),
    gridStatement(leaf, rowsOf(series, areWhole(series, leaf.matchers))),
  );
  const points = (answer.columns['points'] ?? []) as readonly Float64Array[];
  const found = Array.from(runsOf(answer, series), ({ series: one, start }) =>
    gridSeries(labelsFor(one, leaf, options), points[start] ?? new Float64Array(), !leaf.keepsName),
  );
  return { series: found.filter(hasAny) };
}

/** Steps nearly as close together as samples mostly are. */
const denseStepMs = 60_000;
/** Samples are mostly no closer together than this. */
const sampleStepMs = 10_000;
/** So many samples take a hundred megabytes, and no limit of a query is near even where they are ten times as many. */
const denseSamplesMax = 5_000_000;

/** Whether values at the steps would be nearly as many as the samples: those are read quicker than the engine works out the others. */
function isDense({ steps, stepMs, windowMs }: Leaf, seriesCount: number): boolean {
  const samplesPerSeries = (steps * stepMs + windowMs) / sampleStepMs;
  return steps > 1 && stepMs <= denseStepMs && seriesCount * samplesPerSeries <= denseSamplesMax;
}

function labelsFor({ labels }: StoredSeries, { keepsName }: Leaf, { delayedNameRemoval }: PlanOptions): Labels {
  return keepsName || delayedNameRemoval ? labels : withoutSchema(labels);
}

function hasAny({ present }: GridSeries): boolean {
  return present.includes(presence.float);
}

function gridSeries(labels: Labels, values: Float64Array, dropName: boolean): GridSeries {
  const present = new Uint8Array(values.length).fill(presence.float);
  const halves = new Uint32Array(values.buffer, values.byteOffset, values.length * 2);
  for (let step = 0; step < present.length; step++) {
    if (halves[2 * step + 1] === absentDouble.high && halves[2 * step] === absentDouble.low) present[step] = presence.absent;
  }
  return { labels, values, present, histograms: undefined, dropName };
}
