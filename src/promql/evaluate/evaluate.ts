/** The exact evaluator of PromQL (Prometheus 3.14): what an expression is over the samples of a source, to the last digit. */
import { SondeError } from '../../base/errors.ts';
import { linePosition } from '../../lang/diagnostics.ts';
import { compareLabels } from '../../lang/labels.ts';
import type { Expr } from '../ast.ts';
import { Evaluation } from './evaluation.ts';
import type { EvaluateOptions } from './evaluation.ts';
import { evaluateExpr } from './expression.ts';
import { hasSamples, newSeries, presence, setFloat, unite, withoutSchema } from './grid.ts';
import type { Grid, GridSeries } from './grid.ts';
import type { MatrixSeries, Point, VectorSample } from './points.ts';
import { rawSamples } from './raw-samples.ts';
import type { Value } from './values.ts';

export interface ResultAnnotations {
  /** Each with the line and column it is about, none twice. */
  readonly warnings: readonly string[];
  readonly infos: readonly string[];
}

export type QueryResult = ResultAnnotations &
  (
    | { readonly type: 'scalar'; readonly timeMs: number; readonly value: number }
    | { readonly type: 'string'; readonly timeMs: number; readonly value: string }
    /** In the order that the expression gives it: sorted by sort, topk and the like, else in no particular order. */
    | { readonly type: 'vector'; readonly samples: readonly VectorSample[] }
    /** Sorted by labels. */
    | { readonly type: 'matrix'; readonly series: readonly MatrixSeries[] }
  );

/**
 * Evaluates an expression that the checker has let through. Throws `query_failed` for one that has no answer over this data,
 * `query_too_large` over samplesMax, `query_cancelled` when the signal was aborted.
 */
export async function evaluate(expr: Expr, options: EvaluateOptions): Promise<QueryResult> {
  const evaluation = new Evaluation(expr, options);
  evaluation.checkAborted();
  const grid = evaluation.queryGrid;
  evaluation.reserve(grid.steps);
  const value = await evaluateExpr(expr, grid, evaluation);
  const result = options.isInstant ? instantResult(value, grid, evaluation) : await rangeResult(value, grid, evaluation);
  return { ...result, ...evaluation.annotations.texts((offset) => linePosition(options.text, offset)) };
}

type Omitting<T> = T extends unknown ? Omit<T, keyof ResultAnnotations> : never;
type BareResult = Omitting<QueryResult>;

function instantResult(value: Value, grid: Grid, evaluation: Evaluation): BareResult {
  const timeMs = grid.startMs;
  switch (value.type) {
    case 'scalar':
      return { type: 'scalar', timeMs, value: value.values[0]! };
    case 'string':
      return { type: 'string', timeMs, value: value.text };
    case 'vector':
      return {
        type: 'vector',
        samples: named(value.series, evaluation).map((series) => ({ labels: series.labels, ...pointAt(series, 0, grid) })),
      };
    case 'matrix':
      return { type: 'matrix', series: sorted(rawSamples(value.range, evaluation.options)) };
  }
}

async function rangeResult(value: Value, grid: Grid, evaluation: Evaluation): Promise<BareResult> {
  switch (value.type) {
    case 'scalar': {
      const series = newSeries([], grid.steps, false);
      for (let step = 0; step < grid.steps; step++) setFloat(series, step, value.values[step]!);
      return { type: 'matrix', series: [matrixSeries(series, grid)] };
    }
    case 'vector':
      return { type: 'matrix', series: sorted(await matrixOf(named(value.series, evaluation), grid, evaluation)) };
    case 'string':
    case 'matrix': {
      const found = value.type === 'matrix' ? 'range vector' : 'string';
      const message = `invalid expression type "${found}" for range query, must be Scalar or instant Vector`;
      throw new SondeError('bad_request', message);
    }
  }
}

/** Drops the names that are still to be dropped. Throws `query_failed` when that makes two series the same. */
function named(series: readonly GridSeries[], { options }: Evaluation): readonly GridSeries[] {
  if (!options.delayedNameRemoval) return series.filter(hasSamples);
  return unite(series.map((each) => (each.dropName ? { ...each, labels: withoutSchema(each.labels) } : each))).filter(hasSamples);
}

function sorted(series: readonly MatrixSeries[]): readonly MatrixSeries[] {
  return series.toSorted((a, b) => compareLabels(a.labels, b.labels));
}

async function matrixOf(vector: readonly GridSeries[], grid: Grid, evaluation: Evaluation): Promise<MatrixSeries[]> {
  const matrix: MatrixSeries[] = [];
  for (const series of vector) {
    if (evaluation.isDue()) await evaluation.pause();
    matrix.push(matrixSeries(series, grid));
  }
  return matrix;
}

function matrixSeries(series: GridSeries, grid: Grid): MatrixSeries {
  const points: Point[] = [];
  for (let step = 0; step < grid.steps; step++) {
    if (series.present[step] !== presence.absent) points.push(pointAt(series, step, grid));
  }
  return { labels: series.labels, points };
}

function pointAt({ present, values, histograms }: GridSeries, step: number, { startMs, stepMs }: Grid): Point {
  const timeMs = startMs + step * stepMs;
  if (present[step] === presence.histogram) return { timeMs, histogram: histograms![step]! };
  return { timeMs, value: values[step]! };
}
