import { isUtf8 as isUtf8OfNode } from 'node:buffer';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { decodeUtf8, isUtf8 } from './utf8.ts';

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);

/** Bytes at which the rules change. */
const edges = fc.constantFrom(
  0,
  0x7f,
  0x80,
  0x8f,
  0x90,
  0x9f,
  0xa0,
  0xbf,
  0xc0,
  0xc1,
  0xc2,
  0xdf,
  0xe0,
  0xed,
  0xee,
  0xf0,
  0xf4,
  0xf5,
  0xff,
);

test('agrees with Node about every two bytes', () => {
  const pairs = Array.from({ length: 0x1_0000 }, (_, pair) => Uint8Array.of(pair >> 8, pair & 0xff));
  expect(pairs.filter((bytes) => isUtf8(view(bytes), 0, 2) !== isUtf8OfNode(bytes))).toEqual([]);
});

test('agrees with Node about bytes at the edges of the rules', () => {
  fc.assert(
    fc.property(fc.array(edges, { maxLength: 6 }), (bytes) => {
      const input = Uint8Array.from(bytes);
      expect(isUtf8(view(input), 0, input.length)).toBe(isUtf8OfNode(input));
    }),
    { numRuns: 2000 },
  );
});

test('takes all text, looks at no byte outside', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 20 }), (text) => {
      const bytes = Buffer.from(`\u{1f409}${text}é`);
      expect(isUtf8(view(bytes), 4, bytes.length - 2)).toBe(true);
      expect(decodeUtf8(view(bytes), 4, bytes.length - 2)).toBe(text);
      // The last character is cut in two.
      expect(isUtf8(view(bytes), 4, bytes.length - 1)).toBe(false);
    }),
  );
});

test('replaces what is ill-formed, keeps a byte order mark', () => {
  const bytes = Uint8Array.of(0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62, 0xe2, 0x82, 0x63, 0xed, 0xa0, 0x80);
  expect(decodeUtf8(view(bytes), 0, bytes.length)).toBe('\ufeffa\ufffdb\ufffdc\ufffd\ufffd\ufffd');
});
