// @ts-check
/** Does something again and again, at a rate and at random moments, as with people who know nothing of each other. */
import { setTimeout as sleep } from 'node:timers/promises';

/** More than this at once, and the next moments are let go. */
const inFlightMax = 50;
/** Moments that were missed longer ago are not made up for. */
const behindMaxMs = 1000;

/**
 * Runs until the signal says so; resolves when all that was begun has ended.
 * @param {() => Promise<void>} run Must not reject.
 * @param {{ perSecond: number, random: () => number, signal: AbortSignal }} options
 */
export async function repeat(run, { perSecond, random, signal }) {
  /** @type {Set<Promise<void>>} */
  const inFlight = new Set();
  let dueMs = performance.now();
  while (!signal.aborted) {
    const pauseMs = (-Math.log(1 - random()) * 1000) / perSecond;
    dueMs = Math.max(dueMs + pauseMs, performance.now() - behindMaxMs);
    await sleep(dueMs - performance.now(), undefined, { signal }).catch(() => undefined);
    if (signal.aborted || inFlight.size >= inFlightMax) continue;
    const work = run().finally(() => inFlight.delete(work));
    inFlight.add(work);
  }
  await Promise.all(inFlight);
}
