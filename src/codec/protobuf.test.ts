import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { SondeError } from '../base/errors.ts';
import { Place, Places, WireReader } from './protobuf.ts';

/** A reader over bytes in hexadecimal digits; blanks are left out. */
function readerOf(digits: string): WireReader {
  return new WireReader(Buffer.from(digits.replaceAll(' ', ''), 'hex'));
}

/** Reads something at the start, with the message ending where the bytes end. */
function read<T>(digits: string, what: (reader: WireReader, end: number) => T): T {
  const reader = readerOf(digits);
  return what(reader, reader.view.byteLength);
}

function faultOf(digits: string, what: (reader: WireReader, end: number) => unknown): string {
  try {
    read(digits, what);
  } catch (thrown) {
    const isOfBody = thrown instanceof SondeError && thrown.code === 'malformed_body';
    if (isOfBody && thrown.message.endsWith(`, at byte ${thrown.position}.`)) return thrown.message;
    throw thrown;
  }
  throw new Error('it was read');
}

/** Skips all fields, as of a message that has fields 1 to 3. */
function skipAll(reader: WireReader, end: number): void {
  while (reader.at < end) reader.skipField(reader.tag(end), end, 0b1110);
}

function varintBytes(value: bigint, padding = 0): string {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  for (let i = 0; i < padding && bytes.length < 10; i++) {
    bytes[bytes.length - 1]! |= 128;
    bytes.push(0);
  }
  return Buffer.from(bytes).toString('hex');
}

const unsigned64 = fc.oneof(
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  fc.nat(300).map(BigInt),
  fc.nat(63).map((bit) => 1n << BigInt(bit)),
);

describe('varints', () => {
  test('of up to 64 bits are read, however long they were written', () => {
    fc.assert(
      fc.property(unsigned64, fc.nat(9), (value, padding) => {
        const digits = varintBytes(value, padding);
        const reader = readerOf(`${digits}ff`);
        reader.varint(digits.length / 2);
        expect((BigInt(reader.high >>> 0) << 32n) | BigInt(reader.low >>> 0)).toBe(value);
        expect(reader.at).toBe(digits.length / 2);
      }),
    );
  });

  test.each([
    ['', 'Expected the rest of a varint, found the end of the message, at byte 0.'],
    ['80', 'Expected the rest of a varint, found the end of the message, at byte 0.'],
    ['ff ff ff ff ff ff ff ff ff', 'Expected the rest of a varint, found the end of the message, at byte 0.'],
    ['ff ff ff ff ff ff ff ff ff 02', 'Expected a varint of at most 64 bits, found a longer one, at byte 0.'],
    ['80 80 80 80 80 80 80 80 80 80 00', 'Expected a varint of at most 64 bits, found a longer one, at byte 0.'],
  ])('such as %j are refused', (digits, fault) => {
    expect(faultOf(digits, (reader, end) => reader.varint(end))).toBe(fault);
  });

  test('do not reach into what follows their message', () => {
    const reader = readerOf('80 01');
    expect(() => reader.varint(1)).toThrow('Expected the rest of a varint');
  });

  test('are what integers, enums and bools are made of', () => {
    expect(read('ff ff ff ff ff ff ff ff ff 01', (reader, end) => reader.uint32(end))).toBe(-1);
    expect(read('80 80 80 80 10', (reader, end) => reader.uint32(end))).toBe(0);
    expect(
      ['00', '01', '02', 'ff ff ff ff 0f', 'fe ff ff ff 0f'].map((digits) => read(digits, (r, end) => r.sint32(end))),
    ).toEqual([0, -1, 1, -(2 ** 31), 2 ** 31 - 1]);
    expect(
      ['00', '05', '06', 'ff ff ff ff ff ff ff ff ff 01', '80 80 80 80 20'].map((digits) =>
        read(digits, (r, end) => r.enum(end, 5)),
      ),
    ).toEqual([0, 5, 0, 0, 0]);
    expect(['00', '01', '80 80 80 80 80 01', '80 00'].map((digits) => read(digits, (r, end) => r.bool(end)))).toEqual([
      0, 1, 1, 0,
    ]);
  });
});

describe('tags', () => {
  test.each([
    ['08', 8],
    ['88 00', 8],
    ['f8 ff ff ff 0f', 0xffff_fff8],
    ['82 01', 0x82],
  ])('%s is %i', (digits, tag) => {
    expect(read(digits, (reader, end) => reader.tag(end))).toBe(tag);
  });

  test.each([
    ['00', 'Expected a field number of 1 or more, found field number 0, at byte 0.'],
    ['07', 'Expected a field number of 1 or more, found field number 0, at byte 0.'],
    ['82 00', 'Expected a field number of 1 or more, found field number 0, at byte 0.'],
    ['8a', 'Expected the rest of a tag, found the end of the message, at byte 0.'],
    ['f8 ff ff ff 10', 'Expected a tag of at most 32 bits, found a longer one, at byte 0.'],
    ['88 80 80 80 80 00', 'Expected a tag of at most 32 bits, found a longer one, at byte 0.'],
  ])('such as %s are refused', (digits, fault) => {
    expect(faultOf(digits, (reader, end) => reader.tag(end))).toBe(fault);
  });
});

describe('lengths', () => {
  test('give where the bytes end', () => {
    expect(read('02 61 62', (reader, end) => [reader.length(end), reader.at])).toEqual([3, 1]);
    expect(read('82 80 00 61 62', (reader, end) => [reader.length(end), reader.at])).toEqual([5, 3]);
    expect(read('00', (reader, end) => [reader.length(end), reader.at])).toEqual([1, 1]);
  });

  test.each([
    ['03 61 62', 'Expected a length of at most 2, what is left of the message, found 3, at byte 0.'],
    ['ff ff ff ff 0f', 'Expected a length of at most 0, what is left of the message, found 4294967295, at byte 0.'],
    ['80 80 80 80 10', 'Expected a length of at most 0, what is left of the message, found 4294967296, at byte 0.'],
    ['80 80 80 80 08', 'Expected a length of at most 0, what is left of the message, found 2147483648, at byte 0.'],
    ['', 'Expected the rest of a varint, found the end of the message, at byte 0.'],
  ])('such as %j are refused', (digits, fault) => {
    expect(faultOf(digits, (reader, end) => reader.length(end))).toBe(fault);
  });

  test('are of places, one or many', () => {
    const reader = readerOf('01 61 00 02 62 63');
    const place = new Place();
    const places = new Places();
    reader.place(place, 6);
    reader.addPlace(places, 6);
    reader.addPlace(places, 6);
    expect([place.start, place.end, places.length, places.start(0), places.end(0), places.start(1), places.end(1)]).toEqual([
      1, 2, 2, 3, 3, 4, 6,
    ]);
    expect(Buffer.from(new Uint8Array(reader.part(4, 6).buffer, reader.part(4, 6).byteOffset, 2)).toString()).toBe('bc');
    for (let i = 0; i < 100; i++) places.add(i, i + 1);
    expect([places.length, places.start(101), places.end(101)]).toEqual([102, 99, 100]);
    places.clear();
    place.clear();
    expect([places.length, place.start, place.end]).toEqual([0, 0, 0]);
  });
});

test('values of fixed size are given by where they stand', () => {
  const reader = readerOf('01 02 03 04  9a 99 99 99 99 99 b9 3f');
  expect([reader.fixed32(12), reader.fixed64(12), reader.at]).toEqual([0, 4, 12]);
  expect([reader.doubleAt(4), reader.lowAt(4), reader.highAt(4)]).toEqual([0.1, 0x9999_999a | 0, 0x3fb9_9999]);
  expect([reader.doubleAt(-1), reader.lowAt(-1), reader.highAt(-1)]).toEqual([0, 0, 0]);
  expect(faultOf('01 02 03', (r, end) => r.fixed32(end))).toBe(
    'Expected a value of 4 bytes, found 3 before the end of the message, at byte 0.',
  );
  expect(faultOf('01', (r, end) => r.fixed64(end))).toBe(
    'Expected a value of 8 bytes, found 1 before the end of the message, at byte 0.',
  );
});

describe('unknown fields', () => {
  test.each([
    ['a varint', '20 ff ff 01'],
    ['64 bits', '21 0102030405060708'],
    ['bytes', '22 02 ffff'],
    ['32 bits', '25 01020304'],
    ['an empty group', '23 24'],
    ['a group with fields, one of them a known one elsewhere', '23 0a 01 61 10 01 24'],
    ['a group in a group', '23 2b 2c 24'],
    ['a field of a large number', 'f2 ff ff ff 0f 01 61'],
  ])('are skipped: %s', (_, digits) => {
    const reader = readerOf(digits);
    skipAll(reader, reader.view.byteLength);
    expect(reader.at).toBe(reader.view.byteLength);
  });

  test.each([
    ['of wire type 6', '26', 'Expected a wire type of 0, 1, 2, 3 or 5, found wire type 6, at byte 0.'],
    ['of wire type 7', '27', 'Expected a wire type of 0, 1, 2, 3 or 5, found wire type 7, at byte 0.'],
    ['the end of a group that was not begun', '24', 'Expected a wire type of 0, 1, 2, 3 or 5, found wire type 4, at byte 0.'],
    ['a group without an end', '23 20 01', 'Expected the end of group 4, found the end of the message, at byte 3.'],
    ['a group with the end of another', '23 2c', 'Expected the end of group 4, found the end of group 5, at byte 1.'],
    ['bytes that are too long', '22 02 ff', 'Expected a length of at most 1, what is left of the message, found 2, at byte 1.'],
    [
      'a known field with the type of another',
      '0d 01020304',
      'Expected field 1 with its own wire type, found wire type 5, at byte 0.',
    ],
    ['many groups in each other', '23'.repeat(100), 'Expected groups at most 64 deep, found a deeper one, at byte 65.'],
  ])('are refused when they are wrong: %s', (_, digits, fault) => {
    expect(faultOf(digits, skipAll)).toBe(fault);
  });
});
