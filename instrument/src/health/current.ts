/**
 * The health that the port of SONDE_HEALTH_PORT tells of: there is one in a process. The kit puts its own there, which knows no more
 * than the process; the first that the application makes takes its place.
 */
import type { Handle } from './handle.ts';

export interface CurrentHealth {
  readonly handle: Handle;
  /** Ends it when another one takes its place; the kit's own has that. */
  readonly replaced?: () => void;
}

/** Other copies of this module, such as one that was bundled with the application, find it here. */
const place = Symbol.for('@sonde/instrument/health');

type Global = typeof globalThis & { [place]?: CurrentHealth | undefined };

export function currentHealth(): CurrentHealth | undefined {
  return (globalThis as Global)[place];
}

export function setCurrentHealth(health: CurrentHealth | undefined): void {
  currentHealth()?.replaced?.();
  (globalThis as Global)[place] = health;
}
