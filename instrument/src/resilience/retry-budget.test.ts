import assert from 'node:assert/strict';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RetryBudget, retryBudget } from './retry-budget.ts';

interface Paid {
  readonly atMs: number;
  readonly by: 'call' | 'share' | 'floor';
}

/** The same rules over a list of all that ever happened. */
class Model {
  readonly all: Paid[] = [];
  private readonly share: number;
  private readonly perSecond: number;
  private readonly slotMs: number;

  constructor(share: number, perSecond: number, windowMs: number) {
    this.share = share;
    this.perSecond = perSecond;
    this.slotMs = windowMs / 10;
  }

  remaining(nowMs: number): { share: number; floor: number } {
    const oldest = Math.floor(nowMs / this.slotMs) - 9;
    const count = (by: Paid['by']): number =>
      this.all.filter((one) => one.by === by && Math.floor(one.atMs / this.slotMs) >= oldest).length;
    return {
      share: Math.max(0, Math.floor(this.share * count('call') - count('share') + 1e-6)),
      floor: Math.floor(this.floor(nowMs) / 1000),
    };
  }

  take(nowMs: number): boolean {
    const { share, floor } = this.remaining(nowMs);
    if (share >= 1) this.all.push({ atMs: nowMs, by: 'share' });
    else if (floor >= 1) this.all.push({ atMs: nowMs, by: 'floor' });
    return share >= 1 || floor >= 1;
  }

  /** In thousandths, so that whole numbers of milliseconds give whole numbers. */
  private floor(nowMs: number): number {
    const max = this.perSecond * 1000;
    let [left, atMs] = [max, 0];
    for (const paid of this.all.filter(({ by }) => by === 'floor')) {
      left = Math.min(max, left + (paid.atMs - atMs) * this.perSecond) - 1000;
      atMs = paid.atMs;
    }
    return Math.min(max, left + (nowMs - atMs) * this.perSecond);
  }
}

const steps = fc.array(
  fc.oneof(
    { weight: 3, arbitrary: fc.record({ do: fc.constant('call' as const), times: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('take' as const), times: fc.integer({ min: 1, max: 30 }) }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), times: fc.integer({ min: 1, max: 2500 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), times: fc.integer({ min: 2500, max: 50_000 }) }) },
  ),
  { maxLength: 60 },
);

describe('a retry budget', () => {
  test('allows what a model allows that remembers everything, and never more than its share and floor', () => {
    fc.assert(
      fc.property(
        steps,
        fc.constantFrom(0, 0.1, 0.2, 0.29, 1),
        fc.integer({ min: 0, max: 5 }),
        fc.constantFrom(1000, 10_000),
        (all, share, perSecondMin, windowMs) => {
          let nowMs = 0;
          const budget = new RetryBudget({ share, perSecondMin, windowMs }, () => nowMs);
          const model = new Model(share, perSecondMin, windowMs);
          let [calls, retries] = [0, 0];
          for (const step of all) {
            if (step.do === 'wait') nowMs += step.times;
            for (let i = 0; i < step.times && step.do !== 'wait'; i++) {
              const expected = model.remaining(nowMs);
              expect(budget.remaining).toBe(expected.share + expected.floor);
              if (step.do === 'call') {
                calls++;
                budget.countCall();
                model.all.push({ atMs: nowMs, by: 'call' });
              } else {
                const isAllowed = budget.take();
                assert.equal(isAllowed, model.take(nowMs));
                if (isAllowed) retries++;
              }
            }
          }
          expect(retries).toBeLessThanOrEqual(share * calls + perSecondMin * (nowMs / 1000 + 1) + 1e-6);
        },
      ),
      { numRuns: 150 },
    );
  });

  test('forgets calls when the window has passed', () => {
    let nowMs = 0;
    const budget = new RetryBudget({ share: 0.2, perSecondMin: 0, windowMs: 10_000 }, () => nowMs);
    for (let i = 0; i < 100; i++) budget.countCall();
    expect(budget.remaining).toBe(20);
    nowMs = 9999;
    expect(budget.remaining).toBe(20);
    nowMs = 10_000;
    expect(budget.remaining).toBe(0);
    expect(budget.take()).toBe(false);
  });

  test('of less than one a second comes to one', () => {
    let nowMs = 0;
    const budget = new RetryBudget({ share: 0, perSecondMin: 0.5 }, () => nowMs);
    expect([budget.take(), budget.take()]).toEqual([true, false]);
    nowMs = 1999;
    expect(budget.take()).toBe(false);
    nowMs = 2000;
    expect([budget.take(), budget.take()]).toEqual([true, false]);
  });

  test('of nothing allows nothing', () => {
    const budget = retryBudget({ share: 0, perSecondMin: 0 });
    budget.countCall();
    expect(budget.take()).toBe(false);
  });

  test.each([
    [{ share: -0.1 }, 'share should be a number at least 0, but is -0.1'],
    [{ perSecondMin: NaN }, 'perSecondMin should be a number at least 0, but is NaN'],
    [{ windowMs: 0 }, 'windowMs should be above 0 and at most 2147483647 milliseconds, but is 0'],
  ])('with %j is refused', (options, message) => {
    expect(() => retryBudget(options)).toThrow(message);
  });
});
