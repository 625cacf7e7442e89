/**
 * What ends a call before its work has: its caller, its deadline, or another attempt that was faster. A fraction of what AbortSignals
 * and their listeners cost; the work gets a real signal when it asks for one.
 */

type StopListener = (reason: unknown) => void;

export class Stop {
  isStopped = false;
  reason: unknown = undefined;
  private readonly parent: Stop | undefined;
  private readonly listeners = new Set<StopListener>();
  private readonly follow: StopListener;

  /** A stop that follows another must be released when it is over. */
  constructor(parent?: Stop) {
    this.parent = parent;
    this.follow = (reason) => this.stop(reason);
    if (parent?.isStopped === true) this.stop(parent.reason);
    else parent?.listen(this.follow);
  }

  stop(reason: unknown): void {
    if (this.isStopped) return;
    this.isStopped = true;
    this.reason = reason;
    // Whoever is told takes itself off the list.
    for (const listener of this.listeners) listener(reason);
  }

  throwIfStopped(): void {
    if (this.isStopped) throw this.reason;
  }

  listen(listener: StopListener): void {
    this.listeners.add(listener);
  }

  unlisten(listener: StopListener): void {
    this.listeners.delete(listener);
  }

  /** Follows its parent no longer. */
  release(): void {
    this.parent?.unlisten(this.follow);
  }

  /** How many listen, for tests. */
  get listening(): number {
    return this.listeners.size;
  }
}

/**
 * Waits; throws the reason when it is stopped. The timer keeps the process alive, as the next attempt does its work only after it: a
 * script must not end in the middle.
 */
export function sleep(ms: number, stop: Stop | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (stop?.isStopped === true) return reject(stop.reason);
    const stopped: StopListener = (reason) => {
      clearTimeout(timer);
      stop?.unlisten(stopped);
      reject(reason);
    };
    const timer = setTimeout(() => {
      stop?.unlisten(stopped);
      resolve();
    }, ms);
    stop?.listen(stopped);
  });
}
