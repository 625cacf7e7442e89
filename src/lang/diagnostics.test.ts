import { expect, test } from 'vitest';
import { linePosition, parseError } from './diagnostics.ts';

function check(text: string, offset: number, position: string): void {
  test(`offset ${offset} of ${JSON.stringify(text)} is ${position}`, () => expect(linePosition(text, offset)).toBe(position));
}

check('', 0, '1:1');
check('up + x', 5, '1:6');
check('up\n+ x', 3, '2:1');
check('up\n\n  + x', 6, '3:3');
check('{a="🦊"} x', 9, '1:9');
check('up', 99, '1:3');
check('up', -1, '1:1');

test('an error starts with its line and column and keeps its offset', () => {
  const error = parseError('a +\n )', 5, 'unexpected ")"');
  expect([error.code, error.position, error.message]).toEqual(['bad_request', 5, '2:2: parse error: unexpected ")"']);
});
