import { expect, test } from 'vitest';
import { redacted } from './redact.ts';

test.each([
  ['', ''],
  ['a=1&b=2', 'a=1&b=2'],
  ['token=x', 'token=REDACTED'],
  ['a=1&TOKEN=x&b=2', 'a=1&TOKEN=REDACTED&b=2'],
  ['tokens=x&mytoken=y', 'tokens=x&mytoken=y'],
  ['token=', 'token=REDACTED'],
  ['token=x&token=y', 'token=REDACTED&token=REDACTED'],
  ['https://h/p?sig=a%20b&c=d#token=e', 'https://h/p?sig=REDACTED&c=d#token=e'],
  ['https://h/token=x', 'https://h/token=x'],
])('%s: %s', (text, expected) => {
  expect(redacted(text)).toBe(expected);
});
