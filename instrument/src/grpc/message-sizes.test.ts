import { expect, test } from 'vitest';
import { messageSizes } from './message-sizes.ts';

const bytes = (length: number): Buffer => Buffer.alloc(length);

test('a message has the bytes that it was read from, whether it is passed on at once or waits', () => {
  const sizes = messageSizes();
  const read = sizes.remembering((from) => ({ from: from.length }));
  const [a, b] = [read(bytes(10)), read(bytes(20))];
  expect([sizes.of(a), sizes.of(b)]).toEqual([10, 20]);
  const c = read(bytes(30));
  expect(sizes.of(c)).toBe(30);
  const [d, e, f] = [40, 50, 60].map((length) => read(bytes(length)));
  expect([sizes.of(e), sizes.of(d), sizes.of(f)]).toEqual([50, 40, 60]);
});

test('messages of two methods are told apart', () => {
  const sizes = messageSizes();
  const [one, other] = [sizes.remembering((from) => [from]), sizes.remembering((from) => from)];
  const [a, b] = [one(bytes(1)), other(bytes(2))];
  expect([sizes.of(b), sizes.of(a)]).toEqual([2, 1]);
});

test('a message that is no object counts as the newest one, also when it is passed on twice', () => {
  const sizes = messageSizes();
  const read = sizes.remembering((from) => from.toString());
  const text = read(Buffer.from('abc'));
  expect([sizes.of(text), sizes.of(text)]).toEqual([3, 3]);
});

test('what is written is counted as it is written', () => {
  const sizes = messageSizes();
  const write = sizes.counting((text: string) => Buffer.from(text));
  expect(write('häuser').toString()).toBe('häuser');
  expect(sizes.last()).toBe(7);
});
