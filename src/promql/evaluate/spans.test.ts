import { assert, array, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { newSpan, slideTo } from './spans.ts';

test('a span that slides holds just the times in each window', () => {
  const times = array(integer({ min: 0, max: 50 })).map((list) => Float64Array.from(new Set(list.toSorted((a, b) => a - b))));
  assert(
    property(times, integer({ min: 1, max: 20 }), integer({ min: 0, max: 9 }), (timesMs, rangeMs, strideMs) => {
      const span = newSpan();
      for (let step = 0; step < 8; step++) {
        const toMs = 5 + step * strideMs;
        slideTo(span, timesMs, toMs - rangeMs, toMs);
        const within = [...timesMs].filter((ms) => ms > toMs - rangeMs && ms <= toMs);
        expect([...timesMs.subarray(span.from, span.to)]).toEqual(within);
      }
    }),
  );
});
