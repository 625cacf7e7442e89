/**
 * Files of profiles: `checkout-4711-20260131T120000.123Z.cpuprofile`, that is service, process, when the profile began (UTC) and, as
 * those who open it know it, the kind. Those of a process sort by time.
 */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RecordedProfile } from './profile.ts';

/** Some file systems take 255 bytes for a name. */
const serviceLengthMax = 100;

/**
 * Writes a profile into a folder, which is made if need be, and returns the path. Nobody sees a file that is not whole, and only the
 * owner may read it. Throws what the system says. The process stands still meanwhile: of one that is busy, each turn of the event loop may take seconds.
 */
export function writeProfile(recorded: RecordedProfile, { folder, service }: { folder: string; service: string }): string {
  const file = join(folder, profileFileName(recorded, service));
  const unfinished = `${file}.tmp`;
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  try {
    writeFileSync(unfinished, JSON.stringify(recorded.profile), { mode: 0o600 });
    renameSync(unfinished, file);
  } catch (thrown) {
    rmSync(unfinished, { force: true });
    throw thrown;
  }
  return file;
}

/** Letters, digits, `_` and `-` of the service's name stay; a run of anything else becomes `_`. */
export function profileFileName({ kind, startMs }: Pick<RecordedProfile, 'kind' | 'startMs'>, service: string): string {
  const safeService = service.replaceAll(/[^\w-]+/g, '_').slice(0, serviceLengthMax);
  const time = new Date(startMs).toISOString().replaceAll(/[-:]/g, '');
  return `${safeService}-${process.pid}-${time}.${kind}profile`;
}
