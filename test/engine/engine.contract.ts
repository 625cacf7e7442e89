/** What every driver of the engine must do: engine.ts, word for word. Run over each driver by its own test file. */
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { SondeError } from '../../src/base/errors.ts';
import type { Engine, Scope } from '../../src/engine/engine.ts';
import { storedTables } from '../../src/engine/schema.ts';
import { and, double, id, int, join, raw, sql, text, texts, time, uint } from '../../src/engine/sql.ts';
import type { Sql } from '../../src/engine/sql.ts';
import { createBatch } from '../../src/model/batch.ts';
import type { Batch } from '../../src/model/batch.ts';
import { logs } from '../../src/model/logs.ts';
import { series } from '../../src/model/metrics.ts';
import { rollups } from '../../src/model/rollups.ts';
import { spans } from '../../src/model/spans.ts';
import type { TableSpec } from '../../src/model/table.ts';
import { appendRow, exactly, rowOf } from './fill.ts';
import type { Values } from './fill.ts';
import type { Store } from './store.ts';

const minuteNs = 60_000_000_000n;
const dayNs = 1440n * minuteNs;
/** Noon, yesterday: far from a day's end. */
const noonNs = ((BigInt(Date.now()) * 1_000_000n) / dayNs) * dayNs - dayNs / 2n;

let tokens = 0;
const token = (): string => `contract-${Date.now()}-${tokens++}`;

function batchOf(table: TableSpec, rows: readonly Values[]): Batch {
  const batch = createBatch(table);
  for (const row of rows) appendRow(batch, row);
  return batch;
}

function span(values: Values): Values {
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

async function failure(work: Promise<unknown>): Promise<SondeError> {
  const thrown: unknown = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (thrown instanceof SondeError) return thrown;
  throw new Error(`expected a SondeError, got ${String(thrown)}`, { cause: thrown });
}

/** `missing` says what a driver lacks to be tested here. */
export function engineContract(name: string, makeStore: () => Store | Promise<Store>, missing?: string): void {
  describe.skipIf(missing !== undefined)(`${name}${missing === undefined ? '' : ` (skipped: ${missing})`}`, () => {
    let store: Store;
    let engine: Engine;
    beforeAll(async () => {
      store = await makeStore();
      engine = await store.open();
    });
    afterAll(async () => {
      await engine.close();
      await store.remove();
    });

    const count = async (scope: Scope, from: string): Promise<number> => {
      const [row] = await engine.rows<{ n: string }>(scope, sql`SELECT count() AS n FROM ${raw(from)}`);
      return Number(row?.n);
    };
    const emptyTables = async (): Promise<void> => {
      for (const table of [...storedTables, ...rollups]) await engine.command(raw(`TRUNCATE TABLE ${table.name}`));
    };

    describe('insert', () => {
      test.each(storedTables.map((table) => [table.name, table] as const))(
        'keeps every value of %s as it was',
        async (_, table) => {
          const owner = 'tenant' in table.columns ? 'tenant' : 'writer';
          const shown = Object.entries(table.columns).map(([column, spec]) => ({ column, ...exactly(column, spec) }));
          const query = raw(
            `SELECT ${shown.map(({ column, select }) => `${select} AS shown_${column}`).join(', ')} FROM ${table.name} ORDER BY ${owner}`,
          );
          await fc.assert(
            fc.asyncProperty(fc.array(rowOf(table), { minLength: 1, maxLength: 20 }), async (values) => {
              await engine.command(raw(`TRUNCATE TABLE ${table.name}`));
              const rows: Values[] = values.map((row, i) => ({ ...row, [owner]: `row ${String(i).padStart(3, '0')}` }));
              await engine.insert(batchOf(table, rows), token());
              const stored = await engine.adminRows(query);
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
        await emptyTables();
        await engine.insert(createBatch(spans), token());
        expect(await count({ tenant: 'acme' }, 'spans')).toBe(0);
      });

      test('stores a batch once however often it comes with its token, in rollups too', async () => {
        await emptyTables();
        const batch = batchOf(spans, [span({}), span({ start_time: noonNs + dayNs })]);
        const same = token();
        await engine.insert(batch, same);
        await engine.insert(batch, same);
        expect(await rollupCounts(engine)).toEqual({ spans: 2, service_minutes: 2, operation_minutes: 2, traces: 2 });
        await engine.insert(batch, token());
        expect(await rollupCounts(engine)).toEqual({ spans: 4, service_minutes: 4, operation_minutes: 4, traces: 4 });
      });

      test('completes a batch whose first insert failed between the table and its rollups', async () => {
        await emptyTables();
        const batch = batchOf(spans, [span({}), span({ start_time: noonNs + dayNs })]);
        const same = token();
        await engine.command(sql`ALTER TABLE traces ADD CONSTRAINT broken CHECK spans < 0`);
        const thrown = await failure(engine.insert(batch, same));
        await engine.command(sql`ALTER TABLE traces DROP CONSTRAINT broken`);
        expect(thrown.message).toContain('broken');
        expect((await rollupCounts(engine)).traces).toBe(0);
        await engine.insert(batch, same);
        expect(await rollupCounts(engine)).toEqual({ spans: 2, service_minutes: 2, operation_minutes: 2, traces: 2 });
      });

      test('makes one part of each day, however many rows', async () => {
        await emptyTables();
        const batch = createBatch(series);
        const today = Number(noonNs / dayNs);
        for (let i = 0; i < 1_200_000; i++) appendSeries(batch, BigInt(i), today + (i % 2));
        await engine.insert(batch, token());
        const parts = await engine.adminRows<{ rows: string }>(
          sql`SELECT rows FROM system.parts WHERE database = currentDatabase() AND table = 'series' AND active`,
        );
        expect(parts.map((part) => Number(part.rows))).toEqual([600_000, 600_000]);
      });

      test('takes days apart over more partitions than a default server would', async () => {
        await emptyTables();
        const rows = Array.from({ length: 150 }, (_, i) => ({
          tenant: 'acme',
          id: i,
          day: Number(noonNs / dayNs) + i,
          metric: 'm',
        }));
        await engine.insert(batchOf(series, rows), token());
        expect(await count({ tenant: 'acme' }, 'series')).toBe(150);
      });
    });

    describe('answers', () => {
      test('rows: 64-bit integers, what is not a number, and maps', async () => {
        const query = sql`SELECT toUInt64(18446744073709551615) AS u, toInt64(-5) AS i, toInt32(7) AS small, nan AS a, inf AS b, -inf AS c,
          1.5 AS d, map('k', 'v', 'k', 'w') AS m, 'a\nb' AS s, [1, 2] AS list, CAST(NULL, 'Nullable(Int8)') AS nothing, true AS yes`;
        expect(await engine.rows({ tenant: 'acme' }, query)).toEqual([
          {
            u: '18446744073709551615',
            i: '-5',
            small: 7,
            a: 'nan',
            b: 'inf',
            c: '-inf',
            d: 1.5,
            m: [
              ['k', 'v'],
              ['k', 'w'],
            ],
            s: 'a\nb',
            list: [1, 2],
            nothing: null,
            yes: true,
          },
        ]);
      });

      test('rows: none', async () => {
        expect(await engine.rows({ tenant: 'acme' }, sql`SELECT 1 AS one WHERE 0`)).toEqual([]);
      });

      test('columns: of every type that our tables and expressions have', async () => {
        const query = sql`SELECT toUInt8(number) AS u8, toInt8(-1) AS i8, toUInt16(65535) AS u16, toInt16(-2) AS i16, toUInt32(4294967295) AS u32,
          toInt32(-3) AS i32, toUInt64(18446744073709551615) AS u64, toInt64(-4) AS i64, 0.5 AS f64, toFloat32(0.25) AS f32,
          number = 1 AS flag, true AS bool, toDateTime64('1970-01-01 00:00:01.000000002', 9, 'UTC') AS t9, toDateTime64('1970-01-01 00:00:01.5', 3, 'UTC') AS t3,
          toDateTime(86400, 'UTC') AS t, toDate(2) AS day, toFixedString(unhex('00ff'), 2) AS fixed, concat('ä', toString(number)) AS s, toLowCardinality('x') AS low,
          CAST(if(number = 0, NULL, 'y'), 'LowCardinality(Nullable(String))') AS low_null, if(number = 0, NULL, number) AS maybe,
          map(toLowCardinality('k'), 'v') AS m, CAST(map(), 'Map(LowCardinality(String), String)') AS empty, range(number) AS list, [toLowCardinality('p')] AS lows,
          (1, 'q') AS pair, CAST((1, 'q'), 'Tuple(a UInt8, b String)') AS named, [(1, [2])] AS deep, NULL AS nothing,
          CAST(number, 'SimpleAggregateFunction(sum, UInt64)') AS partial
          FROM numbers(2) ORDER BY number`;
        const { rows, columns } = await engine.columns({ tenant: 'acme' }, query);
        expect(rows).toBe(2);
        expect(columns).toEqual({
          u8: Uint8Array.of(0, 1),
          i8: Int32Array.of(-1, -1),
          u16: Uint32Array.of(65535, 65535),
          i16: Int32Array.of(-2, -2),
          u32: Uint32Array.of(4294967295, 4294967295),
          i32: Int32Array.of(-3, -3),
          u64: BigUint64Array.of(2n ** 64n - 1n, 2n ** 64n - 1n),
          i64: BigInt64Array.of(-4n, -4n),
          f64: Float64Array.of(0.5, 0.5),
          f32: Float64Array.of(0.25, 0.25),
          flag: Uint8Array.of(0, 1),
          bool: [true, true],
          t9: BigInt64Array.of(1_000_000_002n, 1_000_000_002n),
          t3: BigInt64Array.of(1_500_000_000n, 1_500_000_000n),
          t: Uint32Array.of(86400, 86400),
          day: Uint32Array.of(2, 2),
          fixed: ['00ff', '00ff'],
          s: ['ä0', 'ä1'],
          low: ['x', 'x'],
          low_null: [null, 'y'],
          maybe: [null, 1n],
          m: [[['k', 'v']], [['k', 'v']]],
          empty: [[], []],
          list: [[], [0n]],
          lows: [['p'], ['p']],
          pair: [
            [1, 'q'],
            [1, 'q'],
          ],
          named: [
            [1, 'q'],
            [1, 'q'],
          ],
          deep: [[[1, [2]]], [[1, [2]]]],
          nothing: [null, null],
          partial: BigUint64Array.of(0n, 1n),
        });
      });

      test('columns: of more rows than one block has, and of none', async () => {
        const scope = { tenant: 'acme' };
        const { rows, columns } = await engine.columns(
          scope,
          sql`SELECT number, toString(number) AS s, toLowCardinality(toString(number % 3)) AS low FROM numbers(200000)`,
        );
        expect(rows).toBe(200_000);
        expect(columns['number']).toEqual(BigUint64Array.from({ length: 200_000 }, (_, i) => BigInt(i)));
        expect(columns['s']?.[199_999]).toBe('199999');
        expect(columns['low']?.[199_999]).toBe(String(199_999 % 3));
        expect((await engine.columns(scope, sql`SELECT 1 AS one WHERE 0`)).rows).toBe(0);
      });

      test('stream: all rows, in order, in chunks', async () => {
        const chunks: number[] = [];
        let next = 0;
        for await (const rows of engine.stream<{ n: string; p: string }>(
          { tenant: 'acme' },
          sql`SELECT number AS n, ${text("a'b")} AS p FROM numbers(300000)`,
        )) {
          chunks.push(rows.length);
          for (const row of rows) {
            if (row.n !== String(next++) || row.p !== "a'b") throw new Error(`row ${next} is ${row.n} ${row.p}`);
          }
        }
        expect(next).toBe(300_000);
        expect(chunks.length).toBeGreaterThan(1);
      });

      test('the order of rows is the one that the query asks for', async () => {
        const rows = await engine.rows<{ number: string }>(
          { tenant: 'acme' },
          sql`SELECT number FROM numbers(100000) ORDER BY number DESC LIMIT 50000`,
        );
        expect(rows.every((row, i) => Number(row.number) === 99_999 - i)).toBe(true);
      });
    });

    describe('values', () => {
      const anyText = fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }),
        fc.string({
          unit: fc.constantFrom("'", '\\', '\n', '\t', '\r', '\0', '\b', '"', '`', '{', '}', ';', '$', '%', 'p0', ' '),
        }),
      );

      test('are what the statement sees, whatever they hold', async () => {
        await fc.assert(
          fc.asyncProperty(anyText, fc.array(anyText, { maxLength: 5 }), async (value, list) => {
            const rows = await engine.rows({ tenant: 'acme' }, sql`SELECT ${text(value)} AS value, ${texts(list)} AS list`);
            expect(rows).toEqual([{ value, list }]);
          }),
          { numRuns: 150 },
        );
      });

      test('are numbers, times and ids too', async () => {
        const query = sql`SELECT ${int(-(2n ** 63n))} AS i, ${uint(2n ** 64n - 1n)} AS u, ${double(Number.NaN)} AS a, ${double(-Infinity)} AS b, ${double(5e-324)} AS d,
          toUnixTimestamp64Nano(${time(noonNs)}) AS t, hex(${id('00ff'.repeat(8))}) AS trace, ${and([sql`1`, sql`${int(2)} = 2`])} AS both, ${join([int(1), int(2)], ' + ')} AS sum`;
        expect(await engine.rows({ tenant: 'acme' }, query)).toEqual([
          {
            i: String(-(2n ** 63n)),
            u: String(2n ** 64n - 1n),
            a: 'nan',
            b: '-inf',
            d: 5e-324,
            t: String(noonNs),
            trace: '00FF'.repeat(8),
            both: 1,
            sum: '3',
          },
        ]);
      });

      test('may be long, and many', async () => {
        const long = 'ä\\\n'.repeat(400_000);
        const many = Array.from({ length: 20_000 }, (_, i) => `it's ${i}`);
        const [row] = await engine.rows<{ a: string; b: string }>(
          { tenant: 'acme' },
          sql`SELECT length(${text(long)}) AS a, arrayCount(x -> startsWith(x, ${text("it's")}), ${texts(many)}) AS b`,
        );
        expect(row).toEqual({ a: String(1_600_000), b: 20_000 });
      });

      test('of queries that run at the same time do not mix', async () => {
        const answers = await Promise.all(
          Array.from({ length: 60 }, (_, i) =>
            engine.rows<{ a: string; b: string }>(
              { tenant: 'acme' },
              sql`SELECT ${text(`a${i}`)} AS a, ${text(`b${i}`)} AS b, sleepEachRow(0.002) AS s`,
            ),
          ),
        );
        answers.forEach(([row], i) => expect([row?.a, row?.b]).toEqual([`a${i}`, `b${i}`]));
      });
    });

    describe('scope', () => {
      const everyPlace: readonly (readonly [string, string])[] = [
        ['a table', 'SELECT count() AS n FROM spans'],
        ['a table under an alias', 'SELECT count() AS n FROM spans AS logs'],
        ['a table with its database', 'SELECT count() AS n FROM sonde_database.spans'],
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
        ['an IN', 'SELECT count() AS n FROM numbers(10) WHERE number IN (SELECT toUInt64(flags) FROM spans)'],
      ];

      beforeAll(async () => {
        await emptyTables();
        const rows = ['acme', 'rival'].flatMap((tenant) =>
          [0, 1, 2].map((n) => span({ tenant, flags: tenant === 'acme' ? n : n + 3, start_time: noonNs + BigInt(n) * minuteNs })),
        );
        await engine.insert(batchOf(spans, rows), token());
        await engine.insert(
          batchOf(logs, [{ tenant: 'rival', service: 'shop', level: 'info', time: noonNs, body: 'hello' }]),
          token(),
        );
      });

      test.each(everyPlace)('shows the rows of the tenant alone in %s', async (_, query) => {
        const [database] = await engine.adminRows<{ name: string }>(sql`SELECT currentDatabase() AS name`);
        const statement = raw(query.replace('sonde_database', database?.name ?? ''));
        for (const tenant of ['acme', 'rival']) expect(await engine.rows({ tenant }, statement)).toEqual([{ n: '3' }]);
        expect(await engine.rows({ tenant: 'nobody' }, statement)).toEqual([{ n: '0' }]);
      });

      test('shows the rows of the tenant alone in columns and streams', async () => {
        const { columns } = await engine.columns({ tenant: 'rival' }, sql`SELECT tenant FROM spans`);
        expect(columns['tenant']).toEqual(['rival', 'rival', 'rival']);
        for await (const rows of engine.stream({ tenant: 'acme' }, sql`SELECT DISTINCT tenant FROM spans`))
          expect(rows).toEqual([{ tenant: 'acme' }]);
      });

      test('shows the rows of the tenant alone in every table', async () => {
        for (const table of [...storedTables, ...rollups]) {
          const [all] = await engine.adminRows<{ n: string }>(
            raw(`SELECT count() AS n FROM ${table.name} WHERE ${'tenant' in table.columns ? "tenant = 'rival'" : '0'}`),
          );
          expect(await count({ tenant: 'rival' }, table.name), table.name).toBe(Number(all?.n));
          expect(await count({ tenant: 'nobody' }, table.name), table.name).toBe(0);
        }
        expect(await count({ tenant: 'acme' }, 'migrations')).toBe(0);
      });

      test('takes any tenant for what it is', async () => {
        await fc.assert(
          fc.asyncProperty(
            fc.oneof(fc.string(), fc.constantFrom("acme' OR 1 = 1 --", "acme\\' OR 1", 'acme\\', "') OR ('1", '')),
            async (tenant) => {
              expect(await count({ tenant }, 'spans')).toBe(tenant === 'acme' || tenant === 'rival' ? 3 : 0);
            },
          ),
          { numRuns: 40 },
        );
      });

      test('bounds data by the nanosecond, rollups by the minutes and days that the range touches', async () => {
        const within = async (fromNs: bigint, toNs: bigint): Promise<number[]> => {
          const scope = { tenant: 'acme', time: { fromNs, toNs } };
          return [await count(scope, 'spans'), await count(scope, 'service_minutes'), await count(scope, 'traces')];
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
        await engine.insert(batchOf(spans, [span({ start_time: noonNs - dayNs })]), token());
        const scope = { tenant: 'acme', time: { fromNs: noonNs, toNs: noonNs + dayNs }, limits: { rowsRead: 6 } };
        expect(await count(scope, 'spans')).toBe(3);
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
        const thrown: unknown = await engine.rows({ tenant: 'acme' }, raw(query)).then(
          (rows) => rows,
          (error: unknown) => error,
        );
        expect(thrown).toBeInstanceOf(Error);
      });

      test('but not the same words in values and literals', async () => {
        const query = sql`SELECT ${text('SETTINGS')} AS a, 'it\\'s file( system.x' AS b, count() AS n FROM spans WHERE service != ${text("file('x')")}`;
        expect(await engine.rows({ tenant: 'nobody' }, query)).toEqual([{ a: 'SETTINGS', b: "it's file( system.x", n: '0' }]);
      });
    });

    describe('limits', () => {
      const long: Sql = raw(
        'SELECT sum(cityHash64(a.number, b.number)) AS n FROM numbers(1000000) AS a CROSS JOIN numbers(1000000) AS b',
      );

      test('time', async () => {
        const startMs = Date.now();
        const thrown = await failure(engine.rows({ tenant: 'acme', limits: { timeMs: 200 } }, long));
        expect(thrown.code).toBe('query_timeout');
        expect(Date.now() - startMs).toBeLessThan(5000);
      });

      test('memory', async () => {
        const query = raw('SELECT length(groupArray(number)) AS n FROM numbers(100000000)');
        expect((await failure(engine.rows({ tenant: 'acme', limits: { memoryBytes: 20 << 20 } }, query))).code).toBe(
          'query_too_large',
        );
      });

      test('rows read and rows in the answer', async () => {
        await emptyTables();
        await engine.insert(
          batchOf(
            spans,
            Array.from({ length: 100 }, () => span({})),
          ),
          token(),
        );
        const scope = (limits: Scope['limits']): Scope =>
          limits === undefined ? { tenant: 'acme' } : { tenant: 'acme', limits };
        expect(
          (await failure(engine.rows(scope({ rowsRead: 99 }), sql`SELECT count() AS n FROM spans WHERE flags = 0`))).code,
        ).toBe('query_too_large');
        expect(await engine.rows(scope({ rowsRead: 100 }), sql`SELECT count() AS n FROM spans WHERE flags = 0`)).toEqual([
          { n: '100' },
        ]);
        expect((await failure(engine.rows(scope({ rowsOut: 99 }), sql`SELECT flags FROM spans`))).code).toBe('query_too_large');
        expect((await engine.rows(scope({ rowsOut: 100 }), sql`SELECT flags FROM spans`)).length).toBe(100);
      });

      test('in a stream, after its first rows', async () => {
        const query = raw('SELECT number, sleepEachRow(0.00002) AS s FROM numbers(10000000)');
        let rows = 0;
        const read = async (): Promise<void> => {
          for await (const chunk of engine.stream({ tenant: 'acme', limits: { timeMs: 4000 } }, query)) rows += chunk.length;
        };
        expect((await failure(read())).code).toBe('query_timeout');
        expect(rows).toBeGreaterThan(0);
      });

      test('a statement that is wrong is our bug', async () => {
        const thrown = await failure(engine.rows({ tenant: 'acme' }, sql`SELECT nothing FROM spans`));
        expect(thrown.code).toBe('internal');
        expect(thrown.message).toContain('nothing');
      });
    });

    describe('cancel', () => {
      const long: Sql = raw(
        'SELECT sum(cityHash64(a.number, b.number)) AS n FROM numbers(1000000) AS a CROSS JOIN numbers(1000000) AS b',
      );
      const running = async (): Promise<number> => {
        const [row] = await engine.adminRows<{ n: string }>(
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
        const query = failure(engine.rows({ tenant: 'acme', signal: abort.signal }, long));
        await untilRunning(1);
        const startMs = Date.now();
        abort.abort();
        expect((await query).code).toBe('query_cancelled');
        expect(Date.now() - startMs).toBeLessThan(2000);
        await untilRunning(0);
      });

      test('ends a query that was just sent', async () => {
        const abort = new AbortController();
        const query = failure(engine.rows({ tenant: 'acme', signal: abort.signal }, long));
        abort.abort();
        expect((await query).code).toBe('query_cancelled');
        await untilRunning(0);
      });

      test('ends queries that wait in line, and one that has not begun', async () => {
        const abort = new AbortController();
        const queries = Array.from({ length: 12 }, () => failure(engine.rows({ tenant: 'acme', signal: abort.signal }, long)));
        await untilRunning(engine.kind === 'embedded' ? 4 : 12);
        abort.abort();
        for (const query of queries) expect((await query).code).toBe('query_cancelled');
        expect((await failure(engine.rows({ tenant: 'acme', signal: abort.signal }, long))).code).toBe('query_cancelled');
        await untilRunning(0);
      });

      test('ends a stream, by its signal or by leaving it', async () => {
        const endless = raw('SELECT number, sleepEachRow(0.00001) AS s FROM numbers(500000000)');
        const abort = new AbortController();
        const read = async (): Promise<void> => {
          for await (const rows of engine.stream({ tenant: 'acme', signal: abort.signal }, endless))
            if (rows.length > 0) abort.abort();
        };
        expect((await failure(read())).code).toBe('query_cancelled');
        for await (const rows of engine.stream({ tenant: 'acme' }, endless)) {
          expect(rows.length).toBeGreaterThan(0);
          break;
        }
        await untilRunning(0);
      });
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
