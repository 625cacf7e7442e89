/** The kit as it runs in this process: there is one at most, however often it is loaded. */
import type { Loggers } from './log/logger.ts';
import type { Meters } from './metric/meters.ts';
import type { Telemetry } from './telemetry.ts';

export interface Instrument {
  readonly telemetry: Telemetry;
  readonly meters: Meters;
  readonly loggers: Loggers;
  /** Sends all that was recorded so far; says whether all of it is gone when the time is over. */
  readonly flush: (timeoutMs?: number) => Promise<boolean>;
  /** Flushes, and stops watching. What is recorded later is lost. */
  readonly stop: () => Promise<void>;
}

/** Other copies of this module, such as one loaded by `require` beside one loaded by `import`, find it here. */
const place = Symbol.for('@sonde/instrument');

type Global = typeof globalThis & { [place]?: Instrument | undefined };

export function running(): Instrument | undefined {
  return (globalThis as Global)[place];
}

export function setRunning(instrument: Instrument | undefined): void {
  (globalThis as Global)[place] = instrument;
}
