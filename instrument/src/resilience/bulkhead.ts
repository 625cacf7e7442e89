/** At most so many calls are under way, and so many wait for their turn in the order in which they came; what comes more is refused. */
import { BulkheadFullError } from './errors.ts';
import { checkCount, checkMs } from './numbers.ts';
import type { Stop } from './stop.ts';
import { WaitingLine } from './waiting-line.ts';

export interface BulkheadOptions {
  /** Calls under way. */
  readonly limit: number;
  /** Calls that wait. None when absent. */
  readonly queueMax?: number;
  /** For how long one waits at most. Without an end when absent. */
  readonly queueWaitMsMax?: number;
}

export class Bulkhead {
  active = 0;
  readonly limit: number;
  private readonly queueMax: number;
  private readonly queueWaitMsMax: number | undefined;
  private readonly policy: string;
  private readonly line = new WaitingLine();

  constructor(options: BulkheadOptions, policy: string) {
    this.limit = checkCount('limit', options.limit);
    this.queueMax = checkCount('queueMax', options.queueMax ?? 0, 0);
    this.queueWaitMsMax = options.queueWaitMsMax === undefined ? undefined : checkMs('queueWaitMsMax', options.queueWaitMsMax);
    this.policy = policy;
  }

  get queued(): number {
    return this.line.length;
  }

  /**
   * Takes a place, which `leave` gives back. Undefined when one was free, otherwise a promise. Throws or rejects with a
   * BulkheadFullError, or with the reason of the stop.
   */
  enter(stop: Stop | undefined): Promise<void> | undefined {
    if (this.active < this.limit) {
      this.active++;
      return undefined;
    }
    if (this.line.length >= this.queueMax) throw this.full('queue_full');
    return this.line.join({ stop, waitMsMax: this.queueWaitMsMax, error: () => this.full('queue_wait') });
  }

  /** The place goes to the first who waits; nobody who comes now can take it. */
  leave(): void {
    if (!this.line.letOneGo()) this.active--;
  }

  private full(reason: BulkheadFullError['reason']): BulkheadFullError {
    return new BulkheadFullError(this.policy, reason, `${this.limit} under way, ${this.line.length} waiting`);
  }
}
