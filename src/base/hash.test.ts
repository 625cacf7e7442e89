import { describe, expect, test } from 'vitest';
import { Hash } from './hash.ts';

const textEncoder = new TextEncoder();

function hex(hash: Hash): string {
  hash.finish();
  return [hash.high, hash.low].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('');
}

function view(text: string, before = 0): [DataView, number, number] {
  const bytes = textEncoder.encode('#'.repeat(before) + text);
  return [new DataView(bytes.buffer, 0, bytes.length), before, bytes.length];
}

const start = (): Hash => new Hash().begin(0, 0);

// These are ids in stored data: they may never change. They were computed by another program from the description in hash.ts.
test.each<[string, () => Hash, string]>([
  ['nothing with a seed', () => new Hash().begin(1, 2), '1e0b5bc151fe07f4'],
  ['the word 0', () => start().addWord(0), 'c7072f38b1f559f6'],
  ['the word 1', () => start().addWord(1), '49a0bcc772ff55ec'],
  ['the word -1', () => start().addWord(-1), 'd7d8e657f3989489'],
  ['no text', () => start().addText(''), 'c7072f38b1f559f6'],
  ['one byte', () => start().addText('a'), '87b0eecca243408b'],
  ['a whole word', () => start().addText('abcd'), '69e5f3724b4ab703'],
  ['words', () => start().addText('service.name'), '4ac96f1ed62e9da1'],
  ['bytes above 127', () => start().addText('竜'), '3208b727d475a6d9'],
  ['another hash', () => start().addHash(1, 2), '4d6bdd1dfe39335b'],
  ['a double', () => start().addDouble(0.1), '2a8a896da449c84b'],
])('the hash of %s is known', (_, hash, known) => {
  expect(hex(hash())).toBe(known);
});

test('bytes count alike wherever they stand in a buffer, and as text', () => {
  for (let before = 0; before < 8; before++) {
    expect(hex(start().addBytes(...view('service.name', before)))).toBe('4ac96f1ed62e9da1');
  }
});

test('a hash knows whether all bytes since its start were ASCII', () => {
  const check = (hash: Hash, hasOther: boolean): void => expect(hash.hasOther).toBe(hasOther);
  check(start().addText('service.name'), false);
  check(start().addText('service.nämé'), true);
  check(start().addText('four').addText('é'), true);
  check(start().addText('é').addText('four'), true);
  check(start().addText('é').begin(0, 0).addText('four'), false);
  check(start().addWord(-1), false);
});

test('parts do not run into each other', () => {
  const hashes = [['ab', 'c'], ['a', 'bc'], ['abc', ''], ['', 'abc'], ['abc'], ['abc', '\0'], ['abc\0']].map((parts) => {
    const hash = start();
    for (const part of parts) hash.addText(part);
    return hex(hash);
  });
  expect(new Set(hashes).size).toBe(hashes.length);
});

test('of doubles the sign of zero counts, the bits of NaN do not', () => {
  const otherNaN = new Float64Array(new Uint32Array([1, 0xfff8_0001]).buffer)[0]!;
  expect(hex(start().addDouble(0))).not.toBe(hex(start().addDouble(-0)));
  expect(hex(start().addDouble(otherNaN))).toBe(hex(start().addDouble(Number.NaN)));
});

/** How often each bit of the output changes with each bit of the input, at most off one half by this. */
function worstBias(words: number, trials: number): number {
  let state = 1;
  const random = (): number => (state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x6d2b79f5);
  const changes = new Float64Array(words * 32 * 64);
  const input = new Int32Array(words);
  const run = (): [number, number] => {
    const hash = start();
    for (const word of input) hash.addWord(word);
    hash.finish();
    return [hash.low, hash.high];
  };
  for (let trial = 0; trial < trials; trial++) {
    for (let i = 0; i < words; i++) input[i] = random();
    const [low, high] = run();
    for (let bit = 0; bit < words * 32; bit++) {
      input[bit >> 5]! ^= 1 << (bit & 31);
      const [otherLow, otherHigh] = run();
      input[bit >> 5]! ^= 1 << (bit & 31);
      for (let out = 0; out < 32; out++) {
        changes[bit * 64 + out]! += ((low ^ otherLow) >>> out) & 1;
        changes[bit * 64 + 32 + out]! += ((high ^ otherHigh) >>> out) & 1;
      }
    }
  }
  return changes.reduce((worst, count) => Math.max(worst, Math.abs(count / trials - 0.5)), 0);
}

test.each([1, 2, 3])('every bit of %i words changes every bit of the hash half of the time', (words) => {
  // Of 6000 fair coins, thrown 1000 times each, one is off by 0.06 on the average.
  expect(worstBias(words, 1000)).toBeLessThan(0.09);
});

describe('100,000 keys that differ little', () => {
  const keys = 100_000;
  /** Pairs that are expected to share a half: n² / 2³³. */
  const pairsOfHalf = (keys * keys) / 2 ** 33;

  test.each<[string, (key: number) => Hash]>([
    ['numbers', (key) => start().addWord(key)],
    [
      'two words',
      (key) =>
        start()
          .addWord(key & 511)
          .addWord(key >> 9),
    ],
    [
      'high bits',
      (key) =>
        start()
          .addWord((key & 511) << 23)
          .addWord((key >> 9) << 22),
    ],
    ['names', (key) => start().addText(`pod-${key}`)],
    ['padded names', (key) => start().addText(`instance-${String(key).padStart(12, '0')}.example`)],
    ['doubles', (key) => start().addDouble(key / 8)],
  ])('%s: no two share a hash, and few a half', (_, hashOf) => {
    const lows = new Set<number>();
    const highs = new Set<number>();
    const both = new Set<string>();
    for (let key = 0; key < keys; key++) {
      const { low, high } = hashOf(key).finish();
      lows.add(low);
      highs.add(high);
      both.add(`${low} ${high}`);
    }
    expect(both.size).toBe(keys);
    expect(keys - lows.size).toBeLessThan(pairsOfHalf * 8);
    expect(keys - highs.size).toBeLessThan(pairsOfHalf * 8);
  });
});
