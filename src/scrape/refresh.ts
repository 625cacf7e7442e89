/** Work that is done again and again: look-ups of discovery. */
import type { Running, ScrapeLog } from './target-groups.ts';

export interface RefreshOptions {
  readonly intervalMs: number;
  /** For the log when the work fails. */
  readonly what: string;
  readonly log: ScrapeLog;
}

/** A refresh that can be asked for before its time. */
export interface Refresh extends Running {
  /** Does the work soon; once for many calls in a row. */
  soon(): void;
}

/** Writers of files do so in several steps: the work waits for them. */
const settleMs = 100;

/**
 * Does the work at once and then again `intervalMs` after it has ended. What it throws is logged, and what was found before
 * stays. The signal is aborted by `stop`.
 */
export function refreshEvery(work: (signal: AbortSignal) => Promise<void>, { intervalMs, what, log }: RefreshOptions): Refresh {
  const stopped = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isRunning = false;
  let isAskedFor = false;
  const schedule = (delayMs: number): void => {
    clearTimeout(timer);
    timer = setTimeout(() => void run(), delayMs);
    timer.unref();
  };
  const run = async (): Promise<void> => {
    isRunning = true;
    isAskedFor = false;
    try {
      await work(stopped.signal);
    } catch (thrown) {
      if (!stopped.signal.aborted)
        log.warn('discovery failed', { what, error: thrown instanceof Error ? thrown.message : String(thrown) });
    }
    isRunning = false;
    if (!stopped.signal.aborted) schedule(isAskedFor ? settleMs : intervalMs);
  };
  void run();
  return {
    soon: () => {
      isAskedFor = true;
      if (!isRunning && !stopped.signal.aborted) schedule(settleMs);
    },
    stop: () => {
      stopped.abort();
      clearTimeout(timer);
    },
  };
}
