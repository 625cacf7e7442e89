import { expect, test } from 'vitest';
import { matchesGlob } from './discovery-file.ts';

test.each([
  ['a.json', '*.json', true],
  ['.json', '*.json', true],
  ['a.yml', '*.json', false],
  ['a.json.new', '*.json', false],
  ['abcabd', 'a*abd', true],
  ['abcab', 'a*abd', false],
  ['a1.yml', 'a?.yml', true],
  ['a.yml', 'a?.yml', false],
  ['x', '***', true],
  ['', '*', true],
  ['a+b', 'a+b', true],
])('%s by %s', (name, pattern, expected) => expect(matchesGlob(name, pattern)).toBe(expected));

test('a pattern of many stars takes no long time', () => {
  expect(matchesGlob('a'.repeat(10_000), `${'*a'.repeat(100)}b`)).toBe(false);
});
