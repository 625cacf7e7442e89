import { expect, test } from 'vitest';
import { Hash } from '../base/hash.ts';
import { metricIdOf, metricIdOfBytes } from './metric-ids.ts';

// Stored with every point: they may never change. They were computed by another program.
test.each([
  ['up', 304_986_711],
  ['http.größe', 3_181_838_196],
])('the id of %s is known, from text and from bytes', (name, id) => {
  const bytes = Buffer.from(name);
  expect(metricIdOf(name)).toBe(id);
  expect(metricIdOfBytes(new Hash(), new DataView(bytes.buffer, bytes.byteOffset, bytes.length), 0, bytes.length)).toBe(id);
});

test('bytes that are no text have the id of what is stored for them', () => {
  const bytes = new DataView(Uint8Array.of(0x75, 0xff, 0x70).buffer);
  expect(metricIdOfBytes(new Hash(), bytes, 0, 3)).toBe(metricIdOf('u\uFFFDp'));
});
