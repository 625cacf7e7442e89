import { expect, test } from 'vitest';
import { gridMs, lastValue, lonely, sparkPath, stack, summary, timeLabels, wholeSteps } from './series.ts';

test('a grid’s points begin where their time begins', () => {
  expect(gridMs({ startNs: '1763630000000000000', stepNs: '10000000000', points: 3 })).toEqual([
    1_763_630_000_000, 1_763_630_010_000, 1_763_630_020_000,
  ]);
});

test('stacked values stand on each other', () => {
  expect(
    stack([
      [1, 2],
      [3, 0],
      [0, 5],
    ]),
  ).toEqual([
    [1, 2],
    [4, 2],
    [4, 7],
  ]);
  expect(stack([])).toEqual([]);
});

test('time labels are as fine as their distance, with the day at midnight', () => {
  const at = (...parts: [number, number, number]): number => new Date(2026, 10, 20, ...parts).getTime();
  expect(timeLabels([at(23, 45, 0), at(24, 0, 0), at(24, 15, 0)], 900_000)).toEqual(['23:45', 'Nov 21', '00:15']);
  expect(timeLabels([at(9, 0, 15)], 15_000)).toEqual(['09:00:15']);
  expect(timeLabels([at(9, 0, 15) + 250], 250)).toEqual(['09:00:15.250']);
  expect(timeLabels([at(12, 0, 0)], 86_400_000)).toEqual(['Nov 20']);
});

test('a rate leaves out the steps that are not wholly in the range', () => {
  const grid = { startNs: '1000000000', stepNs: '1000000000', points: 4 };
  expect(wholeSteps([1, 2, 3, 4], grid, { fromMs: 1500, toMs: 4500 })).toEqual([null, 2, 3, null]);
  expect(wholeSteps([1, 2, 3, 4], grid, { fromMs: 1000, toMs: 5000 })).toEqual([1, 2, 3, 4]);
});

test('points without neighbours are found', () => {
  expect(lonely([1, null, 2, 3, null, 4, null])).toEqual([0, 5]);
  expect(lonely([null, null])).toEqual([]);
});

test('what there is, is summed up', () => {
  expect(summary([3, null, 1])).toEqual({ min: 1, max: 3, mean: 2 });
  expect(summary([null])).toBeNull();
  expect(lastValue([1, 2, null])).toBe(2);
  expect(lastValue([])).toBeNull();
});

test('a small line keeps its gaps and its lonely points', () => {
  expect(sparkPath([0, 5, 10], 20, 10, 10)).toBe('M0 10l0 0L10 5L20 0');
  expect(sparkPath([5, null, 20], 20, 10, 10)).toBe('M0 5l0 0M20 0l0 0');
  expect(sparkPath([0, 0], 20, 10, 0)).toBe('M0 10l0 0L20 10');
  expect(sparkPath([], 20, 10, 1)).toBe('');
});
