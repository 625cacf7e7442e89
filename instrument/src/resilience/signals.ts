/**
 * Listening to the signals of callers. One signal may be given to many calls at once, such as that of a service's shutdown: it gets
 * one listener for all of them, as Node 20 warns of a leak from the eleventh on.
 */

interface Heard {
  readonly listeners: Set<() => void>;
  readonly abort: () => void;
}

const heard = new WeakMap<AbortSignal, Heard>();

/** Calls `listener` when the signal is aborted, until `unhear`. */
export function hear(signal: AbortSignal, listener: () => void): void {
  let known = heard.get(signal);
  if (known === undefined) {
    const listeners = new Set<() => void>();
    const abort = (): void => {
      for (const one of listeners) one();
    };
    known = { listeners, abort };
    heard.set(signal, known);
    signal.addEventListener('abort', abort);
  }
  known.listeners.add(listener);
}

/** The signal keeps nothing once nobody listens. */
export function unhear(signal: AbortSignal, listener: () => void): void {
  const known = heard.get(signal);
  if (known === undefined || !known.listeners.delete(listener) || known.listeners.size > 0) return;
  signal.removeEventListener('abort', known.abort);
  heard.delete(signal);
}
