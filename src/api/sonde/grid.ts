/** Time grids: how a range is cut into steps for a chart. Steps are aligned to multiples of themselves since 1970. */
import { ceilTo, floorTo, formatDuration, nsPerDay, nsPerHour, nsPerMinute, nsPerSecond } from '../../base/time.ts';
import type { TimeRange } from '../../engine/engine.ts';
import type { TimeGrid } from './contract.ts';
import { refuse } from './parameters.ts';

/** Step i covers [startNs + i * stepNs, + stepNs); the first and the last may reach beyond the range. */
export interface Grid {
  readonly range: TimeRange;
  readonly startNs: bigint;
  readonly stepNs: bigint;
  readonly points: number;
}

/** How many points a grid has at most when no step is asked for. */
const pointsWanted = 120n;
/** How many points a grid may have. */
export const gridPointsMax = 11_000;

const ms = 1_000_000n;
const steps: readonly bigint[] = [
  ...[1n, 2n, 5n, 10n, 20n, 50n, 100n, 200n, 500n].map((count) => count * ms),
  ...[1n, 2n, 5n, 10n, 15n, 30n].map((count) => count * nsPerSecond),
  ...[1n, 2n, 5n, 10n, 15n, 30n].map((count) => count * nsPerMinute),
  ...[1n, 2n, 3n, 6n, 12n].map((count) => count * nsPerHour),
];

/** Cuts a range into steps of the size asked for, else into at most 120 (121 where the grid does not fit its ends). */
export function cutIntoSteps(range: TimeRange, askedNs: bigint | undefined, leastNs: bigint = ms): Grid {
  if (askedNs === 0n) refuse('step', 'a duration above 0', '0');
  const stepNs = askedNs ?? chooseStep(range, leastNs);
  const startNs = floorTo(range.fromNs, stepNs);
  const points = Number((ceilTo(range.toNs, stepNs) - startNs) / stepNs);
  if (points > gridPointsMax) {
    const least = (range.toNs - range.fromNs) / BigInt(gridPointsMax - 1) + 1n;
    refuse('step', `at least ${formatDuration(least)} for this range (${gridPointsMax} points)`, formatDuration(stepNs));
  }
  return { range, startNs, stepNs, points };
}

function chooseStep({ fromNs, toNs }: TimeRange, leastNs: bigint): bigint {
  const fine = (toNs - fromNs + pointsWanted - 1n) / pointsWanted;
  const wanted = fine > leastNs ? fine : leastNs;
  return steps.find((step) => step >= wanted) ?? ceilTo(wanted, nsPerDay);
}

/** Seconds of step i that lie within the range. */
export function coveredSeconds({ range, startNs, stepNs }: Grid, i: number): number {
  const from = startNs + BigInt(i) * stepNs;
  const to = from + stepNs;
  return Number((to < range.toNs ? to : range.toNs) - (from > range.fromNs ? from : range.fromNs)) / 1e9;
}

/** Seconds of a range. */
export function secondsOf({ fromNs, toNs }: TimeRange): number {
  return Number(toNs - fromNs) / 1e9;
}

/** The grid as answers show it. */
export function showGrid({ startNs, stepNs, points }: Grid): TimeGrid {
  return { startNs: String(startNs), stepNs: String(stepNs), points };
}
