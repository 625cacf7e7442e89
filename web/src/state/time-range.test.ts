import { expect, test } from 'vitest';
import { absolute, isRelative, momentMs, presets, resolve, shift, stepSeconds, widen } from './time-range.ts';

const nowMs = Date.UTC(2026, 10, 20, 9, 30, 0);
const iso = (ms: number): string => new Date(ms).toISOString();

test('a moment is relative, ISO, epoch in seconds or milliseconds, or the reader’s own wall clock', () => {
  expect(momentMs('now', nowMs)).toBe(nowMs);
  expect(momentMs(' now-15m ', nowMs)).toBe(nowMs - 900_000);
  expect(momentMs('now-7d', nowMs)).toBe(nowMs - 604_800_000);
  expect(momentMs('2026-11-20T09:00:00.500Z', nowMs)).toBe(Date.UTC(2026, 10, 20, 9, 0, 0, 500));
  expect(momentMs('2026-11-20 09:00:00', nowMs)).toBe(new Date(2026, 10, 20, 9, 0, 0).getTime());
  expect(momentMs('2026-11-20', nowMs)).toBe(new Date(2026, 10, 20).getTime());
  expect(momentMs('1763630000', nowMs)).toBe(1_763_630_000_000);
  expect(momentMs('1763630000123456789', nowMs)).toBe(1_763_630_000_123);
});

test('what is no moment is none', () => {
  for (const text of ['', 'yesterday', 'now-', 'now-5y', '2026-99-01', '09:30']) expect(momentMs(text, nowMs)).toBeUndefined();
});

test('a range that makes no sense falls back to the default', () => {
  const fallback = { fromMs: nowMs - 900_000, toMs: nowMs };
  expect(resolve({ from: 'x', to: 'now' }, nowMs)).toEqual(fallback);
  expect(resolve({ from: 'now', to: 'now-1h' }, nowMs)).toEqual(fallback);
  expect(resolve({ from: 'now-1h', to: 'now' }, nowMs)).toEqual({ fromMs: nowMs - 3_600_000, toMs: nowMs });
});

test('shifting moves by half the length and pins the range', () => {
  const range = { fromMs: nowMs - 600_000, toMs: nowMs };
  expect(shift(range, -1)).toEqual({ from: iso(nowMs - 900_000), to: iso(nowMs - 300_000) });
  expect(resolve(shift(resolve(shift(range, -1), nowMs), 1), nowMs)).toEqual(range);
});

test('widening doubles the length and does not look into the future', () => {
  const past = { fromMs: nowMs - 7_200_000, toMs: nowMs - 3_600_000 };
  expect(widen(past, nowMs)).toEqual({ from: iso(nowMs - 9_000_000), to: iso(nowMs - 1_800_000) });
  const recent = { fromMs: nowMs - 600_000, toMs: nowMs };
  expect(widen(recent, nowMs)).toEqual({ from: iso(nowMs - 1_200_000), to: iso(nowMs) });
});

test('an absolute range is in order and never empty', () => {
  expect(absolute(nowMs, nowMs - 5)).toEqual({ from: iso(nowMs - 5), to: iso(nowMs) });
  expect(absolute(nowMs, nowMs)).toEqual({ from: iso(nowMs), to: iso(nowMs + 1) });
  expect(isRelative(absolute(0, 1))).toBe(false);
  expect(presets.every((preset) => isRelative(preset.range))).toBe(true);
});

test('steps are round and give at most the points asked for', () => {
  const lasting = (seconds: number) => ({ fromMs: nowMs - seconds * 1000, toMs: nowMs });
  expect(stepSeconds(lasting(900), 90)).toBe(10);
  expect(stepSeconds(lasting(3600), 120)).toBe(30);
  expect(stepSeconds(lasting(604_800), 120)).toBe(7200);
  expect(stepSeconds(lasting(1), 100)).toBe(1);
  expect(stepSeconds(lasting(86_400 * 400), 100)).toBe(86_400 * 4);
});
