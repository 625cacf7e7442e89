/** What is left of profiles in a process that nobody has asked for one: a listener for a signal, which loads the rest. */
import { loaded } from '../loaded.ts';
import type { SignalProfiles, SignalProfilesOptions } from './signal-profiles.ts';

/** SONDE_PROFILE_SIGNAL: when it comes, a profile begins, or the one that it began ends. Returns what ends that. */
export function watchProfileSignal(options: SignalProfilesOptions): () => void {
  const { settings, tell } = options;
  const { signal } = settings;
  let profiles: SignalProfiles | undefined;
  const onSignal = (): void => {
    try {
      // All of it in this turn of the event loop: where the processor's time is short, the next one may be far.
      profiles ??= loaded('signal-profiles').makeSignalProfiles(options);
      profiles.signalled();
    } catch (thrown) {
      tell(`there is no profile: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    }
  };
  process.on(signal, onSignal);
  return () => {
    process.off(signal, onSignal);
    profiles?.end();
  };
}
