import { assert, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatDurationMs, parseDurationMs, parseSizeBytes } from './units.ts';

const minuteMs = 60_000;
const dayMs = 1440 * minuteMs;

describe('durations', () => {
  test.each([
    ['15s', 15_000],
    ['1h30m', 90 * minuteMs],
    ['1y2w3d4h5m6s7ms', 382 * dayMs + 4 * 60 * minuteMs + 5 * minuteMs + 6007],
    ['90m', 90 * minuteMs],
    ['0', 0],
    ['0s', 0],
    ['', undefined],
    ['5', undefined],
    ['1.5s', undefined],
    ['-1s', undefined],
    ['1s1m', undefined],
    ['1s1s', undefined],
    ['1S', undefined],
    ['300y', undefined],
    ['99999999999999999999s', undefined],
  ])('%s', (text, expected) => expect(parseDurationMs(text)).toBe(expected));

  test.each([
    [0, '0s'],
    [15_000, '15s'],
    [90 * minuteMs, '1h30m'],
    [7 * dayMs, '1w'],
    [10 * dayMs, '10d'],
    [1500, '1s500ms'],
    [25 * 60 * minuteMs, '25h'],
  ])('%i ms are shown as %s', (ms, expected) => expect(formatDurationMs(ms)).toBe(expected));

  test('are read back as they are shown', () =>
    assert(
      property(integer({ min: 0, max: 1e11 }), (ms) => {
        expect(parseDurationMs(formatDurationMs(ms))).toBe(ms);
      }),
    ));
});

describe('sizes', () => {
  test.each([
    ['10MB', 10 << 20],
    ['10MiB', 10 << 20],
    ['1.5KB', 1536],
    ['7B', 7],
    ['0', 0],
    ['10', undefined],
    ['10mb', undefined],
    ['-1B', undefined],
  ])('%s', (text, expected) => expect(parseSizeBytes(text)).toBe(expected));
});
