/**
 * How long to wait before the next attempt: longer each time, and never the same for all who failed together (Brooker, "Exponential
 * Backoff And Jitter", 2015).
 */

export interface BackoffOptions {
  readonly delayMs: number;
  readonly delayMsMax: number;
  readonly jitter: 'full' | 'decorrelated';
}

/**
 * Gives the wait before each further attempt of one call. `full`: anything up to a bound that doubles. `decorrelated`: from `delayMs`
 * up to three times the last wait. `random` is for tests.
 */
export function backoff({ delayMs, delayMsMax, jitter }: BackoffOptions, random: () => number = Math.random): () => number {
  let bound = delayMs;
  return () => {
    if (jitter === 'full') {
      const wait = random() * Math.min(delayMsMax, bound);
      bound *= 2;
      return wait;
    }
    bound = Math.min(delayMsMax, delayMs + random() * (bound * 3 - delayMs));
    return bound;
  };
}
