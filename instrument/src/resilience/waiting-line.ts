/** Those who wait for their turn, in the order in which they came. Who gives up leaves at once, from wherever it stands. */
import type { Stop } from './stop.ts';

export interface Patience {
  /** Rejects with its reason. */
  readonly stop: Stop | undefined;
  /** Rejects with `error` after so long; never when undefined. */
  readonly waitMsMax: number | undefined;
  readonly error: () => Error;
}

export class WaitingLine {
  // A Set keeps the order and lets anyone leave at no cost.
  private readonly waiters = new Set<() => void>();

  get length(): number {
    return this.waiters.size;
  }

  /** Resolves when it is one's turn. */
  join({ stop, waitMsMax, error }: Patience): Promise<void> {
    return new Promise((resolve, reject) => {
      if (stop?.isStopped === true) return reject(stop.reason);
      let timer: NodeJS.Timeout | undefined;
      const leave = (): void => {
        this.waiters.delete(go);
        clearTimeout(timer);
        stop?.unlisten(stopped);
      };
      const go = (): void => {
        leave();
        resolve();
      };
      const stopped = (reason: unknown): void => {
        leave();
        reject(reason);
      };
      this.waiters.add(go);
      stop?.listen(stopped);
      if (waitMsMax !== undefined) timer = setTimeout(() => stopped(error()), waitMsMax).unref();
    });
  }

  /** Lets the first one go; false when nobody waits. */
  letOneGo(): boolean {
    for (const go of this.waiters) {
      go();
      return true;
    }
    return false;
  }
}
