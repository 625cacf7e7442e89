import { expect, test } from 'vitest';
import { unescapeName } from './escaped-names.ts';

test.each([
  ['job', 'job'],
  ['U__job', 'job'],
  ['U__http_2e_status', 'http.status'],
  ['U__a__b', 'a_b'],
  ['U___1F600_x', '😀x'],
  ['U__http_2e_a__b_3a_', 'http.a_b:'],
  // Not as the escaping has it: the name as it stands.
  ['U__a_zz_', 'U__a_zz_'],
  ['U__a_2e', 'U__a_2e'],
  ['U__a_', 'U__a_'],
  ['U___d800_', 'U___d800_'],
  ['U___110000_', 'U___110000_'],
  ['U__', ''],
  ['__name__', '__name__'],
])('%s is %s', (escaped: string, expected: string) => {
  expect(unescapeName(escaped)).toBe(expected);
});
