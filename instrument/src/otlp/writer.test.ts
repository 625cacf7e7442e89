import { array, assert, constantFrom, double, integer, maxSafeNat, oneof, property } from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ProtobufSchema } from '../../../src/codec/protobuf-schema.ts';
import { decode } from '../../../test/otlp/wire.ts';
import type { Message } from '../../../test/otlp/wire.ts';
import { OtlpWriter } from './writer.ts';

const schema: ProtobufSchema = {
  messages: {
    Probe: {
      small: [1, 'uint32'],
      integer: [2, 'uint64'],
      signed: [3, 'int64'],
      double: [4, 'double'],
      fixed32: [16, 'fixed32'],
      fixed64: [5, 'sfixed64'],
      time: [6, 'fixed64'],
      id: [7, 'hex'],
      text: [8, 'string'],
      bytes: [9, 'bytes'],
      child: [10, 'Probe'],
      counts: [11, 'fixed64', 'repeated'],
      bounds: [12, 'double', 'repeated'],
      many: [13, 'uint64', 'repeated'],
    },
  },
  enums: {},
};

const tags = {
  small: 0x08,
  integer: 0x10,
  signed: 0x18,
  double: 0x21,
  fixed32: 0x85,
  fixed64: 0x29,
  time: 0x31,
  id: 0x3a,
  text: 0x42,
  bytes: 0x4a,
  child: 0x52,
  counts: 0x5a,
  bounds: 0x62,
  many: 0x6a,
} as const;

/** A field more on each side: what is written before and after stays as it is. */
function written(write: (writer: OtlpWriter) => void): Message {
  const writer = new OtlpWriter();
  writer.small(tags.small, 42);
  write(writer);
  writer.integer(tags.integer, 4242);
  const { small, integer: last, ...rest } = decode(schema, 'Probe', writer.written());
  expect([small, last]).toEqual([42, 4242n]);
  return rest;
}

function check(what: string, write: (writer: OtlpWriter) => void, expected: Message): void {
  test(`${what} reads back`, () => expect(written(write)).toEqual(expected));
}

check('nothing', () => {}, {});
check('a small number', (writer) => writer.small(tags.small, 42), {});
check('a double', (writer) => writer.double(tags.double, -1.5), { double: -1.5 });
check('-0', (writer) => writer.double(tags.double, -0), { double: -0 });
check('NaN', (writer) => writer.double(tags.double, Number.NaN), { double: Number.NaN });
check('a fixed32 with a tag of two bytes', (writer) => writer.fixed32(tags.fixed32, 0xffff_ffff), { fixed32: 0xffff_ffff });
check('bytes', (writer) => writer.bytes(tags.bytes, Uint8Array.of(0, 255, 128)), { bytes: Uint8Array.of(0, 255, 128) });
check('no bytes', (writer) => writer.bytes(tags.bytes, new Uint8Array()), { bytes: new Uint8Array() });
check('what is on the wire already', (writer) => writer.raw(Uint8Array.of(0x18, 0x05)), { signed: 5n });
check('a span id', (writer) => writer.id8(tags.id, 0x0102_0304, 0x8506_0708 | 0), {
  id: Uint8Array.of(1, 2, 3, 4, 0x85, 6, 7, 8),
});
check('a trace id', (writer) => writer.id16(tags.id, -1, 0, 0x0102_0304, 0x8000_0001 | 0), {
  id: Uint8Array.of(255, 255, 255, 255, 0, 0, 0, 0, 1, 2, 3, 4, 128, 0, 0, 1),
});
check('a list of counts', (writer) => writer.packed(tags.counts, [0, 1, 2 ** 53], 'fixed64'), { counts: [0n, 1n, 2n ** 53n] });
check('a list of bounds', (writer) => writer.packed(tags.bounds, [-1.5, 0, Infinity], 'double'), { bounds: [-1.5, 0, Infinity] });
check('a list of varints', (writer) => writer.packedIntegers(tags.many, [0, 127, 128, 2 ** 53]), {
  many: [0n, 127n, 128n, 2n ** 53n],
});
check(
  'a list of many varints',
  (writer) =>
    writer.packedIntegers(
      tags.many,
      Array.from({ length: 20_000 }, (_, i) => i),
    ),
  {
    many: Array.from({ length: 20_000 }, (_, i) => BigInt(i)),
  },
);
check('an empty list', (writer) => writer.packed(tags.counts, [], 'fixed64'), { counts: [] });

describe('whole numbers', () => {
  const edges = [0, 127, 128, 16_383, 16_384, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 52, Number.MAX_SAFE_INTEGER];

  test('read back, negative ones too', () => {
    const any = integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
    assert(
      property(oneof(any, constantFrom(...edges, ...edges.map((edge) => -edge))), (value) => {
        const signed = BigInt(value);
        expect(written((writer) => writer.signed(tags.signed, value))).toEqual({ signed });
        expect(written((writer) => writer.fixed64(tags.fixed64, value))).toEqual({ fixed64: signed });
      }),
    );
  });

  test('read back as varints', () => {
    assert(
      property(array(oneof(maxSafeNat(), constantFrom(...edges))), (values) => {
        expect(written((writer) => writer.packedIntegers(tags.many, values))['many'] ?? []).toEqual(values.map(BigInt));
      }),
    );
  });
});

describe('a time', () => {
  /** Milliseconds in units of 2^-12, as the times of this century are in a double, to nanoseconds, halves up. */
  const nanosecondsOf = (units: number): bigint => (BigInt(units) * 1_000_000n + 2048n) / 4096n;

  test('is exact to the nanosecond', () => {
    assert(
      property(integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), (units) => {
        expect(written((writer) => writer.time(tags.time, units / 4096))).toEqual({ time: nanosecondsOf(units) });
      }),
      { numRuns: 2000 },
    );
  });

  function checkTime(epochMs: number, expected: bigint): void {
    test(`of ${epochMs} ms is ${expected} ns`, () =>
      expect(written((writer) => writer.time(tags.time, epochMs))).toEqual({ time: expected }));
  }

  checkTime(0, 0n);
  checkTime(1, 1_000_000n);
  checkTime(65_535.5, 65_535_500_000n);
  checkTime(65_536, 65_536_000_000n);
  checkTime(1_700_000_000_000, 1_700_000_000_000_000_000n);
  checkTime(1_700_000_000_000.999_755_859_375, 1_700_000_000_000_999_756n);
  checkTime(2 ** 32, 4_294_967_296_000_000n);
  checkTime(4_102_444_800_000.5, 4_102_444_800_000_500_000n);
  checkTime(999.999_999_9, 1_000_000_000n);
});

describe('text', () => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const wellFormed = (text: string): string => decoder.decode(new TextEncoder().encode(text));
  const lengths = [0, 1, 15, 16, 47, 48, 49, 126, 127, 128, 129, 5461, 5462, 16_382, 16_383, 16_384, 16_385, 70_000];

  test.each(lengths)('of %i letters reads back', (length) => {
    for (const letter of ['a', '\u007f', 'é', '中', '🦊']) {
      const text = letter.repeat(length);
      expect(written((writer) => writer.text(tags.text, text))).toEqual({ text });
    }
  });

  test.each(lengths.filter((length) => length > 0))(
    'of %i letters with one that is not ASCII at its end reads back',
    (length) => {
      const text = `${'a'.repeat(length - 1)}é`;
      expect(written((writer) => writer.text(tags.text, text))).toEqual({ text });
    },
  );

  test('of any code units reads back as it would be encoded anywhere', () => {
    assert(
      property(array(integer({ min: 0, max: 0xffff }), { maxLength: 60 }), (units) => {
        const text = String.fromCharCode(...units);
        expect(written((writer) => writer.text(tags.text, text))).toEqual({ text: wellFormed(text) });
      }),
      { numRuns: 300 },
    );
  });

  test.each(['\ud83e', 'a\ud83e', '\udd8aa', `${'x'.repeat(60)}\ud83e`, '\udd8a\ud83e'])(
    'with half a surrogate pair has U+FFFD in its place: %j',
    (text) => expect(written((writer) => writer.text(tags.text, text))).toEqual({ text: wellFormed(text) }),
  );
});

describe('a message', () => {
  test.each([0, 1, 0x7e, 0x7f, 0x80, 0x3ffb, 0x3ffc, 0x3ffd, 0x3ffe, 0x3fff, 0x4000, 0x4001, 100_000, 0x20_0000])(
    'around %i bytes reads back, and so do those around it',
    (size) => {
      const long = 'x'.repeat(size);
      const message = written((writer) => {
        const [outer, inner] = [writer.begin(tags.child), writer.begin(tags.child)];
        writer.double(tags.double, 0.5);
        writer.text(tags.text, long);
        writer.end(inner);
        writer.fixed32(tags.fixed32, 9);
        writer.end(outer);
        writer.text(tags.text, 'after');
      });
      expect(message).toEqual({ child: { child: { double: 0.5, text: long }, fixed32: 9 }, text: 'after' });
    },
  );

  test.each([0x3fff, 0x4000])('of exactly %i bytes has the length that it says', (size) => {
    const text = 'x'.repeat(size - 3);
    const message = written((writer) => {
      const start = writer.begin(tags.child);
      writer.text(tags.text, text);
      expect(writer.length - start).toBe(size);
      writer.end(start);
    });
    expect(message).toEqual({ child: { text } });
  });

  test('may hold others twelve deep that all grow past 16 KiB', () => {
    const text = 'x'.repeat(0x3ff0);
    const depth = 12;
    let expected: Message = { text };
    for (let i = 0; i < depth; i++) expected = { child: expected };
    const message = written((writer) => {
      const starts = Array.from({ length: depth }, () => writer.begin(tags.child));
      writer.text(tags.text, text);
      for (const start of starts.toReversed()) writer.end(start);
    });
    expect(message).toEqual(expected);
  });
});

test('fields of all sizes stand one after the other, however often the buffer grows', () => {
  assert(
    property(array(integer({ min: 0, max: 9000 }), { minLength: 1, maxLength: 20 }), double({ noNaN: true }), (sizes, number) => {
      const writer = new OtlpWriter();
      for (const size of sizes) {
        const start = writer.begin(tags.child);
        writer.text(tags.text, 'é'.repeat(size));
        writer.double(tags.double, number);
        writer.end(start);
      }
      const children = decode(
        { messages: { ...schema.messages, List: { children: [10, 'Probe', 'repeated'] } }, enums: {} },
        'List',
        writer.written(),
      );
      expect(children).toEqual({ children: sizes.map((size) => ({ text: 'é'.repeat(size), double: number })) });
    }),
    { numRuns: 30 },
  );
});

test('a writer that was cleared starts anew and keeps nothing', () => {
  const writer = new OtlpWriter();
  writer.text(tags.text, 'x'.repeat(50_000));
  expect(writer.length).toBe(50_004);
  writer.clear();
  expect([writer.length, writer.written().length]).toEqual([0, 0]);
  writer.small(tags.small, 3);
  expect(decode(schema, 'Probe', writer.written())).toEqual({ small: 3 });
});

test('a large message has the length of what is in it, from none to more than three bytes count', () => {
  for (const length of [0, 1, 127, 128, 16_383, 16_384, 3_000_000]) {
    const text = 'x'.repeat(length);
    const message = written((writer) => {
      const start = writer.beginLarge(tags.child);
      writer.text(tags.text, text);
      writer.endLarge(start);
    });
    expect(message).toEqual({ child: { text } });
  }
});

test('times of one second and of others are exact, in whatever order they come', () => {
  const timeOf = (epochMs: number): unknown => written((writer) => writer.time(tags.time, epochMs))['time'];
  const second = 1_750_000_000_000;
  for (const [ms, ns] of [
    [second, 1_750_000_000_000_000_000n],
    [second + 999.5, 1_750_000_000_999_500_000n],
    [second + 1000, 1_750_000_001_000_000_000n],
    [second - 0.5, 1_749_999_999_999_500_000n],
    [0, 0n],
    [4294.967_296, 4_294_967_296n],
    [second + 294.25, 1_750_000_000_294_250_000n],
  ] as const)
    expect(timeOf(ms)).toBe(ns);
});
