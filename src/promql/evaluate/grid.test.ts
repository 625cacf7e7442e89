import { describe, expect, test } from 'vitest';
import { gridOf, newSeries, presenceOfAny, repeatFirst, setFloat, unite } from './grid.ts';
import type { GridSeries } from './grid.ts';

function seriesOf(name: string, values: readonly (number | undefined)[], dropName = false): GridSeries {
  const series = newSeries(['a', name], values.length, dropName);
  for (const [step, value] of values.entries()) if (value !== undefined) setFloat(series, step, value);
  return series;
}

function valuesOf({ values, present }: GridSeries): (number | undefined)[] {
  return Array.from(values, (value, step) => (present[step] === 0 ? undefined : value));
}

describe('a grid', () => {
  function check(times: readonly [number, number, number], steps: number): void {
    test(`from ${times[0]} to ${times[1]} by ${times[2]} has ${steps} steps`, () => expect(gridOf(...times).steps).toBe(steps));
  }
  check([0, 0, 0], 1);
  check([0, 10, 5], 3);
  check([0, 14, 5], 3);
  check([-10, -5, 5], 2);
  check([5, 4, 1], 0);
});

describe('series with equal labels', () => {
  test('become one where they are present at different steps', () => {
    const united = unite([
      seriesOf('x', [undefined, 2, undefined]),
      seriesOf('y', [7, 7, 7]),
      seriesOf('x', [1, undefined, 3], true),
    ]);
    expect(united.map(valuesOf)).toEqual([
      [1, 2, 3],
      [7, 7, 7],
    ]);
    expect(united.map(({ dropName }) => dropName)).toEqual([true, false]);
  });

  test('are refused where they are present at the same step', () => {
    expect(() => unite([seriesOf('x', [1, 2]), seriesOf('x', [undefined, 3])])).toThrow(
      'vector cannot contain metrics with the same labelset',
    );
  });
});

test('presence of any is that of all series together', () => {
  expect([...presenceOfAny([seriesOf('x', [1, undefined, undefined]), seriesOf('y', [1, 2, undefined])], 3)]).toEqual([1, 1, 0]);
});

test('the first step is repeated, or its absence', () => {
  expect(valuesOf(repeatFirst(seriesOf('x', [4]), 3))).toEqual([4, 4, 4]);
  expect(valuesOf(repeatFirst(seriesOf('x', [undefined]), 2))).toEqual([undefined, undefined]);
});
