/**
 * How many attempts more than calls a process may make: a share of the calls of the last seconds, and a few a second besides, so that
 * a service that is hardly asked can try again too. With it, retries and hedges never multiply the load on a peer that fails
 * (Finagle's RetryBudget and Envoy's retry_budget have the same aim).
 *
 * Invariant, over any time of T seconds that begins when the budget does: retries ≤ share × calls + perSecondMin × (T + 1), where
 * the last term is perSecondMin × T + 1 for less than one a second. A retry that a call pays for is forgotten with that call or later,
 * never before, so no call pays twice.
 */
import { checkMs, checkNumber } from './numbers.ts';

export interface RetryBudgetOptions {
  /** Retries for each call: 0.2 allows one for five. 0.2 when absent. */
  readonly share?: number;
  /** Retries in a second whatever the calls; as many at once at most. 3 when absent. */
  readonly perSecondMin?: number;
  /** For how long a call counts. 10 seconds when absent. */
  readonly windowMs?: number;
}

/** The window moves by a tenth of itself. */
const slots = 10;
/** Products like 0.29 × 100 fall short of the whole number by a rounding error. */
const roundingMax = 1e-9;

export class RetryBudget {
  private readonly share: number;
  private readonly perSecondMin: number;
  private readonly slotMs: number;
  private readonly nowMs: () => number;
  private readonly calls: number[] = Array.from({ length: slots }, () => 0);
  /** Retries that the share paid for. */
  private readonly retries: number[] = Array.from({ length: slots }, () => 0);
  private callsInWindow = 0;
  private retriesInWindow = 0;
  private slot: number;
  private readonly floorMax: number;
  private floor: number;
  private floorMs: number;

  constructor(options: RetryBudgetOptions, nowMs: () => number) {
    this.share = checkNumber('share', options.share ?? 0.2, 'at least 0');
    this.perSecondMin = checkNumber('perSecondMin', options.perSecondMin ?? 3, 'at least 0');
    this.slotMs = checkMs('windowMs', options.windowMs ?? 10_000) / slots;
    this.nowMs = nowMs;
    this.floorMax = this.perSecondMin === 0 ? 0 : Math.max(1, this.perSecondMin);
    this.floor = this.floorMax;
    this.floorMs = nowMs();
    this.slot = Math.floor(this.floorMs / this.slotMs);
  }

  /** A call has made its first attempt. */
  countCall(): void {
    this.move(this.nowMs());
    const at = this.slot % slots;
    this.calls[at] = (this.calls[at] ?? 0) + 1;
    this.callsInWindow++;
  }

  /** Takes what one attempt more costs; false when there is nothing left. */
  take(): boolean {
    this.move(this.nowMs());
    if (this.ofShare() >= 1) {
      const at = this.slot % slots;
      this.retries[at] = (this.retries[at] ?? 0) + 1;
      this.retriesInWindow++;
      return true;
    }
    if (this.floor < 1 - roundingMax) return false;
    this.floor--;
    return true;
  }

  /** Whole retries that could be made now. */
  get remaining(): number {
    this.move(this.nowMs());
    return Math.max(0, Math.floor(this.ofShare())) + Math.floor(this.floor + roundingMax);
  }

  private ofShare(): number {
    return this.share * this.callsInWindow - this.retriesInWindow + roundingMax;
  }

  private move(nowMs: number): void {
    this.floor = Math.min(this.floorMax, this.floor + ((nowMs - this.floorMs) / 1000) * this.perSecondMin);
    this.floorMs = nowMs;
    const slot = Math.floor(nowMs / this.slotMs);
    for (let left = Math.min(slot - this.slot, slots); left > 0; left--) {
      const at = (slot - left + 1) % slots;
      this.callsInWindow -= this.calls[at] ?? 0;
      this.retriesInWindow -= this.retries[at] ?? 0;
      this.calls[at] = 0;
      this.retries[at] = 0;
    }
    this.slot = slot;
  }
}

/** A budget that several policies can share: give it to each of them. Throws a RangeError when a number makes no sense. */
export function retryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  return new RetryBudget(options, () => performance.now());
}
