/**
 * Sampling to a rate: about so many traces a second, however many requests come. The share that gives the rate is worked out from how
 * often spans have started lately, in a window that fades, so that kept spans still say for how many they stand.
 */
import { performance } from 'node:perf_hooks';
import { thresholdOfShare } from './sampling.ts';
import type { Sampler } from './sampling.ts';

/** How fast the past fades: a jump in traffic is followed within a few of these. */
const windowSeconds = 1;

/** Keeps about `perSecond` spans a second of those that it is asked about. `nowMs` is for tests. */
export function rateSampler(perSecond: number, nowMs: () => number = () => performance.now()): Sampler {
  if (!(perSecond >= 0)) throw new RangeError(`a rate should be at least 0 spans a second, but is ${perSecond}`);
  let lastMs = nowMs();
  /** Spans and seconds of the window, both fading alike: their ratio is the rate at which spans come. */
  let spans = 0;
  let seconds = 0;
  let share = 1;
  let threshold = thresholdOfShare(share);
  return {
    description: `Rate{${perSecond}/s}`,
    usesAttributes: false,
    thresholdOf() {
      const now = nowMs();
      const passed = Math.max(0, now - lastMs) / 1000;
      lastMs = now;
      const faded = Math.exp(-passed / windowSeconds);
      spans = spans * faded + 1;
      seconds = seconds * faded + passed;
      const wanted = Math.min(1, (perSecond * seconds) / spans);
      // A threshold's text is made for each new one: small changes are left out.
      if (Math.abs(wanted - share) > share / 64 || (wanted === 1) !== (share === 1)) {
        share = wanted;
        threshold = thresholdOfShare(share);
      }
      return threshold;
    },
  };
}
