/** One PromQL query from its text to its result: parsed, planned, evaluated over the engine within its limits. */
import { SondeError } from '../base/errors.ts';
import type { Engine } from '../engine/engine.ts';
import { evaluate } from './evaluate/evaluate.ts';
import type { QueryResult } from './evaluate/evaluate.ts';
import { gridOf } from './evaluate/grid.ts';
import { parseExpr } from './parse.ts';
import { dependsOnPast } from './past.ts';
import { planner } from './plan/plan.ts';
import type { QueryGrid, ResultCache } from './result-cache.ts';
import { askEngine } from './store/lookup.ts';
import type { SeriesLookup } from './store/lookup.ts';
import { storeSource } from './store/source.ts';
import type { ReadScope } from './store/source.ts';

export interface QuerySettings {
  /** Samples that one query reads and holds at a time; over it `query_too_large`. */
  readonly samplesMax: number;
  /** Points of one series in the answer to a range query; over it `bad_request`. */
  readonly pointsPerSeriesMax: number;
  /** For how long a sample counts as the value of its series. */
  readonly lookbackMs: number;
  /** The step of subqueries that name none. */
  readonly defaultSubqueryStepMs: number;
  /** Wall time; over it `query_timeout`. */
  readonly timeoutMs: number;
  /** Whether experimental functions and syntax are taken. */
  readonly experimental: boolean;
  readonly delayedNameRemoval: boolean;
  /** Whether start times of samples count. */
  readonly startTimestamps: boolean;
  /** Whether the engine works out what it can. */
  readonly pushDown: boolean;
  /** Buckets of samples that end before this time, in Unix milliseconds, are complete; absent where there are none. */
  readonly bucketsCompleteBefore?: (() => number) | undefined;
  /** How series are found; by asking the engine when absent. */
  readonly lookup?: SeriesLookup | undefined;
  /** Answers that are used again; absent where that is off. */
  readonly results?: ResultCache | undefined;
}

export interface QueryContext {
  readonly engine: Engine;
  readonly scope: ReadScope;
  readonly settings: QuerySettings;
}

/** When to evaluate, in Unix milliseconds. */
export type QueryTime =
  | { readonly kind: 'instant'; readonly timeMs: number }
  | { readonly kind: 'range'; readonly startMs: number; readonly endMs: number; readonly stepMs: number };

export interface QueryOptions {
  readonly lookbackMs?: number;
  /** At most that of the settings. */
  readonly timeoutMs?: number;
}

/**
 * Answers a query. Throws `bad_request` with a position for text that is no PromQL and for times that make no grid, `query_failed`
 * for an expression without an answer over the data, `query_timeout`, `query_too_large` and `query_cancelled`.
 */
export async function runQuery(
  text: string,
  time: QueryTime,
  context: QueryContext,
  options: QueryOptions = {},
): Promise<QueryResult> {
  const { engine, scope, settings } = context;
  const expr = parseExpr(text, { experimental: settings.experimental });
  const grid = gridOfQuery(time, settings);
  const lookbackMs = options.lookbackMs ?? settings.lookbackMs;
  const { delayedNameRemoval, samplesMax } = settings;
  const timeoutMs = Math.min(options.timeoutMs ?? settings.timeoutMs, settings.timeoutMs);
  const evaluateOver = (times: QueryGrid, signal: AbortSignal): Promise<QueryResult> => {
    const limited: ReadScope = { ...scope, signal, limits: { ...scope.limits, timeMs: timeoutMs, rowsOut: samplesMax + 1 } };
    const access = { engine, lookup: settings.lookup ?? askEngine(engine), scope: limited, withStarts: settings.startTimestamps };
    const query = gridOf(times.startMs, times.endMs, times.stepMs);
    return evaluate(expr, {
      text,
      grid: times,
      isInstant: time.kind === 'instant',
      lookbackMs,
      defaultSubqueryStepMs: settings.defaultSubqueryStepMs,
      source: storeSource(access),
      signal,
      samplesMax,
      delayedNameRemoval,
      startTimestamps: settings.startTimestamps,
      ...(settings.pushDown && {
        pushDown: planner({
          access,
          query,
          lookbackMs,
          delayedNameRemoval,
          bucketsCompleteBefore: settings.bucketsCompleteBefore,
        }),
      }),
    });
  };
  return withinTime(timeoutMs, scope.signal, (signal) => {
    const { results } = settings;
    if (results === undefined || !dependsOnPast(expr)) return evaluateOver(grid, signal);
    return results.answer(JSON.stringify([scope.tenant, lookbackMs, text]), grid, (times) => evaluateOver(times, signal));
  });
}

function gridOfQuery(time: QueryTime, { pointsPerSeriesMax }: QuerySettings): QueryGrid {
  if (time.kind === 'instant') return { startMs: time.timeMs, endMs: time.timeMs, stepMs: 0 };
  const { startMs, endMs, stepMs } = time;
  if (!(stepMs > 0)) {
    throw new SondeError('bad_request', `zero or negative query resolution step widths are not accepted: got ${stepMs} ms`);
  }
  if (endMs < startMs) throw new SondeError('bad_request', 'end timestamp must not be before start time');
  if ((endMs - startMs) / stepMs > pointsPerSeriesMax) {
    throw new SondeError(
      'bad_request',
      `exceeded maximum resolution of ${pointsPerSeriesMax} points per timeseries: got ${Math.floor((endMs - startMs) / stepMs) + 1}. Use a longer step.`,
    );
  }
  return { startMs, endMs, stepMs };
}

/** Runs what stops when the signal aborts, and aborts it when the time is over. */
async function withinTime<T>(
  timeoutMs: number,
  outer: AbortSignal | undefined,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController();
  const timeout = new SondeError('query_timeout', `query timed out in expression evaluation: it ran longer than ${timeoutMs} ms`);
  const timer = setTimeout(() => over.abort(timeout), timeoutMs);
  try {
    return await run(outer === undefined ? over.signal : AbortSignal.any([outer, over.signal]));
  } catch (thrown) {
    // What the engine says of a cancelled statement is not why it was cancelled.
    if (over.signal.aborted && outer?.aborted !== true) throw timeout;
    throw thrown;
  } finally {
    clearTimeout(timer);
  }
}
