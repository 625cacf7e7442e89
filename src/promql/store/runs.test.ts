import { array, assert, constantFrom, property, tuple } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Columns } from '../../engine/engine.ts';
import { runLists, runsOf } from './runs.ts';
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

/** The rows of each series one by one. */
function rowsByLists(answer: Columns, series: readonly StoredSeries[]): number[][] {
  const { first, next, starts, ends } = runLists(answer, series);
  return series.map((_, place) => {
    const rows: number[] = [];
    for (let run = first[place] ?? -1; run !== -1; run = next[run] ?? -1) {
      for (let row = starts[run] ?? 0; row < (ends[run] ?? 0); row++) rows.push(row);
    }
    return rows;
  });
}

function rowsBySearch(rows: readonly Key[], series: readonly Key[]): number[][] {
  return series.map((one) => rows.flatMap((row, i) => (sameKey(row, one) ? [i] : [])));
}

describe('the rows of each series are found', () => {
  test('in an answer in any order', () => {
    assert(
      property(keys, listed, (rows, series) => {
        expect(rowsByLists(answerOf(rows), seriesOf(series))).toEqual(rowsBySearch(rows, series));
      }),
    );
  });

  test('in an answer in parts', () => {
    assert(
      property(array(keys, { maxLength: 4 }), listed, (parts, series) => {
        const rows = parts.flatMap((part) => part.toSorted(byKey));
        expect(rowsByLists(answerOf(rows), seriesOf(series))).toEqual(rowsBySearch(rows, series));
      }),
    );
  });

  test('in an answer in order', () => {
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
});
