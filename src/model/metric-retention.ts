/**
 * How long metrics are kept, where that depends on their names: docs/decisions/retention.md. The name is the one that a metric was
 * sent with, as `series.metric` holds it: of OTLP `http.server.duration`, of Prometheus the label `__name__`.
 */

/** Longer names fall under no rule: in Unicode characters. */
export const nameCharactersMax = 1000;

export interface RetentionRule {
  /** RE2 that the whole name has to match. */
  readonly pattern: string;
  readonly keptMs: number;
}

export interface MetricRetention {
  /** The first one whose pattern matches a name decides. */
  readonly rules: readonly RetentionRule[];
  /** Of names that none matches. */
  readonly otherMs: number;
}

/** Every retention that a metric may have, ascending, each once. */
export function retentionsMs({ rules, otherMs }: MetricRetention): readonly number[] {
  return [...new Set([...rules.map(({ keptMs }) => keptMs), otherMs])].toSorted((a, b) => a - b);
}

/** The same for those who write, where there are rules. */
export interface RetentionByName {
  readonly shortestMs: number;
  readonly longestMs: number;
  readonly keptMs: (name: string) => number;
}

/** Which points of the past are taken; times are Unix nanoseconds. */
export interface OldestTimes {
  /** Older points are refused, whatever metric they are of. */
  readonly oldestNs: bigint;
  /** Points that are not older than `sureNs` are taken, of other ones `of` says from when on those of a metric are. */
  readonly oldestByName?: { readonly sureNs: bigint; readonly of: (name: string) => bigint } | undefined;
}

const nsPerMs = 1_000_000n;

/** `otherMs` counts where there are no rules. */
export function oldestTimes(nowNs: bigint, otherMs: number, byName: RetentionByName | undefined): OldestTimes {
  const before = (ms: number): bigint => nowNs - BigInt(Math.round(ms)) * nsPerMs;
  if (byName === undefined) return { oldestNs: before(otherMs) };
  const { shortestMs, longestMs, keptMs } = byName;
  return { oldestNs: before(longestMs), oldestByName: { sureNs: before(shortestMs), of: (name) => before(keptMs(name)) } };
}
