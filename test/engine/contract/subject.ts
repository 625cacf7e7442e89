/** Rows and questions that the parts of the contract share. */
import { SondeError } from '../../../src/base/errors.ts';
import type { Engine, Scope } from '../../../src/engine/engine.ts';
import { storedTables } from '../../../src/engine/schema.ts';
import { raw, sql } from '../../../src/engine/sql.ts';
import { createBatch } from '../../../src/model/batch.ts';
import type { Batch } from '../../../src/model/batch.ts';
import { rollups } from '../../../src/model/rollups.ts';
import type { TableSpec } from '../../../src/model/table.ts';
import { appendRow } from '../fill.ts';
import type { Values } from '../fill.ts';

export const minuteNs = 60_000_000_000n;
export const dayNs = 1440n * minuteNs;
/** Noon, yesterday: far from a day's end. */
export const noonNs = ((BigInt(Date.now()) * 1_000_000n) / dayNs) * dayNs - dayNs / 2n;

let tokens = 0;

/** A token that was not used before. */
export function newToken(): string {
  return `contract-${Date.now()}-${tokens++}`;
}

export function batchOf(table: TableSpec, rows: readonly Values[]): Batch {
  const batch = createBatch(table);
  for (const row of rows) appendRow(batch, row);
  return batch;
}

/** A span of the service shop, with some values of its own. */
export function span(values: Values): Values {
  return {
    tenant: 'acme',
    service: 'shop',
    name: 'GET /',
    kind: 2,
    start_time: noonNs,
    duration_ns: 1000n,
    trace_id: traceId(1),
    ...values,
  };
}

function traceId(number: number): Uint8Array {
  return new Uint8Array(16).fill(number);
}

/** What a promise rejects with. */
export async function failure(work: Promise<unknown>): Promise<SondeError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof SondeError) return thrown;
  throw new Error(`expected a SondeError, got ${String(thrown)}`, { cause: thrown });
}

export async function count(engine: Engine, scope: Scope, from: string): Promise<number> {
  const [row] = await engine.rows<{ n: string }>(scope, sql`SELECT count() AS n FROM ${raw(from)}`);
  return Number(row?.n);
}

export async function emptyTables(engine: Engine): Promise<void> {
  for (const table of [...storedTables, ...rollups]) await engine.command(raw(`TRUNCATE TABLE ${table.name}`));
}
