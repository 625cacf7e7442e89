import * as fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { embeddedStore, remoteStore } from '../../test/engine/store.ts';
import type { Store } from '../../test/engine/store.ts';
import { Counters } from '../base/counters.ts';
import type { MetricRetention } from '../model/metric-retention.ts';
import { retentionByName } from '../server/metric-retention.ts';
import type { Engine } from './engine.ts';
import { Expiry } from './expiry.ts';
import { migrate } from './migrate.ts';
import { raw, sql, texts } from './sql.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const today = Math.floor(Date.now() / dayMs);
const retention: MetricRetention = {
  rules: [
    { pattern: 'debug_.*', keptMs: 2 * dayMs },
    { pattern: '(?i)NODE_[a-z]{2,5}', keptMs: 15 * dayMs },
    { pattern: 'debug_.*|slow', keptMs: 9 * dayMs },
  ],
  otherMs: 5 * dayMs,
};
const byName = retentionByName(retention)!;
const timed = ['samples', 'histograms', 'native_histograms', 'summaries', 'exemplars', 'samples_5m', 'samples_1h'];
const allTables = [...timed, 'series'];
const counters = new Counters();

let engine: Engine;

async function empty(): Promise<void> {
  for (const table of [...allTables, 'commits']) await engine.command(raw(`TRUNCATE TABLE ${table}`));
}

interface Point {
  readonly name: string;
  /** Days since 1970-01-01. */
  readonly day: number;
}

/** Ids of metrics are the lengths of their names: so two may share one. */
const idOf = (name: string): number => name.length;

/** Stores a row in each table for each point, in the last moment of its day. */
async function fill(points: readonly Point[]): Promise<void> {
  const values = (row: (point: Point) => string): string => points.map(row).join(', ');
  const second = ({ day }: Point): number => (day + 1) * 86_400 - 1;
  await engine.command(
    raw(
      `INSERT INTO series (tenant, id, day, metric, metric_id) VALUES ${values(({ name, day }) => `('a', cityHash64('${name}'), ${day}, '${name}', ${idOf(name)})`)}`,
    ),
  );
  for (const table of timed) {
    const time = table.startsWith('samples_') ? 'bucket' : 'time';
    const at = (point: Point): string =>
      time === 'bucket' ? `toDateTime(${second(point)}, 'UTC')` : `toDateTime64(${second(point)}, 9, 'UTC')`;
    await engine.command(
      raw(
        `INSERT INTO ${table} (tenant, metric_id, series_id, ${time}) VALUES ${values((point) => `('a', ${idOf(point.name)}, cityHash64('${point.name}'), ${at(point)})`)}`,
      ),
    );
  }
}

async function left(table: string): Promise<Point[]> {
  if (table === 'series')
    return engine.adminRows(sql`SELECT metric AS name, toUInt16(day) AS day FROM series ORDER BY name, day`);
  const time = table.startsWith('samples_') ? 'bucket' : 'time';
  return engine.adminRows(
    raw(
      `SELECT n.name, toUInt16(toDate(${time})) AS day FROM ${table} INNER JOIN (SELECT arrayJoin([${names.map((name) => `'${name}'`).join(', ')}]) AS name) AS n ON series_id = cityHash64(n.name) ORDER BY name, day`,
    ),
  );
}

const names = ['debug_a', 'debug_long', 'node_cpu', 'NODE_x', 'slow', 'else_1', 'elsewhere_'];
const sorted = (points: readonly Point[]): Point[] =>
  points.toSorted((a, b) => (a.name === b.name ? a.day - b.day : a.name < b.name ? -1 : 1));

function expiry(nowMs: number, of = retention, settled = (): bigint => 100n): Expiry {
  return new Expiry({
    engine,
    writer: 'local',
    retention: of,
    counters,
    settled,
    nowMs: () => nowMs,
    onFault: (thrown) => expect(thrown).toBeUndefined(),
  });
}

/** The names that share an id are kept as long as the one that is kept longest. */
function keptMs(name: string, among: readonly Point[]): number {
  return Math.max(...among.filter((point) => idOf(point.name) === idOf(name)).map((point) => byName.keptMs(point.name)));
}

describe.each([
  ['embedded', async () => embeddedStore()],
  ['remote', remoteStore],
] as const)('%s', (_, make) => {
  let store: Store;
  beforeAll(async () => {
    store = await make();
    engine = await store.open();
    await migrate(engine, { retentionMs: { traces: dayMs, logs: dayMs, metrics: 1000 * dayMs } });
  });
  afterAll(async () => {
    await engine.close();
    await store.remove();
  });
  beforeEach(empty);

  test('rows go when the time of their metric has come, from every table, and the others stay', async () => {
    const points = names.flatMap((name) => [0, 3, 9].map((age) => ({ name, day: today - age })));
    await fill(points);
    let rows = points;
    for (const nowMs of [today * dayMs + hourMs, (today + 4) * dayMs + hourMs]) {
      await expiry(nowMs).tick();
      rows = rows.filter(({ name, day }) => (day + 1) * dayMs + keptMs(name, points) + hourMs > nowMs);
      for (const table of allTables) expect([table, await left(table)]).toEqual([table, sorted(rows)]);
    }
    // debug_long goes no sooner than elsewhere_, with which it shares its id.
    expect([keptMs('debug_a', points), keptMs('debug_long', points)]).toEqual([2 * dayMs, 5 * dayMs]);
    expect(rows.length).toBeGreaterThan(0);
  });

  test('a day with a commit that may be torn waits until that is known', async () => {
    const points = [today - 8, today - 7].map((day) => ({ name: 'debug_a', day }));
    await fill([...points, { name: 'node_cpu', day: today }]);
    await engine.command(
      raw(
        `INSERT INTO commits (writer, number, at, state, settled, tables, first_day, last_day) SELECT 'local', 12, now64(9), 0, 11, 'samples=1', ${today - 8}, ${today - 8}`,
      ),
    );
    let settled = 11n;
    const waiting = expiry(today * dayMs, retention, () => settled);
    await waiting.tick();
    expect(await left('samples')).toEqual([points[0], { name: 'node_cpu', day: today }]);
    expect(await left('series')).toHaveLength(2);
    settled = 12n;
    await waiting.tick();
    expect(await left('samples')).toEqual([{ name: 'node_cpu', day: today }]);
  });

  test('a rewrite that another process began is waited for, and nothing is rewritten twice', async () => {
    await fill([
      { name: 'debug_a', day: today - 8 },
      { name: 'node_cpu', day: today - 8 },
    ]);
    const began = new Date((today - 8) * dayMs).toISOString().slice(0, 10);
    await engine.command(
      raw(`ALTER TABLE samples DELETE IN PARTITION '${began}' WHERE metric_id = 7 SETTINGS mutations_sync = 0`),
    );
    const rewrites = async (): Promise<unknown> =>
      engine.adminRows(
        sql`SELECT table, count() AS n FROM system.mutations WHERE database = currentDatabase() AND table = 'samples' GROUP BY table`,
      );
    const before = await rewrites();
    await expiry(today * dayMs).tick();
    expect(await left('samples')).toEqual([{ name: 'node_cpu', day: today - 8 }]);
    expect(await rewrites()).toEqual(before);
  });

  test('a name falls under the same rule here and in the engine', async () => {
    const dayBefore = today - 20;
    const rule = fc.record({
      pattern: fc.constantFrom(
        'debug_.*',
        '(?i)NODE_.{2}',
        'a|b',
        '[^a]+',
        '\\w+',
        'x{1,2}',
        '.',
        '.*\\.rate',
        'é.?',
        '(a*)*',
        "it's",
      ),
      keptMs: fc.constantFrom(dayMs, 3 * dayMs),
    });
    const piece = fc.constantFrom('a', 'b', 'x', 'é', '.rate', 'node_', 'debug_', '\n', "'", 'it', 's');
    const name = fc.array(piece, { maxLength: 4 }).map((pieces) => pieces.join(''));
    const check = async (rules: MetricRetention['rules'], metrics: readonly string[]): Promise<void> => {
      const mixed: MetricRetention = { rules: [...rules, { pattern: 'long', keptMs: 100 * dayMs }], otherMs: 2 * dayMs };
      await empty();
      await engine.command(
        sql`INSERT INTO series (tenant, id, day, metric, metric_id)
        SELECT 'a', rowNumberInAllBlocks() AS n, ${raw(String(dayBefore))}, m, n FROM (SELECT arrayJoin(${texts(metrics)}) AS m)`,
      );
      await expiry((dayBefore + 3) * dayMs + hourMs, mixed).tick();
      const stay = await engine.adminRows<{ metric: string }>(sql`SELECT metric FROM series`);
      const { keptMs: keptByName } = retentionByName(mixed)!;
      const expected = metrics.filter((metric) => keptByName(metric) > 2 * dayMs);
      expect(stay.map(({ metric }) => metric).toSorted()).toEqual(expected.toSorted());
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(rule, { minLength: 1, maxLength: 4 }),
        fc.uniqueArray(name, { minLength: 1, maxLength: 8 }),
        check,
      ),
      { numRuns: 12 },
    );
  });
});
