import { describe, expect, test } from 'vitest';
import { extrapolation } from './extrapolate.ts';

/** A range of a minute up to 60 s, with samples ten seconds apart from `first` to `last`, in seconds. */
function factorOf(first: number, last: number, fallenToZero = Infinity): number {
  const count = (last - first) / 10 + 1;
  return extrapolation({ firstMs: first * 1000, lastMs: last * 1000, count, startMs: 0, endMs: 60_000, fallenToZero });
}

describe('extrapolation', () => {
  function check(what: string, factor: number, expected: number): void {
    test(`goes ${what}`, () => expect(factor).toBeCloseTo(expected, 12));
  }
  check('not at all when samples lie at both edges', factorOf(0, 60), 1);
  check('to edges that are near', factorOf(5, 55), 60 / 50);
  check('to edges less than 1.1 distances away', factorOf(10, 50), 60 / 40);
  check('by half a distance where the series seems to begin or end', factorOf(20, 40), 30 / 20);
  check('not below zero, for a counter', factorOf(10, 50, 0.1), (40 + 4 + 10) / 40);
  check('as far as zero and no less, for a counter', factorOf(10, 50, 1), 60 / 40);
});
