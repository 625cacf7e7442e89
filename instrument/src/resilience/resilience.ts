/**
 * Policies for calls to something that can fail: one object of options, put together in one order.
 *
 *     fallback ( deadline ( retry ( hedge ( breaker ( bulkhead ( rate limit ( timeout ( work ))))))))
 *
 * So each attempt holds a place and takes a token, and none while it waits for the next one; the breaker sees every attempt; and only
 * what is left of all that reaches the fallback. All is written here, not taken from a library: docs/decisions/instrument-resilience.md.
 */
import type { Work } from './attempt.ts';
import { discardAnswer } from './answers.ts';
import type { BackoffOptions } from './backoff.ts';
import { Breaker } from './breaker.ts';
import type { BreakerOptions, BreakerState } from './breaker.ts';
import { Bulkhead } from './bulkhead.ts';
import type { BulkheadOptions } from './bulkhead.ts';
import { Call } from './call.ts';
import type { Parts } from './call.ts';
import { CallStop } from './call-stop.ts';
import { Decisions } from './decisions.ts';
import type { Outcome } from './decisions.ts';
import { isFailure, isSuccess } from './end.ts';
import type { End } from './end.ts';
import { TimedOutError } from './errors.ts';
import type { ResilienceCode } from './errors.ts';
import type { HedgeOptions } from './hedge.ts';
import { bindInstruments } from './instruments.ts';
import type { Judge } from './judge.ts';
import { Latencies } from './latencies.ts';
import { checkCount, checkMs, checkRatio } from './numbers.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { RateLimitOptions } from './rate-limiter.ts';
import { records } from './records.ts';
import type { RetryRules } from './retries.ts';
import type { RetryBudget } from './retry-budget.ts';

export interface RetryOptions extends Partial<BackoffOptions> {
  /** Attempts at most, the first one too. 3 when absent. */
  readonly attempts?: number;
  /** The wait before the second attempt, which doubles from there; with jitter. 100 when absent. */
  readonly delayMs?: number;
  /** 10 seconds when absent. */
  readonly delayMsMax?: number;
  /** `full` when absent. */
  readonly jitter?: 'full' | 'decorrelated';
  /** A peer that asks to wait for longer than that (Retry-After) is not asked again. 30 seconds when absent. */
  readonly retryAfterMsMax?: number;
}

/** What a fallback is told: the answer that says failure, or the error. */
export type Failure = { readonly answer: unknown } | { readonly error: unknown };

export type Fallback<F> = (failure: Failure) => F | PromiseLike<F>;

export interface ResilienceOptions<F = never> {
  /** What it is for: the peer, or the operation. An attribute of its metrics, so one of few. */
  readonly name: string;
  /** For each attempt, from when it is sent. */
  readonly timeoutMs?: number;
  /** For all attempts of a call together, with all waits. */
  readonly deadlineMs?: number;
  /** Only calls that are idempotent are tried again, only after failures that may pass, and only within the budget. */
  readonly retry?: RetryOptions;
  readonly breaker?: BreakerOptions;
  readonly bulkhead?: BulkheadOptions;
  readonly rateLimit?: RateLimitOptions;
  /** A second attempt beside one that takes long; only for calls that are idempotent, and within the budget. */
  readonly hedge?: HedgeOptions;
  /** One that is shared with other policies (`retryBudget`). When absent: that of all policies with this name in the process. */
  readonly budget?: RetryBudget;
  /** Answers when the peer or the policy failed, or the deadline came; not for errors that say nothing of the peer. */
  readonly fallback?: Fallback<F>;
  /** What an answer or error means, when it is not HTTP or gRPC. */
  readonly judge?: Judge;
}

export interface CallOptions<F = never> {
  /** Whether it does no harm to do it twice. False when absent: it is tried once. */
  readonly isIdempotent?: boolean;
  /** Ends the call at once, with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Instead of the policy's. */
  readonly fallback?: Fallback<F> | undefined;
}

export interface Resilience<F = never> {
  readonly name: string;
  /** Undefined without a breaker. */
  readonly breakerState: BreakerState | undefined;
  /**
   * Does the work under the policy. Rejects with a ResilienceError when the policy decides against it, otherwise with what the work
   * threw; an HTTP answer that says failure is an answer.
   */
  readonly run: <T, C = F>(work: Work<T>, options?: CallOptions<C>) => Promise<T | C>;
}

/** Makes a policy; make it once, not for each call. Throws a RangeError when a number makes no sense. */
export function resilience<F = never>(options: ResilienceOptions<F>): Resilience<F> {
  const { name, fallback } = options;
  const deadlineMs = options.deadlineMs === undefined ? undefined : checkMs('deadlineMs', options.deadlineMs);
  const parts = partsOf(options);
  return {
    name,
    get breakerState() {
      return parts.breaker?.state;
    },
    async run<T, C>(work: Work<T>, call: CallOptions<C> = {}): Promise<T | C> {
      const startMs = performance.now();
      const { signal, isIdempotent = false } = call;
      const stop =
        signal === undefined && deadlineMs === undefined ? undefined : new CallStop({ policy: name, deadlineMs, signal });
      let end: End<T>;
      try {
        end = await new Call(parts, work, { isIdempotent, stop }).run();
      } finally {
        stop?.release();
      }
      if (stop?.isLate === true && end.kind === 'stopped') parts.decisions.timedOut('deadline', deadlineMs ?? 0);
      const outcome = outcomeOf(end, stop);
      parts.decisions.ended(outcome, performance.now() - startMs);
      // Without one of the call, C is F.
      const instead = call.fallback ?? (fallback as Fallback<C> | undefined);
      if (instead !== undefined && callsForFallback(end, outcome)) return fallBack(instead, end, { outcome, parts });
      if (end.kind === 'answer') return end.answer;
      throw end.error;
    },
  };
}

function partsOf<F>(options: ResilienceOptions<F>): Parts {
  const { name, hedge } = options;
  const record = records.of(name);
  const decisions = new Decisions(record);
  const nowMs = (): number => performance.now();
  const changed: Decisions['breakerChanged'] = (from, to) => decisions.breakerChanged(from, to);
  const parts: Parts = {
    policy: name,
    timeoutMs: options.timeoutMs === undefined ? undefined : checkMs('timeoutMs', options.timeoutMs),
    retry: options.retry && retryRules(options.retry),
    hedge: hedge && hedgePart(hedge),
    breaker: options.breaker && new Breaker(options.breaker, { policy: name, changed, nowMs }),
    bulkhead: options.bulkhead && new Bulkhead(options.bulkhead, name),
    limiter: options.rateLimit && new RateLimiter(options.rateLimit, name, nowMs),
    budget: options.retry === undefined && hedge === undefined ? undefined : (options.budget ?? record.budget),
    judge: options.judge,
    decisions,
  };
  record.show(parts);
  bindInstruments();
  return parts;
}

function hedgePart({ afterMs }: HedgeOptions): Parts['hedge'] {
  if (typeof afterMs === 'number') return { afterMs: checkMs('hedge.afterMs', afterMs, 'at least 0') };
  return { latencies: new Latencies(checkRatio('hedge.afterMs', Number(afterMs.slice(1)) / 100)) };
}

function retryRules(options: RetryOptions): RetryRules {
  return {
    attempts: checkCount('retry.attempts', options.attempts ?? 3),
    delayMs: checkMs('retry.delayMs', options.delayMs ?? 100, 'at least 0'),
    delayMsMax: checkMs('retry.delayMsMax', options.delayMsMax ?? 10_000),
    jitter: options.jitter ?? 'full',
    retryAfterMsMax: checkMs('retry.retryAfterMsMax', options.retryAfterMsMax ?? 30_000, 'at least 0'),
  };
}

function outcomeOf<T>(end: End<T>, stop: CallStop | undefined): Outcome {
  switch (end.kind) {
    case 'answer':
      return isSuccess(end) ? 'success' : 'failure';
    case 'error':
      return end.error instanceof TimedOutError ? 'timed_out' : 'failure';
    case 'refused':
      return end.error.code.toLowerCase() as Lowercase<ResilienceCode>;
    case 'stopped':
      return stop?.isLate === true ? 'timed_out' : 'cancelled';
  }
}

/** A mistake in the program, or an answer that is no failure of the peer's, must not hide behind a fallback. */
function callsForFallback<T>(end: End<T>, outcome: Outcome): boolean {
  return isFailure(end) || end.kind === 'refused' || (end.kind === 'stopped' && outcome === 'timed_out');
}

interface Fell {
  readonly outcome: Outcome;
  readonly parts: Parts;
}

async function fallBack<T, C>(fallback: Fallback<C>, end: End<T>, { outcome, parts }: Fell): Promise<C> {
  try {
    const instead = await fallback(end.kind === 'answer' ? { answer: end.answer } : { error: end.error });
    parts.decisions.fellBack(outcome, 'success');
    if (end.kind === 'answer' && !Object.is(instead, end.answer)) discardAnswer(end.answer);
    return instead;
  } catch (error) {
    parts.decisions.fellBack(outcome, 'failure');
    throw error;
  }
}
