import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestStore, yesterdayNs } from '../../../test/sonde/client.ts';
import type { TestStore } from '../../../test/sonde/client.ts';
import { raw, sql } from '../../engine/sql.ts';
import type { Sql } from '../../engine/sql.ts';
import { contains, hasAttribute, traceIdsIn } from './filters.ts';

const rows = 100_000;

let store: TestStore;

beforeAll(async () => {
  store = await openTestStore('filters', yesterdayNs);
  const common = `'default' AS tenant, 'shop' AS service, map('n', toString(number)) AS attributes, sipHash128(number) AS trace_id`;
  const time = `fromUnixTimestamp64Nano(toInt64(${yesterdayNs} + number), 'UTC')`;
  for (const statement of [
    `INSERT INTO spans (tenant, service, attributes, trace_id, start_time) SELECT ${common}, ${time} FROM numbers(${rows})`,
    `INSERT INTO logs (tenant, service, attributes, trace_id, time, body) SELECT ${common}, ${time}, concat('record ', hex(number)) FROM numbers(${rows})`,
  ]) {
    await store.engine.command(raw(statement));
  }
});

afterAll(() => store.close());

/** The share of granules that is left when indexes have narrowed a condition down. */
async function shareRead(table: 'spans' | 'logs', condition: Sql): Promise<number> {
  const plan = await store.engine.adminRows<{ explain: string }>(
    sql`EXPLAIN indexes = 1 SELECT count() FROM ${raw(table)} WHERE ${condition}`,
  );
  const granules = plan.flatMap(({ explain }) => [...explain.matchAll(/Granules: (\d+)\/(\d+)/g)]);
  return Number(granules.at(-1)?.[1]) / Number(granules[0]?.[2]);
}

async function count(table: 'spans' | 'logs', condition: Sql): Promise<number> {
  const [found] = await store.engine.adminRows<{ n: string }>(sql`SELECT count() AS n FROM ${raw(table)} WHERE ${condition}`);
  return Number(found?.n);
}

test.each(['spans', 'logs'] as const)('an attribute of %s is found by the index', async (table) => {
  const condition = hasAttribute({ key: 'n', value: '77777' });
  expect(await count(table, condition)).toBe(1);
  expect(await shareRead(table, condition)).toBeLessThan(0.2);
  expect(await shareRead(table, hasAttribute({ key: 'n', value: 'none' }))).toBeLessThan(0.2);
});

test('trace ids are found by the sort key of summaries', async () => {
  const [found] = await store.engine.adminRows<{ id: string }>(sql`SELECT lower(hex(sipHash128(77777))) AS id`);
  const condition = sql`tenant = 'default' AND trace_id IN ${traceIdsIn([found?.id ?? ''])}`;
  const plan = await store.engine.adminRows<{ explain: string }>(
    sql`EXPLAIN indexes = 1 SELECT count() FROM traces WHERE ${condition}`,
  );
  const granules = plan.flatMap(({ explain }) => /Granules: (\d+)\//.exec(explain)?.[1] ?? []);
  expect(Number(granules.at(-1))).toBeLessThanOrEqual(2);
});

test('text in logs is found, whatever its case', async () => {
  expect(await count('logs', contains(sql`body`, 'ECORD ff'))).toBe(257);
});
