import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { backoff } from './backoff.ts';

const options = { delayMs: 100, delayMsMax: 1000 };

test('full jitter: anything up to a bound that doubles up to the greatest', () => {
  const most = backoff({ ...options, jitter: 'full' }, () => 1);
  expect(Array.from({ length: 6 }, most)).toEqual([100, 200, 400, 800, 1000, 1000]);
  const least = backoff({ ...options, jitter: 'full' }, () => 0);
  expect(Array.from({ length: 3 }, least)).toEqual([0, 0, 0]);
});

test('decorrelated jitter: from the least wait up to three times the last one', () => {
  const most = backoff({ ...options, jitter: 'decorrelated' }, () => 1);
  expect(Array.from({ length: 4 }, most)).toEqual([300, 900, 1000, 1000]);
  const least = backoff({ ...options, jitter: 'decorrelated' }, () => 0);
  expect(Array.from({ length: 3 }, least)).toEqual([100, 100, 100]);
});

describe.each(['full', 'decorrelated'] as const)('%s jitter', (jitter) => {
  test('keeps within its bounds, whatever is drawn and however often', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 2000 }), (draws) => {
        let drawn = 0;
        const pause = backoff({ ...options, jitter }, () => draws[drawn++ % draws.length]!);
        for (let i = 0; i < 2000; i++) {
          const ms = pause();
          expect(ms >= (jitter === 'full' ? 0 : 100) && ms <= 1000).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  test('spreads those who failed together', () => {
    const first = Array.from({ length: 5000 }, () => backoff({ ...options, jitter })());
    const [from, to] = jitter === 'full' ? [0, 100] : [100, 300];
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const ms of first) tenths[Math.floor(((ms - from) / (to - from)) * 10)]!++;
    // 500 each; five standard deviations are 106.
    for (const count of tenths) expect(Math.abs(count - 500)).toBeLessThan(110);
  });
});
