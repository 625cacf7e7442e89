import { expect, test } from 'vitest';
import { crc32c } from './crc32c.ts';

// The examples of RFC 3720, appendix B.4, and the check value of the catalogue of CRCs.
test.each([
  [[], 0],
  [Array.from(new TextEncoder().encode('123456789')), 0xe3069283],
  [Array.from({ length: 32 }, () => 0), 0x8a9136aa],
  [Array.from({ length: 32 }, () => 0xff), 0x62a8ab43],
  [Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
  [Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
])('%j', (bytes: readonly number[], expected: number) => {
  expect(crc32c(Uint8Array.from(bytes))).toBe(expected);
});
