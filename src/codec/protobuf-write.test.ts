import { expect, it } from 'vitest';
import { blockField, integerField, joined, textField } from './protobuf-write.ts';

it('writes what the encoding guide of protobuf shows', () => {
  expect([...integerField(1, 150)]).toEqual([0x08, 0x96, 0x01]);
  expect([...textField(2, 'testing')]).toEqual([0x12, 0x07, ...Buffer.from('testing')]);
  expect([...blockField(3, integerField(1, 150))]).toEqual([0x1a, 0x03, 0x08, 0x96, 0x01]);
});

it('writes large numbers, long texts and several parts', () => {
  expect([...integerField(16, 2 ** 53)]).toEqual([0x80, 0x01, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]);
  expect([...textField(1, 'é'.repeat(100)).subarray(0, 4)]).toEqual([0x0a, 0xc8, 0x01, 0xc3]);
  expect([...joined([integerField(1, 0), integerField(2, 1)])]).toEqual([0x08, 0x00, 0x10, 0x01]);
  expect([...blockField(1)]).toEqual([0x0a, 0x00]);
});
