/** Inserts: whole, once, exact. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { raw, sql } from '../../../src/engine/sql.ts';
import { createBatch } from '../../../src/model/batch.ts';
import type { Batch } from '../../../src/model/batch.ts';
import { commits } from '../../../src/model/commits.ts';
import { series } from '../../../src/model/metrics.ts';
import { tables } from '../../../src/model/signals.ts';
import { spans } from '../../../src/model/spans.ts';
import { appendRow, exactly, rowOf } from '../fill.ts';
import type { Values } from '../fill.ts';
import { batchOf, count, dayNs, emptyTables, failure, newToken, noonNs, span } from './subject.ts';

export function insertContract(engine: () => Engine): void {
  describe('insert', () => {
    // Of those that are filled from batches; the engine fills the others itself.
    test.each([...tables, commits].map((table) => [table.name, table] as const))(
      'keeps every value of %s as it was',
      async (_, table) => {
        const owner = 'tenant' in table.columns ? 'tenant' : 'writer';
        const shown = Object.entries(table.columns).map(([column, spec]) => ({ column, ...exactly(column, spec) }));
        const query = raw(
          `SELECT ${shown.map(({ column, select }) => `${select} AS shown_${column}`).join(', ')} FROM ${table.name} ORDER BY ${owner}`,
        );
        await fc.assert(
          fc.asyncProperty(fc.array(rowOf(table), { minLength: 1, maxLength: 20 }), async (values) => {
            await engine().command(raw(`TRUNCATE TABLE ${table.name}`));
            const rows: Values[] = values.map((row, i) => ({ ...row, [owner]: `row ${String(i).padStart(3, '0')}` }));
            await engine().insert(batchOf(table, rows), newToken());
            const stored = await engine().adminRows(query);
            const expected = rows.map((row) =>
              Object.fromEntries(shown.map(({ column, show }) => [`shown_${column}`, show(row[column] ?? '')])),
            );
            expect(stored).toEqual(expected);
          }),
          { numRuns: 12 },
        );
      },
    );

    test('stores nothing and succeeds when the batch has no rows', async () => {
      await emptyTables(engine());
      await engine().insert(createBatch(spans), newToken());
      expect(await count(engine(), { tenant: 'acme' }, 'spans')).toBe(0);
    });

    test('stores a batch once however often it comes with its token, in rollups too', async () => {
      await emptyTables(engine());
      const batch = batchOf(spans, [span({}), span({ start_time: noonNs + dayNs })]);
      const same = newToken();
      await engine().insert(batch, same);
      await engine().insert(batch, same);
      expect(await rollupCounts(engine())).toEqual({ spans: 2, service_minutes: 2, operation_minutes: 2, traces: 2 });
      await engine().insert(batch, newToken());
      expect(await rollupCounts(engine())).toEqual({ spans: 4, service_minutes: 4, operation_minutes: 4, traces: 4 });
    });

    test('completes a batch whose first insert failed between the table and its rollups', async () => {
      await emptyTables(engine());
      const batch = batchOf(spans, [span({}), span({ start_time: noonNs + dayNs })]);
      const same = newToken();
      await engine().command(sql`ALTER TABLE traces ADD CONSTRAINT broken CHECK spans < 0`);
      const thrown = await failure(engine().insert(batch, same));
      await engine().command(sql`ALTER TABLE traces DROP CONSTRAINT broken`);
      expect(thrown.message).toContain('broken');
      expect((await rollupCounts(engine())).traces).toBe(0);
      await engine().insert(batch, same);
      expect(await rollupCounts(engine())).toEqual({ spans: 2, service_minutes: 2, operation_minutes: 2, traces: 2 });
    });

    test('makes one part of each day, however many rows', async () => {
      await emptyTables(engine());
      const batch = createBatch(series);
      const today = Number(noonNs / dayNs);
      for (let i = 0; i < 1_200_000; i++) appendSeries(batch, BigInt(i), today + (i % 2));
      await engine().insert(batch, newToken());
      const parts = await engine().adminRows<{ rows: string }>(
        sql`SELECT rows FROM system.parts WHERE database = currentDatabase() AND table = 'series' AND active`,
      );
      expect(parts.map((part) => Number(part.rows))).toEqual([600_000, 600_000]);
    });

    test('takes days apart over more partitions than a default server would', async () => {
      await emptyTables(engine());
      const rows = Array.from({ length: 150 }, (_, i) => ({
        tenant: 'acme',
        id: i,
        day: Number(noonNs / dayNs) + i,
        metric: 'm',
      }));
      await engine().insert(batchOf(series, rows), newToken());
      expect(await count(engine(), { tenant: 'acme' }, 'series')).toBe(150);
    });
  });
}

async function rollupCounts(engine: Engine): Promise<Record<string, number>> {
  const [row] = await engine.adminRows<Record<string, string>>(
    sql`SELECT (SELECT count() FROM spans) AS spans, (SELECT sum(spans) FROM service_minutes) AS service_minutes,
      (SELECT sum(spans) FROM operation_minutes) AS operation_minutes, (SELECT sum(spans) FROM traces) AS traces`,
  );
  return Object.fromEntries(Object.entries(row ?? {}).map(([name, n]) => [name, Number(n)]));
}

function appendSeries(batch: Batch<typeof series>, number: bigint, day: number): void {
  appendRow(batch, { tenant: 'acme', metric: 'm', id: number, day });
}
