import { describe, expect, it } from 'vitest';
import { known } from '../base/assert.ts';
import { SondeError } from '../base/errors.ts';
import { decode } from '../../test/otlp/wire.ts';
import type { Message } from '../../test/otlp/wire.ts';
import { protobufFromJson } from './protobuf-json.ts';
import { compileSchema } from './protobuf-schema.ts';
import type { ProtobufSchema } from './protobuf-schema.ts';

const schema: ProtobufSchema = {
  messages: {
    Beast: {
      name: [1, 'string'],
      beast_id: [2, 'hex'],
      raw_bytes: [3, 'bytes'],
      is_tame: [4, 'bool'],
      weight: [5, 'double'],
      born_unix_nano: [6, 'fixed64'],
      balance: [7, 'sfixed64'],
      small: [8, 'int32'],
      zigzag: [9, 'sint32'],
      count: [10, 'uint32'],
      flags: [16, 'fixed32'],
      long: [17, 'int64'],
      unsigned_long: [18, 'uint64'],
      mood: [19, 'Mood'],
      parent: [200, 'Beast'],
      children: [201, 'Beast', 'repeated'],
      nick_names: [202, 'string', 'repeated'],
      weights: [203, 'double', 'repeated'],
      buckets: [204, 'uint64', 'repeated'],
      moods: [205, 'Mood', 'repeated'],
    },
  },
  enums: { Mood: { MOOD_CALM: 0, MOOD_ANGRY: 1 } },
};
const beast = known(compileSchema(schema).get('Beast'), 'Beast');
const textEncoder = new TextEncoder();

function transcode(json: string): Uint8Array {
  return protobufFromJson(beast, textEncoder.encode(json));
}

function read(json: string): Message {
  return decode(schema, 'Beast', transcode(json));
}

function errorOf(json: string): SondeError {
  try {
    transcode(json);
  } catch (thrown) {
    if (thrown instanceof SondeError) return thrown;
    throw thrown;
  }
  throw new Error(`${json} was taken`);
}

describe('values', () => {
  it.each<[json: string, message: Message]>([
    ['{}', {}],
    [' { "name" : "a\\n\\u00e9" } ', { name: 'a\né' }],
    ['{"beastId":"00fFA0"}', { beast_id: Uint8Array.of(0, 255, 160) }],
    ['{"beastId":""}', { beast_id: Uint8Array.of() }],
    ['{"isTame":true}', { is_tame: true }],
    ['{"isTame":false}', { is_tame: false }],
    ['{"weight":-0}', { weight: -0 }],
    ['{"weight":1e-7}', { weight: 1e-7 }],
    ['{"weight":"12.5"}', { weight: 12.5 }],
    ['{"weight":"NaN"}', { weight: NaN }],
    ['{"weight":"Infinity"}', { weight: Infinity }],
    ['{"weight":"-Infinity"}', { weight: -Infinity }],
    ['{"weight":1544712660300000001}', { weight: Number('1544712660300000001') }],
    ['{"bornUnixNano":"1544712660300000001"}', { born_unix_nano: 1544712660300000001n }],
    ['{"bornUnixNano":1544712660300000001}', { born_unix_nano: 1544712660300000001n }],
    ['{"bornUnixNano":18446744073709551615}', { born_unix_nano: 2n ** 64n - 1n }],
    ['{"bornUnixNano":"1.5e3"}', { born_unix_nano: 1500n }],
    ['{"balance":"-9223372036854775808"}', { balance: -(2n ** 63n) }],
    ['{"balance":9007199254740993}', { balance: 9007199254740993n }],
    ['{"small":-2147483648}', { small: -2147483648 }],
    ['{"small":"2147483647"}', { small: 2147483647 }],
    ['{"small":1e3}', { small: 1000 }],
    ['{"zigzag":-3}', { zigzag: -3 }],
    ['{"zigzag":-2147483648}', { zigzag: -2147483648 }],
    ['{"count":4294967295}', { count: 4294967295 }],
    ['{"flags":"4294967295"}', { flags: 4294967295 }],
    ['{"long":-1}', { long: -1n }],
    ['{"long":"-9223372036854775808"}', { long: -(2n ** 63n) }],
    ['{"long":128}', { long: 128n }],
    ['{"unsignedLong":"18446744073709551615"}', { unsigned_long: 2n ** 64n - 1n }],
    ['{"mood":1}', { mood: 1 }],
    ['{"mood":"MOOD_ANGRY"}', { mood: 1 }],
    ['{"mood":77}', { mood: 77 }],
    ['{"mood":-1}', { mood: -1 }],
  ])('%s', (json, message) => {
    expect(read(json)).toEqual(message);
  });

  it.each([
    ['', []],
    ['AQ==', [1]],
    ['AQ', [1]],
    ['AQI=', [1, 2]],
    ['AQI', [1, 2]],
    ['AQID', [1, 2, 3]],
    ['+/8=', [251, 255]],
    ['-_8', [251, 255]],
    ['-/8=', [251, 255]],
    ['\\/\\u002f\\/\\/', [255, 255, 255]],
  ])('base64 %j', (text, bytes) => {
    expect(read(`{"rawBytes":"${text}"}`)).toEqual({ raw_bytes: Uint8Array.from(bytes) });
  });
});

describe('fields', () => {
  it('have two names', () => {
    expect(read('{"bornUnixNano":1}')).toEqual(read('{"born_unix_nano":1}'));
  });

  it('may be written with escapes', () => {
    expect(read('{"\\u006eame":"a"}')).toEqual({ name: 'a' });
  });

  it('that are unknown are skipped, whatever they hold', () => {
    expect(
      read(
        '{"x":{"name":[1,{"a":null}],"y":"\\"}"},"":1,"__proto__":{"name":"b"},"constructor":[],"nam":0,"names":-1.5e3,"NAME":true,"name":"a","é":[]}',
      ),
    ).toEqual({ name: 'a' });
  });

  it('that are null are absent', () => {
    expect(read('{"name":null,"weight":null,"parent":null,"children":null,"weights":null,"mood":null,"count":1}')).toEqual({
      count: 1,
    });
  });

  it('that come twice are written twice, as the wire format merges them', () => {
    expect(
      read('{"name":"a","name":"b","name":null,"weights":[1],"weights":[2,3],"children":[{}],"children":[{"count":1}]}'),
    ).toEqual({
      name: 'b',
      weights: [1, 2, 3],
      children: [{}, { count: 1 }],
    });
  });
});

describe('messages and lists', () => {
  it('nest', () => {
    expect(read('{"parent":{"parent":{"name":"a"},"name":"b"},"children":[{"name":"c"},{"children":[{"count":1}]}]}')).toEqual({
      parent: { parent: { name: 'a' }, name: 'b' },
      children: [{ name: 'c' }, { children: [{ count: 1 }] }],
    });
  });

  it('of scalars are packed', () => {
    expect(read('{"weights":[1,"2.5",-0],"buckets":["1",2],"moods":[1,"MOOD_CALM"],"nickNames":["a","","b"]}')).toEqual({
      weights: [1, 2.5, -0],
      buckets: [1n, 2n],
      moods: [1, 0],
      nick_names: ['a', '', 'b'],
    });
  });

  it('that are empty are absent', () => {
    expect(read('{"weights":[],"children":[ ],"parent":{ }}')).toEqual({ parent: {} });
  });

  it('take null for an empty message, and nothing else for one', () => {
    expect(read('{"children":[null,{"count":1},null]}')).toEqual({ children: [{}, { count: 1 }, {}] });
    expect(errorOf('{"weights":[null]}').message).toContain('found null, at weights[0] (byte 12)');
  });

  it('may be large', () => {
    const name = 'x'.repeat(300_000);
    expect(read(`{"parent":{"parent":{"name":"${name}"}},"nickNames":["${name}"]}`)).toEqual({
      parent: { parent: { name } },
      nick_names: [name],
    });
    expect((read(`{"weights":[${'1,'.repeat(100_000)}1]}`)['weights'] as number[]).length).toBe(100_001);
  });

  it('go only so deep', () => {
    const nested = (depth: number): string => `${'{"parent":'.repeat(depth)}{}${'}'.repeat(depth)}`;
    expect(() => transcode(nested(149))).not.toThrow();
    expect(errorOf(nested(150)).message).toContain('at most 150 lists and objects in each other');
    expect(errorOf(`{"x":${'['.repeat(100_000)}`).message).toContain('at most 150');
    expect(errorOf('{"children":[{"parent":'.repeat(100_000)).message).toContain('at most 150');
  });
});

describe('refused', () => {
  it.each([
    ['', 'Expected an object (Beast), found the end of the body, at byte 0.'],
    ['null', 'Expected an object (Beast), found null, at byte 0.'],
    ['[{}]', 'Expected an object (Beast), found a list, at byte 0.'],
    ['{}{}', 'Expected nothing after the object, found an object, at byte 2.'],
    ['{"name":1}', 'Expected a text, found 1, at name (byte 8).'],
    ['{"parent":[]}', 'Expected an object (Beast), found a list, at parent (byte 10).'],
    ['{"children":{}}', 'Expected a list, found an object, at children (byte 12).'],
    ['{"children":[1]}', 'Expected an object (Beast), found 1, at children[0] (byte 13).'],
    [
      '{"beastId":"abc"}',
      'Expected hexadecimal digits in quotes, two for each byte, found the text "abc", at beastId (byte 11).',
    ],
    ['{"beastId": "zz"}', 'Expected hexadecimal digits in quotes, two for each byte, found the text "zz", at beastId (byte 12).'],
    ['{"beastId":12}', 'Expected hexadecimal digits in quotes, two for each byte, found 12, at beastId (byte 11).'],
    ['{"rawBytes":"A"}', 'Expected base64 in quotes, found the text "A", at rawBytes (byte 12).'],
    ['{"rawBytes":"A==="}', 'Expected base64 in quotes, found the text "A===", at rawBytes (byte 12).'],
    ['{"rawBytes":"AQ="}', 'Expected base64 in quotes, found the text "AQ=", at rawBytes (byte 12).'],
    ['{"rawBytes":"AQ.."}', 'Expected base64 in quotes, found the text "AQ..", at rawBytes (byte 12).'],
    ['{"rawBytes":{"0":1}}', 'Expected base64 in quotes, found an object, at rawBytes (byte 12).'],
    ['{"isTame":"true"}', 'Expected true or false, found the text "true", at isTame (byte 10).'],
    ['{"isTame":1}', 'Expected true or false, found 1, at isTame (byte 10).'],
    ['{"weight":"NAN"}', 'found the text "NAN", at weight (byte 10).'],
    ['{"weight":"Infinite"}', 'found the text "Infinite", at weight (byte 10).'],
    ['{"weight":""}', 'found the text "", at weight (byte 10).'],
    ['{"weight":"1 "}', 'found the text "1 ", at weight (byte 10).'],
    ['{"weight":NaN}', 'found NaN, at weight (byte 10).'],
    ['{"weight":1e400}', 'Expected a number in the range of doubles, found 1e400, at weight (byte 10).'],
    ['{"bornUnixNano":-1}', 'Expected an integer from 0 to 2^64 - 1, found -1, at bornUnixNano (byte 16).'],
    ['{"bornUnixNano":"18446744073709551616"}', 'Expected an integer from 0 to 2^64 - 1'],
    ['{"bornUnixNano":1.5}', 'Expected an integer from 0 to 2^64 - 1, found 1.5'],
    ['{"bornUnixNano":true}', 'Expected a 64-bit integer, as a number or as decimal digits in quotes, found true'],
    ['{"bornUnixNano":"0x10"}', 'Expected a 64-bit integer, as a number or as decimal digits in quotes, found the text "0x10"'],
    ['{"bornUnixNano":{"low":1,"high":2}}', 'found an object, at bornUnixNano (byte 16)'],
    ['{"balance":"9223372036854775808"}', 'Expected an integer from -2^63 to 2^63 - 1'],
    ['{"small":2147483648}', 'Expected an integer from -2147483648 to 2147483647, found 2147483648'],
    ['{"small":-2147483649}', 'Expected an integer from -2147483648 to 2147483647, found -2147483649'],
    ['{"count":-1}', 'Expected an integer from 0 to 4294967295, found -1'],
    ['{"flags":4294967296}', 'Expected an integer from 0 to 4294967295, found 4294967296'],
    ['{"mood":"ANGRY"}', 'Expected the number of an enum value, found the text "ANGRY", at mood (byte 8).'],
    ['{"mood":"1"}', 'Expected the number of an enum value, found the text "1", at mood (byte 8).'],
    ['{"mood":1.5}', 'Expected an integer from -2147483648 to 2147483647, found 1.5'],
    ['{"name":"a"', 'Expected "," or "}", found the end of the body, at name (byte 11).'],
    ['{name:"a"}', 'Expected a field name in double quotes, found name:"a", at byte 1.'],
    ["{'name':1}", "Expected a field name in double quotes, found 'name':1, at byte 1."],
    ['{"unknown":tru}', 'Expected a JSON value, found tru, at unknown (byte 11).'],
    ['\ufeff{}', 'Expected an object (Beast), found the byte 0xef, at byte 0.'],
  ])('%s', (json, message) => {
    const error = errorOf(json);
    expect(error.code).toBe('malformed_body');
    expect(error.message).toContain(message);
    expect(error.message).toContain(`byte ${error.position}`);
  });

  it('a text cut anywhere', () => {
    const json =
      '{"name":"a\\u00e9\\n","weights":[1.5e3,"NaN"],"parent":{"beastId":"00ff","rawBytes":"AQ=="},"x":[null,{"y":false}],"mood":1}';
    expect(() => transcode(json)).not.toThrow();
    for (let size = 0; size < json.length; size++) {
      const error = errorOf(json.slice(0, size));
      expect(error.code).toBe('malformed_body');
      expect(error.position).toBeLessThanOrEqual(size);
    }
  });
});
