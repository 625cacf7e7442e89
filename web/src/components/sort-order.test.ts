import { expect, test } from 'vitest';
import { compare } from './sort-order.ts';

test('numbers go by size, names by letters, what is missing goes first', () => {
  expect([10, 9, null, 100].toSorted(compare)).toEqual([null, 9, 10, 100]);
  expect(['b', 'a', 'Ä', null].toSorted(compare)).toEqual([null, 'a', 'Ä', 'b']);
});
