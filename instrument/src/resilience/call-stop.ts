/** What ends one call: the signal of its caller, or its deadline. Released when the call is over, so that neither keeps it. */
import { TimedOutError } from './errors.ts';
import { hear, unhear } from './signals.ts';
import { Stop } from './stop.ts';

export interface CallStopOptions {
  readonly policy: string;
  readonly deadlineMs: number | undefined;
  readonly signal: AbortSignal | undefined;
}

export class CallStop extends Stop {
  /** Whether it was the deadline. */
  isLate = false;
  private readonly endMs: number;
  private readonly timer: NodeJS.Timeout | undefined;
  private readonly signal: AbortSignal | undefined;
  private readonly aborted: () => void;

  constructor({ policy, deadlineMs, signal }: CallStopOptions) {
    super();
    this.signal = signal;
    this.aborted = () => this.stop(signal?.reason);
    this.endMs = deadlineMs === undefined ? Infinity : performance.now() + deadlineMs;
    if (signal?.aborted === true) this.aborted();
    else if (signal !== undefined) hear(signal, this.aborted);
    if (deadlineMs === undefined) return;
    this.timer = setTimeout(() => {
      this.isLate = !this.isStopped;
      this.stop(new TimedOutError(policy, 'deadline', deadlineMs));
    }, deadlineMs).unref();
  }

  /** Time until the deadline. */
  get leftMs(): number {
    return this.endMs - performance.now();
  }

  override release(): void {
    clearTimeout(this.timer);
    if (this.signal !== undefined) unhear(this.signal, this.aborted);
  }
}
