/**
 * Answers to queries, kept until a sample is stored that could change them. A dashboard that refreshes asks for the same hour and a
 * few seconds more: only those are worked out anew.
 *
 * What a query says of a time depends on samples up to that time alone (`dependsOnPast`), and every commit says when its first sample
 * lies, before its requests are answered. So what was worked out for earlier times still holds, and a late sample takes away
 * just what it could change. Only where every row is stored by this process.
 */
import { compareLabels, labelsKey } from '../lang/labels.ts';
import type { QueryResult } from './evaluate/evaluate.ts';
import type { MatrixSeries, Point } from './evaluate/points.ts';

export interface QueryGrid {
  readonly startMs: number;
  readonly endMs: number;
  /** 0 for an instant query. */
  readonly stepMs: number;
}

type Matrix = Extract<QueryResult, { type: 'matrix' }>;

interface Kept {
  readonly grid: QueryGrid;
  readonly result: QueryResult;
  readonly points: number;
  /** Times from here on may have changed. */
  validBeforeMs: number;
}

/** An answer longer than this is not kept. */
const pointsPerAnswerMax = 500_000;

export class ResultCache {
  readonly #pointsMax: number;
  readonly #kept = new Map<string, Kept>();
  /** Answers that are being worked out: a commit meanwhile concerns them too. */
  readonly #pending = new Set<{ validBeforeMs: number }>();
  #points = 0;

  /** Keeps so many points of answers in all. */
  constructor(pointsMax: number) {
    this.#pointsMax = pointsMax;
  }

  /** To be told when the first sample of a commit lies, before its requests are answered. */
  noteStored(firstMs: number): void {
    for (const one of this.#pending) one.validBeforeMs = Math.min(one.validBeforeMs, firstMs);
    for (const one of this.#kept.values()) one.validBeforeMs = Math.min(one.validBeforeMs, firstMs);
  }

  /** The answer to a query that `key` tells apart from all others but for its times; `evaluate` works out what is missing. */
  async answer(key: string, grid: QueryGrid, evaluate: (grid: QueryGrid) => Promise<QueryResult>): Promise<QueryResult> {
    const name = `${key} ${grid.stepMs} ${grid.stepMs === 0 ? grid.startMs : grid.startMs % grid.stepMs}`;
    const kept = this.#kept.get(name);
    const known = kept === undefined ? undefined : cut(kept, grid);
    if (known !== undefined && covers(known.grid, grid)) {
      this.#use(name);
      return known.result;
    }
    const tracked = { validBeforeMs: kept === undefined ? Number.POSITIVE_INFINITY : kept.validBeforeMs };
    const fresh = { validBeforeMs: Number.POSITIVE_INFINITY };
    this.#pending.add(tracked).add(fresh);
    try {
      const extended = known === undefined ? undefined : await extend(known, grid, evaluate);
      const result = extended ?? (await evaluate(grid));
      this.#keep(
        name,
        grid,
        result,
        extended === undefined ? fresh.validBeforeMs : Math.min(tracked.validBeforeMs, fresh.validBeforeMs),
      );
      return result;
    } finally {
      this.#pending.delete(tracked);
      this.#pending.delete(fresh);
    }
  }

  #keep(name: string, grid: QueryGrid, result: QueryResult, validBeforeMs: number): void {
    const points = countPoints(result);
    this.#drop(name);
    if (points > pointsPerAnswerMax) return;
    this.#kept.set(name, { grid, result, points, validBeforeMs });
    this.#points += points;
    for (const oldest of this.#kept.keys()) {
      if (this.#points <= this.#pointsMax) break;
      this.#drop(oldest);
    }
  }

  #use(name: string): void {
    const kept = this.#kept.get(name);
    if (kept === undefined) return;
    this.#kept.delete(name);
    this.#kept.set(name, kept);
  }

  #drop(name: string): void {
    this.#points -= this.#kept.get(name)?.points ?? 0;
    this.#kept.delete(name);
  }
}

interface Part {
  readonly grid: QueryGrid;
  readonly result: QueryResult;
}

/** What of an answer still holds and is asked for; undefined when that is not worth it. */
function cut({ grid, result, validBeforeMs }: Kept, asked: QueryGrid): Part | undefined {
  const { stepMs } = asked;
  if (stepMs === 0) return asked.startMs < validBeforeMs ? { grid, result } : undefined;
  const startMs = Math.max(grid.startMs, asked.startMs);
  const lastValidMs = Number.isFinite(validBeforeMs)
    ? grid.startMs + (Math.ceil((validBeforeMs - grid.startMs) / stepMs) - 1) * stepMs
    : grid.endMs;
  const endMs = Math.min(lastStep(grid), lastStep(asked), lastValidMs);
  // Less than half is not worth the two queries for the rest.
  if (endMs - startMs < (lastStep(asked) - asked.startMs) / 2) return undefined;
  const part = { startMs, endMs, stepMs };
  if (result.type !== 'matrix') return undefined;
  if (startMs === grid.startMs && endMs === lastStep(grid)) return { grid: part, result };
  return { grid: part, result: between(result, startMs, endMs) };
}

function lastStep({ startMs, endMs, stepMs }: QueryGrid): number {
  return stepMs === 0 ? startMs : startMs + Math.floor((endMs - startMs) / stepMs) * stepMs;
}

function covers(grid: QueryGrid, asked: QueryGrid): boolean {
  return grid.startMs === asked.startMs && lastStep(grid) === lastStep(asked);
}

function between(result: Matrix, startMs: number, endMs: number): Matrix {
  const series = result.series.flatMap(({ labels, points }) => {
    const from = points.findIndex(({ timeMs }) => timeMs >= startMs);
    const after = points.findIndex(({ timeMs }) => timeMs > endMs);
    const kept = from === -1 ? [] : points.slice(from, after === -1 ? points.length : after);
    return kept.length === 0 ? [] : [{ labels, points: kept }];
  });
  return { ...result, series };
}

/** Works out what is missing on either side; undefined when the parts can not be put together. */
async function extend(
  known: Part,
  asked: QueryGrid,
  evaluate: (grid: QueryGrid) => Promise<QueryResult>,
): Promise<QueryResult | undefined> {
  const { stepMs } = asked;
  const parts: QueryResult[] = [known.result];
  if (known.grid.startMs > asked.startMs)
    parts.unshift(await evaluate({ startMs: asked.startMs, endMs: known.grid.startMs - stepMs, stepMs }));
  if (known.grid.endMs < lastStep(asked))
    parts.push(await evaluate({ startMs: known.grid.endMs + stepMs, endMs: asked.endMs, stepMs }));
  // Of what annotations count, the parts can not be added up.
  if (!parts.every((part): part is Matrix => part.type === 'matrix' && part.warnings.length + part.infos.length === 0))
    return undefined;
  return { type: 'matrix', series: joined(parts), warnings: [], infos: [] };
}

/** Series of parts that follow each other in time. */
function joined(parts: readonly Matrix[]): readonly MatrixSeries[] {
  const byLabels = new Map<string, { readonly labels: MatrixSeries['labels']; points: readonly Point[] }>();
  for (const { series } of parts) {
    for (const { labels, points } of series) {
      const key = labelsKey(labels);
      const found = byLabels.get(key);
      if (found === undefined) byLabels.set(key, { labels, points });
      else found.points = found.points.concat(points);
    }
  }
  return [...byLabels.values()].toSorted((a, b) => compareLabels(a.labels, b.labels));
}

function countPoints(result: QueryResult): number {
  if (result.type === 'matrix') return result.series.reduce((sum, { points }) => sum + points.length + 1, 1);
  return result.type === 'vector' ? result.samples.length + 1 : 1;
}
