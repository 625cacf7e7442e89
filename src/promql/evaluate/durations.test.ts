import { describe, expect, test } from 'vitest';
import { parseExpr } from '../parse.ts';
import { offsetOf, rangeOf } from './durations.ts';
import { gridOf } from './grid.ts';

const query = gridOf(0, 600_000, 30_000);

function durationsOf(text: string): { rangeMs: number; offsetMs: number } {
  const selector = parseExpr(text, { experimental: true });
  if (selector.type !== 'matrixSelector') throw new Error(`expected a range selector, got ${selector.type}`);
  return { rangeMs: rangeOf(selector.range, query), offsetMs: offsetOf(selector.vector.offset, query) };
}

describe('a duration', () => {
  function check(text: string, rangeMs: number, offsetMs = 0): void {
    test(`of ${text}`, () => expect(durationsOf(text)).toEqual({ rangeMs, offsetMs }));
  }
  check('x[5m]', 300_000);
  check('x[90]', 90_000);
  check('x[1m+30s] offset -1m', 90_000, -60_000);
  check('x[step()*4]', 120_000);
  check('x[range()/2]', 300_000);
  check('x[max_of(step(), 1m)] offset min_of(step(), 1m)', 60_000, 30_000);
  check('x[2^3]', 8000);
  check('x[7 % 4]', 3000);
  check('x[1.0015 * 1]', 1001);
  check('x[1m] offset (1m - 90s)', 60_000, -30_000);
});

describe('a duration is refused', () => {
  function check(text: string, message: string): void {
    test(`as ${message} in ${text}`, () => expect(() => durationsOf(text)).toThrow(message));
  }
  check('x[1m - 1m * 2]', 'duration must be greater than 0');
  check('x[1m / (1m - 60)]', 'division by zero');
  check('x[5 % (1 - 1)]', 'modulo by zero');
  check('x[10 ^ 400]', 'duration is NaN or infinite');
  check('x[10 ^ 12]', 'duration is out of range');
});
