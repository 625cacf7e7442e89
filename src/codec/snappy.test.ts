import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SondeError } from '../base/errors.ts';
import { decodeSnappy, encodeSnappy } from './snappy.ts';

const bytesMax = 1 << 24;
const bytes = (...parts: (number | string | readonly number[])[]): Uint8Array =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part) : Buffer.from([part].flat()))));

describe('a block', () => {
  const check = (name: string, block: Uint8Array, expected: string): void =>
    test(`a block ${name}`, () => expect(Buffer.from(decodeSnappy(block, bytesMax)).toString()).toBe(expected));

  check('may hold nothing', bytes(0), '');
  check('holds a literal', bytes(3, 2 << 2, 'abc'), 'abc');
  check('holds a literal with a length of one byte', bytes(70, 60 << 2, 69, 'x'.repeat(70)), 'x'.repeat(70));
  check('holds a literal with a length of two bytes', bytes([0xac, 2], 61 << 2, [43, 1], 'y'.repeat(300)), 'y'.repeat(300));
  check('holds a literal with a length of three bytes', bytes(2, 62 << 2, [1, 0, 0], 'ab'), 'ab');
  check('holds a literal with a length of four bytes', bytes(2, 63 << 2, [1, 0, 0, 0], 'ab'), 'ab');
  check('copies from an offset of 11 bits', bytes(10, 5 << 2, 'abcdef', 1, 6), 'abcdefabcd');
  check('copies from an offset of two bytes', bytes(4, 1 << 2, 'ab', (1 << 2) | 2, [2, 0]), 'abab');
  check('copies from an offset of four bytes', bytes(4, 1 << 2, 'ab', (1 << 2) | 3, [2, 0, 0, 0]), 'abab');
  check('repeats what a copy makes itself', bytes(41, 0, 'a', (39 << 2) | 2, [1, 0]), 'a'.repeat(41));
  check(
    'has the high bits of an offset in the tag',
    bytes([0x84, 2 + 3], 61 << 2, [0x7f, 2], 'z'.repeat(0x280), (2 << 5) | 1, 0x80),
    'z'.repeat(0x284),
  );
});

describe('what is malformed', () => {
  const check = (name: string, block: Uint8Array, position: number, message: RegExp): void =>
    test(`malformed: ${name}`, () => {
      const refusal = expect.objectContaining({ code: 'malformed_body', position, message: expect.stringMatching(message) });
      expect(() => decodeSnappy(block, bytesMax)).toThrow(refusal);
    });

  check('no length', bytes(), 0, /the length of the content/);
  check('half a length', bytes(0x80), 1, /the length of the content/);
  check('a length of more than 32 bits', bytes([0xff, 0xff, 0xff, 0xff, 0x1f]), 0, /32 bits/);
  check('a length of too many bytes', bytes([0x81, 0x80, 0x80, 0x80, 0x80, 0]), 0, /32 bits/);
  check('a length that so few bytes can not make', bytes([0x80, 0x80, 4], 0, 'a'), 0, /that 5 bytes can make/);
  check('a literal that is cut', bytes(3, 2 << 2, 'ab'), 1, /a literal of 3 bytes, found 2/);
  check('the length of a literal that is cut', bytes(3, 61 << 2, 2), 1, /the rest of an element/);
  check('an offset that is cut', bytes(5, 0, 'a', 2, 1), 3, /the rest of an element/);
  check('a copy before any literal', bytes(5, 1, 1), 1, /a literal, as nothing is there to copy, found a copy/);
  check('an offset of zero', bytes(5, 0, 'a', 1, 0), 3, /an offset from 1 to 1, found 0/);
  check('an offset before the start', bytes(5, 0, 'a', 1, 2), 3, /an offset from 1 to 1, found 2/);
  check('an offset of four bytes with the highest bit', bytes(5, 0, 'a', 3, [1, 0, 0, 0x80]), 3, /found 2147483649/);
  check('a literal of more than was declared', bytes(1, 1 << 2, 'ab'), 1, /at most 1 bytes/);
  check('a copy of more than was declared', bytes(2, 0, 'a', 1, 1), 3, /at most 2 bytes/);
  check('less than was declared', bytes(3, 0, 'a'), 3, /3 bytes of content, as declared, found 1/);
});

test('a length over the limit is refused before anything of that size is made', () => {
  expect(() => decodeSnappy(bytes([0xff, 0xff, 0xff, 0xff, 0xf]), 1000)).toThrow(
    new SondeError('too_large', 'The body is at most 1000 bytes after inflation; it declares 4294967295.'),
  );
});

describe('what was encoded', () => {
  const repeating = fc
    .array(fc.tuple(fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 200 })), { maxLength: 20 })
    .map((parts) => Buffer.concat(parts.flatMap(([part, times]) => Array.from({ length: times }, () => part))));

  test('is decoded to what it was', () => {
    fc.assert(
      fc.property(fc.oneof(repeating, fc.uint8Array({ maxLength: 5000 })), (content) => {
        expect(Buffer.from(decodeSnappy(encodeSnappy(content), bytesMax)).equals(content)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('is decoded into a buffer that is used again, when it fits in there', () => {
    const room = new Uint8Array(64).fill(1);
    const check = (content: string, fits: boolean): void => {
      const decoded = decodeSnappy(encodeSnappy(Buffer.from(content)), bytesMax, room);
      expect(Buffer.from(decoded).toString()).toBe(content);
      expect(decoded.buffer === room.buffer).toBe(fits);
    };
    check('ab'.repeat(20), true);
    check('c', true);
    check('', true);
    check('abc'.repeat(30), false);
    check('x'.repeat(63), false);
  });

  test('is small where it repeats', () => {
    const content = Buffer.from('{"name":"up","job":"node"}\n'.repeat(10_000));
    expect(encodeSnappy(content).length).toBeLessThan(content.length / 15);
  });

  test('is hardly longer where it does not', () => {
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, i) => Math.imul(i, 0x9e37_79b1) >>> 13));
    expect(encodeSnappy(content).length).toBeLessThan(content.length * 1.02);
  });

  test('matches over more than 64 KiB are not made', () => {
    const far = Buffer.concat([
      Buffer.from('a piece of text'),
      Buffer.alloc(70_000, 'x'),
      Buffer.from('a piece of text, and more of it'),
    ]);
    expect(Buffer.from(decodeSnappy(encodeSnappy(far), bytesMax)).equals(far)).toBe(true);
  });

  test('is refused when it is cut anywhere', () => {
    const block = encodeSnappy(Buffer.from('one two three four one two three four five six one two'.repeat(3)));
    for (let end = 0; end < block.length; end++) {
      expect(() => decodeSnappy(block.subarray(0, end), bytesMax)).toThrow(expect.objectContaining({ code: 'malformed_body' }));
    }
  });
});

test('any bytes are decoded or refused', () => {
  const codeOf = (block: Uint8Array): string => {
    try {
      decodeSnappy(block, bytesMax);
      return 'decoded';
    } catch (thrown) {
      return thrown instanceof SondeError ? thrown.code : String(thrown);
    }
  };
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (block) => {
      expect(['decoded', 'malformed_body', 'too_large']).toContain(codeOf(block));
    }),
    { numRuns: 5000 },
  );
});
