/** A pool of things that serve one user at a time; who waits longest is served next. */
import { SondeError } from '../base/errors.ts';
import { cancelledError, throwIfAborted } from './cancel.ts';

export class Pool<T> {
  readonly #all: readonly T[];
  readonly #free: T[];
  readonly #waiting: { readonly take: (item: T) => void; readonly refuse: (error: Error) => void }[] = [];
  #closed = false;
  #drained: (() => void) | undefined;

  constructor(items: readonly T[]) {
    this.#all = items;
    this.#free = [...items];
  }

  /** Runs `work` with an item as soon as one is free. An abort while it waits takes it out of the queue. */
  async use<R>(work: (item: T) => Promise<R>, signal?: AbortSignal): Promise<R> {
    const item = await this.take(signal);
    try {
      return await work(item);
    } finally {
      this.give(item);
    }
  }

  /** Takes nothing more, waits for what runs, and gives the items to be released. */
  async close(): Promise<readonly T[]> {
    this.#closed = true;
    for (const { refuse } of this.#waiting.splice(0)) refuse(closedError());
    if (this.#free.length < this.#all.length) await new Promise<void>((resolve) => (this.#drained = resolve));
    return this.#all;
  }

  /** Waits for an item; whoever takes one gives it back. */
  async take(signal?: AbortSignal): Promise<T> {
    if (this.#closed) throw closedError();
    throwIfAborted(signal);
    const free = this.#free.pop();
    if (free !== undefined) return free;
    return new Promise<T>((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(waiter), 1);
        reject(cancelledError());
      };
      const settle = (): void => signal?.removeEventListener('abort', onAbort);
      const waiter = {
        take: (item: T): void => (settle(), resolve(item)),
        refuse: (error: Error): void => (settle(), reject(error)),
      };
      this.#waiting.push(waiter);
      signal?.addEventListener('abort', onAbort, { once: true });
    });
  }

  give(item: T): void {
    const next = this.#waiting.shift();
    if (next !== undefined) return next.take(item);
    this.#free.push(item);
    if (this.#free.length === this.#all.length) this.#drained?.();
  }
}

export function closedError(): SondeError {
  return new SondeError('unavailable', 'The engine is closed: Sonde is stopping.');
}
