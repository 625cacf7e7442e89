/** topk, bottomk, limitk and limit_ratio: a choice of the series of a vector, with their own labels, anew at each step. */
import { SondeError } from '../../base/errors.ts';
import { Hash } from '../../base/hash.ts';
import type { Labels } from '../../lang/labels.ts';
import { noteIgnored } from './accumulate-floats.ts';
import type { AggregationContext, Group } from './grouping.ts';
import { warningOf } from './annotations.ts';
import { copyStep, hasSamples, newSeries, presence } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { positionOf } from './shape.ts';
import { compareValues } from './sort.ts';

/** The k largest or smallest floats of each group: best first at an instant, NaN only where there are too few others. */
export async function pickByValue(
  groups: readonly Group[],
  limits: Float64Array,
  context: AggregationContext,
): Promise<readonly GridSeries[]> {
  const { aggregation, grid, evaluation } = context;
  const direction = aggregation.operator === 'topk' ? -1 : 1;
  if (!checkLimits(limits, context)) return [];
  const picked: GridSeries[] = [];
  for (const { members } of groups) {
    for (const member of members) noteIgnored(member, context);
    const results = members.map(emptied);
    let best: number[] = [];
    for (let step = 0; step < grid.steps; step++) {
      if (evaluation.isDue()) await evaluation.pause();
      best = bestAt(members, step, Math.trunc(limits[step]!), direction);
      for (const i of best) copyStep(results[i]!, members[i]!, step);
    }
    picked.push(...(grid.steps === 1 ? best.map((i) => results[i]!) : results.filter(hasSamples)));
  }
  return picked;
}

/** Indexes of the k best floats at a step, best first; of equal ones the first. */
function bestAt(members: readonly GridSeries[], step: number, k: number, direction: 1 | -1): number[] {
  const best = new BestHeap((a, b) => compareValues(members[a]!.values[step]!, members[b]!.values[step]!, direction) || a - b, k);
  for (let i = 0; i < members.length; i++) if (members[i]!.present[step] === presence.float) best.offer(i);
  return best.sorted();
}

/** Keeps the k first of what is offered, by an order. The last of them is at the root, to be replaced. */
class BestHeap {
  readonly #kept: number[] = [];
  readonly #compare: (a: number, b: number) => number;
  readonly #k: number;

  constructor(compare: (a: number, b: number) => number, k: number) {
    this.#compare = compare;
    this.#k = k;
  }

  offer(item: number): void {
    const kept = this.#kept;
    if (kept.length < this.#k) {
      kept.push(item);
      this.#siftUp(kept.length - 1);
    } else if (kept.length > 0 && this.#compare(item, kept[0]!) < 0) {
      kept[0] = item;
      this.#siftDown();
    }
  }

  sorted(): number[] {
    return this.#kept.toSorted(this.#compare);
  }

  #siftUp(start: number): void {
    const kept = this.#kept;
    for (let i = start; i > 0;) {
      const parent = (i - 1) >> 1;
      if (this.#compare(kept[i]!, kept[parent]!) <= 0) return;
      [kept[i], kept[parent]] = [kept[parent]!, kept[i]!];
      i = parent;
    }
  }

  #siftDown(): void {
    const kept = this.#kept;
    for (let i = 0; ;) {
      let last = i;
      for (let child = 2 * i + 1; child <= 2 * i + 2 && child < kept.length; child++) {
        if (this.#compare(kept[child]!, kept[last]!) > 0) last = child;
      }
      if (last === i) return;
      [kept[i], kept[last]] = [kept[last]!, kept[i]!];
      i = last;
    }
  }
}

/** Any k samples of each group: those whose labels have the smallest hashes, so that the choice stays the same. */
export async function pickByHash(
  groups: readonly Group[],
  limits: Float64Array,
  context: AggregationContext,
): Promise<readonly GridSeries[]> {
  const { grid, evaluation } = context;
  if (!checkLimits(limits, context)) return [];
  const picked: GridSeries[] = [];
  for (const { members } of groups) {
    if (evaluation.isDue()) await evaluation.pause();
    const hashes = new Map(members.map((member) => [member, hashShare(member.labels)]));
    const taken = new Float64Array(grid.steps);
    for (const member of members.toSorted((a, b) => hashes.get(a)! - hashes.get(b)!)) {
      const result = emptied(member);
      for (let step = 0; step < grid.steps; step++) {
        if (member.present[step] === presence.absent || taken[step]! >= Math.trunc(limits[step]!)) continue;
        taken[step]!++;
        copyStep(result, member, step);
      }
      if (hasSamples(result)) picked.push(result);
    }
  }
  return picked;
}

/** A share of the samples, by the hash of their labels; a negative one picks what the same share from 1 on leaves out. */
export async function pickByRatio(
  series: readonly GridSeries[],
  ratios: Float64Array,
  { aggregation, grid, evaluation }: AggregationContext,
): Promise<readonly GridSeries[]> {
  const position = positionOf(aggregation.parameter);
  if (ratios.every((ratio) => ratio === 0)) return [];
  if (ratios.some(Number.isNaN)) throw new SondeError('query_failed', 'Ratio value is NaN', { position });
  const greatest = ratios.reduce((a, b) => Math.max(a, b));
  const least = ratios.reduce((a, b) => Math.min(a, b));
  if (greatest > 1) evaluation.annotations.warn(warningOf.ratio(greatest, 1), position);
  if (least < -1) evaluation.annotations.warn(warningOf.ratio(least, -1), position);
  const picked: GridSeries[] = [];
  for (const each of series) {
    if (evaluation.isDue()) await evaluation.pause();
    const share = hashShare(each.labels);
    const result = emptied(each);
    for (let step = 0; step < grid.steps; step++) {
      const ratio = Math.max(-1, Math.min(1, ratios[step]!));
      if (ratio >= 0 ? share < ratio : share >= 1 + ratio) copyStep(result, each, step);
    }
    if (hasSamples(result)) picked.push(result);
  }
  return picked;
}

/** False when no sample is asked for at any step. Throws `query_failed` for limits that are no numbers. */
function checkLimits(limits: Float64Array, { aggregation }: AggregationContext): boolean {
  if (limits.every((limit) => limit < 1)) return false;
  const position = positionOf(aggregation.parameter);
  for (const limit of limits) {
    if (Number.isNaN(limit)) throw new SondeError('query_failed', 'Parameter value is NaN', { position });
    const beyond = limit <= -(2 ** 63) ? 'underflows' : limit >= 2 ** 63 ? 'overflows' : undefined;
    if (beyond !== undefined) throw new SondeError('query_failed', `Scalar value ${limit} ${beyond} int64`, { position });
  }
  return true;
}

function emptied({ labels, values, dropName }: GridSeries): GridSeries {
  return newSeries(labels, values.length, dropName);
}

const hash = new Hash();

/** Where the hash of labels lies among all hashes: from 0 to below 1. */
function hashShare(labels: Labels): number {
  hash.begin(0, 0);
  for (const text of labels) hash.addText(text);
  const { low, high } = hash.finish();
  return ((high >>> 0) * 2 ** 21 + (low >>> 11)) / 2 ** 53;
}
