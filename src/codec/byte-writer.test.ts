import { assert, integer, property } from 'fast-check';
import { expect, test } from 'vitest';
import { ByteWriter } from './byte-writer.ts';
import { WireReader } from './protobuf.ts';

test('integers read back as they were written, negative ones too', () => {
  assert(
    property(integer({ min: -Number.MAX_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER }), (value) => {
      const writer = new ByteWriter();
      writer.int64(value);
      const reader = new WireReader(writer.written());
      reader.varint(writer.length);
      expect(reader.at).toBe(writer.length);
      expect(reader.high * 2 ** 32 + (reader.low >>> 0)).toBe(value);
    }),
  );
  assert(
    property(integer(), (value) => {
      const writer = new ByteWriter();
      writer.zigzag(value);
      expect(new WireReader(writer.written()).sint32(writer.length)).toBe(value);
    }),
  );
});

test('fields stand one after the other, however long', () => {
  const writer = new ByteWriter();
  const long = 'x'.repeat(10_000);
  writer.textField(1, long);
  writer.doubleField(2, 1.5);
  writer.doublesField(3, []);
  writer.doublesField(3, [1, 2]);
  writer.integerField(300, 7);
  const bytes = writer.written();
  const reader = new WireReader(bytes);
  expect(reader.tag(bytes.length)).toBe(0x0a);
  const end = reader.length(bytes.length);
  expect(new TextDecoder().decode(bytes.subarray(reader.at, end))).toBe(long);
  reader.at = end;
  expect(reader.tag(bytes.length)).toBe(0x11);
  expect(reader.view.getFloat64(reader.fixed64(bytes.length), true)).toBe(1.5);
  expect(reader.tag(bytes.length)).toBe(0x1a);
  expect(reader.length(bytes.length) - reader.at).toBe(16);
  reader.at += 16;
  expect(reader.tag(bytes.length)).toBe(300 * 8);
  expect(reader.uint32(bytes.length)).toBe(7);
});
