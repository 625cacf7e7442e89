import { describe, expect, test } from 'vitest';
import { drawChart, shortNumber } from './chart.ts';

const options = { width: 50, height: 5, colors: false };

/** The drawing itself: what stands between the axis and the edge. */
function drawing(chart: readonly string[], height: number): string[] {
  return chart.slice(0, height).map((line) => line.slice(line.indexOf('┤') + 1));
}

test('a rising line goes from the lower left to the upper right', () => {
  const chart = drawChart([{ name: 'up', points: Array.from({ length: 50 }, (_, i) => [i * 60, i]) }], options);
  const rows = drawing(chart, 5);
  const starts = rows.map((row) => row.search(/\S/));
  expect(starts).toEqual(starts.toSorted((a, b) => b - a));
  expect(starts[4]).toBe(0);
  expect(chart[0]).toMatch(/^  49 ┤/);
  expect(chart[4]).toMatch(/^   0 ┤/);
  expect(chart.at(-1)).toBe('━━ up');
  expect(chart.at(-2)).toContain('1970-01-01 00:00:00');
  expect(chart.at(-2)).toContain('1970-01-01 00:49:00');
  for (const line of chart) expect(line.length).toBeLessThanOrEqual(50);
});

test('a gap is left open, a flat line lies in the middle, and one dot is a dot', () => {
  const flat = drawing(
    drawChart(
      [
        {
          name: 'x',
          points: [
            [0, 5],
            [10, Number.NaN],
            [20, 5],
          ],
        },
      ],
      options,
    ),
    5,
  );
  expect(flat.map((row) => row.trim() !== '')).toEqual([false, false, true, false, false]);
  expect(flat[2]?.replaceAll(' ', '')).toHaveLength(2);
  expect(
    drawing(drawChart([{ name: 'x', points: [[0, 1]] }], options), 5)
      .join('')
      .trim(),
  ).toHaveLength(1);
});

test('nothing is said to be nothing', () => {
  expect(drawChart([], options)).toEqual(['Nothing to draw.']);
  expect(drawChart([{ name: 'x', points: [[0, Number.POSITIVE_INFINITY]] }], options)).toEqual(['Nothing to draw.']);
});

test('the largest doubles are drawn', () => {
  const max = Number.MAX_VALUE;
  expect(
    drawing(
      drawChart(
        [
          {
            name: 'x',
            points: [
              [0, -max],
              [1, max],
            ],
          },
        ],
        options,
      ),
      5,
    )
      .join('')
      .trim(),
  ).not.toBe('');
});

test('lines have colours in turn', () => {
  const chart = drawChart(
    [
      { name: 'a', points: [[0, 1]] },
      { name: 'b', points: [[0, 2]] },
    ],
    { ...options, colors: true },
  );
  expect(chart.slice(-2)).toEqual(['\u001B[36m━━\u001B[0m a', '\u001B[33m━━\u001B[0m b']);
});

describe('numbers on the axis are short', () => {
  test.each([
    [0, '0'],
    [1.23456, '1.235'],
    [-1234.5, '-1.234k'],
    [5e6, '5M'],
    [0.00001, '1.00e-5'],
    [1e15, '1.00e+15'],
  ])('%d', (value: number, expected: string) => {
    expect(shortNumber(value)).toBe(expected);
  });
});
