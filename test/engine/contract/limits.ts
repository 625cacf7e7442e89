/** What a read may cost, and its end before its time. */
import { describe, expect, test } from 'vitest';
import type { Engine, Scope } from '../../../src/engine/engine.ts';
import { raw, sql } from '../../../src/engine/sql.ts';
import type { Sql } from '../../../src/engine/sql.ts';
import { spans } from '../../../src/model/spans.ts';
import { batchOf, emptyTables, failure, newToken, span } from './subject.ts';

export function limitsContract(engine: () => Engine): void {
  describe('limits', () => {
    const long: Sql = raw(
      'SELECT sum(cityHash64(a.number, b.number)) AS n FROM numbers(1000000) AS a CROSS JOIN numbers(1000000) AS b',
    );

    test('time', async () => {
      const startMs = Date.now();
      const thrown = await failure(engine().rows({ tenant: 'acme', limits: { timeMs: 200 } }, long));
      expect(thrown.code).toBe('query_timeout');
      expect(Date.now() - startMs).toBeLessThan(5000);
    });

    test('memory', async () => {
      const query = raw('SELECT length(groupArray(number)) AS n FROM numbers(100000000)');
      expect((await failure(engine().rows({ tenant: 'acme', limits: { memoryBytes: 20 << 20 } }, query))).code).toBe(
        'query_too_large',
      );
    });

    test('rows read and rows in the answer', async () => {
      await emptyTables(engine());
      await engine().insert(
        batchOf(
          spans,
          Array.from({ length: 100 }, () => span({})),
        ),
        newToken(),
      );
      const scope = (limits: Scope['limits']): Scope => (limits === undefined ? { tenant: 'acme' } : { tenant: 'acme', limits });
      expect(
        (await failure(engine().rows(scope({ rowsRead: 99 }), sql`SELECT count() AS n FROM spans WHERE status = 0`))).code,
      ).toBe('query_too_large');
      expect(await engine().rows(scope({ rowsRead: 100 }), sql`SELECT count() AS n FROM spans WHERE status = 0`)).toEqual([
        { n: '100' },
      ]);
      expect((await failure(engine().rows(scope({ rowsOut: 99 }), sql`SELECT status FROM spans`))).code).toBe('query_too_large');
      expect((await engine().rows(scope({ rowsOut: 100 }), sql`SELECT status FROM spans`)).length).toBe(100);
    });

    test('in a stream, after its first rows', async () => {
      const query = raw('SELECT number, sleepEachRow(0.00002) AS s FROM numbers(10000000)');
      let rows = 0;
      const read = async (): Promise<void> => {
        for await (const chunk of engine().stream({ tenant: 'acme', limits: { timeMs: 4000 } }, query)) rows += chunk.length;
      };
      expect((await failure(read())).code).toBe('query_timeout');
      expect(rows).toBeGreaterThan(0);
    });

    test('a statement that is wrong is our bug', async () => {
      const thrown = await failure(engine().rows({ tenant: 'acme' }, sql`SELECT nothing FROM spans`));
      expect(thrown.code).toBe('internal');
      expect(thrown.message).toContain('nothing');
    });
  });

  describe('cancel', () => {
    const long: Sql = raw(
      'SELECT sum(cityHash64(a.number, b.number)) AS n FROM numbers(1000000) AS a CROSS JOIN numbers(1000000) AS b',
    );
    const running = async (): Promise<number> => {
      const [row] = await engine().adminRows<{ n: string }>(
        sql`SELECT count() AS n FROM system.processes WHERE startsWith(Settings['log_comment'], 'sonde-')`,
      );
      return Number(row?.n);
    };
    const untilRunning = async (wanted: number): Promise<void> => {
      for (let tries = 0; (await running()) !== wanted && tries < 200; tries++)
        await new Promise((resolve) => setTimeout(resolve, 10));
      expect(await running()).toBe(wanted);
    };

    test('ends a running query in the engine', async () => {
      const abort = new AbortController();
      const query = failure(engine().rows({ tenant: 'acme', signal: abort.signal }, long));
      await untilRunning(1);
      const startMs = Date.now();
      abort.abort();
      expect((await query).code).toBe('query_cancelled');
      expect(Date.now() - startMs).toBeLessThan(2000);
      await untilRunning(0);
    });

    test('ends a query that was just sent', async () => {
      const abort = new AbortController();
      const query = failure(engine().rows({ tenant: 'acme', signal: abort.signal }, long));
      abort.abort();
      expect((await query).code).toBe('query_cancelled');
      await untilRunning(0);
    });

    test('ends queries that wait in line, and one that has not begun', async () => {
      const abort = new AbortController();
      const queries = Array.from({ length: 12 }, () => failure(engine().rows({ tenant: 'acme', signal: abort.signal }, long)));
      await untilRunning(engine().kind === 'embedded' ? 4 : 12);
      abort.abort();
      for (const query of queries) expect((await query).code).toBe('query_cancelled');
      expect((await failure(engine().rows({ tenant: 'acme', signal: abort.signal }, long))).code).toBe('query_cancelled');
      await untilRunning(0);
    });

    test('ends a stream, by its signal or by leaving it', async () => {
      const endless = raw('SELECT number, sleepEachRow(0.00001) AS s FROM numbers(500000000)');
      const abort = new AbortController();
      const read = async (): Promise<void> => {
        for await (const rows of engine().stream({ tenant: 'acme', signal: abort.signal }, endless))
          if (rows.length > 0) abort.abort();
      };
      expect((await failure(read())).code).toBe('query_cancelled');
      for await (const rows of engine().stream({ tenant: 'acme' }, endless)) {
        expect(rows.length).toBeGreaterThan(0);
        break;
      }
      await untilRunning(0);
    });
  });
}
