/** Finds the stored series of a selector. */
import type { Engine, Scope } from '../../engine/engine.ts';
import { sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { compareText, labelsOf, metricName } from '../../lang/labels.ts';
import type { Labels } from '../../lang/labels.ts';
import type { Matcher } from '../../lang/matchers.ts';
import { seriesCondition } from './conditions.ts';

/** How the points of a series are stored, and so how they become samples. */
export type PointKind = 'prometheus' | 'number' | 'histogram' | 'exponential_histogram' | 'summary';

export interface StoredSeries {
  readonly id: bigint;
  readonly metricId: number;
  /** The name included: for OTLP histograms and summaries the one without a suffix. */
  readonly labels: Labels;
  readonly kind: PointKind;
  /** Points say what was added since the one before. */
  readonly isDelta: boolean;
}

/** The rows of `series` that the matchers may mean, by day; a row for each day. */
function seriesOf(matchers: readonly Matcher[]): Sql {
  return sql`FROM series WHERE ${seriesCondition(matchers)}`;
}

const deltaTemporality = 1;

/** Series that may have points of the selector in the scope's time, ordered by (metricId, id). */
export async function findSeries(engine: Engine, scope: Scope, matchers: readonly Matcher[]): Promise<StoredSeries[]> {
  const { rows, columns } = await engine.columns(
    // What follows a few names is found by one thread before others have begun.
    { ...scope, isSmall: true },
    sql`SELECT id, metric_id, name, type, resource_id != 0 AS is_otlp, temporality, labels ${seriesOf(matchers)}`,
  );
  if (rows === 0) return [];
  const { id, metric_id, name, type, is_otlp, temporality, labels } = columns as unknown as SeriesColumns;
  return inOrder(id, metric_id).map((row) => ({
    id: id[row] ?? 0n,
    metricId: metric_id[row] ?? 0,
    labels: rowLabels(name[row] ?? '', labels[row] ?? []),
    kind: kindOf(type[row] ?? '', is_otlp[row] === 1),
    isDelta: temporality[row] === deltaTemporality,
  }));
}

/** Rows ordered by metric and id, one for each series: it has one for each day, and perhaps some that are not merged yet. */
function inOrder(ids: BigUint64Array, metricIds: Uint32Array): number[] {
  const halves = new Uint32Array(ids.buffer, ids.byteOffset, ids.length * 2);
  const compare = (a: number, b: number): number =>
    (metricIds[a] ?? 0) - (metricIds[b] ?? 0) ||
    (halves[2 * a + 1] ?? 0) - (halves[2 * b + 1] ?? 0) ||
    (halves[2 * a] ?? 0) - (halves[2 * b] ?? 0);
  const sorted = Array.from(ids.keys()).toSorted(compare);
  return sorted.filter((row, i) => i === 0 || compare(sorted[i - 1] ?? 0, row) !== 0);
}

interface SeriesColumns {
  readonly id: BigUint64Array;
  readonly metric_id: Uint32Array;
  readonly name: readonly string[];
  readonly type: readonly string[];
  readonly is_otlp: Uint8Array;
  readonly temporality: Uint8Array;
  readonly labels: readonly (readonly [string, string])[][];
}

/** The stored labels, which are sorted, with the name at its place. */
function rowLabels(name: string, pairs: readonly (readonly [string, string])[]): Labels {
  const labels: string[] = [];
  let before = '';
  let hasName = false;
  for (const [label, value] of pairs) {
    if (compareText(label, before) <= 0) return labelsOf([[metricName, name], ...pairs]);
    before = label;
    if (!hasName && compareText(metricName, label) < 0) {
      labels.push(metricName, name);
      hasName = true;
    }
    labels.push(label, value);
  }
  if (!hasName) labels.push(metricName, name);
  return labels;
}

function kindOf(type: string, isOtlp: boolean): PointKind {
  if (!isOtlp) return 'prometheus';
  if (type === 'histogram' || type === 'exponential_histogram' || type === 'summary') return type;
  return 'number';
}
