/**
 * The planner: lets the engine work out what it can. A sum over the rates of 10,000 series then comes back as the few rows of its
 * result instead of millions of samples.
 *
 * What comes from the engine is as exact as what the evaluator gives, or is not used: sums of the engine are plain ones, and
 * where the addends cancel each other out, or a sum is no number, the evaluator adds them up as Prometheus does.
 */
import { known } from '../../base/assert.ts';
import type { Columns, Engine } from '../../engine/engine.ts';
import { labelsOf, metricName } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { Aggregation, Expr } from '../ast.ts';
import type { Grid, GridSeries, VectorGrid } from '../evaluate/grid.ts';
import { presence, withoutSchema } from '../evaluate/grid.ts';
import { withoutParens } from '../evaluate/shape.ts';
import { runsOf } from '../store/samples.ts';
import { findSeries } from '../store/series.ts';
import { scopeOf } from '../store/source.ts';
import type { ReadScope } from '../store/source.ts';
import { leafOf } from './leaf.ts';
import type { Leaf } from './leaf.ts';
import { bucketRows, bucketsFor, bucketsStatement, overBuckets } from './buckets.ts';
import { groupsStatement, isFused, obstacles, seriesStatement } from './statement.ts';
import type { FusedOperator } from './statement.ts';

export interface PlanOptions {
  readonly engine: Engine;
  readonly scope: ReadScope;
  /** The times of the whole query. */
  readonly query: Grid;
  readonly lookbackMs: number;
  readonly delayedNameRemoval: boolean;
  /** Buckets of samples that end before this time, in Unix milliseconds, are complete; absent where there are none. */
  readonly bucketsCompleteBefore?: (() => number) | undefined;
}

export type PushDown = (expr: Expr, grid: Grid) => Promise<VectorGrid | undefined>;

/**
 * From this step on a single selector is read as a grid: below, its samples are fewer than, or not many times, the values at
 * the steps, and are read faster as they are.
 */
const leafStepMs = 120_000;

/** Steps of one grid at most: the engine takes more than is good for it. */
const stepsMax = 20_000;

/** What the evaluator asks before it evaluates an expression. */
export function planner(options: PlanOptions): PushDown {
  const { engine, query, lookbackMs } = options;
  if (!engine.features.gridFunctions) return async () => undefined;
  return async (expr, grid) => {
    if (grid.steps === 0 || grid.steps > stepsMax || !Number.isInteger(grid.startMs) || !Number.isInteger(grid.stepMs))
      return undefined;
    const inner = withoutParens(expr);
    const context = { query, grid, lookbackMs };
    if (inner.type === 'aggregation') {
      if (!isFused(inner.operator) || inner.grouping.includes(metricName)) return undefined;
      const leaf = leafOf(inner.expr, context);
      // What buckets are for is asked for again without the aggregation.
      if (leaf?.gridFunction === undefined || bucketsOf(options, leaf) !== undefined) return undefined;
      return readGroups(options, leaf, inner.operator, inner);
    }
    const leaf = leafOf(inner, context);
    if (leaf === undefined || grid.steps < 2) return undefined;
    return (await readBuckets(options, leaf)) ?? readSeries(options, leaf);
  };
}

/** The buckets for a leaf, where they are complete up to its end. */
function bucketsOf({ bucketsCompleteBefore }: PlanOptions, leaf: Leaf): ReturnType<typeof bucketsFor> {
  if (bucketsCompleteBefore === undefined || leaf.endMs >= bucketsCompleteBefore()) return undefined;
  return bucketsFor(leaf);
}

async function read(options: PlanOptions, leaf: Leaf, statement: ReturnType<typeof obstacles>): Promise<Columns | undefined> {
  // The engine's times start at zero.
  if (leaf.startMs - leaf.windowMs < 0) return undefined;
  const selection = { matchers: leaf.matchers, afterMs: leaf.startMs - leaf.windowMs, toMs: leaf.endMs };
  const scope = scopeOf(options.scope, selection, options.scope.signal);
  const [[found], answer] = await Promise.all([
    options.engine.rows<Record<string, string>>(scope, obstacles(leaf)),
    options.engine.columns(scope, statement),
  ]);
  return Object.values(known(found, 'a row of counts')).every((count) => Number(count) === 0) ? answer : undefined;
}

async function readBuckets(options: PlanOptions, leaf: Leaf): Promise<VectorGrid | undefined> {
  const width = bucketsOf(options, leaf);
  if (width === undefined) return undefined;
  const scope = scopeOf(options.scope, { matchers: leaf.matchers, afterMs: leaf.startMs - leaf.windowMs, toMs: leaf.endMs });
  const [stored, answer] = await Promise.all([
    findSeries(options.engine, scope, leaf.matchers),
    read(options, leaf, bucketsStatement(leaf, width)),
  ]);
  if (answer === undefined || answer.rows === 0) return answer && { series: [] };
  const rows = bucketRows(leaf, answer);
  if (rows === undefined) return undefined;
  const dropsName = !leaf.keepsName;
  const series = Array.from(runsOf(answer, stored), ({ series: { labels }, start, end }) => {
    const kept = dropsName && !options.delayedNameRemoval ? withoutSchema(labels) : labels;
    return overBuckets(leaf, rows, start, end, kept, dropsName);
  });
  return { series: series.filter(hasAny) };
}

async function readSeries(options: PlanOptions, leaf: Leaf): Promise<VectorGrid | undefined> {
  if (leaf.gridFunction === undefined || leaf.stepMs < leafStepMs) return undefined;
  const answer = await read(options, leaf, seriesStatement(leaf));
  if (answer === undefined) return undefined;
  const { name, labels, points } = answer.columns;
  const dropsName = !leaf.keepsName;
  const series: GridSeries[] = [];
  for (let row = 0; row < answer.rows; row++) {
    const all = labelsOf([[metricName, String(name?.[row])], ...((labels?.[row] ?? []) as [string, string][])]);
    const kept = dropsName && !options.delayedNameRemoval ? withoutSchema(all) : all;
    series.push(gridSeries(kept, points?.[row] as Float64Array, dropsName));
  }
  return { series: series.filter(hasAny) };
}

async function readGroups(
  options: PlanOptions,
  leaf: Leaf,
  operator: FusedOperator,
  { grouping, without }: Aggregation,
): Promise<VectorGrid | undefined> {
  const answer = await read(options, leaf, groupsStatement(leaf, operator, { labels: grouping, without }));
  if (answer === undefined) return undefined;
  const { keys, values, points, magnitudes, counts } = answer.columns;
  const series: GridSeries[] = [];
  for (let row = 0; row < answer.rows; row++) {
    const names = keys?.[row] as string[];
    const texts = values?.[row] as string[];
    const one = gridSeries(labelsOf(names.map((label, i) => [label, texts[i] ?? ''])), points?.[row] as Float64Array, false);
    if (magnitudes !== undefined && !isExact(one, magnitudes[row] as Float64Array)) return undefined;
    if (counts !== undefined) divideBy(one, counts[row] as Float64Array);
    series.push(one);
  }
  return { series: series.filter(hasAny) };
}

function hasAny({ present }: GridSeries): boolean {
  return present.includes(presence.float);
}

const absentHigh = 0x7ff0_0000;
const absentLow = 2;

function gridSeries(labels: Labels, points: Float64Array, dropName: boolean): GridSeries {
  const values = Float64Array.from(points);
  const present = new Uint8Array(points.length);
  const halves = new Uint32Array(points.buffer, points.byteOffset, points.length * 2);
  for (let step = 0; step < present.length; step++) {
    const isAbsent = halves[2 * step + 1] === absentHigh && halves[2 * step] === absentLow;
    if (!isAbsent) present[step] = presence.float;
  }
  return { labels, values, present, histograms: undefined, dropName };
}

/** By how much the absolute values may outweigh their sum before rounding is felt. */
const cancellationMax = 100;

/** Whether plain sums can stand for the exact ones: every addend a number, and none cancelled out by another. */
function isExact({ values, present }: GridSeries, magnitudes: Float64Array): boolean {
  for (let step = 0; step < values.length; step++) {
    if (present[step] === presence.absent) continue;
    const magnitude = magnitudes[step] ?? 0;
    if (!Number.isFinite(magnitude) || magnitude > cancellationMax * Math.abs(values[step] ?? 0)) return false;
  }
  return true;
}

function divideBy({ values, present }: GridSeries, counts: Float64Array): void {
  for (let step = 0; step < values.length; step++) {
    if (present[step] !== presence.absent) values[step] = (values[step] ?? 0) / (counts[step] ?? 1);
  }
}
