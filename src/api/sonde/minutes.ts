/**
 * Counts over any range from tables of minutes: whole minutes come from the rollup, the ragged ends of the range from the data
 * table, so that the sum is exact. Where a step is no number of whole minutes, all comes from the data table.
 */
import { ceilTo, floorTo, nsPerMinute } from '../../base/time.ts';
import type { TimeRange } from '../../engine/engine.ts';
import { int, join, sql, time, uint } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { Grid } from './grid.ts';

export interface MinuteParts {
  /** What the rollup answers. */
  readonly whole: TimeRange | undefined;
  /** What the data table answers; in order, without gaps to the whole minutes. */
  readonly ragged: readonly TimeRange[];
}

/** Up to this length of a range, steps shorter than a minute are chosen: then all is counted from the data table. */
const fineRangeNs = 15n * nsPerMinute;

/** The shortest step to choose for counts over a range when none is asked for. */
export function leastStepOfMinutes({ fromNs, toNs }: TimeRange): bigint | undefined {
  return toNs - fromNs > fineRangeNs ? nsPerMinute : undefined;
}

/** Splits a range at its first and its last whole minute. */
export function splitAtMinutes({ range, stepNs }: Pick<Grid, 'range' | 'stepNs'>): MinuteParts {
  const whole = { fromNs: ceilTo(range.fromNs, nsPerMinute), toNs: floorTo(range.toNs, nsPerMinute) };
  if (stepNs % nsPerMinute !== 0n || whole.fromNs >= whole.toNs) return { whole: undefined, ragged: [range] };
  const ends = [
    { fromNs: range.fromNs, toNs: whole.fromNs },
    { fromNs: whole.toNs, toNs: range.toNs },
  ];
  return { whole, ragged: ends.filter(({ fromNs, toNs }) => fromNs < toNs) };
}

/** Whether a rollup's row is one of the whole minutes. */
export function isWholeMinute({ fromNs, toNs }: TimeRange): Sql {
  return sql`minute >= toDateTime(${uint(fromNs / 1_000_000_000n)}, 'UTC') AND minute < toDateTime(${uint(toNs / 1_000_000_000n)}, 'UTC')`;
}

/** Whether a time lies in one of the ranges. */
export function isWithin(column: Sql, ranges: readonly TimeRange[]): Sql {
  return join(
    ranges.map(({ fromNs, toNs }) => sql`(${column} >= ${time(fromNs)} AND ${column} < ${time(toNs)})`),
    ' OR ',
    '0',
  );
}

/** The step of a DateTime64(9). */
export function stepOfTime(column: Sql, { startNs, stepNs }: Grid): Sql {
  return sql`toUInt32(intDiv(toUnixTimestamp64Nano(${column}) - ${int(startNs)}, ${int(stepNs)}))`;
}

/** The step of a rollup's minute. */
export function stepOfMinute({ startNs, stepNs }: Grid): Sql {
  return sql`toUInt32(intDiv(toInt64(toUnixTimestamp(minute)) * 1000000000 - ${int(startNs)}, ${int(stepNs)}))`;
}

/** Rows of all parts, each given as a SELECT with the same columns. */
export function unionAll(parts: readonly (Sql | undefined)[]): Sql {
  return join(
    parts.filter((part) => part !== undefined),
    ' UNION ALL ',
  );
}
