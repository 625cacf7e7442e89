import { expect, test } from 'vitest';
import { checkRegexSize, regexSize, regexSizeMax } from './regex-size.ts';

function check(pattern: string, size: number): void {
  test(`${pattern} has ${size} parts`, () => expect(regexSize(pattern)).toBe(size));
}

check('', 0);
check('abc', 3);
check('a{3}', 3);
check('a{2,3}b{4,}', 7);
check('(ab{3}){2}', 8);
check('((a{10}){10}){10}b', 1001);
check('x(a|bc){5}', 21);
check('[a-z{3}\\]]{2}', 2);
check('[]{9}]', 1);
check('\\{3}', 3);
check('\\d{3}', 3);
check(')', 1);
check('({2}', 0);

test('what is over the limit is refused', () => {
  expect(() => checkRegexSize('a{1000}'.repeat(250))).not.toThrow();
  expect(() => checkRegexSize('a{1000}'.repeat(251))).toThrow(`more than the limit of ${regexSizeMax}`);
});

test('long texts are measured in time that grows with their length', () => {
  const start = process.cpuUsage();
  for (const text of ['['.repeat(100_000), '('.repeat(100_000), '{'.repeat(100_000), '[\\'.repeat(50_000), '{1'.repeat(50_000)]) {
    expect(regexSize(text)).toBeLessThanOrEqual(100_000);
  }
  expect(process.cpuUsage(start).user / 1000).toBeLessThan(1000);
});
