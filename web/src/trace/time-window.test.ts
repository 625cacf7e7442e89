import { expect, test } from 'vitest';
import { shareOf, ticksOf } from './time-window.ts';

test('a moment lies at its share of the window', () => {
  expect(shareOf({ from: 100, to: 300 }, 150)).toBe(0.25);
  expect(shareOf({ from: 100, to: 300 }, 50)).toBe(-0.25);
  expect(shareOf({ from: 5, to: 5 }, 5)).toBe(0);
});

test('ticks are round and inside the window', () => {
  expect(ticksOf({ from: 0, to: 1000 }, 5)).toEqual([0, 200, 400, 600, 800, 1000]);
  expect(ticksOf({ from: 130, to: 730 }, 5)).toEqual([200, 400, 600]);
  expect(ticksOf({ from: 0, to: 37_000_000 }, 5)).toEqual([0, 10_000_000, 20_000_000, 30_000_000]);
  expect(ticksOf({ from: 7, to: 7 }, 5)).toEqual([7]);
});
