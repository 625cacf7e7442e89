import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { overAt } from './expiry.ts';

const dayMs = 86_400_000;
const hourMs = 3_600_000;
const rulesOf = (keptMs: readonly number[]) => keptMs.map((ms, i) => ({ pattern: `m${i}`, keptMs: ms }));

test('a day is over an hour after its last moment is past a retention, and is the last one of it then', () => {
  const check = (nowMs: number, expected: unknown): void =>
    expect(overAt({ rules: rulesOf([2 * dayMs, 90 * dayMs]), otherMs: 30 * dayMs }, nowMs)).toEqual(expected);
  check(123 * dayMs + hourMs - 1, [
    { keptMs: 2 * dayMs, firstDay: 92, lastDay: 119 },
    { keptMs: 30 * dayMs, firstDay: 32, lastDay: 91 },
  ]);
  check(123 * dayMs + hourMs, [
    { keptMs: 2 * dayMs, firstDay: 93, lastDay: 120 },
    { keptMs: 30 * dayMs, firstDay: 33, lastDay: 92 },
  ]);
});

test('without rules, or with retentions that end on one day, the TTL does it all', () => {
  const check = (keptMs: readonly number[], otherMs: number): void =>
    expect(overAt({ rules: rulesOf(keptMs), otherMs }, 100 * dayMs)).toEqual([]);
  check([], 30 * dayMs);
  check([30 * dayMs], 30 * dayMs);
  check([30 * dayMs + 1], 30 * dayMs + 2);
  check([200 * dayMs], 300 * dayMs);
});

test('no point goes before its retention has passed, and none stays a day and an hour longer but for those of the longest', () => {
  const ms = fc.integer({ min: 1, max: 400 * dayMs });
  fc.assert(
    fc.property(
      fc.array(ms, { maxLength: 6 }),
      ms,
      ms,
      fc.integer({ min: 0, max: 1200 * dayMs }),
      (kept, otherMs, ageMs, nowMs) => {
        const over = overAt({ rules: rulesOf(kept), otherMs }, nowMs);
        const timeMs = nowMs - ageMs;
        const day = Math.floor(timeMs / dayMs);
        const found = over.filter(({ firstDay, lastDay }) => day >= firstDay && day <= lastDay);
        expect(found.length).toBeLessThanOrEqual(1);
        const removedMs = found[0]?.keptMs ?? 0;
        const longestMs = Math.max(...kept, otherMs);
        const all = [...kept, otherMs];
        expect(all.filter((keptMs) => ageMs < keptMs && keptMs <= removedMs)).toEqual([]);
        const isPast = (keptMs: number): boolean => keptMs + dayMs + hourMs < ageMs && ageMs < longestMs && timeMs >= 0;
        expect(all.filter((keptMs) => isPast(keptMs) && keptMs > removedMs)).toEqual([]);
      },
    ),
    { numRuns: 1000 },
  );
});
