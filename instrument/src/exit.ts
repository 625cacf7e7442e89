/**
 * The end of the process: what was recorded is sent before. When Node runs out of work, it waits for that as for any other work; on
 * a signal that nobody else handles, the signal takes effect after it; on `process.exit()` and after an exception that nobody
 * caught, a small program sends what is left while the process stands still.
 */
const flushTimeoutMs = 5000;
const endingSignals = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const;

export interface Flushing {
  /** Resolves when all is sent, or after the time. */
  readonly flush: (timeoutMs: number) => Promise<unknown>;
  /** Without waiting for anything. `isFlushed`: all was sent a moment ago, and only what came since is left. */
  readonly flushAtExit: (isFlushed: boolean) => void;
}

/** Watches for the end; returns what stops that. */
export function watchExit({ flush, flushAtExit }: Flushing): () => void {
  let isFlushed = false;
  let isEnding = false;
  const onBeforeExit = (): void => {
    // Flushing is work, after which Node says again that it has none.
    if (isFlushed) return;
    isFlushed = true;
    void flush(flushTimeoutMs);
  };
  const onExit = (): void => flushAtExit(isFlushed);
  const onSignal = (signal: NodeJS.Signals): void => {
    // Whoever else listens decides when the process ends, and ends it in one of the other ways.
    if (process.listenerCount(signal) > 1) return;
    const end = (): void => {
      process.off(signal, onSignal);
      process.kill(process.pid, signal);
    };
    // Whoever sends it twice will not wait.
    if (isEnding) return end();
    isEnding = true;
    void flush(flushTimeoutMs).finally(end);
  };
  process.on('beforeExit', onBeforeExit);
  process.on('exit', onExit);
  for (const signal of endingSignals) process.on(signal, onSignal);
  return () => {
    process.off('beforeExit', onBeforeExit);
    process.off('exit', onExit);
    for (const signal of endingSignals) process.off(signal, onSignal);
  };
}
