import { describe, expect, test } from 'vitest';
import { baseNs, decodeBody, field, requestOf, wire } from '../../../test/otlp/decode-request.ts';
import type { Message } from '../../../test/otlp/wire.ts';

const text = (value: string): Buffer => wire('AnyValue', { string_value: value });
const list = (...items: readonly Message[]): Buffer => wire('AnyValue', { array_value: { values: items } });
const map = (...items: readonly Message[]): Buffer => wire('AnyValue', { kvlist_value: { values: items } });

/** The body of a record whose AnyValue stands on the wire as these bytes: its text and type. */
async function bodyOf(...values: readonly Uint8Array[]): Promise<[text: unknown, type: unknown]> {
  const record = Buffer.concat([wire('LogRecord', { time_unix_nano: baseNs }), ...values.map((value) => field(5, value))]);
  const { rows } = await decodeBody('logs', requestOf(record));
  return [rows['logs']?.[0]?.['body'], rows['logs']?.[0]?.['body_type']];
}

/** A list in a list in a list … around nothing. */
function nested(depth: number): Buffer {
  let value: Buffer = Buffer.alloc(0);
  for (let i = 0; i < depth; i++) value = field(5, i === 0 ? Buffer.alloc(0) : field(1, value));
  return value;
}

describe('of a value that comes in several parts', () => {
  test('the last kind counts', async () => {
    expect(await bodyOf(text('a'), text('b'))).toEqual(['b', 's']);
    expect(await bodyOf(Buffer.concat([list({ bool_value: true }), text('b')]))).toEqual(['b', 's']);
    expect(await bodyOf(text('a'), wire('AnyValue', { int_value: 5n }))).toEqual(['5', 'i']);
    expect(await bodyOf(text('a'), Buffer.alloc(0))).toEqual(['a', 's']);
  });

  test('lists of the same kind are joined', async () => {
    expect(await bodyOf(list({ bool_value: true }), list({ bool_value: false }))).toEqual([
      '[{"boolValue":true},{"boolValue":false}]',
      'a',
    ]);
    expect(await bodyOf(map({ key: 'a' }), map({ key: 'b' }))).toEqual(['[{"key":"a","value":{}},{"key":"b","value":{}}]', 'm']);
    expect(await bodyOf(list({ bool_value: true }), text('a'), list({ bool_value: false }))).toEqual([
      '[{"boolValue":false}]',
      'a',
    ]);
    expect(await bodyOf(list({ bool_value: true }), map({ key: 'b' }))).toEqual(['[{"key":"b","value":{}}]', 'm']);
  });
});

test('a value may be empty, in five ways', async () => {
  expect(await bodyOf()).toEqual(['', 'e']);
  expect(await bodyOf(Buffer.alloc(0))).toEqual(['', 'e']);
  expect(await bodyOf(text(''))).toEqual(['', 's']);
  expect(await bodyOf(list())).toEqual(['[]', 'a']);
  // string_value_strindex, which is for profiles only.
  expect(await bodyOf(Buffer.concat([text('a'), Buffer.of(0x40, 7)]))).toEqual(['', 'e']);
});

test('unknown fields are skipped at every depth', async () => {
  const unknown = Buffer.of(0xa2, 0x06, 1, 0xff);
  const item = field(1, Buffer.concat([unknown, text('a'), unknown]));
  const entry = field(1, Buffer.concat([unknown, field(1, Buffer.from('k')), Buffer.of(0x18, 3), unknown]));
  expect(await bodyOf(Buffer.concat([unknown, field(5, Buffer.concat([unknown, item, unknown]))]))).toEqual([
    '[{"stringValue":"a"}]',
    'a',
  ]);
  expect(await bodyOf(field(6, Buffer.concat([unknown, entry])))).toEqual(['[{"key":"k","value":{}}]', 'm']);
});

test('long keys and values are as good as short ones', async () => {
  const long = 'x'.repeat(127) + 'é'.repeat(500);
  for (const size of [0, 1, 60, 118, 119, 120, 121, 122, 123, 124, 125, 126, 127, 128, 129, 130, 200]) {
    const key = long.slice(0, size);
    const attributes = [key, 'k'].flatMap((name) => [key, ''].map((value) => ({ key: name, value: { string_value: value } })));
    const { rows } = await decodeBody('logs', requestOf(wire('LogRecord', { time_unix_nano: baseNs, attributes })));
    expect(rows['logs']?.[0]?.['attributes']).toEqual(attributes.map(({ key: name, value }) => [name, value.string_value, 's']));
  }
});

test('values may be 64 deep, and no deeper', async () => {
  expect(await bodyOf(nested(64))).toEqual([`${'[{"arrayValue":{"values":'.repeat(63)}[]${'}}]'.repeat(63)}`, 'a']);
  await expect(bodyOf(nested(65))).rejects.toMatchObject({
    code: 'malformed_body',
    message: expect.stringMatching(/^Expected values at most 64 deep, found a deeper one, at byte \d+\.$/) as string,
  });
});
