import { expect, test } from 'vitest';
import { evenWindow, scrollToShow, unevenWindow } from './row-window.ts';

test('of even rows, those in view and a margin around them are drawn', () => {
  expect(evenWindow(100_000, 24, 0, 240)).toEqual({ first: 0, end: 18, abovePx: 0, belowPx: (100_000 - 18) * 24 });
  expect(evenWindow(100_000, 24, 24_000, 240)).toEqual({
    first: 992,
    end: 1018,
    abovePx: 992 * 24,
    belowPx: (100_000 - 1018) * 24,
  });
  expect(evenWindow(3, 24, 0, 240)).toEqual({ first: 0, end: 3, abovePx: 0, belowPx: 0 });
  expect(evenWindow(3, 24, 9999, 240)).toEqual({ first: 3, end: 3, abovePx: 72, belowPx: 0 });
});

test('uneven rows whose heights are all alike give the window of even ones', () => {
  for (const scroll of [0, 7, 240, 2400, 23_760]) {
    const even = evenWindow(1000, 24, scroll, 240);
    const uneven = unevenWindow(1000, () => 24, 24, scroll, 240);
    expect(uneven.first).toBe(even.first);
    expect(uneven.end).toBeGreaterThanOrEqual(Math.min(1000, Math.ceil((scroll + 240) / 24)));
    expect(uneven.abovePx + uneven.belowPx + (uneven.end - uneven.first) * 24).toBe(24_000);
  }
});

test('a tall row in view stays drawn while any of it can be seen', () => {
  const heightOf = (row: number): number | undefined => (row === 5 ? 2000 : undefined);
  const window = unevenWindow(50, heightOf, 20, 1500, 300);
  expect(window.first).toBeLessThanOrEqual(5);
  expect(window.end).toBeGreaterThan(5);
});

test('a row is brought into view by the shortest way', () => {
  expect(scrollToShow(500, 24, 400, 300)).toBe(400);
  expect(scrollToShow(100, 24, 400, 300)).toBe(100);
  expect(scrollToShow(1000, 24, 400, 300)).toBe(724);
});
