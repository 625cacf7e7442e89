import { expect, test } from 'vitest';
import { takeAtOnce, takeInSlices } from './steps.ts';
import type { Steps } from './steps.ts';

/** Steps that take about a millisecond each. */
function* busy(steps: number, done: (step: number) => void = () => undefined): Steps<string> {
  for (let step = 0; step < steps; step++) {
    const endMs = performance.now() + 1;
    while (performance.now() < endMs);
    done(step);
    yield;
  }
  return 'done';
}

test('steps that are taken at once give what they come to', () => {
  const seen: number[] = [];
  expect(takeAtOnce(busy(3, (step) => seen.push(step)))).toBe('done');
  expect(seen).toEqual([0, 1, 2]);
});

test('between slices others have their turn', async () => {
  let turns = 0;
  const timer = setInterval(() => turns++, 1);
  expect(await takeInSlices(busy(60))).toBe('done');
  clearInterval(timer);
  expect(turns).toBeGreaterThan(3);
});

test('works in slices take turns', async () => {
  const order: string[] = [];
  const work = (name: string): Promise<string> => takeInSlices(busy(40, () => order.at(-1) === name || order.push(name)));
  await Promise.all([work('a'), work('b')]);
  expect(order.length).toBeGreaterThan(4);
});

test('what a step or the end of a slice throws ends the work, which puts right what it has to', async () => {
  let isRight = false;
  const work = function* (fails: boolean): Steps<string> {
    try {
      yield* busy(20);
      if (fails) throw new Error('in a step');
      return yield* busy(20);
    } finally {
      isRight = true;
    }
  };
  await expect(takeInSlices(work(true))).rejects.toThrow('in a step');
  expect(isRight).toBe(true);
  isRight = false;
  const stop = (): void => {
    throw new Error('after a slice');
  };
  await expect(takeInSlices(work(false), stop)).rejects.toThrow('after a slice');
  expect(isRight).toBe(true);
  // The line goes on.
  expect(await takeInSlices(busy(1))).toBe('done');
});
