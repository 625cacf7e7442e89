import { expect, test } from 'vitest';
import { nearestDot, topWithDots } from './dots.ts';
import type { ChartDot } from './dots.ts';

const dots = [
  { name: 'a', at: [10, 10] },
  { name: 'b', at: [16, 10] },
  { name: 'c', at: [100, 100] },
] as const;
const nearest = (x: number, y: number): string | undefined => nearestDot(dots, (dot) => dot.at, x, y)?.name;

test('the nearest dot within reach is meant', () => {
  expect(nearest(11, 11)).toBe('a');
  expect(nearest(15, 10)).toBe('b');
  expect(nearest(100, 109)).toBe('c');
  expect(nearest(50, 50)).toBeUndefined();
});

test('the scale makes room for dots, up to twice the height of the lines', () => {
  const dot = (value: number | null): ChartDot => ({ atMs: 0, value, tone: 'quiet', lines: [], open: () => undefined });
  expect(topWithDots(10, [])).toBe(10);
  expect(topWithDots(10, [dot(4), dot(null)])).toBe(10);
  expect(topWithDots(10, [dot(15)])).toBe(15);
  expect(topWithDots(10, [dot(1000)])).toBe(20);
});
