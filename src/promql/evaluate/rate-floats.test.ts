import { array, assert, boolean, constantFrom, integer, property, record } from 'fast-check';
import { expect, test } from 'vitest';
import { Annotations } from './annotations.ts';
import { newSeries } from './grid.ts';
import type { GridSeries } from './grid.ts';
import { delta, deltaKind, increase, increaseKind, rate, rateKind } from './rate.ts';
import { rateOverFloats } from './rate-floats.ts';
import { newSpan, slideTo } from './spans.ts';
import type { Window } from './windows.ts';

const ways = [
  { one: rate, all: rateOverFloats(rateKind) },
  { one: increase, all: rateOverFloats(increaseKind) },
  { one: delta, all: rateOverFloats(deltaKind) },
];
const none = { timesMs: new Float64Array(), values: [], startsMs: undefined };

test('all windows at once give bit for bit what they give one by one', () => {
  const sample = record({ gapMs: integer({ min: 1, max: 40_000 }), added: integer({ min: -5, max: 90 }), falls: boolean() });
  const asked = record({
    samples: array(sample, { maxLength: 60 }),
    rangeMs: constantFrom(1000, 30_000, 60_000, 300_000),
    strideMs: constantFrom(0, 5000, 15_000, 70_000),
    startMs: integer({ min: 0, max: 600_000 }),
  });
  assert(
    property(asked, ({ samples, rangeMs, strideMs, startMs }) => {
      let [timeMs, value] = [0, 0.1];
      const timesMs: number[] = [];
      const values: number[] = [];
      for (const { gapMs, added, falls } of samples) {
        timesMs.push((timeMs += gapMs));
        values.push((value = falls && added > 60 ? 0.3 : value + added / 7));
      }
      const floats = { timesMs: Float64Array.from(timesMs), values: Float64Array.from(values), startsMs: undefined };
      const windows = { rangeMs, endMs: startMs, strideMs, extension: undefined, beforeMs: 0, afterMs: 0 };
      for (const { one, all } of ways) {
        const [expected, actual] = [newSeries([], 30, false), newSeries([], 30, false)];
        const isAny = all(floats, windows, actual);
        expect(isAny).toBe(oneByOne(one, floats, windows, expected));
        expect(actual).toEqual(expected);
      }
    }),
  );
});

function oneByOne(
  apply: (window: Window) => boolean,
  floats: Window['floats'],
  windows: { readonly rangeMs: number; readonly endMs: number; readonly strideMs: number },
  to: GridSeries,
): boolean {
  const window: Window = {
    floats,
    histograms: none,
    floatSpan: newSpan(),
    histogramSpan: newSpan(),
    timeMs: 0,
    startMs: 0,
    endMs: 0,
    rangeMs: windows.rangeMs,
    extension: undefined,
    step: 0,
    parameters: [],
    useStarts: false,
    annotations: new Annotations(),
    position: 0,
    metricName: '',
    value: 0,
    histogram: undefined,
  };
  let isAny = false;
  for (let step = 0; step < to.present.length; step++) {
    window.endMs = windows.endMs + step * windows.strideMs;
    window.startMs = window.endMs - windows.rangeMs;
    slideTo(window.floatSpan, floats.timesMs, window.startMs, window.endMs);
    if (window.floatSpan.from === window.floatSpan.to || !apply(window)) continue;
    to.values[step] = window.value;
    to.present[step] = 1;
    isAny = true;
  }
  return isAny;
}
