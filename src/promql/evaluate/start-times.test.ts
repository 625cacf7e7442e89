import { describe, expect, test } from 'vitest';
import { hasRestarted, overlaps } from './start-times.ts';

/** The earlier sample is at 100 ms, the later one at 200 ms. */
describe('of the later of two samples', () => {
  function check(
    what: string,
    previousStartMs: number,
    startMs: number,
    expected: readonly [restarted: boolean, overlap: boolean],
  ): void {
    test(`it ${what}`, () => {
      expect([hasRestarted(previousStartMs, 100, startMs, 200), overlaps(previousStartMs, 100, startMs)]).toEqual(expected);
    });
  }
  check('says nothing without a start', 50, 0, [false, false]);
  check('has not restarted with the start of the one before', 50, 50, [false, false]);
  check('has restarted between them', 50, 150, [true, false]);
  check('has restarted as a delta, right after the one before', 50, 100, [true, false]);
  check('has not restarted when it is the second of a counter without a known start', 0, 100, [false, false]);
  check('has not restarted after one whose start is its own time', 100, 100, [false, false]);
  check('has not restarted after one whose start is after its time', 120, 100, [false, false]);
  check('says nothing when it starts at its own time', 50, 200, [false, false]);
  check('overlaps the one before', 20, 50, [false, true]);
});
