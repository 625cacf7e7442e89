/** One call through a policy: each of its attempts passes breaker, bulkhead and rate limiter, in that order, and then does the work. */
import { discardAnswer } from './answers.ts';
import { RunningAttempt, runWithin } from './attempt.ts';
import type { Work } from './attempt.ts';
import type { Breaker, BreakerVerdict } from './breaker.ts';
import type { Bulkhead } from './bulkhead.ts';
import type { CallStop } from './call-stop.ts';
import type { Decisions } from './decisions.ts';
import { isFailure, isTransient } from './end.ts';
import type { End } from './end.ts';
import { ResilienceError, TimedOutError } from './errors.ts';
import { hedged } from './hedge.ts';
import { judgeAnswer, judgeError, unrelated } from './judge.ts';
import type { Ended, Judge, Judgement, Verdict } from './judge.ts';
import type { Latencies } from './latencies.ts';
import type { RateLimiter } from './rate-limiter.ts';
import { retried } from './retries.ts';
import type { RetryRules } from './retries.ts';
import type { RetryBudget } from './retry-budget.ts';
import type { Stop } from './stop.ts';

/** What a policy is made of; undefined for what it does without. */
export interface Parts {
  readonly policy: string;
  readonly timeoutMs: number | undefined;
  readonly retry: RetryRules | undefined;
  /** After a fixed time, or one that is learnt. */
  readonly hedge: { readonly afterMs: number } | { readonly latencies: Latencies } | undefined;
  readonly breaker: Breaker | undefined;
  readonly bulkhead: Bulkhead | undefined;
  readonly limiter: RateLimiter | undefined;
  readonly budget: RetryBudget | undefined;
  readonly judge: Judge | undefined;
  readonly decisions: Decisions;
}

export class Call<T> {
  private readonly parts: Parts;
  private readonly work: Work<T>;
  private readonly isIdempotent: boolean;
  private readonly stop: CallStop | undefined;
  private attempts: number;

  constructor(parts: Parts, work: Work<T>, { isIdempotent, stop }: { isIdempotent: boolean; stop: CallStop | undefined }) {
    this.parts = parts;
    this.work = work;
    this.isIdempotent = isIdempotent;
    this.stop = stop;
    this.attempts = 0;
  }

  async run(): Promise<End<T>> {
    const { policy, retry, budget, decisions } = this.parts;
    const first = await this.once();
    if (retry === undefined || budget === undefined || !isTransient(first)) return first;
    return retried(first, {
      policy,
      rules: retry,
      budget,
      decisions,
      isIdempotent: this.isIdempotent,
      stop: this.stop,
      attempt: () => this.once(),
      attempts: () => this.attempts,
    });
  }

  /** One attempt, with a second one beside it where that is wanted. */
  private once(): Promise<End<T>> {
    const { hedge, budget, decisions } = this.parts;
    const afterMs = this.isIdempotent && hedge !== undefined ? hedgeAfterMs(hedge) : undefined;
    if (afterMs === undefined || budget === undefined) return this.attempt(this.stop, false);
    return hedged({
      stop: this.stop,
      afterMs,
      mayHedge: () => {
        const may = budget.take();
        if (may) decisions.hedging(afterMs);
        else decisions.hedged('denied');
        return may;
      },
      attempt: (stop, isHedge, sent) => this.attempt(stop, isHedge, sent),
      ended: (outcome) => decisions.hedged(outcome),
    });
  }

  private async attempt(stop: Stop | undefined, isHedge: boolean, sent?: () => void): Promise<End<T>> {
    const { breaker, bulkhead, limiter, decisions } = this.parts;
    let hasPlace = false;
    try {
      stop?.throwIfStopped();
      // Nobody waits for a place or a token while the breaker is open.
      breaker?.check();
      if (bulkhead !== undefined) {
        const turn = bulkhead.enter(stop);
        if (turn !== undefined) await this.wait('bulkhead', turn);
        hasPlace = true;
      }
      const turn = limiter?.take(stop);
      if (turn !== undefined) await this.wait('rate_limiter', turn);
      stop?.throwIfStopped();
      return await this.send(stop, isHedge, sent);
    } catch (error) {
      if (stop?.isStopped === true && error === stop.reason) return { kind: 'stopped', error };
      if (!(error instanceof ResilienceError)) throw error;
      decisions.refused(error);
      return { kind: 'refused', error };
    } finally {
      if (hasPlace) bulkhead?.leave();
    }
  }

  private async wait(where: 'bulkhead' | 'rate_limiter', turn: Promise<void>): Promise<void> {
    const startMs = performance.now();
    await turn;
    this.parts.decisions.waited(where, performance.now() - startMs);
  }

  private async send(stop: Stop | undefined, isHedge: boolean, sent: (() => void) | undefined): Promise<End<T>> {
    const { policy, timeoutMs, breaker, budget, hedge } = this.parts;
    const round = breaker?.enter() ?? 0;
    const attempt = new RunningAttempt(++this.attempts, isHedge);
    if (this.attempts === 1) budget?.countCall();
    const latencies = hedge !== undefined && 'latencies' in hedge && !isHedge ? hedge.latencies : undefined;
    const startMs = latencies === undefined ? 0 : performance.now();
    sent?.();
    let end: End<T>;
    try {
      const answer = await runWithin(this.work, attempt, { policy, timeoutMs, stop, discard: discardAnswer });
      end = this.judged({ answer }, (judgement) => ({ kind: 'answer', answer, judgement }));
    } catch (error) {
      // Work that heard of the stop from the caller's own signal may have been quicker to throw.
      if (stop?.isStopped === true) end = { kind: 'stopped', error: stop.reason };
      else end = this.judged({ error }, (judgement) => ({ kind: 'error', error, judgement }));
    }
    const isTimeout = end.kind === 'error' && end.error instanceof TimedOutError && end.error.policy === policy;
    if (isTimeout) this.parts.decisions.timedOut('attempt', timeoutMs ?? 0);
    if (isTimeout || this.saysHowLong(end)) latencies?.record(performance.now() - startMs);
    breaker?.leave(round, this.verdictOf(end));
    return end;
  }

  /**
   * A failure that comes at once is not how long the peer takes. Of one that lost to its hedge it is known that it would have taken
   * longer: without those the tail would seem to shrink.
   */
  private saysHowLong(end: End<T>): boolean {
    if (end.kind === 'stopped') return this.stop?.isStopped !== true || this.stop.isLate;
    return end.kind === 'answer' && !isFailure(end);
  }

  /** An attempt without a timeout of its own has all the time that the call has: when that is over, the peer was too slow. */
  private verdictOf(end: End<T>): BreakerVerdict {
    if (isFailure(end)) return 'failed';
    if (end.kind === 'stopped') return this.parts.timeoutMs === undefined && this.stop?.isLate === true ? 'failed' : 'nothing';
    return end.kind !== 'refused' && end.judgement.verdict === 'ok' ? 'well' : 'nothing';
  }

  /** What a judge throws is thrown to the caller; it says nothing of the peer. */
  private judged(ended: Ended, toEnd: (judgement: Judgement) => End<T>): End<T> {
    try {
      const verdict = this.parts.judge?.(ended);
      if (verdict !== undefined) return toEnd(ofVerdict[verdict]);
      return toEnd('answer' in ended ? judgeAnswer(ended.answer) : judgeError(ended.error));
    } catch (error) {
      return { kind: 'error', error, judgement: unrelated };
    }
  }
}

function hedgeAfterMs(hedge: NonNullable<Parts['hedge']>): number | undefined {
  return 'afterMs' in hedge ? hedge.afterMs : hedge.latencies.quantileMs;
}

const ofVerdict: Readonly<Record<Verdict, Judgement>> = {
  ok: { verdict: 'ok', reason: 'judge' },
  transient: { verdict: 'transient', reason: 'judge' },
  failed: { verdict: 'failed', reason: 'judge' },
  unrelated: { verdict: 'unrelated', reason: 'judge' },
};
