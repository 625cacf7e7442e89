/**
 * A circuit breaker. Closed: calls pass, and a rule watches how they end. Open: none passes for `openMs`. Half open: `probes` calls
 * pass and no more; when all of them go well it closes, with the first that fails it opens again.
 *
 * It has no timer: it turns half open with the first call that comes after its time. The ends of calls that began before the last
 * change of state are not counted. Probes that have not ended after `openMs` are given up, and as many new ones pass.
 */
import { BreakerOpenError } from './errors.ts';
import { failureRule } from './failure-rules.ts';
import type { FailureRule, FailureRuleOptions } from './failure-rules.ts';
import { checkCount, checkMs } from './numbers.ts';

export type BreakerState = 'closed' | 'open' | 'half_open';

export type BreakerOptions = FailureRuleOptions & {
  /** For how long no call passes once it is open. 30 seconds when absent. */
  readonly openMs?: number;
  /** Calls that pass when it is half open, all of which must go well. 1 when absent. */
  readonly probes?: number;
};

/** What a call says of its peer: `nothing` when it was cancelled, or failed before it was sent. */
export type BreakerVerdict = 'well' | 'failed' | 'nothing';

interface BreakerContext {
  readonly policy: string;
  readonly changed: (from: BreakerState, to: BreakerState) => void;
  readonly nowMs: () => number;
}

export class Breaker {
  state: BreakerState = 'closed';
  private readonly context: BreakerContext;
  private readonly rule: FailureRule;
  private readonly openMs: number;
  private readonly probes: number;
  /** Changes with each state, and each new set of probes. */
  private round = 0;
  private roundMs: number;
  private probesOut = 0;
  private probesWell = 0;

  constructor(options: BreakerOptions, context: BreakerContext) {
    this.openMs = checkMs('openMs', options.openMs ?? 30_000);
    this.probes = checkCount('probes', options.probes ?? 1);
    this.rule = failureRule(options, context.nowMs);
    this.context = context;
    this.roundMs = context.nowMs();
  }

  /** Throws a BreakerOpenError when no call passes now. */
  check(): void {
    if (this.state === 'closed' || this.hasFreeProbe()) return;
    const leftMs = this.roundMs + this.openMs - this.context.nowMs();
    if (leftMs > 0) throw new BreakerOpenError(this.context.policy, leftMs);
  }

  /** As a call is sent: throws a BreakerOpenError, or gives what `leave` takes. */
  enter(): number {
    if (this.state === 'closed') return this.round;
    this.check();
    if (this.state === 'open') this.change('half_open');
    else if (!this.hasFreeProbe()) this.begin();
    this.probesOut++;
    return this.round;
  }

  /** As a call that has entered ends; exactly once for each. */
  leave(round: number, verdict: BreakerVerdict): void {
    if (round !== this.round) return;
    if (this.state === 'closed') {
      if (verdict !== 'nothing' && this.rule.record(verdict === 'failed')) this.change('open');
      return;
    }
    this.probesOut--;
    if (verdict === 'failed') this.change('open');
    else if (verdict === 'well' && ++this.probesWell >= this.probes) this.change('closed');
  }

  private hasFreeProbe(): boolean {
    return this.state === 'half_open' && this.probesOut + this.probesWell < this.probes;
  }

  private change(to: BreakerState): void {
    const from = this.state;
    this.state = to;
    this.rule.reset();
    this.begin();
    this.context.changed(from, to);
  }

  private begin(): void {
    this.round++;
    this.roundMs = this.context.nowMs();
    this.probesOut = 0;
    this.probesWell = 0;
  }
}
