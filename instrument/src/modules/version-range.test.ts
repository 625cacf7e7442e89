import { expect, test } from 'vitest';
import { isWithin } from './version-range.ts';

test.each<[version: string, ranges: readonly string[], expected: boolean]>([
  ['8.0.3', ['>=8.0.3 <9'], true],
  ['8.0.2', ['>=8.0.3 <9'], false],
  ['9.0.0', ['>=8.0.3 <9'], false],
  ['10.1.0', ['>=8.0.3 <9', '>=10'], true],
  ['1.6.1', ['^1.0.0'], true],
  ['2.0.0', ['^1.0.0'], false],
  ['0.3.9', ['^0.3.1'], true],
  ['0.4.0', ['^0.3.1'], false],
  ['0.0.3', ['^0.0.2'], false],
  ['6.4.0-beta.1', ['>=6.4.0 <8'], true],
  ['3.11.5+build', ['=3.11.5'], true],
  ['3.11.5', ['3.11.5'], true],
  ['3.11.5', ['>3.11.5'], false],
  ['3.11.5', ['<=3.11.5'], true],
  ['', ['>=0'], false],
  ['', ['*'], true],
  ['1.0.0', ['~1.0.0'], false],
  ['1.0.0', ['any'], false],
  ['1.0.0', [], false],
])('%s within %j: %s', (version, ranges, expected) => expect(isWithin(version, ranges)).toBe(expected));
