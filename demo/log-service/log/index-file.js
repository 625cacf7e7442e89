// @ts-check
/**
 * The index of a segment: for each record, in order, 8 bytes, big-endian: its offset less that of the segment's first record (u32),
 * and the position in the store file where it begins (u32). So that of a record is found without searching. Nothing is in it that
 * the store file does not say too: whenever it is not as it should be, it is written anew.
 */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { readAt, writeAt } from './file.js';

const entryBytes = 8;

export class IndexFile {
  #file;

  /** @param {import('node:fs/promises').FileHandle} file */
  constructor(file) {
    this.#file = file;
  }

  /**
   * Opens the file, or makes an empty one.
   * @param {string} path
   */
  static async open(path) {
    const flags = constants.O_RDWR | constants.O_CREAT;
    return new IndexFile(await open(path, flags));
  }

  /**
   * Entries for records that begin at these positions, from the entry with the number `first` on.
   * @param {number} first
   * @param {readonly number[]} positions
   */
  async write(first, positions) {
    const entries = Buffer.allocUnsafe(positions.length * entryBytes);
    for (const [i, position] of positions.entries()) {
      entries.writeUInt32BE(first + i, i * entryBytes);
      entries.writeUInt32BE(position, i * entryBytes + 4);
    }
    await writeAt(this.#file, entries, first * entryBytes);
  }

  /**
   * Replaces all entries.
   * @param {readonly number[]} positions
   */
  async rewrite(positions) {
    await this.#file.truncate(0);
    await this.write(0, positions);
    await this.#file.datasync();
  }

  /**
   * Where the record with this number begins; undefined when the file does not say, or says something else.
   * @param {number} number
   */
  async positionOf(number) {
    const entry = await readAt(this.#file, number * entryBytes, entryBytes);
    return entry.length === entryBytes && entry.readUInt32BE(0) === number ? entry.readUInt32BE(4) : undefined;
  }

  /** How many entries the file has; undefined when the last one is not whole. */
  async count() {
    const { size } = await this.#file.stat();
    return size % entryBytes === 0 ? size / entryBytes : undefined;
  }

  sync() {
    return this.#file.datasync();
  }

  close() {
    return this.#file.close();
  }
}
