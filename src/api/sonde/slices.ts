/**
 * Newest first without reading all: a list asks for its newest rows in ever longer ends of the range, until one holds a page.
 * What is common is found in the first; what is rare costs one read of the whole range and a sixth of it more.
 */
import type { TimeRange } from '../../engine/engine.ts';

const shares = [256n, 32n, 4n];
const shortestNs = 1_000_000_000n;

/** Ends of the range, each holding the one before; the last one is the range itself. */
export function newestEnds({ fromNs, toNs }: TimeRange): readonly TimeRange[] {
  const length = toNs - fromNs;
  const ends = shares.map((share) => length / share).filter((end) => end >= shortestNs);
  return [...ends, length].map((end) => ({ fromNs: toNs - end, toNs }));
}
