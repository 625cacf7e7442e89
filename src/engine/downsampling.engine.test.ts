import { afterAll, beforeAll, expect, test } from 'vitest';
import { embeddedStore } from '../../test/engine/store.ts';
import type { Store } from '../../test/engine/store.ts';
import { Counters } from '../base/counters.ts';
import { unpacked } from '../model/downsamples.ts';
import type { Engine } from './engine.ts';
import { Downsampling, pendingSamples } from './downsampling.ts';
import type { SampleTimes } from './downsampling.ts';
import { raw, sql } from './sql.ts';

let store: Store;
let engine: Engine;
beforeAll(async () => {
  store = embeddedStore();
  engine = await store.open();
});
afterAll(async () => {
  await engine.close();
  await store.remove();
});

interface Sample {
  readonly series: number;
  readonly ms: number;
  readonly value: number;
  readonly stale?: boolean;
}

/** Noon of a day that retention has not reached. */
const noonMs = Math.floor(Date.now() / 86_400_000 - 3) * 86_400_000 + 43_200_000;
const day = new Date(noonMs).toISOString().slice(0, 10);
const all: Sample[] = [];

async function store5m(number: bigint, samples: readonly Sample[]): Promise<SampleTimes> {
  const rows = samples.map(
    ({ series, ms, value, stale }) =>
      `('default', ${number}, 7, ${series}, fromUnixTimestamp64Milli(${ms}, 'UTC'), ${stale === true ? 1 : 0}, ${Number.isNaN(value) ? 'nan' : value})`,
  );
  await engine.command(
    raw(`INSERT INTO samples (tenant, batch, metric_id, series_id, time, flags, value) VALUES ${rows.join(', ')}`),
  );
  all.push(...samples);
  const times = samples.map(({ ms }) => ms);
  return { number, firstMs: Math.min(...times), lastMs: Math.max(...times) };
}

/** What the buckets of a width should hold, worked out from all samples. */
function expected(widthMs: number, beforeMs: number): unknown[] {
  const buckets = new Map<string, Sample[]>();
  for (const sample of all) {
    const end = Math.ceil(sample.ms / widthMs) * widthMs;
    if (sample.stale === true || end > beforeMs) continue;
    const key = `${sample.series} ${end / 1000}`;
    buckets.set(key, [...(buckets.get(key) ?? []), sample]);
  }
  return Array.from(buckets, ([key, samples]) => {
    const sorted = samples
      .toSorted((a, b) => a.ms - b.ms || b.value - a.value)
      .filter(({ ms }, i, list) => list[i - 1]?.ms !== ms);
    const values = sorted.map(({ value }) => value);
    const grown = values.slice(1).map((value, i) => (value < values[i]! ? value : value - values[i]!));
    const [series, end] = key.split(' ').map(Number);
    return {
      series_id: String(series),
      end: end!,
      samples: values.length,
      sum: total(values),
      minimum: Math.min(...values),
      maximum: Math.max(...values),
      first_ms: String(sorted[0]!.ms),
      first: values[0],
      last_ms: String(sorted.at(-1)!.ms),
      last: values.at(-1),
      increase: total(grown),
    };
  }).toSorted((a, b) => Number(a.series_id) - Number(b.series_id) || a.end - b.end);
}

function total(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function read(table: string): Promise<unknown[]> {
  return engine.rows(
    { tenant: 'default' },
    sql`SELECT series_id, toUnixTimestamp(bucket) AS end, samples, sum, toUnixTimestamp64Milli(first_time) AS first_ms,
      first, toUnixTimestamp64Milli(last_time) AS last_ms, last, ${raw(unpacked)}
      FROM ${raw(table)} ORDER BY series_id, bucket, version DESC LIMIT 1 BY series_id, bucket`,
  );
}

/** A counter that falls now and then, whole numbers so that sums are exact. */
function counter(series: number, fromMs: number, count: number): Sample[] {
  let value = series * 10;
  return Array.from({ length: count }, (_, i) => {
    value = (i * 7 + series) % 23 === 0 ? 1 : value + ((i * 13) % 11);
    return { series, ms: fromMs + i * 15_000 + series, value };
  });
}

test('buckets are those of the samples, when they are over, again when late ones come, and across a restart', async () => {
  let nowMs = noonMs + 3 * 3_600_000 + 60_000;
  let settled = 0n;
  const options = { engine, writer: 'local', counters: new Counters(), settled: () => settled, nowMs: () => nowMs };
  const downsampling = new Downsampling({ ...options, onFault: (thrown) => expect(thrown).toBeUndefined() }, []);
  const first = [1, 2].flatMap((series) => counter(series, noonMs, 725));
  downsampling.noteStored(await store5m(10n, [...first, { series: 1, ms: noonMs + 1001, value: 3, stale: true }]));
  expect(downsampling.completeBefore()).toBe(noonMs + 1);
  await downsampling.tick();
  expect(await read('samples_5m')).toEqual([]);

  // The last samples lie in the bucket that goes on.
  settled = 10n;
  await downsampling.tick();
  expect(await read('samples_5m')).toEqual([]);
  nowMs += 300_000;
  await downsampling.tick();
  expect(await read('samples_5m')).toEqual(expected(300_000, Infinity));
  expect(await read('samples_1h')).toEqual(expected(3_600_000, Infinity));
  expect(downsampling.completeBefore()).toBe(Infinity);

  // Late ones, one of them at a time that has a sample already.
  const late = [
    { series: 1, ms: noonMs + 1_800_001, value: 1e6 },
    { series: 3, ms: noonMs - 86_400_000, value: 5 },
  ];
  downsampling.noteStored(await store5m(11n, late));
  expect(downsampling.completeBefore()).toBe(noonMs - 86_400_000);
  settled = 11n;
  await downsampling.tick();
  expect(await read('samples_5m')).toEqual(expected(300_000, Infinity));
  expect(await read('samples_1h')).toEqual(expected(3_600_000, Infinity));

  // A process that ends before the buckets are made leaves a commit that the next one finds.
  await store5m(12n, [{ series: 4, ms: noonMs + 5, value: 8 }]);
  await engine.command(
    raw(
      `INSERT INTO commits (writer, number, at, state, settled, tables, first_day, last_day) SELECT 'local', 12, now64(9, 'UTC'), 0, 11, 'samples=1', '${day}', '${day}'`,
    ),
  );
  const found = await pendingSamples(engine, 'local');
  expect(found).toEqual([{ number: 12n, firstMs: noonMs + 5, lastMs: noonMs + 5 }]);
  settled = 12n;
  await new Downsampling({ ...options, onFault: (thrown) => expect(thrown).toBeUndefined() }, found).tick();
  expect(await read('samples_5m')).toEqual(expected(300_000, Infinity));
  expect(await pendingSamples(engine, 'local')).toEqual([]);
});
