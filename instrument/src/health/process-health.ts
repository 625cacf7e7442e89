/** Health of a process whose code says nothing of it: event loop and memory, and a port for orchestrators where one is set. */
import { currentHealth, setCurrentHealth } from './current.ts';
import { healthOf } from './health.ts';
import { listenForHealth } from './port.ts';
import type { About } from './shapes.ts';

export interface ProcessHealthOptions {
  /** None when undefined. */
  readonly port: number | undefined;
  readonly host: string | undefined;
  readonly details: 'always' | 'never';
  readonly about: About;
  readonly warn: (message: string) => void;
}

/** Begins; returns what ends it. */
export function startProcessHealth({ port, host, details, about, warn }: ProcessHealthOptions): () => void {
  const health = healthOf({ details, about });
  const own = { handle: health.handle, replaced: () => health.stop() };
  if (currentHealth() === undefined) {
    setCurrentHealth(own);
    health.started();
  } else {
    health.stop();
  }
  const ending = new AbortController();
  if (port !== undefined) {
    // Whatever is current when a request comes: the application may make its own at any time.
    const handle: typeof own.handle = (request, response, next) => (currentHealth() ?? own).handle(request, response, next);
    listenForHealth(handle, { port, host, signal: ending.signal }).catch((error: Error) => {
      if (!ending.signal.aborted) warn(`there is no health at port ${port}: ${error.message}`);
    });
  }
  return () => {
    ending.abort();
    if (currentHealth() === own) setCurrentHealth(undefined);
  };
}
