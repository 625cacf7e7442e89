import { describe, expect, test } from 'vitest';
import { corsHeaders, isAllowedHost, isAllowedOrigin } from './origin.ts';

describe('Host header', () => {
  test.each(['localhost', 'localhost:7070', 'LOCALHOST', 'app.localhost:1', '127.0.0.1:7070', '10.1.2.3', '[::1]:7070', '[::1]'])(
    '%s is this machine',
    (host) => {
      expect(isAllowedHost(host, [])).toBe(true);
    },
  );

  test.each([undefined, '', 'evil.example', 'localhost.evil.example:7070', '127.0.0.1.evil.example', 'notlocalhost'])(
    '%s is not',
    (host) => {
      expect(isAllowedHost(host, [])).toBe(false);
    },
  );

  test('a listed name is allowed', () => {
    expect(isAllowedHost('sonde.lan:7070', ['sonde.lan'])).toBe(true);
    expect(isAllowedHost('other.lan', ['*'])).toBe(true);
  });
});

describe('Origin', () => {
  const allowed = ['http://localhost:*', 'https://app.example'];

  test.each(['http://localhost', 'http://localhost:3000', 'https://app.example'])('%s is allowed', (origin) => {
    expect(isAllowedOrigin(origin, allowed)).toBe(true);
  });

  test.each([
    'http://localhost.evil.example',
    'http://localhost:3000.evil.example',
    'https://app.example:444',
    'https://localhost:1',
    'null',
  ])('%s is not', (origin) => {
    expect(isAllowedOrigin(origin, allowed)).toBe(false);
  });

  test('an allowed origin gets its headers, a preflight the asked ones, any other none', () => {
    expect(corsHeaders({ origin: 'https://app.example' }, allowed)).toEqual({
      'access-control-allow-origin': 'https://app.example',
      vary: 'Origin',
    });
    const preflight = {
      origin: 'https://app.example',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'content-type',
    };
    expect(corsHeaders(preflight, allowed)).toMatchObject({
      'access-control-allow-headers': 'content-type',
      'access-control-max-age': '7200',
    });
    expect(corsHeaders({ origin: 'https://evil.example' }, allowed)).toEqual({});
    expect(corsHeaders({}, allowed)).toEqual({});
  });
});
