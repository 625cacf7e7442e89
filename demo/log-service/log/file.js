// @ts-check
/** Reading and writing at a place of a file. The system may do less than it is asked for in one go. */
import { open } from 'node:fs/promises';

/** @typedef {import('node:fs/promises').FileHandle} FileHandle */

/**
 * The bytes from a position on; fewer than asked for when the file ends there.
 * @param {FileHandle} file
 * @param {number} position
 * @param {number} length
 */
export async function readAt(file, position, length) {
  const bytes = Buffer.allocUnsafe(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, position + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

/**
 * @param {FileHandle} file
 * @param {Uint8Array} bytes
 * @param {number} position
 */
export async function writeAt(file, bytes, position) {
  let done = 0;
  while (done < bytes.length) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    done += bytesWritten;
  }
}

/**
 * Makes sure that files which came or went in a folder are so after a power cut too.
 * @param {string} path
 */
export async function syncFolder(path) {
  const folder = await open(path);
  await folder.sync();
  await folder.close();
}
