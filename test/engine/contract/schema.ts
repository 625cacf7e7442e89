/** Migrations and retention: safe to run again, forward only, without a rewrite of data. */
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { migrate } from '../../../src/engine/migrate.ts';
import { storedTables } from '../../../src/engine/schema.ts';
import { raw, sql, text } from '../../../src/engine/sql.ts';
import { rollups } from '../../../src/model/rollups.ts';
import { spans } from '../../../src/model/spans.ts';
import { dayMs, retentionMs } from '../store.ts';
import { batchOf, count, dayNs, emptyTables, failure, newToken, noonNs, span } from './subject.ts';

export function schemaContract(engine: () => Engine): void {
  const definitions = async (): Promise<unknown> =>
    engine().adminRows(sql`SELECT name, create_table_query FROM system.tables WHERE database = currentDatabase() ORDER BY name`);

  describe('schema', () => {
    test('is the same after another run', async () => {
      const before = await definitions();
      await migrate(engine(), { retentionMs });
      expect(await definitions()).toEqual(before);
      expect(await engine().adminRows(sql`SELECT number, name FROM migrations`)).toEqual([
        { number: 1, name: 'first tables, spans with extra, packed buckets, points in blocks' },
      ]);
    });

    test('is completed by a run after one that was interrupted', async () => {
      const before = await definitions();
      await emptyTables(engine());
      await engine().command(sql`TRUNCATE TABLE migrations`);
      for (const view of ['traces_view', 'log_minutes_view', 'traces']) await engine().command(raw(`DROP TABLE ${view} SYNC`));
      await migrate(engine(), { retentionMs });
      expect(await definitions()).toEqual(before);
      await engine().insert(batchOf(spans, [span({})]), newToken());
      expect(await count(engine(), { tenant: 'acme' }, 'traces')).toBe(1);
    });

    test('of a newer program is refused, and left alone', async () => {
      await engine().command(sql`INSERT INTO migrations SELECT 999, 'far ahead', now64(3, 'UTC')`);
      const before = await definitions();
      const thrown = await failure(migrate(engine(), { retentionMs: { ...retentionMs, logs: dayMs } }));
      expect(thrown.code).toBe('schema_too_new');
      expect(thrown.message).toContain('999 (far ahead)');
      expect(await definitions()).toEqual(before);
      await engine().command(sql`DELETE FROM migrations WHERE number = 999`);
      await migrate(engine(), { retentionMs });
    });

    test('of a program from before the first release is refused', async () => {
      const [first] = await engine().adminRows<{ name: string }>(sql`SELECT name FROM migrations WHERE number = 1`);
      await engine().command(sql`DELETE FROM migrations WHERE number = 1`);
      await engine().command(sql`INSERT INTO migrations SELECT 1, 'first tables', now64(3, 'UTC')`);
      await expect(migrate(engine(), { retentionMs })).rejects.toMatchObject({ code: 'schema_too_old' });
      await engine().command(sql`DELETE FROM migrations WHERE number = 1`);
      await engine().command(sql`INSERT INTO migrations SELECT 1, ${text(first?.name ?? '')}, now64(3, 'UTC')`);
      await migrate(engine(), { retentionMs });
    });

    test('has a table, and for rollups a view, of each name in the model', async () => {
      const rows = await engine().adminRows<{ name: string }>(
        sql`SELECT name FROM system.tables WHERE database = currentDatabase()`,
      );
      const names = new Set(rows.map(({ name }) => name));
      for (const { name } of [...storedTables, ...rollups]) expect(names).toContain(name);
      for (const { name } of rollups) expect(names).toContain(`${name}_view`);
    });
  });

  describe('syncing to the disk', () => {
    test('is switched on and off, and inserts work with it', async () => {
      const before = await definitions();
      await migrate(engine(), { retentionMs, syncToDisk: true });
      const synced = await engine().adminRows<{ name: string }>(
        sql`SELECT name FROM system.tables WHERE database = currentDatabase() AND position(engine_full, 'fsync_after_insert = 1') > 0`,
      );
      expect(synced).toHaveLength(storedTables.length + rollups.length);
      await emptyTables(engine());
      await engine().insert(batchOf(spans, [span({})]), newToken());
      expect(await count(engine(), { tenant: 'acme' }, 'spans')).toBe(1);
      await migrate(engine(), { retentionMs });
      expect(await definitions()).toEqual(before);
    });
  });

  describe('retention', () => {
    const parts = async (): Promise<readonly { name: string; expires: string; rows: string }[]> =>
      engine().adminRows(sql`SELECT name, toString(toUnixTimestamp(delete_ttl_info_max)) AS expires, rows FROM system.parts
        WHERE database = currentDatabase() AND table = 'spans' AND active ORDER BY name`);
    const untilParts = async (fits: (found: Awaited<ReturnType<typeof parts>>) => boolean): Promise<void> => {
      for (let tries = 0; !fits(await parts()) && tries < 500; tries++) await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await parts()).toSatisfy(fits);
    };

    test('follows its settings, for rows that are there too', async () => {
      await emptyTables(engine());
      await engine().insert(batchOf(spans, [span({})]), newToken());
      const seconds = Number(noonNs / 1_000_000_000n);
      const expiresIn = (days: number) => (found: Awaited<ReturnType<typeof parts>>) =>
        found.length === 1 && Number(found[0]?.expires) === seconds + days * 86_400;
      await untilParts(expiresIn(14));
      await migrate(engine(), { retentionMs: { ...retentionMs, traces: 40 * dayMs } });
      await untilParts(expiresIn(40));
      await migrate(engine(), { retentionMs });
      await untilParts(expiresIn(14));
      expect(await count(engine(), { tenant: 'acme' }, 'spans')).toBe(1);
    });

    test('drops whole days that are past it', async () => {
      await emptyTables(engine());
      await engine().insert(batchOf(spans, [span({}), span({ start_time: noonNs - 20n * dayNs })]), newToken());
      await engine().command(sql`OPTIMIZE TABLE spans FINAL`);
      await untilParts((found) => found.reduce((sum, part) => sum + Number(part.rows), 0) === 1);
      expect(await count(engine(), { tenant: 'acme' }, 'spans')).toBe(1);
    });
  });
}
