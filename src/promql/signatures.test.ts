import { expect, test } from 'vitest';
import { aggregators, isAggregationOperator, isFunctionName, signatures } from './signatures.ts';

test('there are the 90 functions and 14 aggregators of Prometheus 3.14', () => {
  expect([Object.keys(signatures).length, Object.keys(aggregators).length]).toEqual([90, 14]);
});

test('functions stand in the order of their names', () => {
  expect(Object.keys(signatures)).toEqual(Object.keys(signatures).toSorted());
});

test('each is explained in one sentence', () => {
  const docs = [...Object.values(signatures), ...Object.values(aggregators)].map(({ doc }) => doc);
  expect(docs.filter((doc) => !/^[A-Z].*[^.]\.$/.test(doc))).toEqual([]);
});

test('what may be left out or repeated has a type', () => {
  expect(Object.values(signatures).filter(({ args, variadic }) => variadic > 0 && args.length === 0)).toEqual([]);
});

test('names that every object has are names of nothing', () => {
  expect([isFunctionName('constructor'), isAggregationOperator('toString'), isFunctionName('rate')]).toEqual([
    false,
    false,
    true,
  ]);
});
