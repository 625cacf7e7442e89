import { assert, double, integer, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import { otlpSchema } from '../../../src/ingest/otlp/schema.ts';
import { decode } from '../../../test/otlp/wire.ts';
import type { Message } from '../../../test/otlp/wire.ts';
import { writeAttribute, writeValue } from './values.ts';
import { OtlpWriter } from './writer.ts';

const lengthMax = 10;

function written(value: unknown): Message {
  const writer = new OtlpWriter();
  writeValue(writer, value, lengthMax);
  return decode(otlpSchema, 'AnyValue', writer.written());
}

function check(what: string, value: unknown, expected: Message): void {
  test(`${what} is ${Object.keys(expected)[0] ?? 'an empty value'}`, () => expect(written(value)).toEqual(expected));
}

check('text', 'häuser', { string_value: 'häuser' });
check('an empty text', '', { string_value: '' });
check('true', true, { bool_value: true });
check('false', false, { bool_value: false });
check('zero', 0, { int_value: 0n });
check('a whole number', 4242, { int_value: 4242n });
check('a negative number', -1, { int_value: -1n });
check('the largest whole number', Number.MAX_SAFE_INTEGER, { int_value: 2n ** 53n - 1n });
check('the smallest whole number', Number.MIN_SAFE_INTEGER, { int_value: 1n - 2n ** 53n });
check('a number that is not exact any more', 2 ** 53, { double_value: 2 ** 53 });
check('a fraction', -0.25, { double_value: -0.25 });
check('-0', -0, { double_value: -0 });
check('NaN', Number.NaN, { double_value: Number.NaN });
check('infinity', -Infinity, { double_value: -Infinity });
check('a bigint', -5n, { int_value: -5n });
check('a bigint that is not exact as a number', 2n ** 60n, { string_value: '1152921504606846976' });
check('undefined', undefined, {});
check('null', null, {});
check('a date', new Date(1_700_000_000_123), { string_value: '2023-11-14T22:13:20.123Z' });
check('a date that is none', new Date(Number.NaN), { string_value: 'Invalid Date' });
check('an error', new TypeError('no'), { string_value: 'TypeError:' });
check('bytes', Uint8Array.of(0, 128, 255), { bytes_value: Uint8Array.of(0, 128, 255) });
check('a Buffer', Buffer.from('ab'), { bytes_value: Uint8Array.of(97, 98) });
check('a symbol', Symbol('mark of some length'), { string_value: 'Symbol(mar' });
check('a function', () => 1, { string_value: '() => 1' });
check('an empty list', [], { array_value: {} });
check('a list', [1, 'two', null, [true]], {
  array_value: { values: [{ int_value: 1n }, { string_value: 'two' }, {}, { array_value: { values: [{ bool_value: true }] } }] },
});
check('an empty object', {}, { kvlist_value: {} });
check(
  'an object',
  { a: 1, ключ: { b: 'x' }, c: undefined },
  {
    kvlist_value: {
      values: [
        { key: 'a', value: { int_value: 1n } },
        { key: 'ключ', value: { kvlist_value: { values: [{ key: 'b', value: { string_value: 'x' } }] } } },
        { key: 'c', value: {} },
      ],
    },
  },
);

test('any number reads back', () => {
  assert(
    property(integer(), (value) => {
      expect(written(value)).toEqual({ int_value: BigInt(value) });
    }),
  );
  assert(
    property(double(), (value) => {
      const isWhole = Number.isSafeInteger(value) && !Object.is(value, -0);
      expect(written(value)).toEqual(isWhole ? { int_value: BigInt(value) } : { double_value: value });
    }),
  );
});

describe('the limit of length', () => {
  check('text of just so many letters', '0123456789', { string_value: '0123456789' });
  check('text of one more', '0123456789x', { string_value: '0123456789' });
  check('text in a list', ['0123456789x'], { array_value: { values: [{ string_value: '0123456789' }] } });
  check(
    'text in an object',
    { key: '0123456789x' },
    { kvlist_value: { values: [{ key: 'key', value: { string_value: '0123456789' } }] } },
  );
  check('text that would be cut within a letter', '012345678🦊', { string_value: '012345678\ufffd' });
});

describe('nesting', () => {
  /** So many lists, the text in the innermost. */
  const lists = (depth: number, text: string): unknown => (depth === 0 ? text : [lists(depth - 1, text)]);
  const listsWritten = (depth: number, text: string): Message =>
    depth === 0 ? { string_value: text } : { array_value: { values: [listsWritten(depth - 1, text)] } };

  check('eight lists', lists(8, 'x'), listsWritten(8, 'x'));
  check('nine lists', lists(9, 'x'), listsWritten(8, '…'));
  check('a thousand lists', lists(1000, 'x'), listsWritten(8, '…'));

  test('of bytes is not limited, as they hold nothing', () => {
    const bytes = Uint8Array.of(1);
    let value: unknown = bytes;
    let expected: Message = { bytes_value: bytes };
    for (let i = 0; i < 8; i++) {
      value = [value];
      expected = { array_value: { values: [expected] } };
    }
    expect(written(value)).toEqual(expected);
  });

  test('of a value in itself ends', () => {
    const own: Record<string, unknown> = { name: 'x' };
    own['own'] = own;
    let level = written(own);
    for (let depth = 0; depth < 8; depth++) {
      const { values } = level['kvlist_value'] as unknown as { values: { key: string; value: Message }[] };
      expect(values.map(({ key }) => key)).toEqual(['name', 'own']);
      level = values[1]?.value ?? {};
    }
    expect(level).toEqual({ string_value: '…' });
  });

  test('of a value many times in itself takes no more than a request may', () => {
    const own: Record<string, unknown> = {};
    for (const key of ['a', 'b', 'c', 'd', 'e']) own[key] = own;
    const writer = new OtlpWriter();
    writeValue(writer, own, lengthMax);
    expect(writer.length).toBeLessThan(1 << 20);
  });
});

describe('what throws as it is read', () => {
  const broken = {
    before: 1,
    get bad(): string {
      throw new Error('not readable');
    },
  };

  test('is not thrown on', () => expect(() => written(broken)).not.toThrow());

  test('leaves the attributes around it readable', () => {
    const writer = new OtlpWriter();
    for (const value of [1, broken, 2]) {
      try {
        writeAttribute(writer, 0x0a, 'key', value);
      } catch {
        continue;
      }
    }
    const { attributes } = decode(otlpSchema, 'Resource', writer.written()) as unknown as { attributes: Message[] };
    expect([attributes[0], attributes.at(-1)]).toEqual([
      { key: 'key', value: { int_value: 1n } },
      { key: 'key', value: { int_value: 2n } },
    ]);
  });
});

describe('an attribute', () => {
  function attribute(key: string, value: unknown, most?: number): Message {
    const writer = new OtlpWriter();
    writeAttribute(writer, 0x0a, key, value, most);
    const { attributes } = decode(otlpSchema, 'Resource', writer.written()) as unknown as { attributes: Message[] };
    return attributes[0] ?? {};
  }

  test.each([
    ['key', 'value'],
    ['ключ', 'значение'],
    ['k'.repeat(127), 'v'.repeat(127)],
    ['k'.repeat(128), 'v'.repeat(128)],
    ['k'.repeat(16_384), 'v'.repeat(16_384)],
    ['', ''],
  ])('with the key %.10s is a key and a value, the first time and again', (key, value) => {
    for (let i = 0; i < 2; i++) expect(attribute(key, value)).toEqual({ key, value: { string_value: value } });
  });

  test('without a limit of length is not cut', () =>
    expect(attribute('a', 'x'.repeat(100))).toEqual({ key: 'a', value: { string_value: 'x'.repeat(100) } }));
  test('is cut at its limit', () =>
    expect(attribute('a', 'x'.repeat(100), 3)).toEqual({ key: 'a', value: { string_value: 'xxx' } }));
  test('of nothing has an empty value', () => expect(attribute('a', null)).toEqual({ key: 'a', value: {} }));

  test('has its own key, however many there were before', () => {
    const names = Array.from({ length: 5000 }, (_, i) => `key ${i}`);
    for (let i = 0; i < 2; i++) expect(names.map((name) => attribute(name, i)['key'])).toEqual(names);
  });
});

describe('an attribute', () => {
  const tag = 0x0a;

  /** A KeyValueList with the attribute among others. */
  function attributeOf(key: string, value: unknown, most = Infinity): Message | undefined {
    const writer = new OtlpWriter(1);
    writeAttribute(writer, tag, 'before', 1);
    writeAttribute(writer, tag, key, value, most);
    writeAttribute(writer, tag, 'after', true);
    const { values } = decode(otlpSchema, 'KeyValueList', writer.written()) as unknown as { values: readonly Message[] };
    expect([values.length, values[0], values[2]]).toEqual([
      3,
      { key: 'before', value: { int_value: 1n } },
      { key: 'after', value: { bool_value: true } },
    ]);
    return values[1];
  }

  test('has its text, however long it and its key are', () => {
    for (const keyLength of [1, 50, 110, 116, 117, 118, 119, 120, 130, 200]) {
      for (const length of [0, 1, 2, 3, 8, 9, 10, 47, 48, 49, 60, 69, 70, 71, 120, 127, 128, 300]) {
        const [key, text] = ['k'.repeat(keyLength), 'x'.repeat(length)];
        expect(attributeOf(key, text)).toEqual({ key, value: { string_value: text } });
      }
    }
  });

  test('has letters beyond ASCII at any place, and of no more than are wanted', () => {
    for (const text of ['ä', 'aä', 'a'.repeat(40) + 'ä', 'ä'.repeat(60), '😀']) {
      expect(attributeOf('k', text)).toEqual({ key: 'k', value: { string_value: text } });
    }
    expect(attributeOf('k', 'abcdef', 3)).toEqual({ key: 'k', value: { string_value: 'abc' } });
    expect(attributeOf('ä', 'b')).toEqual({ key: 'ä', value: { string_value: 'b' } });
  });
});
