/** What is set of logs: SONDE_LOG_BRIDGES, SONDE_LOG_STDOUT, SONDE_LOG_LEVEL, SONDE_LOG_LEVEL_SIGNAL and SONDE_REDACT. */
import { bridgeNames } from './bridges/watch.ts';
import type { BridgeName } from './bridges/watch.ts';
import { parseLevels } from './levels.ts';
import type { LevelRules } from './levels.ts';
import { readSecrets } from './secrets.ts';
import type { Secrets } from './secrets.ts';

export interface LogSettings {
  /** What the application logs by, and is watched. */
  readonly bridges: readonly BridgeName[];
  /** Whether records are written to stdout as lines of JSON. */
  readonly isPrinted: boolean;
  readonly levels: LevelRules;
  readonly levelSignal: NodeJS.Signals | undefined;
  readonly secrets: Secrets | undefined;
}

export interface LogOptions {
  /** Of `pino`, `winston`, `bunyan` and `console`; all when absent. */
  readonly logBridges?: readonly BridgeName[];
  /** `json` writes log records to stdout, one a line, in place of what the console prints. */
  readonly logStdout?: 'json' | 'none';
  /** `info`, or `info,db=debug`; everything when absent. */
  readonly logLevel?: string;
  /** Keys, or paths of them by dots, whose values are not told in log records, besides the usual ones; `none` for none of those. */
  readonly redact?: readonly string[];
}

/** What was said of logs, by options or the environment; undefined for what was not. */
export interface LogWishes {
  readonly bridges: readonly string[] | undefined;
  readonly stdout: 'json' | 'none' | undefined;
  readonly levels: readonly string[] | undefined;
  readonly levelSignal: NodeJS.Signals | undefined;
  readonly redact: readonly string[] | undefined;
}

/** What makes no sense is added to the problems, and the default taken. */
export function logSettings(wishes: LogWishes, problems: string[]): LogSettings {
  return {
    bridges: bridgesOf(wishes.bridges, problems),
    isPrinted: wishes.stdout === 'json',
    levels: parseLevels(wishes.levels ?? [], problems),
    levelSignal: wishes.levelSignal,
    secrets: readSecrets(wishes.redact ?? []),
  };
}

function bridgesOf(list: readonly string[] | undefined, problems: string[]): readonly BridgeName[] {
  if (list === undefined) return bridgeNames;
  const given = list.map((name) => name.toLowerCase());
  const unknown = given.filter((name) => name !== 'none' && !bridgeNames.some((known) => known === name));
  if (unknown.length > 0)
    problems.push(`SONDE_LOG_BRIDGES should be of ${bridgeNames.join(', ')} or none, but has "${unknown.join(',')}"`);
  return bridgeNames.filter((name) => given.includes(name));
}
