/** sort, sort_desc, sort_by_label and sort_by_label_desc: the order of the result of an instant query. */
import { compareLabels, labelValue } from '../../lang/labels.ts';
import { warningOf } from './annotations.ts';
import { hasSamples, presence } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { stringArg, vectorArg } from './values.ts';
import type { CallContext } from './values.ts';

/** NaN comes last, whatever the direction; histograms are left out. */
export function sortByValue(context: CallContext, direction: 1 | -1): readonly GridSeries[] {
  const floats = vectorArg(context, 0).map(floatsOf).filter(hasSamples);
  if (!isSortable(context)) return floats;
  return floats.toSorted((a, b) => compareValues(a.values[0]!, b.values[0]!, direction));
}

/** By the labels that are named, in natural order, then by all of them. */
export function sortByLabels(context: CallContext, direction: 1 | -1): readonly GridSeries[] {
  const series = vectorArg(context, 0);
  if (!isSortable(context)) return series;
  const names = context.args.slice(1).map((_, i) => stringArg(context, 1 + i));
  return series.toSorted((a, b) => {
    for (const name of names) {
      const order = compareNaturally(labelValue(a.labels, name), labelValue(b.labels, name));
      if (order !== 0) return direction * order;
    }
    return direction * compareLabels(a.labels, b.labels);
  });
}

/** Numbers smallest first with direction 1, largest first with -1, NaN last with both. */
export function compareValues(a: number, b: number, direction: 1 | -1): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
  if (a === b) return 0;
  return a < b ? -direction : direction;
}

/** Texts as people count: digits in them are compared as numbers, so `node9` comes before `node10`. */
export function compareNaturally(a: string, b: string): number {
  const [left, right] = [chunksOf(a), chunksOf(b)];
  for (let i = 0; i < Math.min(left.length, right.length); i++) {
    const order = compareChunks(left[i]!, right[i]!);
    if (order !== 0) return order;
  }
  return left.length - right.length;
}

function chunksOf(text: string): readonly string[] {
  return text.match(/\d+|\D+/g) ?? [];
}

function compareChunks(a: string, b: string): number {
  if (/^\d/.test(a) && /^\d/.test(b)) {
    const [left, right] = [a.replace(/^0+/, ''), b.replace(/^0+/, '')];
    if (left.length !== right.length) return left.length - right.length;
    if (left !== right) return left < right ? -1 : 1;
    return b.length - a.length;
  }
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function floatsOf(series: GridSeries): GridSeries {
  if (series.histograms === undefined) return series;
  const present = series.present.map((kind) => (kind === presence.float ? kind : presence.absent));
  return { ...series, present, histograms: undefined };
}

/** A range query gives series in the order of their labels: sorting is in vain, which is said. */
function isSortable({ call, grid, evaluation }: CallContext): boolean {
  if (grid.steps === 1) return true;
  evaluation.annotations.warn(warningOf.sortInRangeQuery(), call.position.start);
  return false;
}
