/** What is set of profiles: SONDE_PROFILE_SIGNAL, SONDE_PROFILE_KIND, SONDE_PROFILE_SECONDS and SONDE_PROFILE_DIR. */
import { resolve } from 'node:path';
import type { Reader } from '../variables.ts';
import type { ProfileKind } from './profile.ts';

export interface ProfileSettings {
  /** Begins a profile, or ends the one that it began. */
  readonly signal: NodeJS.Signals;
  readonly kinds: readonly ProfileKind[];
  readonly durationMs: number;
  readonly folder: string;
}

const secondsAtFirst = 10;
/** What `recordProfile` takes. */
const secondsMax = 600;

/**
 * Undefined when no signal is named, or one that has another meaning: `levelSignal` changes the levels of logs. What makes no sense is
 * added to the problems, and the default taken.
 */
export function profileSettings(
  read: Reader,
  levelSignal: NodeJS.Signals | undefined,
  problems: string[],
): ProfileSettings | undefined {
  const signal = read.signal('SONDE_PROFILE_SIGNAL');
  if (signal === undefined) return undefined;
  if (signal === levelSignal) {
    problems.push(
      `SONDE_PROFILE_SIGNAL should not be that of SONDE_LOG_LEVEL_SIGNAL, but is ${signal} too; it records no profile`,
    );
    return undefined;
  }
  return {
    signal,
    kinds: kindsOf(read),
    durationMs: secondsOf(read, problems) * 1000,
    // Wherever the application goes later.
    folder: resolve(read.text('SONDE_PROFILE_DIR') ?? '.'),
  };
}

function kindsOf(read: Reader): readonly ProfileKind[] {
  const kind = read.choice('SONDE_PROFILE_KIND', ['cpu', 'heap', 'both']) ?? 'cpu';
  return kind === 'both' ? ['cpu', 'heap'] : [kind];
}

function secondsOf(read: Reader, problems: string[]): number {
  const seconds = read.count('SONDE_PROFILE_SECONDS', secondsAtFirst);
  if (seconds >= 1 && seconds <= secondsMax) return seconds;
  problems.push(`SONDE_PROFILE_SECONDS should be from 1 to ${secondsMax}, but is "${seconds}"; ${secondsAtFirst} is taken`);
  return secondsAtFirst;
}
