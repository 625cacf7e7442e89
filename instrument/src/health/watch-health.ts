/** What is left of health in a process that has just started: a timer, after which the rest is loaded. */
import type { ProcessHealthOptions } from './process-health.ts';

/** The start of a service is the dearest time that it has; a program that ends sooner has no use for this. */
const loadAfterMs = 2000;

/** Begins to watch the health of this process, at once where somebody may ask for it; returns what ends that. */
export function watchHealth(options: ProcessHealthOptions): () => void {
  let stop: (() => void) | undefined;
  let isEnded = false;
  const load = async (): Promise<void> => {
    try {
      const { startProcessHealth } = await import('./process-health.ts');
      if (!isEnded) stop = startProcessHealth(options);
    } catch (thrown) {
      options.warn(`cannot watch the health of this process: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  };
  const timer = options.port === undefined ? setTimeout(() => void load(), loadAfterMs).unref() : undefined;
  if (timer === undefined) void load();
  return () => {
    isEnded = true;
    clearTimeout(timer);
    stop?.();
  };
}
