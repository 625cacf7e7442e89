/**
 * Runs one check: one run at a time however many ask, its result kept for a while, and an end to it that is always in time. A run
 * that goes on behind its time limit is not joined by another one, so that a dependency that hangs is not asked by more and more.
 */
import type { CheckState } from './check-state.ts';
import type { Check, CheckResult } from './checks.ts';
import { runUntraced } from './quiet.ts';

/** A run that has not even ended after this is taken for lost: whoever waits for it would never learn that all is well again. */
const lostAfterMs = 60_000;
/** Of those, so many may be about. */
const lostRunsMax = 3;

const detailsMax = 32;
const textLengthMax = 1000;

export interface RunnerOptions {
  readonly check: Check;
  /** Told of each run as it ends. */
  readonly ended: (state: CheckState, before: CheckState | undefined) => void;
}

export class CheckRunner {
  readonly check: Check;
  readonly #ended: RunnerOptions['ended'];
  readonly #isCritical: boolean;
  readonly #timeoutMs: number;
  readonly #cacheMs: number;
  readonly #failuresMin: number;
  #last: CheckState | undefined;
  #startMs = -Infinity;
  #endMs = -Infinity;
  #run: Promise<CheckState> | undefined;
  /** Runs that have not ended, given up or not. */
  #unsettled = 0;
  /** How many runs in a row have failed. */
  #failures = 0;

  constructor({ check, ended }: RunnerOptions) {
    this.check = check;
    this.#ended = ended;
    this.#isCritical = check.isCritical ?? true;
    this.#timeoutMs = check.timeoutMs ?? 2000;
    this.#cacheMs = check.cacheMs ?? 1000;
    this.#failuresMin = check.failuresMin ?? 1;
  }

  get last(): CheckState | undefined {
    return this.#last;
  }

  get isCritical(): boolean {
    return this.#isCritical;
  }

  get timeoutMs(): number {
    return this.#timeoutMs;
  }

  /** What the run that is on its way will say, or what the last one said when it is young enough; else a run is begun. */
  async state(): Promise<CheckState> {
    if (this.#run !== undefined) return this.#run;
    if (this.#last !== undefined && (performance.now() - this.#endMs < this.#cacheMs || !this.#mayRun())) return this.#last;
    this.#run = this.#runOnce();
    return this.#run;
  }

  #mayRun(): boolean {
    if (this.#unsettled === 0) return true;
    return this.#unsettled < lostRunsMax && performance.now() - this.#startMs > lostAfterMs;
  }

  async #runOnce(): Promise<CheckState> {
    this.#startMs = performance.now();
    const outcome = await this.#outcome();
    this.#endMs = performance.now();
    const before = this.#last;
    const state = this.#stateOf(outcome);
    this.#last = state;
    this.#run = undefined;
    this.#ended(state, before);
    return state;
  }

  /** Never rejects, and never takes longer than the time limit. */
  async #outcome(): Promise<Outcome> {
    const giveUp = new AbortController();
    this.#unsettled++;
    // An async function makes a rejection of what is thrown at once.
    const run = runUntraced(async () => this.check.run(giveUp.signal));
    const settled = (): void => void this.#unsettled--;
    run.then(settled, settled);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      const end = (): void => {
        reject(new Error(`no answer within ${this.#timeoutMs} ms`));
        giveUp.abort();
      };
      // An answer may have come while the event loop was held up: it is read before this.
      timer = setTimeout(() => setImmediate(end), this.#timeoutMs);
    });
    try {
      return { kind: 'passed', result: known(await Promise.race([run, late])) };
    } catch (thrown) {
      return { kind: 'failed', output: messageOf(thrown) };
    } finally {
      clearTimeout(timer);
    }
  }

  #stateOf(outcome: Outcome): CheckState {
    const result = outcome.kind === 'passed' ? outcome.result : noResult;
    const output = outcome.kind === 'failed' ? outcome.output : result.warning;
    this.#failures = outcome.kind === 'failed' ? this.#failures + 1 : 0;
    const isFailing = this.#isCritical && outcome.kind === 'failed' && this.#failures >= this.#failuresMin;
    const { name, type = 'component', measurement } = this.check;
    return {
      name,
      status: output === undefined ? 'pass' : isFailing ? 'fail' : 'warn',
      isCritical: this.#isCritical,
      output,
      value: result.value,
      unit: result.unit,
      details: result.details,
      type,
      measurement,
      timeMs: Date.now(),
      durationMs: this.#endMs - this.#startMs,
    };
  }
}

type Outcome = { readonly kind: 'passed'; readonly result: Known } | { readonly kind: 'failed'; readonly output: string };

type Known = Pick<CheckState, 'value' | 'unit' | 'details'> & { readonly warning: string | undefined };

const noResult: Known = { value: undefined, unit: undefined, details: {}, warning: undefined };

/** What is what it should be: JavaScript returns anything, such as all that a query found. */
function known(result: unknown): Known {
  if (typeof result !== 'object' || result === null) return noResult;
  const { value, unit, details, warning } = result as Readonly<Record<keyof CheckResult, unknown>>;
  return {
    value: typeof value === 'string' ? cut(value) : isNumber(value) ? value : undefined,
    unit: typeof unit === 'string' ? cut(unit) : undefined,
    details: typeof details === 'object' && details !== null ? knownDetails(details) : {},
    warning: typeof warning === 'string' ? cut(warning) : undefined,
  };
}

function knownDetails(details: object): CheckState['details'] {
  const kept: [string, string | number | boolean][] = [];
  for (const [key, value] of Object.entries(details) as [string, unknown][]) {
    if (kept.length >= detailsMax) break;
    if (typeof value === 'string' || typeof value === 'bigint') kept.push([key, cut(String(value))]);
    else if (isNumber(value) || typeof value === 'boolean') kept.push([key, value]);
  }
  return Object.fromEntries(kept);
}

/** JSON has no others. */
function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}

function cut(text: string): string {
  return text.length <= textLengthMax ? text : `${text.slice(0, textLengthMax - 1)}…`;
}

/** What was thrown, in words. Where all addresses of a host refuse, Node's error has no message but those of its parts. */
function messageOf(thrown: unknown): string {
  if (thrown instanceof AggregateError && thrown.message === '' && thrown.errors.length > 0) return messageOf(thrown.errors[0]);
  if (thrown instanceof Error) return cut(thrown.message === '' ? thrown.name : thrown.message);
  return typeof thrown === 'string' ? cut(thrown) : `${typeof thrown} was thrown`;
}
