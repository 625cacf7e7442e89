/**
 * Lets so many pieces of work run at a time; others wait in the order in which they came, up to a time. A query holds the engine's
 * threads and memory: too many at once are slower than one after the other.
 */
import { SondeError } from '../../base/errors.ts';

export interface GateOptions {
  /** Work at a time. */
  readonly runningMax: number;
  /** Work that waits; more is refused with `overloaded`. */
  readonly waitingMax: number;
}

export interface Wait {
  /** Longest wait; over it `query_timeout`. */
  readonly timeoutMs: number;
  /** Ends the wait with `query_cancelled`. */
  readonly signal: AbortSignal;
}

/** A gate lives as long as its server. */
export class Gate {
  readonly #options: GateOptions;
  readonly #waiting = new Set<() => void>();
  #running = 0;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Runs the work as soon as there is room, and gives its result. */
  async run<T>(work: () => Promise<T>, wait: Wait): Promise<T> {
    if (this.#running < this.#options.runningMax) this.#running++;
    else await this.#turn(wait);
    try {
      return await work();
    } finally {
      this.#leave();
    }
  }

  /** Resolves when the place of one that left is ours. */
  #turn({ timeoutMs, signal }: Wait): Promise<void> {
    const { runningMax, waitingMax } = this.#options;
    if (this.#waiting.size >= waitingMax) {
      const message = `${runningMax} queries run and ${waitingMax} wait, and more do not; try again soon.`;
      return Promise.reject(new SondeError('overloaded', message, { retryAfterMs: 1000 }));
    }
    return new Promise((resolve, reject) => {
      const end = (settle: () => void): void => {
        this.#waiting.delete(enter);
        clearTimeout(timer);
        signal.removeEventListener('abort', cancel);
        settle();
      };
      const enter = (): void => end(resolve);
      const cancel = (): void => end(() => reject(new SondeError('query_cancelled', 'The client went away.')));
      const timer = setTimeout(() => {
        const message = `query timed out in query queue: ${runningMax} ran for the ${timeoutMs} ms that this one may take`;
        end(() => reject(new SondeError('query_timeout', message)));
      }, timeoutMs);
      this.#waiting.add(enter);
      signal.addEventListener('abort', cancel);
      if (signal.aborted) cancel();
    });
  }

  #leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) this.#running--;
    else next();
  }
}
