/** One attempt: what the work is given, and how it is cut short. */
import { TimedOutError } from './errors.ts';
import type { Stop } from './stop.ts';

/** What the work of one attempt gets. */
export interface Attempt {
  /**
   * Aborted when the attempt is over before the work is: timeout, deadline, the caller's own signal, another attempt that won. It says
   * nothing any more once the work has settled, so bodies should be read within the work.
   */
  readonly signal: AbortSignal;
  /** 1 for the first one of a call. */
  readonly attempt: number;
  /** Whether it was added because an earlier one takes long. */
  readonly isHedge: boolean;
}

export type Work<T> = (attempt: Attempt) => T | PromiseLike<T>;

/** Most work asks for its signal, some does not, and then there is none. */
export class RunningAttempt implements Attempt {
  readonly attempt: number;
  readonly isHedge: boolean;
  private controller: AbortController | undefined;
  private aborted: { readonly reason: unknown } | undefined;

  constructor(attempt: number, isHedge: boolean) {
    this.attempt = attempt;
    this.isHedge = isHedge;
    this.controller = undefined;
    this.aborted = undefined;
  }

  get signal(): AbortSignal {
    this.controller ??= new AbortController();
    if (this.aborted !== undefined) this.controller.abort(this.aborted.reason);
    return this.controller.signal;
  }

  abort(reason: unknown): void {
    this.aborted = { reason };
    this.controller?.abort(reason);
  }
}

export interface Bounds {
  readonly policy: string;
  readonly timeoutMs: number | undefined;
  readonly stop: Stop | undefined;
  /** Takes an answer that came too late for anyone. */
  readonly discard: (answer: unknown) => void;
}

/**
 * Does the work; rejects with a TimedOutError when it takes longer than `timeoutMs`, with the reason of the stop when that comes
 * first, and aborts its signal then. What the work does later is not heard of again.
 */
export function runWithin<T>(work: Work<T>, attempt: RunningAttempt, { policy, timeoutMs, stop, discard }: Bounds): Promise<T> {
  return new Promise((resolve, reject) => {
    let isCut = false;
    const end = (): void => {
      clearTimeout(timer);
      stop?.unlisten(cut);
    };
    const cut = (reason: unknown): void => {
      isCut = true;
      end();
      reject(reason);
      attempt.abort(reason);
    };
    const timer =
      timeoutMs === undefined
        ? undefined
        : setTimeout(() => cut(new TimedOutError(policy, 'attempt', timeoutMs)), timeoutMs).unref();
    stop?.listen(cut);
    const answered = (answer: T): void => {
      if (isCut) return discard(answer);
      end();
      resolve(answer);
    };
    const failed = (error: unknown): void => {
      end();
      reject(error);
    };
    begin(work, attempt).then(answered, failed);
  });
}

/** What throws before it gives a promise is no different. */
async function begin<T>(work: Work<T>, attempt: RunningAttempt): Promise<T> {
  return work(attempt);
}
