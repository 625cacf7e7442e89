/**
 * Vectors of histograms, native and classic ones together. A classic histogram is a set of series, one per bucket, that differ in
 * the label `le` alone; per step it is there when one of its buckets is.
 */
import { labelsKey, labelValue, metricName, pickLabels } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import { warningOf } from './annotations.ts';
import type { Evaluation } from './evaluation.ts';
import { presence, withoutSchema } from './grid.ts';
import type { GridSeries } from './grid.ts';

export interface ClassicHistogram {
  readonly labels: Labels;
  readonly upperBounds: readonly number[];
  /** One per bound, in the same order. */
  readonly buckets: readonly GridSeries[];
  /** By step: whether it is in conflict with a native histogram, and neither counts. */
  readonly conflicts: Uint8Array;
}

export interface NativeHistogram {
  readonly labels: Labels;
  readonly series: GridSeries;
  readonly conflicts: Uint8Array;
}

export interface HistogramVector {
  readonly classic: readonly ClassicHistogram[];
  readonly native: readonly NativeHistogram[];
}

interface Gathered {
  readonly labels: Labels;
  readonly upperBounds: number[];
  readonly buckets: GridSeries[];
}

/**
 * Tells the two kinds apart. Warns of buckets whose `le` is no number, and of classic and native histograms with the same labels at
 * the same step. Labels of the results are without `le` of classic ones, and without name unless names are dropped later.
 */
export function histogramsOf(
  series: readonly GridSeries[],
  steps: number,
  position: number,
  evaluation: Evaluation,
): HistogramVector {
  const gathered = gatherBuckets(series, position, evaluation);
  const conflicts = new Map<string, Uint8Array>();
  const native: NativeHistogram[] = [];
  for (const each of series) {
    if (each.histograms === undefined) continue;
    const key = labelsKey(each.labels);
    const shared = conflictsBetween(each, gathered.get(key), steps);
    if (shared.includes(1)) {
      conflicts.set(key, shared);
      evaluation.annotations.warn(warningOf.classicAndNative(nameFor(each.labels, evaluation)), position);
    }
    native.push({ labels: resultLabels(each.labels, evaluation), series: each, conflicts: shared });
  }
  const none = new Uint8Array(steps);
  const classic = Array.from(gathered, ([key, { labels, upperBounds, buckets }]) => {
    return { labels: resultLabels(labels, evaluation), upperBounds, buckets, conflicts: conflicts.get(key) ?? none };
  });
  return { classic, native };
}

/** The name for annotations: where names are dropped at once, it is not known any more. */
export function nameFor(labels: Labels, { options }: Evaluation): string {
  return options.delayedNameRemoval ? labelValue(labels, metricName) : '';
}

function gatherBuckets(series: readonly GridSeries[], position: number, evaluation: Evaluation): Map<string, Gathered> {
  const gathered = new Map<string, Gathered>();
  for (const each of series) {
    if (!each.present.includes(presence.float)) continue;
    const bound = labelValue(each.labels, 'le');
    const upperBound = parseBound(bound);
    if (upperBound === undefined) {
      evaluation.annotations.warn(warningOf.badBucketLabel(bound, nameFor(each.labels, evaluation)), position);
      continue;
    }
    const labels = pickLabels(each.labels, (name) => name !== 'le');
    const key = labelsKey(labels);
    let histogram = gathered.get(key);
    if (histogram === undefined) gathered.set(key, (histogram = { labels, upperBounds: [], buckets: [] }));
    histogram.upperBounds.push(upperBound);
    histogram.buckets.push(each);
  }
  return gathered;
}

/** A decimal number, or an infinite one. */
function parseBound(text: string): number | undefined {
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : undefined;
}

function conflictsBetween(native: GridSeries, classic: Gathered | undefined, steps: number): Uint8Array {
  const conflicts = new Uint8Array(steps);
  for (const { present } of classic?.buckets ?? []) {
    for (let step = 0; step < steps; step++) {
      if (present[step] === presence.float && native.present[step] === presence.histogram) conflicts[step] = 1;
    }
  }
  return conflicts;
}

function resultLabels(labels: Labels, { options }: Evaluation): Labels {
  return options.delayedNameRemoval ? labels : withoutSchema(labels);
}
