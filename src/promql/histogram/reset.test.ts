import { expect, test } from 'vitest';
import { bucketsOf, custom, exponential } from '../../../test/promql/histograms.ts';
import type { Histogram } from './histogram.ts';
import { detectReset } from './reset.ts';

const before = exponential({ count: 9, zeroThreshold: 0.25, zeroCount: 2, positive: bucketsOf({ 1: 3, 2: 4 }) });
const after = (parts: Partial<Histogram>): Histogram => ({ ...before, ...parts });

test('a number of observations that falls shows a reset, a sum that falls does not', () => {
  expect(detectReset(before, before)).toBe(false);
  expect(detectReset(before, after({ sum: -100 }))).toBe(false);
  expect(detectReset(before, after({ count: 8 }))).toBe(true);
  expect(detectReset(before, after({ zeroCount: 1 }))).toBe(true);
  expect(detectReset(before, after({ positive: bucketsOf({ 1: 3, 2: 3, 3: 9 }) }))).toBe(true);
  expect(detectReset(before, after({ positive: bucketsOf({ 1: 9 }) }))).toBe(true);
  expect(detectReset(after({ positive: bucketsOf({ 1: 3, 2: 4, 7: 0 }) }), before)).toBe(false);
  expect(detectReset(before, after({ count: 20, negative: bucketsOf({ 1: 2 }) }))).toBe(false);
  expect(detectReset(after({ negative: bucketsOf({ 1: 2 }) }), before)).toBe(true);
});

test('what the sender says counts, but for a gauge', () => {
  expect(detectReset(before, after({ count: 1, resetHint: 'not_reset' }))).toBe(false);
  expect(detectReset(before, after({ resetHint: 'reset' }))).toBe(true);
  expect(detectReset(before, after({ count: 1, resetHint: 'gauge' }))).toBe(true);
  expect(detectReset(before, after({ resetHint: 'gauge' }))).toBe(false);
});

test('a layout that only a new start gives is a reset', () => {
  expect(detectReset(before, after({ schema: 1 }))).toBe(true);
  expect(detectReset(before, after({ schema: -1, positive: bucketsOf({ 1: 7 }) }))).toBe(false);
  expect(detectReset(before, after({ schema: -1, positive: bucketsOf({ 1: 6 }) }))).toBe(true);
  expect(detectReset(before, after({ zeroThreshold: 0.125 }))).toBe(true);
  expect(detectReset(before, after({ zeroThreshold: 1, zeroCount: 2 }))).toBe(false);
  expect(detectReset(before, after({ zeroThreshold: 2, zeroCount: 5, positive: bucketsOf({ 2: 4 }) }))).toBe(false);
  expect(detectReset(before, after({ zeroThreshold: 2, zeroCount: 4, positive: bucketsOf({ 2: 4 }) }))).toBe(true);
  expect(detectReset(before, after({ zeroThreshold: 1.5, zeroCount: 50 }))).toBe(true);
});

test('custom buckets are compared between the bounds that both have', () => {
  expect(detectReset(custom([1, 2], { 0: 1, 2: 2 }), custom([1, 2], { 0: 1, 2: 3 }))).toBe(false);
  expect(detectReset(custom([1, 2], { 0: 1, 2: 2 }), custom([1, 2], { 0: 0, 2: 9 }))).toBe(true);
  expect(detectReset(custom([1, 2, 3], { 0: 1, 1: 1, 2: 1 }), custom([1, 3], { 0: 1, 1: 2 }))).toBe(false);
  expect(detectReset(custom([1, 2, 3], { 0: 1, 1: 1, 2: 1 }), custom([1, 3], { 0: 2, 1: 1 }))).toBe(true);
  expect(detectReset(custom([1], { 0: 1 }), exponential({ count: 5 }))).toBe(true);
  expect(detectReset(exponential({ count: 1 }), custom([1], { 0: 5 }))).toBe(true);
});
