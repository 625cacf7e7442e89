/** SQL of leaves: the value of every series at every step as one array. */
import { raw, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import type { Leaf } from './leaf.ts';

/**
 * Rows of metric_id, series_id and `points`, one item per step, null where there is no value; `chosen` says which rows of samples
 * they are made of. A stale marker that ends an instant selector comes as itself, which means no value too.
 */
export function gridStatement(leaf: Leaf, chosen: Sql): Sql {
  // Stored markers are any NaN with a flag; the engine's functions pass over no sample by themselves.
  const value = leaf.endsStale
    ? raw('if(bitAnd(flags, 1) = 1, reinterpretAsFloat64(toUInt64(0x7ff0000000000002)), value)')
    : raw('value');
  const condition = leaf.endsStale ? chosen : sql`${chosen} AND bitAnd(flags, 1) = 0`;
  return sql`SELECT metric_id, series_id, ${raw(callOf(leaf))}(toDateTime64(time, 3, 'UTC'), ${value}) AS points
    FROM samples WHERE ${condition} GROUP BY metric_id, series_id ORDER BY metric_id, series_id`;
}

function callOf({ gridFunction, startMs, endMs, stepMs, steps, windowMs }: Leaf): string {
  const step = steps === 1 ? '0' : decimal(stepMs);
  return `${gridFunction}(${decimal(startMs)}, ${decimal(endMs)}, ${step}, ${decimal(windowMs)})`;
}

/** Seconds with three decimals, as a literal that the functions take. */
function decimal(ms: number): string {
  const whole = Math.floor(ms / 1000);
  return `'${whole}.${String(ms - whole * 1000).padStart(3, '0')}'::Decimal64(3)`;
}

/** Whether any of the series has native histograms: `n` is 0 when none has. */
export function histogramsStatement(chosen: Sql): Sql {
  return sql`SELECT count() AS n FROM (SELECT 1 FROM native_histograms WHERE ${chosen} LIMIT 1)`;
}
