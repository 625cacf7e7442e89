import { expect, test } from 'vitest';
import { formatOf } from './unit.ts';

test('a value is written in its own unit', () => {
  expect(formatOf('s')(0.00123)).toBe('1.23 ms');
  expect(formatOf('ms')(1500)).toBe('1.5 s');
  expect(formatOf('By')(1536)).toBe('1.5 KiB');
  expect(formatOf('By/s')(1536)).toBe('1.5 KiB/s');
  expect(formatOf('%')(12.34)).toBe('12.3 %');
  expect(formatOf('1')(1200)).toBe('1.2 k');
  expect(formatOf('')(0.5)).toBe('0.5');
  expect(formatOf('{request}')(3)).toBe('3');
  expect(formatOf('{request}/s')(3)).toBe('3/s');
  expect(formatOf('V')(1200)).toBe('1.2 k V');
});

test('a rate is per second, of time it is seconds per second', () => {
  expect(formatOf('By', true)(2048)).toBe('2 KiB/s');
  expect(formatOf('1', true)(0.25)).toBe('0.25/s');
  expect(formatOf('{request}', true)(7)).toBe('7/s');
  expect(formatOf('ms', true)(500)).toBe('0.5 s/s');
});
