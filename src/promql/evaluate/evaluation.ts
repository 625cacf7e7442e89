/** What all parts of one query share while it is evaluated: its options, annotations, limits, and what was read for it. */
import { SondeError } from '../../base/errors.ts';
import type { Expr, VectorSelector } from '../ast.ts';
import type { SampleSource, Selection, SeriesSamples } from '../source.ts';
import { Annotations } from './annotations.ts';
import { gridOf } from './grid.ts';
import type { Grid, GridSeries, VectorGrid } from './grid.ts';
import { selectorsWithoutBuckets, withoutBuckets } from './histogram-statistics.ts';
import { Invariance } from './invariance.ts';

export interface EvaluateOptions {
  /** The text the expression was parsed from: annotations name lines and columns of it. */
  readonly text: string;
  /** The times to evaluate at; for an instant startMs is endMs, and stepMs is 0. Unix milliseconds. */
  readonly grid: { readonly startMs: number; readonly endMs: number; readonly stepMs: number };
  /** An instant query gives a vector in its own order; a range query, also one of a single step, a matrix sorted by labels. */
  readonly isInstant: boolean;
  /** For how long a sample counts as the value of its series. */
  readonly lookbackMs: number;
  /** The step of subqueries that name none. */
  readonly defaultSubqueryStepMs: number;
  readonly source: SampleSource;
  readonly signal?: AbortSignal;
  /**
   * How many samples may be read, and values at steps be held, at once: each series of a result counts with all of its steps.
   * More is refused with `query_too_large`.
   */
  readonly samplesMax: number;
  /** Names of metrics are dropped at the end of the query, not by each operation. */
  readonly delayedNameRemoval: boolean;
  /** Whether start times of samples count: a counter that started within a range started from zero. */
  readonly startTimestamps: boolean;
  /** Asked for each expression that gives a vector, before it is evaluated; undefined leaves it to the evaluator. */
  readonly pushDown?: (expr: Expr, grid: Grid) => Promise<VectorGrid | undefined>;
}

/** After so long without a pause others have to wait for the event loop. */
const sliceMs = 8;

export class Evaluation {
  readonly options: EvaluateOptions;
  /** That of the whole query; subqueries have their own. */
  readonly queryGrid: Grid;
  readonly annotations = new Annotations();
  readonly invariance = new Invariance();
  readonly #withoutBuckets: ReadonlySet<VectorSelector>;
  readonly #selections = new Map<string, Promise<readonly SeriesSamples[]>>();
  #sliceStartMs = performance.now();
  #samplesRead = 0;
  #valuesHeld = 0;
  #valuesReserved = 0;

  constructor(expr: Expr, options: EvaluateOptions) {
    this.options = options;
    this.#withoutBuckets = selectorsWithoutBuckets(expr);
    const { startMs, endMs, stepMs } = options.grid;
    this.queryGrid = gridOf(startMs, endMs, stepMs);
  }

  /** Whether it is time to `pause`: to be asked once per series or so. */
  isDue(): boolean {
    return performance.now() - this.#sliceStartMs > sliceMs;
  }

  /** Lets others use the event loop. Throws `query_cancelled` when the signal was aborted. */
  async pause(): Promise<void> {
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    this.checkAborted();
    this.#sliceStartMs = performance.now();
  }

  checkAborted(): void {
    const signal = this.options.signal;
    if (signal?.aborted !== true) return;
    if (signal.reason instanceof SondeError) throw signal.reason;
    throw new SondeError('query_cancelled', 'The query was cancelled while it was evaluated.', { cause: signal.reason });
  }

  /** Reads samples for a selector of the query. */
  async selectFor(selector: VectorSelector, times: Omit<Selection, 'matchers'>): Promise<readonly SeriesSamples[]> {
    const found = await this.select({ matchers: selector.matchers, ...times });
    return this.#withoutBuckets.has(selector) ? found.map(withoutBuckets) : found;
  }

  /** Reads samples; what is asked for again, as by both sides of a ratio, is read once. */
  async select(selection: Selection): Promise<readonly SeriesSamples[]> {
    const key = JSON.stringify(selection);
    let found = this.#selections.get(key);
    if (found === undefined) {
      this.checkAborted();
      found = this.options.source.select(selection, this.options.signal);
      this.#selections.set(key, found);
      for (const { timesMs } of await found) this.#samplesRead += timesMs.length;
      this.#checkSize();
    }
    return found;
  }

  /** How many values results hold that are still needed. */
  get valuesHeld(): number {
    return this.#valuesHeld;
  }

  /** Counts values of a result before they are made, as they could be too many to make. */
  reserve(values: number): void {
    this.#valuesReserved += values;
    this.#checkSize();
  }

  /** Counts the result of an expression, in place of what was reserved for it and held for its parts. */
  hold(series: readonly GridSeries[], valuesBefore: number): void {
    this.#valuesReserved = 0;
    this.#valuesHeld = valuesBefore + series.length * (series[0]?.values.length ?? 0);
    this.#checkSize();
  }

  #checkSize(): void {
    const samples = this.#samplesRead + this.#valuesHeld + this.#valuesReserved;
    const { samplesMax } = this.options;
    if (samples <= samplesMax) return;
    const advice = 'ask for fewer series, a shorter time or a longer step';
    throw new SondeError('query_too_large', `The query needs more than samplesMax = ${samplesMax} samples at once; ${advice}.`);
  }
}
