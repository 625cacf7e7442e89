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

test('keys lie in chunks, and none is cut in two', () => {
  const keys = new ByteKeys();
  const sizes = [1, 1 << 20, (3 << 20) - 1, 4 << 20, 8, 3 << 20, (1 << 20) - 8, 8, (4 << 20) - 8, 9, 1];
  const all = sizes.map((size, i) => Buffer.alloc(size, i + 1));
  for (const [i, key] of all.entries()) {
    expect(keys.find(key, 0, key.length)).toBe(-1);
    expect(keys.add(key, 0, key.length)).toBe(i);
  }
  const other = new ByteKeys();
  for (const [i, key] of all.entries()) {
    expect(keys.find(key, 0, key.length)).toBe(i);
    expect(keys.copyTo(other, i)).toBe(i);
  }
  keys.release();
  for (const [i, key] of [...all.entries()].toReversed()) {
    expect(keys.find(key, 0, key.length)).toBe(i);
    expect(other.find(key, 0, key.length)).toBe(i);
  }
});

test('a key that is larger than a chunk is refused, and the others stay', () => {
  const keys = new ByteKeys();
  const [small, large] = [Buffer.alloc(3, 7), Buffer.alloc((4 << 20) + 1)];
  keys.find(small, 0, 3);
  keys.add(small, 0, 3);
  keys.find(large, 0, large.length);
  expect(() => keys.add(large, 0, large.length)).toThrow(/4194304 bytes per series/);
  expect([keys.find(small, 0, 3), keys.count]).toEqual([0, 1]);
});
