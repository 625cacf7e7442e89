// What TypeScript says of the published types; compiled, never run.
import { resilience } from '@sonde/instrument/resilience';
import type { Resilience, ResilienceOptions } from '@sonde/instrument/resilience';
import { retryBudget } from '@sonde/instrument/resilience/budget';
import { BreakerOpenError, ResilienceError } from '@sonde/instrument/resilience/errors';

const options: ResilienceOptions = {
  name: 'all',
  timeoutMs: 1,
  deadlineMs: 1,
  retry: { attempts: 3, delayMs: 1, delayMsMax: 1, jitter: 'decorrelated', retryAfterMsMax: 1 },
  breaker: { kind: 'sampling', windowMs: 1, failureRatio: 1, callsMin: 1, openMs: 1, probes: 1 },
  bulkhead: { limit: 1, queueMax: 1, queueWaitMsMax: 1 },
  rateLimit: { perSecond: 1, burst: 1, waitMsMax: 1 },
  hedge: { afterMs: 'p95' },
  budget: retryBudget({ share: 0.1, perSecondMin: 1, windowMs: 1 }),
  judge: (ended) => ('error' in ended ? 'failed' : undefined),
};
const policy: Resilience = resilience(options);
const caller = new AbortController();
const answer: Promise<Response> = policy.run(
  ({ signal, attempt, isHedge }) => fetch(`/${attempt + Number(isHedge)}`, { signal }),
  {
    isIdempotent: true,
    signal: caller.signal,
  },
);
export const falling: Promise<Response | string> = resilience({ name: 'f', fallback: () => 'x' }).run(() => answer);
export const code = (error: unknown): string | number =>
  error instanceof BreakerOpenError ? error.retryAfterMs : error instanceof ResilienceError ? error.code : '';
