/** Finds the stored series of a selector. */
import type { Engine, Scope } from '../../engine/engine.ts';
import { sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { labelsOf, metricName } from '../../lang/labels.ts';
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
export function seriesOf(matchers: readonly Matcher[]): Sql {
  return sql`FROM series WHERE ${seriesCondition(matchers)}`;
}

const deltaTemporality = 1;

/** Series that may have points of the selector in the scope's time, ordered by (metricId, id). */
export async function findSeries(engine: Engine, scope: Scope, matchers: readonly Matcher[]): Promise<StoredSeries[]> {
  const { rows, columns } = await engine.columns(
    scope,
    sql`SELECT id, metric_id, name, type, resource_id != 0 AS is_otlp, temporality, labels ${seriesOf(matchers)}
      ORDER BY metric_id, id LIMIT 1 BY metric_id, id`,
  );
  const found: StoredSeries[] = [];
  for (let row = 0; row < rows; row++) {
    const kind = kindOf(String(columns['type']?.[row]), columns['is_otlp']?.[row] === 1);
    found.push({
      id: BigInt(String(columns['id']?.[row])),
      metricId: Number(columns['metric_id']?.[row]),
      labels: rowLabels(String(columns['name']?.[row]), columns['labels']?.[row] as [string, string][]),
      kind,
      isDelta: columns['temporality']?.[row] === deltaTemporality,
    });
  }
  return found;
}

function rowLabels(name: string, pairs: readonly [string, string][]): Labels {
  return labelsOf([[metricName, name], ...pairs]);
}

function kindOf(type: string, isOtlp: boolean): PointKind {
  if (!isOtlp) return 'prometheus';
  if (type === 'histogram' || type === 'exponential_histogram' || type === 'summary') return type;
  return 'number';
}
