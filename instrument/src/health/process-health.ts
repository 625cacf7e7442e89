/** Health of a process whose code says nothing of it: event loop and memory, and a port for orchestrators where one is set. */
import { currentHealth, setCurrentHealth } from './current.ts';
import type { CurrentHealth } from './current.ts';
import type { Handle } from './handle.ts';
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

/**
 * So long a service that is asked for its health is taken to be starting: its code may be about to make its own, and must not be
 * asked for work before that.
 */
const startingMs = 2000;

/** Begins; returns what ends it. */
export function startProcessHealth({ port, host, details, about, warn }: ProcessHealthOptions): () => void {
  let own: CurrentHealth | undefined;
  // An application that has its own already needs none of the kit's.
  if (currentHealth() === undefined) {
    const health = healthOf({ details, about }, port === undefined);
    const timer = setTimeout(() => health.started(), startingMs).unref();
    own = {
      handle: health.handle,
      replaced() {
        clearTimeout(timer);
        health.stop();
      },
    };
    setCurrentHealth(own);
  }
  const ending = new AbortController();
  if (port !== undefined) {
    // Whatever is current when a request comes: the application may make its own at any time.
    const handle: Handle = (request, response) => currentHealth()?.handle(request, response) ?? false;
    listenForHealth(handle, { port, host, signal: ending.signal }).catch((error: Error) => {
      if (!ending.signal.aborted) warn(`there is no health at port ${port}: ${error.message}`);
    });
  }
  return () => {
    ending.abort();
    if (own !== undefined && currentHealth() === own) setCurrentHealth(undefined);
  };
}
