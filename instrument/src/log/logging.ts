/** All of logs that runs with the kit: the loggers, what the application logs by, levels by signal, and lines on stdout. */
import type { Settings } from '../settings.ts';
import type { Telemetry } from '../telemetry.ts';
import { watchLogs } from './bridges/watch.ts';
import { linePrinter } from './json-lines.ts';
import { LogLevels, watchLevelSignal } from './levels.ts';
import { Loggers } from './logger.ts';
import { Stdout } from './stdout.ts';

export interface LoggingOptions {
  readonly telemetry: Telemetry;
  readonly settings: Pick<Settings, 'logs' | 'logLimits'>;
  readonly warn: (message: string) => void;
}

export interface Logging {
  readonly loggers: Loggers;
  /** Undefined unless records are written there. */
  readonly stdout: Stdout | undefined;
  /** Begins to watch what the application logs; returns what ends that. */
  readonly watch: () => () => void;
}

export function makeLogging({ telemetry, settings, warn }: LoggingOptions): Logging {
  const { logs, logLimits: limits } = settings;
  const { bridges, isPrinted, secrets } = logs;
  const stdout = isPrinted ? new Stdout(warn) : undefined;
  const service = String(telemetry.resource.attributes['service.name']);
  const print = stdout === undefined ? undefined : linePrinter({ service, limits, write: (line) => stdout.write(line) });
  const levels = new LogLevels(logs.levels);
  const loggers = new Loggers({ telemetry, limits, levels, secrets, print, warn });
  return {
    loggers,
    stdout,
    watch: () => {
      const ends = [
        watchLogs({ loggers, bridges, isPrinting: isPrinted, warn }),
        watchLevelSignal(logs.levelSignal, levels, warn),
      ];
      return () => {
        for (const end of ends) end();
      };
    },
  };
}
