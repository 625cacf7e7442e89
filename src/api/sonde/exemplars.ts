/** Exemplars of a metric over time: the largest of each step, so that those worth opening are there and all times are shown. */
import { int, raw, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { decodeAttributes } from './attribute-values.ts';
import type { StoredAttributes } from './attribute-values.ts';
import type { MetricAnswer } from './contract.ts';
import type { Grid } from './grid.ts';
import type { Reader } from './reader.ts';
import { isOfSeries } from './series-query.ts';

const exemplarsMax = 200;
const zeroSpanId = '0'.repeat(16);

interface ExemplarRow {
  readonly time_ns: string;
  readonly value: number;
  readonly trace: string;
  readonly span: string;
  readonly attributes: StoredAttributes;
  readonly attributes_types: string;
}

/** Those that belong to a trace, by time. `picked`: as `pickSeries` makes it. */
export async function readExemplars(reader: Reader, grid: Grid, picked: Sql): Promise<MetricAnswer['exemplars']> {
  const perStep = Math.max(Math.floor(exemplarsMax / grid.points), 1);
  const rows = await reader.rows<ExemplarRow>(
    grid.range,
    sql`SELECT time_ns, value, trace, span, attributes, attributes_types FROM
      (SELECT toUnixTimestamp64Nano(time) AS time_ns, value, lower(hex(trace_id)) AS trace, lower(hex(span_id)) AS span,
        attributes, attributes_types, intDiv(time_ns - ${int(grid.startNs)}, ${int(grid.stepNs)}) AS step
      FROM exemplars WHERE ${isOfSeries(picked)} AND trace_id != toFixedString('', 16) AND is_int != 2 AND isFinite(value)
      ORDER BY value DESC, time_ns DESC, trace, span LIMIT ${raw(String(perStep))} BY step LIMIT ${raw(String(exemplarsMax))})
      ORDER BY time_ns, trace, span LIMIT ${raw(String(exemplarsMax))}`,
  );
  return rows.map(({ time_ns, value, trace, span, attributes, attributes_types }) => ({
    timeNs: time_ns,
    value,
    traceId: trace,
    spanId: span === zeroSpanId ? '' : span,
    attributes: decodeAttributes(attributes, attributes_types),
  }));
}
