import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { hexOf, randomWord, wordAt } from './ids.ts';

function check(word: number, text: string): void {
  test(`${word} is ${text}, and back`, () => {
    expect(hexOf(word)).toBe(text);
    expect(wordAt(text, 0)).toBe(word);
    expect(wordAt(`00${text.toUpperCase()}ff`, 2)).toBe(word);
  });
}

check(0, '00000000');
check(1, '00000001');
check(-1, 'ffffffff');
check(0x0abc_def0, '0abcdef0');
check(0x8000_0000 | 0, '80000000');
check(0x1234_5678, '12345678');

test('every word is eight digits that read back', () => {
  assert(
    property(integer(), (word) => {
      expect(hexOf(word)).toMatch(/^[0-9a-f]{8}$/);
      expect(wordAt(hexOf(word), 0)).toBe(word);
    }),
  );
});

test.each([
  '',
  '1234567',
  '1234567g',
  '/2345678',
  ':2345678',
  '@2345678',
  '`2345678',
  'G2345678',
  '１2345678',
  '-1234567',
  ' 1234567',
])('%j has no word', (text) => expect(wordAt(text, 0)).toBeUndefined());

test('there is no word past the end', () => expect(wordAt('0123456789abcdef', 9)).toBeUndefined());

test('random words are whole, of 32 bits, and each bit is set in about half of them', () => {
  const count = 20_000;
  const words = Array.from({ length: count }, randomWord);
  expect(words.every((word) => (word | 0) === word)).toBe(true);
  for (let bit = 0; bit < 32; bit++) {
    const share = words.filter((word) => ((word >>> bit) & 1) === 1).length / count;
    expect(Math.abs(share - 0.5), `bit ${bit}`).toBeLessThan(0.03);
  }
  expect(new Set(words).size).toBeGreaterThan(count - 20);
});
