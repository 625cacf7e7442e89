/** GET /api/status: what this Sonde is, and whether it has anything to show. */
import { raw, sql } from '../../engine/sql.ts';
import type { StatusAnswer } from './contract.ts';
import { unionAll } from './minutes.ts';
import type { Reader } from './reader.ts';

const tables = ['spans', 'logs', 'samples', 'histograms', 'summaries'];

export async function readStatus(reader: Reader): Promise<StatusAnswer> {
  const { version, engine, nowNs } = reader.context;
  const found = await reader.rows(
    undefined,
    unionAll(tables.map((table) => sql`(SELECT 1 AS found FROM ${raw(table)} LIMIT 1)`)),
  );
  return { version, engine: engine.kind, hasData: found.length > 0, nowNs: String(nowNs()) };
}
