import { SpanKind } from '@opentelemetry/api';
import { describe, expect, test } from 'vitest';
import { randomWord } from './ids.ts';
import { rateSampler } from './rate-sampler.ts';
import { decide, readTraceState } from './sampling.ts';

const question = { parent: undefined, name: 'GET', kind: SpanKind.SERVER, attributes: {} };

/** Asks at an even rate for some seconds; gives how many a second were kept and how many they stand for, after the first seconds. */
function run(wanted: number, perSecond: number, seconds = 40): { kept: number; weighed: number } {
  let nowMs = 0;
  const sampler = rateSampler(wanted, () => nowMs);
  const warmUp = 5;
  let [kept, weighed] = [0, 0];
  for (let i = 0; i < perSecond * (seconds + warmUp); i++) {
    nowMs += 1000 / perSecond;
    const { isSampled, traceState } = decide(sampler, question, randomWord(), randomWord());
    if (!isSampled || nowMs < warmUp * 1000) continue;
    kept++;
    weighed += 2 ** 56 / (2 ** 56 - (readTraceState(traceState).threshold ?? 0));
  }
  return { kept: kept / seconds, weighed: weighed / seconds };
}

describe('a rate', () => {
  test.each([
    [20, 100],
    [20, 2000],
    [100, 3000],
  ])('of %d a second is kept to, of %d that come', (wanted, perSecond) => {
    const { kept, weighed } = run(wanted, perSecond);
    expect(Math.abs(kept / wanted - 1)).toBeLessThan(0.15);
    expect(Math.abs(weighed / perSecond - 1)).toBeLessThan(0.2);
  });

  test('that is not reached keeps all', () => {
    const { kept, weighed } = run(100, 20);
    expect(kept).toBe(weighed);
    expect(kept).toBeCloseTo(20, 1);
  });

  test('of none keeps none', () => {
    expect(run(0, 100).kept).toBe(0);
  });

  test('is followed when traffic jumps', () => {
    let nowMs = 0;
    const sampler = rateSampler(10, () => nowMs);
    let kept = 0;
    const ask = (perSecond: number, seconds: number): number => {
      kept = 0;
      for (let i = 0; i < perSecond * seconds; i++) {
        nowMs += 1000 / perSecond;
        if (decide(sampler, question, randomWord(), randomWord()).isSampled) kept++;
      }
      return kept / seconds;
    };
    expect(ask(5, 20)).toBeGreaterThan(4.9);
    ask(5000, 5);
    expect(ask(5000, 20)).toBeLessThan(14);
    ask(5, 10);
    expect(ask(5, 20)).toBeGreaterThan(4.5);
  });

  test('below zero is refused', () => {
    expect(() => rateSampler(-1)).toThrow('a rate should be at least 0 spans a second, but is -1');
  });
});
