/**
 * From which level on records leave the process: for all loggers, and for those of a name. They can be changed while the process
 * runs. What the application's own logger has filtered out never comes here.
 */
import { kit } from '../kit.ts';

const severities = { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21, off: Infinity } as const;

/** `off` lets nothing through. */
export type LogLevel = keyof typeof severities;

/** `all` is undefined when everything goes through, records without a severity too. */
export interface LevelRules {
  readonly all: LogLevel | undefined;
  readonly byName: ReadonlyMap<string, LogLevel>;
}

/** What one logger lets through. It is looked at with every record, and changes with the levels. */
export interface Gate {
  /** The lowest severity number that passes; 0 for all. */
  severityMin: number;
}

/** An audit trail has no gaps: what is recorded under this name passes whatever the levels are. */
const auditName = `${kit.name}/audit`;

export class LogLevels {
  #all: LogLevel | undefined;
  readonly #byName: Map<string, LogLevel>;
  readonly #gates = new Map<string, Gate>();
  #isDebugging = false;
  #lowest = 0;

  constructor({ all, byName }: LevelRules) {
    this.#all = all;
    this.#byName = new Map(byName);
    this.#apply();
  }

  /** The lowest severity number that passes any gate: what is below need not be looked at. */
  get lowest(): number {
    return this.#lowest;
  }

  /** The gate of a logger, the same each time. */
  gate(name: string): Gate {
    let gate = this.#gates.get(name);
    if (gate === undefined) {
      gate = { severityMin: this.#severityOf(name) };
      this.#gates.set(name, gate);
    }
    return gate;
  }

  /** For the loggers of a name and those below it, or for all that have no level of their own; undefined takes a level back. */
  set(level: LogLevel | undefined, name?: string): void {
    if (name === undefined) this.#all = level;
    else if (level === undefined) this.#byName.delete(name);
    else this.#byName.set(name, level);
    this.#apply();
  }

  /** Lets debug through wherever the level is higher, or goes back to the levels that were set. Says whether it does now. */
  toggleDebug(): boolean {
    this.#isDebugging = !this.#isDebugging;
    this.#apply();
    return this.#isDebugging;
  }

  /** The levels as they count right now. */
  current(): { readonly all: LogLevel; readonly byName: Readonly<Record<string, LogLevel>> } {
    return {
      all: this.#now(this.#all ?? 'trace'),
      byName: Object.fromEntries(Array.from(this.#byName, ([name, level]) => [name, this.#now(level)])),
    };
  }

  #apply(): void {
    for (const [name, gate] of this.#gates) gate.severityMin = this.#severityOf(name);
    const set = Array.from(this.#byName.values(), (level) => severities[this.#now(level)]);
    this.#lowest = Math.min(this.#all === undefined ? 0 : severities[this.#now(this.#all)], ...set);
  }

  #severityOf(name: string): number {
    if (name === auditName) return 0;
    for (let end = name.length; end > 0; end = separatorBefore(name, end)) {
      const level = this.#byName.get(name.slice(0, end));
      if (level !== undefined) return severities[this.#now(level)];
    }
    return this.#all === undefined ? 0 : severities[this.#now(this.#all)];
  }

  /** While debugging; who is switched off stays so. */
  #now(level: LogLevel): LogLevel {
    return this.#isDebugging && level !== 'off' && severities[level] > severities.debug ? 'debug' : level;
  }
}

/** Where the name that a name is below ends: `db` of `db.pool`, `@sonde` of `@sonde/instrument`. */
function separatorBefore(name: string, end: number): number {
  return Math.max(name.lastIndexOf('.', end - 1), name.lastIndexOf('/', end - 1), name.lastIndexOf(':', end - 1));
}

/** As people write it: any case, `warning`, `none` and `silent` too. Undefined for what is no level. */
export function levelOf(text: unknown): LogLevel | undefined {
  if (typeof text !== 'string') return undefined;
  const name = text.trim().toLowerCase();
  if (Object.hasOwn(severities, name)) return name as LogLevel;
  return aliases.get(name);
}

const aliases: ReadonlyMap<string, LogLevel> = new Map([
  ['warning', 'warn'],
  ['none', 'off'],
  ['silent', 'off'],
]);

/** `info,db=debug,checkout=warn`; what is wrong with it is added to the problems. */
export function parseLevels(items: readonly string[], problems: string[]): LevelRules {
  let all: LogLevel | undefined;
  const byName = new Map<string, LogLevel>();
  for (const item of items) {
    const equals = item.lastIndexOf('=');
    const level = levelOf(item.slice(equals + 1));
    const name = item.slice(0, Math.max(0, equals)).trim();
    if (level === undefined || (equals !== -1 && name === '')) {
      problems.push(`SONDE_LOG_LEVEL should be a level (${Object.keys(severities).join(', ')}) or name=level, but is "${item}"`);
    } else if (equals === -1) all = level;
    else byName.set(name, level);
  }
  return { all, byName };
}

/** SONDE_LOG_LEVEL_SIGNAL: each time the signal comes, debug is let through or no more. Returns what ends that. */
export function watchLevelSignal(
  signal: NodeJS.Signals | undefined,
  levels: LogLevels,
  tell: (message: string) => void,
): () => void {
  if (signal === undefined) return () => undefined;
  const toggle = (): void => tell(levels.toggleDebug() ? 'debug is logged now' : 'the levels of logs are as before');
  process.on(signal, toggle);
  return () => process.off(signal, toggle);
}
