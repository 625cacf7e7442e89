/** What a policy throws when it decides against a call. What the work itself threw is the `cause`, or is thrown as it is. */

export type ResilienceCode = 'BREAKER_OPEN' | 'BULKHEAD_FULL' | 'RATE_LIMITED' | 'TIMED_OUT' | 'RETRIES_EXHAUSTED';

export abstract class ResilienceError extends Error {
  abstract readonly code: ResilienceCode;
  /** The name of the policy. */
  readonly policy: string;

  constructor(policy: string, message: string, options?: ErrorOptions) {
    super(`${policy}: ${message}`, options);
    this.name = new.target.name;
    this.policy = policy;
  }
}

/** The breaker is open, or half open with all its probes under way: nothing was sent. */
export class BreakerOpenError extends ResilienceError {
  readonly code = 'BREAKER_OPEN';
  /** When the breaker lets a call through again, at the earliest. */
  readonly retryAfterMs: number;

  constructor(policy: string, retryAfterMs: number) {
    super(policy, `the breaker is open, for ${Math.ceil(retryAfterMs)} ms more at least`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** As many calls are under way as may be, and no place in the queue is free or none came free in time: nothing was sent. */
export class BulkheadFullError extends ResilienceError {
  readonly code = 'BULKHEAD_FULL';
  readonly reason: 'queue_full' | 'queue_wait';

  constructor(policy: string, reason: BulkheadFullError['reason'], limits: string) {
    super(policy, `${reason === 'queue_full' ? 'all places are taken' : 'no place came free in time'} (${limits})`);
    this.reason = reason;
  }
}

/** The rate is used up, and a token would come later than the call may wait: nothing was sent. */
export class RateLimitedError extends ResilienceError {
  readonly code = 'RATE_LIMITED';
  /** When a token would have come. */
  readonly retryAfterMs: number;

  constructor(policy: string, retryAfterMs: number) {
    super(policy, `the rate is used up, for ${Math.ceil(retryAfterMs)} ms more`);
    this.retryAfterMs = retryAfterMs;
  }
}

/** An attempt took longer than `timeoutMs`, or all of them together, with waits, longer than `deadlineMs`. */
export class TimedOutError extends ResilienceError {
  readonly code = 'TIMED_OUT';
  readonly limit: 'attempt' | 'deadline';
  readonly timeoutMs: number;

  constructor(policy: string, limit: TimedOutError['limit'], timeoutMs: number) {
    super(policy, `${limit === 'attempt' ? 'an attempt' : 'the call'} took longer than ${timeoutMs} ms`);
    this.limit = limit;
    this.timeoutMs = timeoutMs;
  }
}

/** Why a failure that could be tried again was not. */
export type RetryStop = 'attempts' | 'budget' | 'deadline' | 'retry_after';

const stops: Readonly<Record<RetryStop, string>> = {
  attempts: 'no more are allowed',
  budget: 'the retry budget is used up',
  deadline: 'the deadline comes before the next',
  retry_after: 'the peer asks to wait for longer than is allowed',
};

/** The last attempt failed, and there is no other. The cause is what the last one threw. */
export class RetriesExhaustedError extends ResilienceError {
  readonly code = 'RETRIES_EXHAUSTED';
  readonly reason: RetryStop;
  /** Attempts that were made; with hedging, those that it added too. */
  readonly attempts: number;

  constructor(policy: string, reason: RetryStop, { attempts, cause }: { attempts: number; cause: unknown }) {
    super(policy, `failed after ${attempts === 1 ? 'one attempt' : `${attempts} attempts`}; ${stops[reason]}`, { cause });
    this.reason = reason;
    this.attempts = attempts;
  }
}
