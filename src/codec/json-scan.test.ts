import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SondeError } from '../base/errors.ts';
import { endOfInput, JsonScanner } from './json-scan.ts';

const textEncoder = new TextEncoder();
const textDecoder = new TextDecoder();

/** Reads a whole JSON text and forgets it: the error, or undefined. */
function check(json: string | Uint8Array, depthMax = 100): SondeError | undefined {
  const scanner = new JsonScanner(typeof json === 'string' ? textEncoder.encode(json) : json, depthMax);
  try {
    scanner.skipValue(0);
    if (scanner.next() !== endOfInput) throw scanner.error('the end');
    return undefined;
  } catch (thrown) {
    if (!(thrown instanceof SondeError) || thrown.code !== 'malformed_body') throw thrown;
    return thrown;
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function read(json: string | Uint8Array): string {
  const scanner = new JsonScanner(typeof json === 'string' ? textEncoder.encode(json) : json, 1);
  scanner.text();
  return textDecoder.decode(scanner.textBytes.subarray(scanner.textStart, scanner.textEnd));
}

describe('what is JSON', () => {
  it('is the same as for JSON.parse', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        expect(check(text)).toBeUndefined();
      }),
    );
    fc.assert(
      fc.property(
        fc.string({
          unit: fc.constantFrom(...'{ } [ ] : , " \\ n t r u e f a l s 0 - 1 . \t \u0001 é'.split(' '), ' '),
          maxLength: 12,
        }),
        (text) => {
          expect(check(text) === undefined).toBe(isJson(text));
        },
      ),
      { numRuns: 5000 },
    );
  });

  it('stays so after one byte of a valid text is changed, dropped or doubled', () => {
    const change = fc.constantFrom('change', 'drop', 'double');
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), fc.nat(), fc.integer({ min: 0x20, max: 0x7e }), change, (text, at, byte, how) => {
        const place = at % text.length;
        const middle = { change: String.fromCharCode(byte), drop: '', double: text.slice(place, place + 1).repeat(2) }[how];
        const changed = text.slice(0, place) + middle + text.slice(place + 1);
        expect(check(changed) === undefined).toBe(isJson(changed));
      }),
      { numRuns: 3000 },
    );
  });

  it('goes only so deep', () => {
    expect(check(`${'['.repeat(100)}${']'.repeat(100)}`)).toBeUndefined();
    expect(check(`${'['.repeat(101)}${']'.repeat(101)}`)?.position).toBe(100);
    expect(check('{"a":'.repeat(1_000_000))?.message).toContain('at most 100');
  });
});

describe('texts', () => {
  it('are what JSON.parse makes of them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 40 }), (text) => {
        expect(read(JSON.stringify(text))).toBe(text);
      }),
    );
  });

  it('may have any character escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 12 }), fc.array(fc.boolean()), (text, escaped) => {
        const unit = (at: number): string => `\\u${text.charCodeAt(at).toString(16).padStart(4, '0')}`;
        const plain = (at: number): string => JSON.stringify(text[at]).slice(1, -1);
        const isPair = (at: number): boolean => (text.codePointAt(at) ?? 0) > 0xffff;
        let json = '"';
        for (let at = 0; at < text.length; at++) {
          if (isPair(at)) json += escaped[at] === true ? unit(at) + unit(at + 1) : text.slice(at, at + 2);
          else json += escaped[at] === true ? unit(at) : plain(at);
          if (isPair(at)) at++;
        }
        expect(read(`${json}"`)).toBe(text);
      }),
    );
  });

  it.each([
    ['\\b\\f\\n\\r\\t\\"\\\\\\/', '\b\f\n\r\t"\\/'],
    ['\\u00E9\\u00e9', 'éé'],
    ['\\ud83d\\ude00', '😀'],
    ['cut \\ud83d', 'cut \ufffd'],
    ['\\ude00', '\ufffd'],
    ['\\ude00\\ud83d', '\ufffd\ufffd'],
    ['\\ud83d\\u0041', '\ufffdA'],
    ['\\ud83d\\n', '\ufffd\n'],
    ['\\ud83d\\ud83d\\ude00', '\ufffd😀'],
  ])('resolve %s', (json, text) => {
    expect(read(`"${json}"`)).toBe(text);
  });

  it('pass on bytes that are not UTF-8', () => {
    const scanner = new JsonScanner(Uint8Array.of(0x22, 0x61, 0xe2, 0x82, 0xff, 0x22), 1);
    scanner.text();
    expect([...scanner.textBytes.subarray(scanner.textStart, scanner.textEnd)]).toEqual([0x61, 0xe2, 0x82, 0xff]);
  });

  it('may be long and full of escapes', () => {
    const text = '"\n\u{1f600}'.repeat(100_000);
    expect(read(JSON.stringify(text))).toBe(text);
  });

  it.each(['"', '"a', '"\\', '"\\u', '"\\u12', '"\\u12g4"', '"\\x"', '"\n"', '"a\\n\u0000"', '"\\ud83d\\u12"'])(
    'refuse %j',
    (json) => {
      expect(check(json)).toBeInstanceOf(SondeError);
    },
  );
});

describe('errors', () => {
  it.each([
    ['', 'Expected a JSON value, found the end of the body, at byte 0.'],
    ['{"a":{"b":[1,{"c":nul}]}}', 'Expected a JSON value, found nul, at a.b[1].c (byte 18).'],
    ['{"a":[1 2]}', 'Expected "," or "]", found 2, at a[0] (byte 8).'],
    ['{"a":1 "b":2}', 'Expected "," or "}", found the text "b", at a (byte 7).'],
    ['{"a" 1}', 'Expected ":", found 1, at a (byte 5).'],
    ['{"a":[{},{"b":1},{"x y":[[],[tru]]}]}', 'Expected a JSON value, found tru, at a[2]["x y"][1][0] (byte 29).'],
    ['{"a":1,}', 'Expected a field name in double quotes, found "}", at byte 7.'],
    ['{"a":{"b":1,]}', 'Expected a field name in double quotes, found "]", at a (byte 12).'],
    ['[1,2', 'Expected "," or "]", found the end of the body, at [1] (byte 4).'],
    ['{"a\\"b":tru}', 'Expected a JSON value, found tru, at ["a\\"b"] (byte 8).'],
    ['{"a":"b', 'Expected the closing quote of a text, found the end of the body, at a (byte 7).'],
    ['[1,\u0001]', 'Expected a JSON value, found the byte 0x01, at [1] (byte 3).'],
    ['[é]', 'Expected a JSON value, found the byte 0xc3, at [0] (byte 1).'],
    ['["\\q"]', 'Expected one of "\\/bfnrtu after a backslash, found q", at [0] (byte 3).'],
  ])('of %s say what, where and why', (json, message) => {
    expect(check(json)?.message).toContain(message);
  });

  it('stay short', () => {
    const error = check(`{"${'k'.repeat(10_000)}":${'x'.repeat(10_000)}`);
    expect(error?.message.length).toBeLessThan(200);
  });
});
