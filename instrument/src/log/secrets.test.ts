import { describe, expect, test } from 'vitest';
import { Secrets, readSecrets } from './secrets.ts';

describe('by default', () => {
  const secrets = readSecrets([]);
  test.each([
    'password',
    'Password',
    'passwd',
    'secret',
    'client_secret',
    'clientSecret',
    'token',
    'access_token',
    'accessToken',
    'refresh-token',
    'Authorization',
    'proxy-authorization',
    'cookie',
    'Set-Cookie',
    'api_key',
    'apiKey',
    'X-API-Key',
    'private_key',
    'credit_card',
    'cvv',
    'ssn',
    'user.password',
    'http.request.header.authorization',
    'http.request.header.set-cookie',
  ])('%s is a secret', (key) => expect(secrets?.has(key)).toBe(true));

  test.each([
    'user',
    'tokens',
    'gen_ai.usage.input_tokens',
    'password_changed',
    'token.count',
    'key',
    'author',
    '',
    'constructor',
  ])('%j is none', (key) => expect(secrets?.has(key)).toBe(false));
});

describe('a list', () => {
  const has = (list: readonly string[], key: string, within?: string): boolean | undefined => readSecrets(list)?.has(key, within);

  test('is added to the default', () => {
    expect([has(['iban'], 'IBAN'), has(['iban'], 'password'), has(['iban'], 'bic')]).toEqual([true, true, false]);
  });

  test('that is none alone switches redaction off; with others, there are those alone', () => {
    expect(readSecrets(['none'])).toBeUndefined();
    expect([has(['None', 'iban'], 'iban'), has(['None', 'iban'], 'password')]).toEqual([true, false]);
  });

  test.each([
    ['user.email', 'email', 'user', true],
    ['user.email', 'email', 'request.user', true],
    ['user.email', 'email', 'superuser', false],
    ['user.email', 'email', '', false],
    ['user.email', 'user.email', '', true],
    ['user.email', 'email', 'user.address', false],
    ['User.E-Mail', 'email', 'user', true],
    ['a.b.c', 'c', 'a.b', true],
    ['a.b.c', 'c', 'b', false],
  ])('with the path %s: %s in %j', (path, key, within, expected) => {
    const secrets = new Secrets([path]);
    expect([secrets.usesPaths, secrets.has(key, within)]).toEqual([true, expected]);
  });

  test('has verdicts for any number of keys', () => {
    const secrets = new Secrets(['k5000']);
    const found = Array.from({ length: 10_000 }, (_, i) => `k${i}`).filter((key) => secrets.has(key) && secrets.has(key));
    expect(found).toEqual(['k5000']);
  });
});
