/** What a read may see, and what it may not even ask. */
import * as fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { storedTables } from '../../../src/engine/schema.ts';
import { raw, sql, text } from '../../../src/engine/sql.ts';
import { logs } from '../../../src/model/logs.ts';
import { rollups } from '../../../src/model/rollups.ts';
import { spans } from '../../../src/model/spans.ts';
import { batchOf, count, dayNs, emptyTables, minuteNs, newToken, noonNs, span } from './subject.ts';

export function scopeContract(engine: () => Engine): void {
  describe('scope', () => {
    const everyPlace: readonly (readonly [string, string])[] = [
      ['a table', 'SELECT count() AS n FROM spans'],
      ['a table under an alias', 'SELECT count() AS n FROM spans AS logs'],
      ['a table with its database', 'SELECT count() AS n FROM sonde_database.spans'],
      ['a table in quotes', 'SELECT count() AS n FROM "spans"'],
      ['a table whose name is written with escapes', 'SELECT count() AS n FROM `sp\\x61ns`'],
      ['a subquery', 'SELECT count() AS n FROM (SELECT * FROM spans)'],
      ['a WITH', 'WITH x AS (SELECT * FROM spans) SELECT count() AS n FROM x'],
      ['a union', 'SELECT count() AS n FROM (SELECT tenant FROM spans UNION ALL SELECT tenant FROM spans WHERE 0)'],
      [
        'a join',
        'SELECT count() AS n FROM (SELECT 1 AS one) AS l JOIN (SELECT 1 AS one, tenant FROM spans) AS r ON l.one = r.one',
      ],
      [
        'a condition',
        'SELECT length(groupArray(name)) AS n FROM (SELECT arrayJoin((SELECT groupArray(name) FROM spans)) AS name)',
      ],
      ['an IN', 'SELECT count() AS n FROM numbers(10) WHERE number IN (SELECT toUInt64(kind) FROM spans)'],
    ];

    beforeAll(async () => {
      await emptyTables(engine());
      const rows = ['acme', 'rival'].flatMap((tenant) =>
        [0, 1, 2].map((n) => span({ tenant, kind: tenant === 'acme' ? n : n + 3, start_time: noonNs + BigInt(n) * minuteNs })),
      );
      await engine().insert(batchOf(spans, rows), newToken());
      await engine().insert(
        batchOf(logs, [{ tenant: 'rival', service: 'shop', level: 'info', time: noonNs, body: 'hello' }]),
        newToken(),
      );
    });

    test.each(everyPlace)('shows the rows of the tenant alone in %s', async (_, query) => {
      const [database] = await engine().adminRows<{ name: string }>(sql`SELECT currentDatabase() AS name`);
      const statement = raw(query.replace('sonde_database', database?.name ?? ''));
      for (const tenant of ['acme', 'rival']) expect(await engine().rows({ tenant }, statement)).toEqual([{ n: '3' }]);
      expect(await engine().rows({ tenant: 'nobody' }, statement)).toEqual([{ n: '0' }]);
    });

    test('shows the rows of the tenant alone in columns and streams', async () => {
      const { columns } = await engine().columns({ tenant: 'rival' }, sql`SELECT tenant FROM spans`);
      expect(columns['tenant']).toEqual(['rival', 'rival', 'rival']);
      for await (const rows of engine().stream({ tenant: 'acme' }, sql`SELECT DISTINCT tenant FROM spans`))
        expect(rows).toEqual([{ tenant: 'acme' }]);
    });

    test('shows the rows of the tenant alone in every table', async () => {
      for (const table of [...storedTables, ...rollups]) {
        const [all] = await engine().adminRows<{ n: string }>(
          raw(`SELECT count() AS n FROM ${table.name} WHERE ${'tenant' in table.columns ? "tenant = 'rival'" : '0'}`),
        );
        expect(await count(engine(), { tenant: 'rival' }, table.name), table.name).toBe(Number(all?.n));
        expect(await count(engine(), { tenant: 'nobody' }, table.name), table.name).toBe(0);
      }
      expect(await count(engine(), { tenant: 'acme' }, 'migrations')).toBe(0);
    });

    test('takes any tenant for what it is', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.oneof(fc.string(), fc.constantFrom("acme' OR 1 = 1 --", "acme\\' OR 1", 'acme\\', "') OR ('1", '')),
          async (tenant) => {
            expect(await count(engine(), { tenant }, 'spans')).toBe(tenant === 'acme' || tenant === 'rival' ? 3 : 0);
          },
        ),
        { numRuns: 40 },
      );
    });

    test('bounds data by the nanosecond, rollups by the minutes and days that the range touches', async () => {
      const within = async (fromNs: bigint, toNs: bigint): Promise<number[]> => {
        const scope = { tenant: 'acme', time: { fromNs, toNs } };
        return [
          await count(engine(), scope, 'spans'),
          await count(engine(), scope, 'service_minutes'),
          await count(engine(), scope, 'traces'),
        ];
      };
      expect(await within(noonNs, noonNs + 3n * minuteNs)).toEqual([3, 3, 1]);
      expect(await within(noonNs, noonNs + 2n * minuteNs)).toEqual([2, 2, 1]);
      expect(await within(noonNs + 1n, noonNs + 2n * minuteNs)).toEqual([1, 2, 1]);
      expect(await within(noonNs + 1n, noonNs + 2n * minuteNs + 1n)).toEqual([2, 3, 1]);
      expect(await within(noonNs + 3n * minuteNs, noonNs + 4n * minuteNs)).toEqual([0, 0, 1]);
      expect(await within(noonNs + dayNs, noonNs + 2n * dayNs)).toEqual([0, 0, 0]);
      expect(await within(0n, 2n ** 80n)).toEqual([3, 3, 1]);
      expect(await within(-(2n ** 80n), 0n)).toEqual([0, 0, 0]);
    });

    test('lets the engine skip days and tenants that it leaves out', async () => {
      await engine().insert(batchOf(spans, [span({ start_time: noonNs - dayNs })]), newToken());
      const scope = { tenant: 'acme', time: { fromNs: noonNs, toNs: noonNs + dayNs }, limits: { rowsRead: 6 } };
      expect(await count(engine(), scope, 'spans')).toBe(3);
    });
  });

  describe('refuses', () => {
    const queries: readonly string[] = [
      'SELECT * FROM spans SETTINGS additional_table_filters = {}',
      'SELECT * FROM (SELECT * FROM spans SETTINGS max_threads = 1)',
      "SELECT file('/etc/passwd')",
      "SELECT * FROM file('/etc/passwd', 'LineAsString')",
      "SELECT * FROM url('http://127.0.0.1:1/', 'LineAsString', 'x String')",
      "SELECT * FROM executable('id', 'TSV', 'x String')",
      "SELECT * FROM s3('http://127.0.0.1:1/bucket/x', 'TSV', 'x String')",
      "SELECT * FROM remote('127.0.0.1', 'system', 'one')",
      "SELECT * FROM merge('.*')",
      "SELECT * FROM mergeTreeIndex(currentDatabase(), 'spans')",
      'SELECT * FROM system.parts',
      'SELECT * FROM SYSTEM . parts',
      'SELECT * FROM `system`.parts',
      'SELECT * FROM information_schema.tables',
      'SELECT * FROM default.`/etc/passwd`',
      "SELECT 1 INTO OUTFILE '/tmp/sonde-outfile'",
      'SELECT 1) UNION ALL (SELECT 1',
      'SELECT 1; SELECT 2',
      'SELECT 1) --',
      'SELECT 1 /*',
      'DROP TABLE spans',
      'INSERT INTO spans SELECT * FROM spans',
      'ALTER TABLE spans DELETE WHERE 1',
      'SET readonly = 0',
      'KILL QUERY WHERE 1',
      "SELECT joinGet('x', 'y', 1)",
      "SELECT dictGet('x', 'y', 1)",
      "SELECT getServerSetting('path')",
    ];
    test.each(queries)('%s', async (query) => {
      const thrown: unknown = await engine()
        .rows({ tenant: 'acme' }, raw(query))
        .then(
          (rows) => rows,
          (error: unknown) => error,
        );
      expect(thrown).toBeInstanceOf(Error);
    });

    test('but not the same words in values and literals', async () => {
      const query = sql`SELECT ${text('SETTINGS')} AS a, 'it\\'s file( system.x' AS b, count() AS n FROM spans WHERE service != ${text("file('x')")}`;
      expect(await engine().rows({ tenant: 'nobody' }, query)).toEqual([{ a: 'SETTINGS', b: "it's file( system.x", n: '0' }]);
    });
  });
}
