import { describe, expect, test } from 'vitest';
import { readStatement } from './sql.ts';
import type { SqlDialect } from './sql.ts';

function checkTexts(dialect: SqlDialect, cases: readonly (readonly [text: string, expected: string])[]): void {
  test.each(cases)(`${dialect}: %s`, (text, expected) => expect(readStatement(text, dialect).text).toBe(expected));
}

describe('the text is without literals and comments', () => {
  checkTexts('standard', [
    ['SELECT * FROM users WHERE id = $1', 'SELECT * FROM users WHERE id = $1'],
    ["SELECT * FROM users WHERE name = 'O''Hara' AND age > 42", 'SELECT * FROM users WHERE name = ? AND age > ?'],
    ["SELECT E'it\\'s secret', 'plain\\'", 'SELECT ?, ?'],
    ["SELECT 'a' || N'b' || x'1F' || U&'d\\0061t'", 'SELECT ? || ? || ? || ?'],
    ["SELECT $$it's$$, $tag$a $$ b$tag$, $1", 'SELECT ?, ?, $1'],
    ['SELECT -1, 1.5e-3, .5, 0xFF, 1_000', 'SELECT -?, ?, ?, ?, ?'],
    ['SELECT "col 1" FROM "my""table" WHERE t1.a2 = 3', 'SELECT "col 1" FROM "my""table" WHERE t1.a2 = ?'],
    ['SELECT a::int, b::text FROM t', 'SELECT a::int, b::text FROM t'],
    ["SELECT 1 -- for 'bob'\nFROM t /* of card 4111 */ WHERE true", 'SELECT ?  \nFROM t   WHERE true'],
    ['DELETE FROM t WHERE id IN (1, 2,3) OR x IN ($1, $2)', 'DELETE FROM t WHERE id IN (?) OR x IN ($1, $2)'],
    ["SELECT 'never ends", 'SELECT ?'],
    ['SELECT $$never ends', 'SELECT ?'],
    ["SELECT 1 /* never ends 'secret", 'SELECT ?'],
    ["INSERT INTO t VALUES ('a', 1), ('b', 2)", 'INSERT INTO t VALUES (?, ?), (?, ?)'],
    ["SELECT * FROM \u00fcbersicht WHERE caf\u00e9 = 'x'", 'SELECT * FROM \u00fcbersicht WHERE caf\u00e9 = ?'],
    ['', ''],
  ]);
  checkTexts('mysql', [
    ['SELECT * FROM `users` WHERE name = "it\\"s ""mine""" AND x = ?', 'SELECT * FROM `users` WHERE name = ? AND x = ?'],
    ["SELECT 'it\\'s secret', 1 # of 'bob'", 'SELECT ?, ?'],
    ["SELECT 'ends in a backslash\\", 'SELECT ?'],
    ['SELECT 5--3', 'SELECT ?--?'],
    ["SELECT '5' -- it's\n, 2", 'SELECT ?  \n, ?'],
    ['SELECT _utf8"x", @@session.x, @v', 'SELECT _utf8?, @@session.x, @v'],
  ]);
});

type Outline = readonly [text: string, summary?: string, operation?: string, collection?: string];

function checkOutlines(dialect: SqlDialect, cases: readonly Outline[]): void {
  test.each(cases.map((each) => [each[0], each] as const))(`${dialect}: %s`, (text, [, summary, operation, collection]) => {
    const { text: _, ...outline } = readStatement(text, dialect);
    expect(outline).toEqual({ summary, operation: operation ?? summary?.split(' ')[0], collection });
  });
}

describe('operation, tables and summary', () => {
  checkOutlines('standard', [
    ['select * from users where id = $1', 'SELECT users', 'SELECT', 'users'],
    ['SELECT\n\t*\nFROM public."Users" u', 'SELECT public.Users', 'SELECT', 'public.Users'],
    ['SELECT * FROM songs s, artists AS a WHERE s.x = a.x', 'SELECT songs artists'],
    ['SELECT * FROM a LEFT JOIN b ON a.x = b.x', 'SELECT a b'],
    ['SELECT * FROM a JOIN a AS other ON a.x = other.y', 'SELECT a a', 'SELECT', 'a'],
    ['SELECT * FROM (SELECT id FROM t) x', 'SELECT SELECT t'],
    ['INSERT INTO shipping (a, b) SELECT a, b FROM orders', 'INSERT shipping SELECT orders'],
    ['INSERT INTO t(a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = 1 RETURNING id', 'INSERT t', 'INSERT', 't'],
    ['UPDATE ONLY stock SET n = n - 1 WHERE id = 7', 'UPDATE stock', 'UPDATE', 'stock'],
    ['UPDATE a SET x = b.x FROM b WHERE a.id = b.id', 'UPDATE a b'],
    ['DELETE FROM carts WHERE at < now()', 'DELETE carts', 'DELETE', 'carts'],
    ['SELECT * FROM jobs FOR UPDATE SKIP LOCKED', 'SELECT jobs', 'SELECT', 'jobs'],
    ["SELECT EXTRACT(year FROM day), trim(both 'x' FROM y) FROM t", 'SELECT t', 'SELECT', 't'],
    ['SELECT a IS DISTINCT FROM b FROM t', 'SELECT t', 'SELECT', 't'],
    ['SELECT n FROM generate_series(1, 10) AS n', 'SELECT'],
    ['SELECT 1', 'SELECT'],
    ['SELECT a FROM t UNION ALL SELECT b FROM u', 'SELECT t SELECT u'],
    ['WITH x AS (SELECT 1 FROM t), y AS (SELECT 2) SELECT * FROM x JOIN y ON true', 'SELECT t SELECT SELECT'],
    ['WITH gone AS (DELETE FROM t RETURNING *) INSERT INTO log SELECT * FROM gone', 'DELETE t INSERT log SELECT', 'INSERT'],
    ['CREATE TABLE IF NOT EXISTS beasts (id int, kind text)', 'CREATE TABLE beasts', 'CREATE', 'beasts'],
    ['CREATE UNIQUE INDEX by_name ON beasts (name)', 'CREATE INDEX by_name'],
    ['DROP TABLE beasts', 'DROP TABLE beasts', 'DROP', 'beasts'],
    ['TRUNCATE beasts', 'TRUNCATE beasts', 'TRUNCATE', 'beasts'],
    ['CREATE TABLE a AS SELECT * FROM b', 'CREATE TABLE a SELECT b'],
    ['BEGIN', 'BEGIN'],
    ['commit;', 'COMMIT'],
    ['SET search_path TO secret', 'SET'],
    ['EXPLAIN ANALYZE SELECT * FROM t', 'EXPLAIN SELECT t'],
    ['SELECT a FROM t; DELETE FROM u', 'SELECT t DELETE u'],
    ['(SELECT a FROM t) UNION (SELECT a FROM t)', 'SELECT t SELECT t'],
    ['CALL pay($1)', 'CALL pay'],
    ['/* only this */'],
    ['?'],
  ]);
  checkOutlines('mysql', [
    ['REPLACE INTO `shop`.`stock` VALUES (1)', 'REPLACE shop.stock', 'REPLACE', 'shop.stock'],
    ['INSERT IGNORE INTO t SET a = 1', 'INSERT t', 'INSERT', 't'],
    ['INSERT INTO t (a) VALUES (1) ON DUPLICATE KEY UPDATE a = 2', 'INSERT t', 'INSERT', 't'],
    ['SHOW TABLES FROM shop', 'SHOW'],
  ]);
});

test('a summary ends with a whole name', () => {
  const tables = Array.from({ length: 60 }, (_, index) => `table_${index}`);
  const { summary = '' } = readStatement(`SELECT * FROM ${tables.join(', ')}`, 'standard');
  expect(summary.length).toBeLessThanOrEqual(255);
  expect(['SELECT', ...tables]).toEqual(expect.arrayContaining(summary.split(' ')));
});

test('of a long text the beginning is told, and no literal of it', () => {
  const values = Array.from({ length: 100_000 }, () => "('secret')").join(',');
  const { text, summary } = readStatement(`INSERT INTO t VALUES ${values}`, 'standard');
  expect(text.length).toBeLessThan(4100);
  expect(text).toMatch(/^INSERT INTO t VALUES \(\?\),\(\?\).*…$/);
  expect(text).not.toContain('sec');
  expect(summary).toBe('INSERT t');
});

test('statements that come again are read once, and many different ones do not stay', () => {
  const one = readStatement('SELECT 1 FROM kept', 'standard');
  expect(readStatement('SELECT 1 FROM kept', 'standard')).toBe(one);
  for (let index = 0; index < 1000; index++) readStatement(`SELECT ${index}`, 'standard');
  expect(readStatement('SELECT 1 FROM kept', 'standard')).not.toBe(one);
  expect(readStatement('SELECT 1 FROM kept', 'standard')).toEqual(one);
});
