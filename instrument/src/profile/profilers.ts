/** V8's two profilers, as the inspector's protocol has them (domains `Profiler` and `HeapProfiler`). */
import type { HeapProfiler, Profiler } from 'node:inspector';
import type { Session } from 'node:inspector/promises';

/** What is in a `.cpuprofile` and in a `.heapprofile`. */
export interface ProfileFormats {
  readonly cpu: Profiler.Profile;
  readonly heap: HeapProfiler.SamplingHeapProfile;
}

interface OneProfiler<P> {
  readonly start: (session: Session) => Promise<void>;
  readonly stop: (session: Session) => Promise<P>;
}

type Profilers = { readonly [K in keyof ProfileFormats]: OneProfiler<ProfileFormats[K]> };

export const profilers: Profilers = {
  cpu: {
    async start(session) {
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
    },
    stop: async (session) => (await session.post('Profiler.stop')).profile,
  },
  heap: {
    start: (session) => session.post('HeapProfiler.startSampling'),
    stop: async (session) => (await session.post('HeapProfiler.stopSampling')).profile,
  },
};

/** A connection to the inspector of this thread, which opens no port. It answers each command before that returns. */
export function openSession(): Session {
  // Loaded here, as most processes do without it.
  const { Session } = process.getBuiltinModule('node:inspector/promises');
  const session = new Session();
  session.connect();
  return session;
}
