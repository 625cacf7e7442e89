import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { isError, plainAttributes, plainValue } from './plain.ts';
import { Secrets, readSecrets } from './secrets.ts';

const secrets = readSecrets(['user.email']);

class Money {
  readonly cents: number;
  constructor(cents: number) {
    this.cents = cents;
  }
  toJSON(): string {
    return `${this.cents / 100} €`;
  }
}

const throwing = {
  good: 1,
  get bad(): never {
    throw new Error('not today');
  },
};

const circle: { name: string; self?: unknown; list: unknown[] } = { name: 'c', list: [] };
circle.self = circle;
circle.list.push(circle, { circle });

const { proxy, revoke } = Proxy.revocable({}, {});
revoke();

function namedFunction(): void {}

describe('plain data of', () => {
  test.each<[name: string, value: unknown, expected: unknown]>([
    ['a text', 'x', 'x'],
    ['a number', 1.5, 1.5],
    ['null', null, null],
    ['undefined', undefined, undefined],
    ['a small bigint', 5n, 5],
    ['a large bigint', 2n ** 80n, '1208925819614629174706176'],
    ['a symbol', Symbol('s'), 'Symbol(s)'],
    ['a function', namedFunction, '[Function: namedFunction]'],
    ['a date', new Date(0), '1970-01-01T00:00:00.000Z'],
    ['no date', new Date(Number.NaN), 'Invalid Date'],
    [
      'a map',
      new Map<unknown, unknown>([
        ['a', 1],
        [{ k: 1 }, 2],
        [3, 'x'],
      ]),
      { a: 1, '{"k":1}': 2, 3: 'x' },
    ],
    ['a set', new Set([1, 'x', new Set([2])]), [1, 'x', [2]]],
    ['an error', new RangeError('far'), 'RangeError: far'],
    ['a regular expression', /a+/g, '/a+/g'],
    ['a URL', new URL('http://h/p'), 'http://h/p'],
    ['what has a toJSON', { price: new Money(250) }, { price: '2.5 €' }],
    ['a buffer', Buffer.from('hi'), new Uint8Array([104, 105])],
    ['an array buffer', new Uint8Array([1, 2]).buffer, new Uint8Array([1, 2])],
    ['numbers of two bytes', new Uint16Array([1]), new Uint8Array([1, 0])],
    ['a getter that throws', throwing, { good: 1, bad: '(cannot be read: not today)' }],
    ['a circle', circle, { name: 'c', self: '[Circular]', list: ['[Circular]', { circle: '[Circular]' }] }],
    ['a proxy that is gone', proxy, "(cannot be read: Cannot perform 'IsArray' on a proxy that has been revoked)"],
    ['what a key is undefined of', { a: undefined, b: [undefined] }, { b: [undefined] }],
    ['an object without prototype', Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
    [
      'an object of another realm',
      runInNewContext('({ e: new TypeError("there"), m: new Map([[1, 2]]) })'),
      { e: 'TypeError: there', m: { 1: 2 } },
    ],
    ['the same twice', [[1], [1]].map(() => namedFunction), ['[Function: namedFunction]', '[Function: namedFunction]']],
  ])('%s', (_, value, expected) => expect(plainValue(value, secrets)).toEqual(expected));

  test('what stands beside itself is no circle', () => {
    const shared = { a: 1 };
    expect(plainValue([shared, shared], undefined)).toEqual([{ a: 1 }, { a: 1 }]);
  });

  test('a toJSON that throws, or never ends', () => {
    const endless = { toJSON: (): object => ({ ...endless }) };
    const failing = {
      toJSON: (): never => {
        throw new Error('no');
      },
    };
    expect(plainValue({ failing, endless }, undefined)).toEqual({ failing: '(cannot be read: no)', endless: '…' });
  });

  test('a key that would change a prototype', () => {
    const plain = plainValue(JSON.parse('{"a":{"__proto__":{"isAdmin":true}}}'), undefined) as { a: { isAdmin?: boolean } };
    expect(plain.a.isAdmin).toBeUndefined();
    expect(JSON.stringify(plain)).toBe('{"a":{"__proto__":{"isAdmin":true}}}');
  });
});

describe('is bounded', () => {
  test('in depth', () => {
    let deep: unknown = 'end';
    for (let i = 0; i < 20; i++) deep = { deep };
    expect(JSON.stringify(plainValue(deep, undefined))).toBe(`${'{"deep":'.repeat(8)}"…"${'}'.repeat(8)}`);
  });

  test('in the number of values', () => {
    expect(
      (
        plainValue(
          Array.from({ length: 1e6 }, (_, i) => i),
          undefined,
        ) as unknown[]
      ).length,
    ).toBe(4000);
    const keys = Object.keys(
      plainValue(Object.fromEntries(Array.from({ length: 1e5 }, (_, i) => [`k${i}`, i])), undefined) as object,
    );
    expect([keys.length, keys.at(-1)]).toEqual([4000, '…']);
  });

  test('in the length of a text, and of a buffer', () => {
    const text = plainValue('x'.repeat(1 << 20), undefined) as string;
    expect([text.length, text.at(-1)]).toEqual([(128 << 10) + 1, '…']);
    expect((plainValue(Buffer.alloc(1 << 20), undefined) as Uint8Array).length).toBe(128 << 10);
  });

  test('over all attributes of a record', () => {
    const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`k${i}`, 'x'.repeat(100_000)]));
    const size = JSON.stringify(plainAttributes(many, undefined)).length;
    expect(size).toBeGreaterThan(1_000_000);
    expect(size).toBeLessThan(1_100_000);
  });
});

describe('attributes', () => {
  test('that are plain already are not copied', () => {
    const attributes = { a: 'x', b: 1, c: true, d: null, e: undefined };
    expect(plainAttributes(attributes, secrets)).toBe(attributes);
  });

  test('are redacted by key, at any depth, and the object that was given stays as it is', () => {
    const given = {
      password: 'p',
      user: { email: 'a@b', name: 'n', Tokens: [{ access_token: 't', id: 1 }] },
      email: 'kept',
      headers: new Map([['Set-Cookie', 'c']]),
      'http.request.header.authorization': ['Bearer x'],
      secret: undefined,
      cookie: { a: 1 },
    };
    const before = structuredClone(given);
    expect(plainAttributes(given as never, secrets)).toEqual({
      password: '[REDACTED]',
      user: { email: '[REDACTED]', name: 'n', Tokens: [{ access_token: '[REDACTED]', id: 1 }] },
      email: 'kept',
      headers: { 'Set-Cookie': '[REDACTED]' },
      'http.request.header.authorization': '[REDACTED]',
      secret: undefined,
      cookie: '[REDACTED]',
    });
    expect(given).toEqual(before);
  });

  test('of lists have the path of the list, and a path may begin anywhere', () => {
    const paths = new Secrets(['users.email', 'a.b.c']);
    const given = { users: [{ email: 1 }, [{ email: 2 }]], 'a.b': { c: 3 }, x: { a: { b: { c: 4, d: 5 } } } };
    expect(plainAttributes(given, paths)).toEqual({
      users: [{ email: '[REDACTED]' }, [{ email: '[REDACTED]' }]],
      'a.b': { c: '[REDACTED]' },
      x: { a: { b: { c: '[REDACTED]', d: 5 } } },
    });
  });

  test('that are secret are not even read', () => {
    expect(
      plainAttributes(
        {
          password: {
            get a(): never {
              throw new Error('read');
            },
          },
        },
        secrets,
      ),
    ).toEqual({ password: '[REDACTED]' });
  });
});

test.each<[value: unknown, expected: boolean]>([
  [new Error('x'), true],
  [runInNewContext('new TypeError("x")'), true],
  [{ message: 'x', stack: 'y' }, false],
  ['Error', false],
  [undefined, false],
])('%j is an error: %s', (value, expected) => expect(isError(value)).toBe(expected));
