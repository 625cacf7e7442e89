// @ts-check
/**
 * A record as a store file holds it, one after another with nothing between them; numbers are big-endian:
 *
 *     bytes 0 to 3    length of the value
 *     bytes 4 to 7    CRC-32 of all that follows
 *     bytes 8 to 15   offset
 *     from byte 16    the value
 *
 * The offset is part of what is checked, so that neither zeros nor a record of elsewhere can pass for a record. A wrong length puts
 * the end of the value elsewhere, and is found by the checksum too.
 */
import { crc32 } from 'node:zlib';

const headBytes = 16;
const offsetAt = 8;

/**
 * @param {number} offset
 * @param {Uint8Array} value
 */
export function encodeRecord(offset, value) {
  const record = Buffer.allocUnsafe(headBytes + value.length);
  record.writeUInt32BE(value.length, 0);
  record.writeBigUInt64BE(BigInt(offset), offsetAt);
  record.set(value, headBytes);
  record.writeUInt32BE(crc32(record.subarray(offsetAt)), 4);
  return record;
}

/**
 * The value of the record that begins at a position, and where it ends; undefined when there is no whole record with this offset.
 * @param {Buffer} bytes
 * @param {{ position: number, offset: number }} expected
 */
export function decodeRecord(bytes, { position, offset }) {
  if (bytes.length - position < headBytes) return undefined;
  const end = position + headBytes + bytes.readUInt32BE(position);
  if (end > bytes.length) return undefined;
  if (crc32(bytes.subarray(position + offsetAt, end)) !== bytes.readUInt32BE(position + 4)) return undefined;
  if (bytes.readBigUInt64BE(position + offsetAt) !== BigInt(offset)) return undefined;
  return { value: bytes.subarray(position + headBytes, end), end };
}
