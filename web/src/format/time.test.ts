import { expect, test } from 'vitest';
import { formatAgo, formatClockMs, formatExact, formatMoment, formatTyped, nsToMs } from './time.ts';

/** Built from local parts, so that the test says the same in every time zone. */
const ms = new Date(2026, 10, 20, 9, 2, 31, 123).getTime();

test('a moment shows its day only when it is another one', () => {
  expect(formatMoment(ms, ms + 60_000)).toBe('09:02:31');
  expect(formatMoment(ms, ms + 86_400_000)).toBe('Nov 20 09:02:31');
  expect(formatClockMs(ms)).toBe('09:02:31.123');
  expect(formatTyped(ms)).toBe('2026-11-20 09:02:31');
});

test('the exact time keeps all nine digits', () => {
  expect(formatExact(`${ms}456789`)).toBe('2026-11-20 09:02:31.123456789');
  expect(nsToMs(`${ms}000000`)).toBe(ms);
});

test('an age is in the largest whole unit', () => {
  expect([0, 59_000, 60_000, 3_599_000, 7_300_000, 90_000_000].map((age) => formatAgo(ms, ms + age))).toEqual([
    '0 s ago',
    '59 s ago',
    '1 min ago',
    '59 min ago',
    '2 h ago',
    '1 d ago',
  ]);
});
