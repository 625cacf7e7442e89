/**
 * A token bucket: it holds `burst` tokens at most, `perSecond` come in, and each attempt takes one. Who finds none waits in line when
 * its token comes soon enough, and is refused otherwise.
 */
import { RateLimitedError } from './errors.ts';
import { checkCount, checkMs, checkNumber } from './numbers.ts';
import type { Stop } from './stop.ts';
import { WaitingLine } from './waiting-line.ts';

export interface RateLimitOptions {
  readonly perSecond: number;
  /** Attempts at once, after a pause. 1 when absent. */
  readonly burst?: number;
  /** For how long one waits for a token at most. Not at all when absent. */
  readonly waitMsMax?: number;
}

export class RateLimiter {
  private readonly perMs: number;
  private readonly burst: number;
  private readonly waitMsMax: number;
  private readonly policy: string;
  private readonly nowMs: () => number;
  private readonly line = new WaitingLine();
  private tokens: number;
  private filledMs: number;
  private timer: NodeJS.Timeout | undefined;

  constructor(options: RateLimitOptions, policy: string, nowMs: () => number) {
    this.perMs = checkNumber('perSecond', options.perSecond, 'above 0') / 1000;
    this.burst = checkCount('burst', options.burst ?? 1);
    this.waitMsMax = checkMs('waitMsMax', options.waitMsMax ?? 0, 'at least 0');
    this.policy = policy;
    this.nowMs = nowMs;
    this.tokens = this.burst;
    this.filledMs = nowMs();
  }

  get waiting(): number {
    return this.line.length;
  }

  /** Undefined when there was a token, otherwise a promise. Throws a RateLimitedError, rejects with the reason of the stop. */
  take(stop: Stop | undefined): Promise<void> | undefined {
    this.fill();
    if (this.line.length === 0 && this.hasToken()) {
      this.tokens--;
      return undefined;
    }
    const waitMs = (this.line.length + 1 - this.tokens) / this.perMs;
    if (waitMs > this.waitMsMax) throw new RateLimitedError(this.policy, waitMs);
    return this.wait(stop);
  }

  private async wait(stop: Stop | undefined): Promise<void> {
    const turn = this.line.join({ stop, waitMsMax: undefined, error: () => new RateLimitedError(this.policy, 0) });
    this.timer ??= this.wake();
    try {
      await turn;
    } finally {
      // A timer that nobody waits for must not keep the process alive.
      if (this.line.length === 0) {
        clearTimeout(this.timer);
        this.timer = undefined;
      }
    }
  }

  private wake(): NodeJS.Timeout {
    return setTimeout(
      () => {
        this.timer = undefined;
        this.fill();
        while (this.hasToken() && this.line.letOneGo()) this.tokens--;
        if (this.line.length > 0) this.timer = this.wake();
      },
      Math.max(1, Math.ceil((1 - this.tokens) / this.perMs)),
    );
  }

  /** Sums of parts fall short of one by a rounding error. */
  private hasToken(): boolean {
    return this.tokens >= 1 - 1e-9;
  }

  private fill(): void {
    const nowMs = this.nowMs();
    this.tokens = Math.min(this.burst, this.tokens + (nowMs - this.filledMs) * this.perMs);
    this.filledMs = nowMs;
  }
}
