/** Ten million ids: none are shared, and parts of them are shared as often as those of random numbers would be. */
import { expect, test } from 'vitest';
import { Hash } from '../../src/base/hash.ts';

const keys = 10_000_000;
const hash = new Hash();

/** How many of the first `bits` bits of each half, taken together, are the same as another key's. */
function sharedIds(hashOf: (key: number) => Hash, bits: number): number {
  const ids = new BigUint64Array(keys);
  const halves = new Uint32Array(ids.buffer);
  for (let key = 0; key < keys; key++) {
    const { low, high } = hashOf(key);
    halves[key * 2] = low >>> (32 - bits);
    halves[key * 2 + 1] = high >>> (32 - bits);
  }
  ids.sort();
  let shared = 0;
  for (let i = 1; i < keys; i++) if (ids[i] === ids[i - 1]) shared++;
  return shared;
}

/** Series of four attributes with few values each: the hashes of the entries are added up, as decode-attributes.ts does. */
function seriesOf(): (key: number) => Hash {
  const valuesEach = Math.ceil(keys ** (1 / 4));
  const entries = ['route', 'method', 'status', 'instance'].map((name) =>
    Array.from({ length: valuesEach }, (_, value) => {
      const { low, high } = hash.begin(0, 0).addText(name).addWord(115).addText(`v${value}`).finish();
      return { low, high };
    }),
  );
  return (key) => {
    let low = 0;
    let high = 0;
    let rest = key;
    for (const values of entries) {
      const entry = values[rest % valuesEach]!;
      low = (low + entry.low) | 0;
      high = (high + entry.high) | 0;
      rest = Math.floor(rest / valuesEach);
    }
    return hash.begin(1, 2).addWord(low).addWord(high).addWord(4).finish();
  };
}

const digits = new DataView(new ArrayBuffer(8));
function nameOf(key: number): Hash {
  for (let at = 7, rest = key; at >= 0; at--, rest = Math.floor(rest / 10)) digits.setUint8(at, 48 + (rest % 10));
  return hash.begin(0, 0).addBytes(digits, 0, 8).finish();
}

test.each([
  ['series', seriesOf()],
  ['names', nameOf],
])('of %s', { timeout: 120_000 }, (_, hashOf) => {
  expect(sharedIds(hashOf, 32)).toBe(0);
  // Of random numbers of 40 bits, about keys² / 2⁴¹ = 45 are shared, give or take 7.
  const shared = sharedIds(hashOf, 20);
  expect(shared).toBeGreaterThan(15);
  expect(shared).toBeLessThan(80);
});
