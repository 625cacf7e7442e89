// @ts-check
/** Values that are known by a number: up to 4 KiB, and none like another. */
import { createHash } from 'node:crypto';

/** @param {number} number */
export function valueOf(number) {
  const hash = createHash('sha256').update(String(number)).digest();
  return Buffer.alloc(hash.readUInt16BE(0) % 4096, hash);
}
