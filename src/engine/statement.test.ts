import { describe, expect, test } from 'vitest';
import type { Scope } from './engine.ts';
import { double, int, raw, sql, text, texts, toStatement, uint, uints } from './sql.ts';
import type { Sql } from './sql.ts';
import { insertSettings, parameterText, quoted, scopedRead, withLiterals } from './statement.ts';
import type { ReadContext } from './statement.ts';

const context: ReadContext = {
  database: 'sonde',
  dialect: { onCluster: '', cluster: undefined },
  limits: { timeMs: 1500, memoryBytes: 1000, rowsRead: 2000, rowsOut: 3000 },
  tableFunctions: new Set(['file', 'numbers', 'url']),
  features: { gridFunctions: false },
};

const anyTable = 'SELECT * FROM spans, traces, series, log_minutes, commits, migrations';

function read(scope: Scope, query = anyTable, changed: Partial<ReadContext> = {}): string {
  return scopedRead({ ...context, ...changed }, scope, raw(query), 'name-1').text;
}

/** The filter of a table in a statement. */
function filterOf(table: string, statement: string): string | undefined {
  return new RegExp(`'sonde\\.${table}': '((?:[^'\\\\]|\\\\.)*)'`).exec(statement)?.[1]?.replaceAll("\\'", "'");
}

describe('a read', () => {
  test('stands between what the engine enforces', () => {
    const statement = read({ tenant: 'a', limits: { rowsOut: 7 } }, 'SELECT 1');
    expect(statement).toMatch(/^\(\nSELECT 1\n\) SETTINGS additional_table_filters = \{/);
    expect(statement).toMatch(
      /\}, readonly = 1, max_execution_time = 1\.5, max_memory_usage = 1000, max_rows_to_read = 2000, max_result_rows = 7, log_comment = 'name-1'$/,
    );
  });

  test('has its parameters by name', () => {
    const { text: statement, parameters } = scopedRead(context, { tenant: 'a' }, sql`SELECT ${text('x')}, ${texts(['y'])}`, 'n');
    expect(statement).toContain('SELECT {p0:String}, {p1:Array(String)}');
    expect([...parameters.keys()]).toEqual(['p0', 'p1']);
  });

  test('shows of each table the rows of its tenant, written in hex', () => {
    const statement = read({ tenant: "a'\\" });
    expect(filterOf('spans', statement)).toBe("tenant = x'61275c'");
    expect(filterOf('traces', statement)).toBe("tenant = x'61275c'");
    expect(filterOf('commits', statement)).toBe('0');
    expect(filterOf('migrations', statement)).toBe('0');
  });

  test('filters the tables that it names, however it names them', () => {
    const filtered = (query: string): string[] =>
      [...read({ tenant: 'a' }, query).matchAll(/'sonde\.(\w+)': /g)].map(([, table = '']) => table);
    expect(filtered('SELECT 1')).toEqual([]);
    expect(filtered('SELECT 1 FROM sonde.logs')).toEqual(['logs']);
    expect(filtered('SELECT 1 FROM `logs`, "scopes"')).toEqual(['scopes', 'logs']);
    expect(filtered('SELECT series_id, timeSeriesRateToGrid(1) FROM samples')).toEqual(['samples']);
    expect(filtered('SELECT 1 WHERE 1 IN traces')).toEqual(['traces']);
    expect(filtered('SELECT 1 FROM service_minutes_view')).toEqual(['service_minutes']);
    expect(filtered('SELECT 1 FROM `sp\\x61ns`')).toContain('spans');
    expect(filtered('SELECT 1 FROM `sp\\x61ns`')).toContain('migrations');
  });

  test('is bound in time by each table’s own measure', () => {
    const statement = read({ tenant: 'a', time: { fromNs: 86_461_000_000_001n, toNs: 172_861_000_000_000n } });
    const tenant = "tenant = x'61' AND";
    expect(filterOf('spans', statement)).toBe(
      `${tenant} start_time >= fromUnixTimestamp64Nano(86461000000001, 'UTC') AND start_time < fromUnixTimestamp64Nano(172861000000000, 'UTC')`,
    );
    expect(filterOf('log_minutes', statement)).toBe(
      `${tenant} minute >= toDateTime(86460, 'UTC') AND minute < toDateTime(172920, 'UTC')`,
    );
    expect(filterOf('traces', statement)).toBe(`${tenant} day >= toDate(1) AND day < toDate(3)`);
    expect(filterOf('series', statement)).toBe(`${tenant} day >= toDate(1) AND day < toDate(3)`);
  });

  test('is bound by what the engine’s types can hold', () => {
    const statement = read({ tenant: 'a', time: { fromNs: -(2n ** 100n), toNs: 2n ** 100n } });
    expect(filterOf('spans', statement)).toContain(
      `fromUnixTimestamp64Nano(0, 'UTC') AND start_time < fromUnixTimestamp64Nano(${2n ** 63n - 1n}, 'UTC')`,
    );
    expect(filterOf('log_minutes', statement)).toContain(`toDateTime(0, 'UTC') AND minute < toDateTime(4294967295, 'UTC')`);
    expect(filterOf('traces', statement)).toContain('toDate(0) AND day < toDate(65535)');
  });

  test('is bound on the tables of a cluster’s servers too', () => {
    const statement = read({ tenant: 'a' }, anyTable, { dialect: { onCluster: " ON CLUSTER 'c'", cluster: 'c' } });
    expect(filterOf('spans', statement)).toBe("tenant = x'61'");
    expect(filterOf('spans_local', statement)).toBe("tenant = x'61'");
  });

  test.each([
    ['SELECT 1 SETTINGS max_threads = 1', 'without SETTINGS'],
    ['SELECT * FROM (SELECT 1 settings x=1)', 'without settings'],
    ['SELECT * FROM system.one', 'without system'],
    ["SELECT 1 INTO OUTFILE 'x'", 'without OUTFILE'],
    ['SELECT * FROM default.t', 'without default.'],
    ["SELECT file ('x')", 'without file()'],
    ["SELECT * FROM URL('x')", 'table function URL()'],
    ["SELECT dictGetString('x', 'y', 1)", 'without dictGetString()'],
    ['SELECT 1) UNION ALL (SELECT 2', 'closes only what it opens'],
    ["SELECT 'it''s' SETTINGS x = 'a'", 'without SETTINGS'],
    ["SELECT 'a\\' SETTINGS' SETTINGS x = 1", 'without SETTINGS'],
  ])('is not sent as %s', (query, reason) => {
    expect(() => read({ tenant: 'a' }, query)).toThrow(reason);
  });

  test.each([
    "SELECT 'SETTINGS', 'it\\'s file(', 'a''b system.'",
    'SELECT number FROM numbers(3) -- SETTINGS',
    'SELECT profile, subsystem FROM spans',
  ])('is sent as %s', (query) => {
    expect(read({ tenant: 'a' }, query)).toContain(query);
  });
});

test('an insert names its token, and on a cluster waits for the shards', () => {
  expect(insertSettings("it's", context.dialect)).toContain(
    "insert_deduplication_token = 'it\\'s', deduplicate_blocks_in_dependent_materialized_views = 1",
  );
  expect(insertSettings('t', context.dialect)).not.toContain('distributed');
  expect(insertSettings('t', { onCluster: '', cluster: 'c' })).toContain('distributed_foreground_insert = 1');
});

test('values are escaped as their place wants it', () => {
  expect(quoted("a'b\\c\n\0")).toBe("'a\\'b\\\\c\\n\\0'");
  expect(parameterText(text("a'b\\c\n"))).toBe("a'b\\\\c\\n");
  expect(parameterText(texts(["a'b", 'c\\d']))).toBe("['a\\'b', 'c\\\\d']");
});

describe('literals in the place of parameters', () => {
  const filled = (fragment: Sql): string => withLiterals(toStatement(fragment)).text;

  test('have the exact type, and text in hex', () => {
    expect(filled(sql`SELECT ${text("a'\\")}, ${text('')}, ${texts(['ä', 'b'])}`)).toBe(
      "SELECT x'61275c', x'', [x'c3a4', x'62']",
    );
    expect(filled(sql`SELECT ${int(-5n)}, ${uint(2n ** 64n - 1n)}, ${double(Number.NEGATIVE_INFINITY)}`)).toBe(
      "SELECT toInt64('-5'), toUInt64('18446744073709551615'), toFloat64('-inf')",
    );
  });

  test('of numbers are these', () => {
    expect(filled(sql`SELECT ${uints([1n, 2n ** 64n - 1n])}`)).toBe('SELECT [1, 18446744073709551615]');
    expect(parameterText(uints([1n, 2n]))).toBe('[1, 2]');
  });

  test('stand for lists that are short and not empty', () => {
    const statement = withLiterals(
      toStatement(sql`SELECT ${text('a')}, ${texts([])}, ${texts(Array.from({ length: 101 }, String))}`),
    );
    expect(statement.text).toBe("SELECT x'61', {p1:Array(String)}, {p2:Array(String)}");
    expect([...statement.parameters.keys()]).toEqual(['p1', 'p2']);
  });

  test('are not looked for in what a value says', () => {
    expect(filled(sql`SELECT ${text('{p1:String}')}, ${text('b')}`)).toBe(
      `SELECT x'${Buffer.from('{p1:String}').toString('hex')}', x'62'`,
    );
  });
});
