import { array, assert, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { ByteKeys } from './byte-keys.ts';

/** Numbers texts that lie one after another in one buffer, as those of a body do. */
function numbersOf(keys: ByteKeys, texts: readonly string[]): number[] {
  const parts = texts.map((text) => Buffer.from(text));
  const all = Buffer.concat(parts);
  let start = 0;
  return parts.map(({ length }) => {
    const end = start + length;
    const found = keys.find(all, start, end);
    const number = found >= 0 ? found : keys.add(all, start, end);
    start = end;
    return number;
  });
}

function expected(texts: readonly string[]): number[] {
  const numbers = new Map<string, number>();
  return texts.map((text) => {
    if (!numbers.has(text)) numbers.set(text, numbers.size);
    return numbers.get(text)!;
  });
}

test('the same bytes have the same number, and new ones the next', () =>
  assert(
    property(array(string({ maxLength: 9, unit: 'grapheme' })), (texts) => {
      expect(numbersOf(new ByteKeys(), [...texts, ...texts])).toEqual(expected([...texts, ...texts]));
    }),
  ));

test('it grows to many keys', () => {
  const texts = Array.from({ length: 20_000 }, (_, i) => `http_requests_total{path="/${i % 15_000}"}`);
  const keys = new ByteKeys();
  expect(numbersOf(keys, texts)).toEqual(expected(texts));
  expect(keys.count).toBe(15_000);
});

test('keys keep their bytes in another table', () => {
  const from = new ByteKeys();
  const texts = Array.from({ length: 500 }, (_, i) => `k${i}`);
  numbersOf(from, texts);
  const to = new ByteKeys();
  for (let i = 0; i < 500; i += 2) from.copyTo(to, i);
  expect(numbersOf(to, ['k0', 'k2', 'k498', 'k1'])).toEqual([0, 1, 249, 250]);
});
