/** Further attempts after one that failed, and all that may speak against them. */
import { discardAnswer, retryAfterMs } from './answers.ts';
import { backoff } from './backoff.ts';
import type { BackoffOptions } from './backoff.ts';
import type { CallStop } from './call-stop.ts';
import type { Decisions } from './decisions.ts';
import { isSuccess, isTransient } from './end.ts';
import type { End } from './end.ts';
import { RetriesExhaustedError } from './errors.ts';
import type { RetryStop } from './errors.ts';
import type { RetryBudget } from './retry-budget.ts';
import { timerMsMax } from './numbers.ts';
import { sleep } from './stop.ts';

export interface RetryRules extends BackoffOptions {
  readonly attempts: number;
  readonly retryAfterMsMax: number;
}

export interface Retries<T> {
  readonly policy: string;
  readonly rules: RetryRules;
  readonly budget: RetryBudget;
  readonly decisions: Decisions;
  readonly isIdempotent: boolean;
  readonly stop: CallStop | undefined;
  /** Never rejects. */
  readonly attempt: () => Promise<End<T>>;
  /** Attempts made so far, hedges too. */
  readonly attempts: () => number;
}

/** After a first attempt that failed in a way that may pass: makes others until one ends otherwise, or nothing speaks for one more. */
export async function retried<T>(first: End<T>, retries: Retries<T>): Promise<End<T>> {
  const { decisions, isIdempotent, rules, stop } = retries;
  if (!isIdempotent) {
    decisions.notRetried('not_idempotent');
    return first;
  }
  const pause = backoff(rules);
  let end = first;
  for (let tries = 1; isTransient(end); tries++) {
    const afterMs = afterMsOf(end);
    // All that the peer has turned away would come back at once without the jittered wait on top.
    const delayMs = Math.min(afterMs + pause(), timerMsMax);
    const against = whatSpeaksAgainst({ tries, afterMs, delayMs }, retries);
    if (against !== undefined) {
      decisions.notRetried(against);
      return exhausted(end, against, retries);
    }
    const { reason } = end.judgement;
    decisions.retrying(tries + 1, reason, delayMs);
    discardAnswer(end.kind === 'answer' ? end.answer : end.error);
    const next: End<T> = await sleep(delayMs, stop).then(retries.attempt, (error: unknown) => ({ kind: 'stopped', error }));
    if (next.kind !== 'stopped') decisions.retried(reason, isSuccess(next) ? 'success' : 'failure');
    end = withCause(next, end, stop);
  }
  return end;
}

/** For how long the peer asks to wait. */
function afterMsOf<T>(end: End<T>): number {
  try {
    return retryAfterMs(end.kind === 'answer' ? end.answer : end.error) ?? 0;
  } catch {
    // Headers of the application's own making: they say nothing then.
    return 0;
  }
}

interface Next {
  readonly tries: number;
  readonly afterMs: number;
  readonly delayMs: number;
}

/** The budget is asked last, as asking takes from it. */
function whatSpeaksAgainst<T>(next: Next, { rules, stop, budget }: Retries<T>): RetryStop | undefined {
  if (next.tries >= rules.attempts) return 'attempts';
  if (next.afterMs > rules.retryAfterMsMax) return 'retry_after';
  if (stop !== undefined && next.delayMs >= stop.leftMs) return 'deadline';
  return budget.take() ? undefined : 'budget';
}

/** An answer is given to the caller as it is, whatever it says; an error becomes the cause of one that says why it is the last. */
function exhausted<T>(end: End<T>, reason: RetryStop, { policy, attempts }: Retries<T>): End<T> {
  if (end.kind === 'answer') return end;
  return { kind: 'refused', error: new RetriesExhaustedError(policy, reason, { attempts: attempts(), cause: end.error }) };
}

/** When the policy ends a call between two attempts, its error says what the last one had failed with. */
function withCause<T>(next: End<T>, last: End<T>, stop: CallStop | undefined): End<T> {
  const isOurs = next.kind === 'refused' || (next.kind === 'stopped' && stop?.isLate === true);
  if (isOurs && last.kind === 'error' && next.error instanceof Error) next.error.cause ??= last.error;
  return next;
}
