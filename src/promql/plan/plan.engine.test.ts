import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openCommitter } from '../../../test/commit/store.ts';
import { embeddedStore } from '../../../test/engine/store.ts';
import type { Store } from '../../../test/engine/store.ts';
import { engineSubject } from '../../../test/promql/engine-subject.ts';
import type { Means } from '../../../test/promql/engine-subject.ts';
import type { Subject } from '../../../test/promql/run-script.ts';
import { Counters } from '../../base/counters.ts';
import type { Committer } from '../../engine/commit.ts';
import { Downsampling } from '../../engine/downsampling.ts';
import type { SampleTimes } from '../../engine/downsampling.ts';
import type { Engine } from '../../engine/engine.ts';
import { toStatement } from '../../engine/sql.ts';
import { samples } from '../../model/metrics.ts';
import type { QueryResult } from '../evaluate/evaluate.ts';
import { sampleKinds } from '../source.ts';
import type { SeriesSamples } from '../source.ts';
import { KnownSeries } from '../store/known-series.ts';

const hourMs = 3_600_000;
/** An hour that began two days ago. */
const startMs = (Math.floor(Date.now() / hourMs) - 48) * hourMs;
const hours = 9;

let store: Store;
let engine: Engine;
let committer: Committer;
let known: KnownSeries;
/** What the engine was asked. */
const asked: string[] = [];

/** A series with a sample every 15 s, now and then none for a while; a counter that sometimes starts anew, or a gauge. */
function makeSeries(name: string, instance: string, seed: number): SeriesSamples {
  const times: number[] = [];
  const values: number[] = [];
  let value = 1000 * seed;
  for (let i = 0; i < hours * 240; i++) {
    if ((i + seed * 31) % 500 < 60) continue;
    value = name.endsWith('_total') && (i * seed) % 701 === 0 ? seed : value + ((i * seed * 7) % 13);
    times.push(startMs + i * 15_000 + seed * 7);
    values.push(name.endsWith('_total') ? value : 50 + 10 * Math.sin(i / 100) + ((i * seed) % 7));
  }
  return {
    labels: ['__name__', name, 'instance', instance],
    timesMs: Float64Array.from(times),
    kinds: new Uint8Array(times.length).fill(sampleKinds.float),
    values: Float64Array.from(values),
  };
}

const subjects = new Map<string, Subject>();
const ask = async (means: string, text: string, stepMs: number, offsetMs = 0): Promise<QueryResult> =>
  subjects.get(means)!.ask(text, {
    kind: 'range',
    startMs: startMs + 2 * hourMs + offsetMs,
    endMs: startMs + (hours - 1) * hourMs + offsetMs,
    stepMs,
  });

beforeAll(async () => {
  store = embeddedStore();
  engine = await store.open();
  known = new KnownSeries(engine);
  await known.open();
  const pending: SampleTimes[] = [];
  committer = await openCommitter(engine, {}, new Counters(), (commit) => {
    known.noteStored(commit);
    const times = commit.timesMs(samples);
    if (times !== undefined) pending.push({ number: commit.number, ...times });
  });
  const columns = engine.columns.bind(engine);
  engine.columns = (scope, query) => {
    asked.push(toStatement(query).text);
    return columns(scope, query);
  };
  const ways: Readonly<Record<string, Means>> = {
    samples: { pushDown: false, startTimestamps: false },
    grids: { pushDown: true, startTimestamps: false, lookup: known },
    buckets: {
      pushDown: true,
      startTimestamps: false,
      lookup: known,
      bucketsCompleteBefore: () => startMs + (hours - 1) * hourMs + 1,
    },
  };
  const first = engineSubject(engine, committer, ways['samples']!);
  await first.clear();
  for (const [name, means] of Object.entries(ways)) subjects.set(name, engineSubject(engine, committer, means, first.tenant()));
  await first.load(
    [1, 2, 3].flatMap((seed) => [makeSeries('grown_total', `i${seed}`, seed), makeSeries('level', `i${seed}`, seed)]),
  );
  const onFault = (thrown: unknown): void => expect(thrown).toBeUndefined();
  const options = { engine, writer: 'local', counters: new Counters(), settled: () => 2n ** 63n, nowMs: Date.now, onFault };
  await new Downsampling(options, pending).tick();
});
afterAll(async () => {
  await committer.close();
  await engine.close();
  await store.remove();
});

/** The same series and times, and values that differ in the last digits at most. */
function expectEqual(actual: QueryResult, expected: QueryResult): void {
  if (actual.type !== 'matrix' || expected.type !== 'matrix') throw new Error('ranges are asked');
  expect(actual.series.map(({ labels }) => labels)).toEqual(expected.series.map(({ labels }) => labels));
  for (const [i, { points }] of expected.series.entries()) {
    const found = actual.series[i]!.points;
    expect(found.map(({ timeMs }) => timeMs)).toEqual(points.map(({ timeMs }) => timeMs));
    for (const [j, point] of points.entries()) {
      if (!('value' in point) || !('value' in found[j]!)) throw new Error('all are floats');
      expect(Math.abs(found[j].value - point.value)).toBeLessThanOrEqual(1e-11 * Math.abs(point.value));
    }
  }
  expect(expected.series.length).toBeGreaterThan(0);
}

const overRanges = [
  'rate',
  'increase',
  'delta',
  'sum_over_time',
  'count_over_time',
  'avg_over_time',
  'min_over_time',
  'max_over_time',
  'last_over_time',
];

describe.each(['grown_total', 'level'])('over %s', (name) => {
  test.each(overRanges)('%s says the same of samples and of buckets, of five minutes and of an hour', async (call) => {
    for (const [range, stepMs, table] of [
      ['15m', 600_000, 'samples_5m'],
      ['2h', hourMs, 'samples_1h'],
    ] as const) {
      const text = `${call}(${name}[${range}])`;
      asked.length = 0;
      const ofBuckets = await ask('buckets', text, stepMs);
      const isUsed = asked.some((statement) => statement.includes(table));
      expect(isUsed).toBe(!['rate', 'increase'].includes(call) || name === 'grown_total');
      expectEqual(ofBuckets, await ask('samples', text, stepMs));
    }
  });

  test.each(['rate', 'increase', 'irate', 'delta', 'idelta', 'last_over_time'])(
    '%s says the same of samples and as a function of the engine',
    async (call) => {
      const text = `sum by (instance) (${call}(${name}[4m] offset 1m))`;
      asked.length = 0;
      const pushed = await ask('grids', text, 75_000);
      expect(asked.some((statement) => statement.includes('ToGrid'))).toBe(
        !['rate', 'increase'].includes(call) || name === 'grown_total',
      );
      expectEqual(pushed, await ask('samples', text, 75_000));
    },
  );

  test('a selector says the same both ways', async () => {
    expectEqual(await ask('grids', `${name}{instance!="i2"}`, 30_000), await ask('samples', `${name}{instance!="i2"}`, 30_000));
  });
});

test('buckets are left aside where they may lack samples, where ranges are not whole ones, and for selectors', async () => {
  const reads = async (text: string, stepMs: number, offsetMs = 0): Promise<boolean> => {
    asked.length = 0;
    await ask('buckets', text, stepMs, offsetMs);
    return asked.some((statement) => /samples_(5m|1h)/.test(statement));
  };
  expect(await reads('rate(grown_total[1h])', hourMs)).toBe(true);
  expect(await reads('rate(grown_total[1h])', hourMs, hourMs)).toBe(false);
  expect(await reads('rate(grown_total[1h])', hourMs, 1000)).toBe(false);
  expect(await reads('rate(grown_total[7m])', hourMs)).toBe(false);
  expect(await reads('rate(grown_total[1h])', 420_000)).toBe(false);
  expect(await reads('grown_total', hourMs)).toBe(false);
  expect(await reads('quantile_over_time(0.5, level[1h])', hourMs)).toBe(false);
});

describe('what is known of series', () => {
  const count = async (): Promise<number> => {
    asked.length = 0;
    const result = await subjects
      .get('grids')!
      .ask('count(last_over_time(level[1h]))', { kind: 'instant', timeMs: startMs + 2 * hourMs });
    if (result.type !== 'vector') throw new Error('an instant query gives a vector');
    const [sample] = result.samples;
    return sample !== undefined && 'value' in sample ? sample.value : 0;
  };

  test('is used again, until a commit stores a new series of the name', async () => {
    expect(await count()).toBe(3);
    expect(await count()).toBe(3);
    expect(asked.filter((statement) => statement.includes('FROM series'))).toEqual([]);
    await subjects.get('samples')!.load([makeSeries('other', 'i1', 1)]);
    expect(await count()).toBe(3);
    expect(asked.filter((statement) => statement.includes('FROM series'))).toEqual([]);
    await subjects.get('samples')!.load([makeSeries('level', 'i4', 4)]);
    expect(await count()).toBe(4);
  });
});
