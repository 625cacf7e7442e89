import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Escaping } from './content-type.ts';
import { escapeName, isPlainName, unescapeName } from './escape-names.ts';

describe('a name', () => {
  const check = (name: string, escaping: Escaping, expected: string): void =>
    test(`${name} with ${escaping} is ${expected}`, () => expect(escapeName(name, escaping)).toBe(expected));

  check('http.status:é', 'allow-utf-8', 'http.status:é');
  check('a_b', 'underscores', 'a_b');
  check('http.status:é', 'underscores', 'http_status:_');
  check('1a', 'underscores', '_a');
  check('a_b', 'dots', 'a__b');
  check('http.status_é1', 'dots', 'http_dot_status____1');
  check('1a', 'dots', '__a');
  check('a_b', 'values', 'a_b');
  check('http.status_é', 'values', 'U__http_2e_status___e9_');
  check('1a:', 'values', 'U___31_a:');
  check('\u{1f600}', 'values', 'U___1f600_');
  check('\ud800', 'values', 'U___FFFD_');
  check('', 'values', '');
});

describe('the name that was escaped', () => {
  const check = (name: string, escaping: Escaping, expected: string): void =>
    test(`${name} with ${escaping} was ${expected}`, () => expect(unescapeName(name, escaping)).toBe(expected));

  check('a_dot_b__c', 'dots', 'a.b_c');
  check('a_b', 'underscores', 'a_b');
  check('U__a.b', 'allow-utf-8', 'U__a.b');
  check('U__http_2E_status___e9_', 'values', 'http.status_é');
  check('a_2e_b', 'values', 'a_2e_b');
  for (const broken of ['U__a_', 'U__a_2e', 'U__a_zz_', 'U__a_1234567_', 'U__a_d800_', 'U__a_110000_', 'U__a_2e_b_']) {
    check(broken, 'values', broken);
  }
});

test('every name is plain when escaped, and values leads back to it', () => {
  const names = fc.string({ unit: 'binary', minLength: 1 });
  fc.assert(
    fc.property(names, fc.constantFrom<Escaping>('underscores', 'dots', 'values'), (name, escaping) => {
      expect(isPlainName(escapeName(name, escaping))).toBe(true);
    }),
  );
  fc.assert(
    fc.property(names, (name) => {
      // A plain name that looks escaped is the one that does not come back.
      fc.pre(!(isPlainName(name) && name.startsWith('U__')));
      expect(unescapeName(escapeName(name, 'values'), 'values')).toBe(name);
    }),
  );
});
