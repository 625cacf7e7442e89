/** Answers as rows, columns and streams, and the values that statements are given. */
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Engine } from '../../../src/engine/engine.ts';
import { and, double, id, int, join, sql, text, texts, time, uint } from '../../../src/engine/sql.ts';
import { noonNs } from './subject.ts';

export function answersContract(engine: () => Engine): void {
  describe('answers', () => {
    test('rows: 64-bit integers, what is not a number, and maps', async () => {
      const query = sql`SELECT toUInt64(18446744073709551615) AS u, toInt64(-5) AS i, toInt32(7) AS small, nan AS a, inf AS b, -inf AS c,
        1.5 AS d, map('k', 'v', 'k', 'w') AS m, 'a\nb' AS s, [1, 2] AS list, CAST(NULL, 'Nullable(Int8)') AS nothing, true AS yes`;
      expect(await engine().rows({ tenant: 'acme' }, query)).toEqual([
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
      expect(await engine().rows({ tenant: 'acme' }, sql`SELECT 1 AS one WHERE 0`)).toEqual([]);
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
      const { rows, columns } = await engine().columns({ tenant: 'acme' }, query);
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
      const { rows, columns } = await engine().columns(
        scope,
        sql`SELECT number, toString(number) AS s, toLowCardinality(toString(number % 3)) AS low FROM numbers(200000)`,
      );
      expect(rows).toBe(200_000);
      expect(columns['number']).toEqual(BigUint64Array.from({ length: 200_000 }, (_, i) => BigInt(i)));
      expect(columns['s']?.[199_999]).toBe('199999');
      expect(columns['low']?.[199_999]).toBe(String(199_999 % 3));
      expect((await engine().columns(scope, sql`SELECT 1 AS one WHERE 0`)).rows).toBe(0);
    });

    test('blocks: the bytes of numbers and times, of all blocks and of none', async () => {
      const scope = { tenant: 'acme' };
      const blocks = await engine().blocks(
        scope,
        sql`SELECT toUInt8(7) AS seven, number, toInt32(number - 100000) AS less, fromUnixTimestamp64Nano(toInt64(number), 'UTC') AS time, number / 2 AS half FROM numbers(200000)`,
      );
      expect(blocks.length).toBeGreaterThan(1);
      let next = 0;
      for (const { rows, columns } of blocks) {
        const view = (name: string): DataView => {
          const bytes = columns[name] ?? new Uint8Array();
          return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        };
        const [seven, number, less, time, half] = ['seven', 'number', 'less', 'time', 'half'].map(view);
        for (let row = 0; row < rows; row++, next++) {
          const found = [
            seven?.getUint8(row),
            number?.getBigUint64(row * 8, true),
            less?.getInt32(row * 4, true),
            time?.getBigInt64(row * 8, true),
            half?.getFloat64(row * 8, true),
          ].join(' ');
          if (found !== `7 ${next} ${next - 100_000} ${next} ${next / 2}`) throw new Error(`row ${next} is ${found}`);
        }
      }
      expect(next).toBe(200_000);
      expect(await engine().blocks(scope, sql`SELECT 1 AS one WHERE 0`)).toEqual([]);
      await expect(engine().blocks(scope, sql`SELECT 'text' AS word`)).rejects.toThrow('values of word are of one width');
    });

    test('stream: all rows, in order, in chunks', async () => {
      const chunks: number[] = [];
      let next = 0;
      for await (const rows of engine().stream<{ n: string; p: string }>(
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
      const rows = await engine().rows<{ number: string }>(
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
          const rows = await engine().rows({ tenant: 'acme' }, sql`SELECT ${text(value)} AS value, ${texts(list)} AS list`);
          expect(rows).toEqual([{ value, list }]);
        }),
        { numRuns: 150 },
      );
    });

    test('are numbers, times and ids too', async () => {
      const query = sql`SELECT ${int(-(2n ** 63n))} AS i, ${uint(2n ** 64n - 1n)} AS u, ${double(Number.NaN)} AS a, ${double(-Infinity)} AS b, ${double(5e-324)} AS d,
        toUnixTimestamp64Nano(${time(noonNs)}) AS t, hex(${id('00ff'.repeat(8))}) AS trace, ${and([sql`1`, sql`${int(2)} = 2`])} AS both, ${join([int(1), int(2)], ' + ')} AS sum`;
      expect(await engine().rows({ tenant: 'acme' }, query)).toEqual([
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
      const [row] = await engine().rows<{ a: string; b: string }>(
        { tenant: 'acme' },
        sql`SELECT length(${text(long)}) AS a, arrayCount(x -> startsWith(x, ${text("it's")}), ${texts(many)}) AS b`,
      );
      expect(row).toEqual({ a: String(1_600_000), b: 20_000 });
    });

    test('of queries that run at the same time do not mix', async () => {
      const answers = await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          engine().rows<{ a: string; b: string }>(
            { tenant: 'acme' },
            sql`SELECT ${text(`a${i}`)} AS a, ${text(`b${i}`)} AS b, sleepEachRow(0.002) AS s`,
          ),
        ),
      );
      answers.forEach(([row], i) => expect([row?.a, row?.b]).toEqual([`a${i}`, `b${i}`]));
    });
  });
}
