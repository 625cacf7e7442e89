/** Profiles by a signal, in files: what is loaded when the signal comes for the first time. */
import { SeverityNumber } from '@opentelemetry/api-logs';
import type { LogRecord, Logger } from '@opentelemetry/api-logs';
import { writeProfile } from './profile-file.ts';
import type { ProfileSettings } from './profile-settings.ts';
import { recordProfile } from './profile.ts';
import type { ProfileKind, RecordedProfile } from './profile.ts';

export interface SignalProfilesOptions {
  readonly settings: ProfileSettings;
  readonly service: string;
  /** Gets a record for each file: `profile.recorded`. */
  readonly logger: Logger;
  readonly tell: (message: string) => void;
}

export interface SignalProfiles {
  /** Begins to record, or ends what was begun here. Never throws: what goes wrong is told. */
  readonly signalled: () => void;
  /** Ends what was begun here, which is written as ever. */
  readonly end: () => void;
}

export function makeSignalProfiles(options: SignalProfilesOptions): SignalProfiles {
  const { settings, tell } = options;
  const { kinds, durationMs, signal } = settings;
  let ending: AbortController | undefined;
  const begin = async (): Promise<void> => {
    const { signal: until } = (ending = new AbortController());
    tell(`a ${kinds.join(' and a ')} profile of ${durationMs / 1000} s begins; ${signal} ends it sooner`);
    await Promise.all(kinds.map((kind) => recordIntoFile(kind, until, options)));
    ending = undefined;
  };
  return {
    signalled: () => (ending === undefined ? void begin() : ending.abort()),
    end: () => ending?.abort(),
  };
}

async function recordIntoFile(
  kind: ProfileKind,
  until: AbortSignal,
  { settings, service, logger, tell }: SignalProfilesOptions,
): Promise<void> {
  const { durationMs, folder } = settings;
  try {
    const recorded = await recordProfile({ kind, durationMs, until });
    const file = writeProfile(recorded, { folder, service });
    const message = `a ${kind} profile of ${(recorded.durationMs / 1000).toFixed(1)} s is in ${file}`;
    tell(message);
    logger.emit(recordOf(recorded, file, message));
  } catch (thrown) {
    tell(`there is no ${kind} profile: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  }
}

function recordOf({ kind, durationMs }: RecordedProfile, file: string, body: string): LogRecord {
  return {
    eventName: 'profile.recorded',
    severityNumber: SeverityNumber.INFO,
    severityText: 'INFO',
    body,
    attributes: {
      'profile.kind': kind,
      'profile.file': file,
      'profile.duration_ms': durationMs,
      'process.pid': process.pid,
    },
  };
}
