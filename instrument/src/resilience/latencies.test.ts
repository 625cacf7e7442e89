import { expect, test } from 'vitest';
import { Latencies } from './latencies.ts';

test('percentiles are those of the last 256, and none of less than 32', () => {
  const latencies = new Latencies(0.95);
  for (let i = 1; i <= 31; i++) latencies.record(i);
  expect(latencies.quantileMs).toBeUndefined();
  latencies.record(32);
  expect(latencies.quantileMs).toBe(31);
  for (let i = 1; i <= 10_000; i++) latencies.record(1000 + (i % 100));
  expect(latencies.quantileMs).toBeGreaterThanOrEqual(1093);
  expect(latencies.quantileMs).toBeLessThanOrEqual(1096);
});

test.each([
  [0.5, 10],
  [0.9, 10],
  [0.95, 500],
  [0.99, 500],
])('of one slow attempt in twenty and one more, the quantile %d is %d', (share, ms) => {
  const latencies = new Latencies(share);
  for (let i = 0; i < 256; i++) latencies.record(i % 19 === 0 ? 500 : 10);
  expect(latencies.quantileMs).toBe(ms);
});
