import { array, assert, constantFrom, property, tuple } from 'fast-check';
import { expect, test } from 'vitest';
import type { Columns } from '../../engine/engine.ts';
import { runsOf } from './runs.ts';
import type { StoredSeries } from './series.ts';

type Key = readonly [metricId: number, id: bigint];

function seriesOf(keys: readonly Key[]): StoredSeries[] {
  return keys.map(([metricId, id]) => ({ metricId, id, labels: [], kind: 'prometheus', isDelta: false }));
}

function answerOf(keys: readonly Key[]): Columns {
  return {
    rows: keys.length,
    columns: {
      metric_id: Uint32Array.from(keys, ([metricId]) => metricId),
      series_id: BigUint64Array.from(keys, ([, id]) => id),
    },
  };
}

function byKey([metricA, a]: Key, [metricB, b]: Key): number {
  return metricA - metricB || (a < b ? -1 : Number(a > b));
}

function sameKey(a: Key, b: Key): boolean {
  return byKey(a, b) === 0;
}

/** Few enough that they meet, and at both ends of each half of an id. */
const key = tuple(
  constantFrom(0, 1, 7, 0xffff_ffff),
  constantFrom(0n, 1n, 0xffff_ffffn, 0x1_0000_0000n, 0x8000_0000_0000_0000n, 0xffff_ffff_ffff_ffffn),
);
const keys = array(key, { maxLength: 40 });
const listed = keys.map((some) => some.toSorted(byKey).filter((one, i, all) => i === 0 || !sameKey(one, all[i - 1] ?? one)));

function rowsBySearch(rows: readonly Key[], series: readonly Key[]): number[][] {
  return series.map((one) => rows.flatMap((row, i) => (sameKey(row, one) ? [i] : [])));
}

test('the rows of each series are found', () => {
  assert(
    property(keys, listed, (some, series) => {
      const rows = some.toSorted(byKey);
      const stored = seriesOf(series);
      const found = new Map(Array.from(runsOf(answerOf(rows), stored), (run) => [run.series, run]));
      const listedRows = stored.map((one) => {
        const { start = 0, end = 0 } = found.get(one) ?? {};
        return Array.from({ length: end - start }, (_, i) => start + i);
      });
      expect(listedRows).toEqual(rowsBySearch(rows, series));
    }),
  );
});
