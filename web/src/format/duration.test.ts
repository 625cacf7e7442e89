import { expect, test } from 'vitest';
import { formatDuration, parseDuration } from './duration.ts';

test('durations read at a glance and are exact to three digits', () => {
  const cases: [number | string, string][] = [
    [0, '0 ns'],
    [640, '640 ns'],
    [999.9, '1 µs'],
    [1_230_000, '1.23 ms'],
    [999_600, '1 ms'],
    [999_400, '999 µs'],
    ['12345678901', '12.3 s'],
    [59.94e9, '59.9 s'],
    [59.96e9, '1 min'],
    [83e9, '1 min 23 s'],
    [3599.7e9, '1 h'],
    [7500e9, '2 h 5 min'],
    [86_400e9 * 3 + 4 * 3600e9, '3 d 4 h'],
    [-1_500_000, '−1.5 ms'],
  ];
  for (const [ns, text] of cases) expect(formatDuration(ns)).toBe(text);
});

test('typed durations become what the API takes', () => {
  expect(['10ms', '1.5 s', '250', ' 2 min ', '3µs', '.5h'].map(parseDuration)).toEqual([
    '10ms',
    '1.5s',
    '250ms',
    '2m',
    '3us',
    '0.5h',
  ]);
  expect(['', 'fast', '10 parsecs', '-4ms'].map(parseDuration)).toEqual([undefined, undefined, undefined, undefined]);
});
