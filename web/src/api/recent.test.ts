import { beforeEach, expect, test } from 'vitest';
import { forget, keep, recent } from './recent.ts';

beforeEach(forget);

test('an answer is known for a minute', () => {
  keep('/a', 1, 0);
  expect(recent('/a', 59_999)).toBe(1);
  expect(recent('/a', 60_000)).toBeUndefined();
  expect(recent('/b', 0)).toBeUndefined();
});

test('only the latest few are kept', () => {
  for (let i = 0; i < 100; i++) keep(`/${i}`, i, 0);
  expect(recent('/99', 0)).toBe(99);
  expect(recent('/76', 0)).toBe(76);
  expect(recent('/75', 0)).toBeUndefined();
});

test('asking again forgets all', () => {
  keep('/a', 1, 0);
  forget();
  expect(recent('/a', 0)).toBeUndefined();
});
