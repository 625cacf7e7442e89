/**
 * Start times of samples, as cumulative counters and deltas of OpenTelemetry have them, in Unix milliseconds; 0 is unknown, and so
 * is one that is not before its sample.
 */

/** Whether counting started anew between two samples, by what the later one says of itself. */
export function hasRestarted(previousStartMs: number, previousMs: number, startMs: number, timeMs: number): boolean {
  if (startMs === 0 || startMs >= timeMs || startMs < previousMs) return false;
  if (startMs > previousMs) return true;
  // It started right at the sample before. That is how deltas follow one another; but a cumulative counter whose first sample
  // has no known start says the same of its second one.
  return previousStartMs !== 0 && previousStartMs < previousMs;
}

/** Whether a sample covers a part of what the one before covers, which neither deltas nor cumulative counters do. */
export function overlaps(previousStartMs: number, previousMs: number, startMs: number): boolean {
  return startMs !== 0 && startMs < previousMs && startMs !== previousStartMs;
}
