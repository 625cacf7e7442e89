/** What bridges of logging libraries hand their records to. */
import type { Loggers, ScopedLogger } from '../logger.ts';

/** Loggers by name that a bridge may make: whoever names loggers after requests must not fill the memory. */
const namesMax = 256;

export class LogSink {
  readonly #loggers: Loggers;
  readonly #library: string;
  readonly #names = new Set<string>();

  constructor(loggers: Loggers, library: string) {
    this.#loggers = loggers;
    this.#library = library;
  }

  /** Whether no logger lets a record of this severity through, so that it need not be looked at. */
  ignores(severity: number): boolean {
    return severity < this.#loggers.levels.lowest || !this.#loggers.takesOfLibraries;
  }

  /** The logger of a name; that of the library for one without, and once there are too many. */
  logger(name: unknown): ScopedLogger {
    if (typeof name !== 'string' || name === '') return this.#loggers.ofLibrary(this.#library);
    if (!this.#names.has(name) && this.#names.size >= namesMax) return this.#loggers.ofLibrary(this.#library);
    this.#names.add(name);
    return this.#loggers.ofLibrary(name);
  }
}

/** Tells the library's records to the sink, from now on. Returns what ends that; undefined when it is not the library's main module. */
export type Bridge = (exports: unknown, sink: LogSink) => (() => void) | undefined;

let depth = 0;

/** Whether a library writes a record right now: what it says to the console then is that record, and not another. */
export function isWriting(): boolean {
  return depth > 0;
}

export function writing<T>(write: () => T): T {
  depth++;
  try {
    return write();
  } finally {
    depth--;
  }
}
