/**
 * What is told of each decision of a policy: a count, and an event on the active span. A change of a breaker's state is a log record
 * too, as it concerns more than the call that led to it. A call that goes well is a count and a duration, and nothing else.
 */
import { trace } from '@opentelemetry/api';
import type { Attributes } from '@opentelemetry/api';
import { SeverityNumber, logs } from '@opentelemetry/api-logs';
import { kit } from '../kit.ts';
import type { BreakerState } from './breaker.ts';
import { BreakerOpenError, BulkheadFullError, RateLimitedError } from './errors.ts';
import type { ResilienceCode, ResilienceError, RetryStop } from './errors.ts';
import { bindInstruments } from './instruments.ts';
import type { PolicyRecord } from './records.ts';

/** How a call has ended, before a fallback. */
export type Outcome = 'success' | 'failure' | 'cancelled' | Lowercase<ResilienceCode>;

type Result = 'success' | 'failure';

export class Decisions {
  private readonly record: PolicyRecord;
  private readonly ends = new Map<Outcome, ReturnType<PolicyRecord['tally']>>();

  constructor(record: PolicyRecord) {
    this.record = record;
  }

  ended(outcome: Outcome, durationMs: number): void {
    let end = this.ends.get(outcome);
    if (end === undefined) this.ends.set(outcome, (end = this.record.tally('resilience.calls', { outcome })));
    end.count++;
    bindInstruments().record(durationMs / 1000, end.attributes);
  }

  retrying(attempt: number, reason: string, delayMs: number): void {
    this.event('resilience.retry', { attempt, reason, delay_ms: Math.round(delayMs) });
  }

  retried(reason: string, outcome: Result): void {
    this.count('resilience.retry.attempts', { reason, outcome });
  }

  notRetried(reason: RetryStop | 'not_idempotent'): void {
    this.count('resilience.retry.stopped', { reason });
    this.event('resilience.retry.stopped', { reason });
  }

  refused(error: ResilienceError): void {
    if (error instanceof BreakerOpenError) {
      this.count('resilience.breaker.rejected', {});
      this.event('resilience.breaker.rejected', {});
    } else if (error instanceof BulkheadFullError) {
      this.count('resilience.bulkhead.rejected', { reason: error.reason });
      this.event('resilience.bulkhead.rejected', { reason: error.reason });
    } else if (error instanceof RateLimitedError) {
      this.count('resilience.rate_limiter.rejected', {});
      this.event('resilience.rate_limiter.rejected', {});
    }
  }

  waited(where: 'bulkhead' | 'rate_limiter', waitMs: number): void {
    this.event(`resilience.${where}.waited`, { wait_ms: Math.round(waitMs) });
  }

  timedOut(limit: 'attempt' | 'deadline', timeoutMs: number): void {
    this.count('resilience.timeouts', { limit });
    this.event('resilience.timed_out', { limit, timeout_ms: timeoutMs });
  }

  breakerChanged(from: BreakerState, to: BreakerState): void {
    const { policy } = this.record;
    this.count('resilience.breaker.transitions', { from, to });
    this.event('resilience.breaker.changed', { from, to });
    const isOpen = to === 'open';
    logs.getLogger(`${kit.name}/resilience`, kit.version).emit({
      eventName: 'resilience.breaker.changed',
      severityNumber: isOpen ? SeverityNumber.WARN : SeverityNumber.INFO,
      severityText: isOpen ? 'WARN' : 'INFO',
      body: `${policy}: the breaker was ${wordsOf(from)} and is ${wordsOf(to)}`,
      attributes: { policy, from, to },
    });
  }

  hedging(afterMs: number): void {
    this.event('resilience.hedge', { after_ms: Math.round(afterMs) });
  }

  hedged(outcome: 'won' | 'lost' | 'denied'): void {
    this.count('resilience.hedges', { outcome });
    this.event('resilience.hedge.ended', { outcome });
  }

  fellBack(reason: Outcome, outcome: Result): void {
    this.count('resilience.fallbacks', { reason, outcome });
    this.event('resilience.fallback', { reason, outcome });
  }

  private count(...[name, labels]: Parameters<PolicyRecord['tally']>): void {
    this.record.tally(name, labels).count++;
  }

  private event(name: string, attributes: Attributes): void {
    trace.getActiveSpan()?.addEvent(name, { policy: this.record.policy, ...attributes });
  }
}

function wordsOf(state: BreakerState): string {
  return state === 'half_open' ? 'half open' : state;
}
