// @ts-check
/**
 * A part of the log: a store file with its records, and an index file. Both are named after the offset of the first record, which
 * is what keeps an offset from being given twice when nothing else is left.
 */
import { constants } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DamagedError } from './errors.js';
import { readAt, syncFolder, writeAt } from './file.js';
import { IndexFile } from './index-file.js';
import { decodeRecord, encodeRecord } from './record.js';

const offsetDigits = 20;

/**
 * @param {string} folder
 * @param {number} base
 */
function pathsOf(folder, base) {
  const name = join(folder, String(base).padStart(offsetDigits, '0'));
  return { store: `${name}.store`, index: `${name}.index` };
}

/**
 * The offset that a store file is named after; undefined for other files.
 * @param {string} name
 */
export function baseOf(name) {
  const digits = /^(\d{20})\.store$/.exec(name)?.[1];
  return digits === undefined ? undefined : Number(digits);
}

/** @typedef {{ folder: string, base: number, store: import('node:fs/promises').FileHandle, index: IndexFile }} Parts */

export class Segment {
  /** The offset of the first record. */
  base;
  /** The offset after that of the last record. */
  next;
  /** Bytes of all records. */
  bytes = 0;
  #folder;
  #store;
  #index;

  /** @param {Parts} parts */
  constructor({ folder, base, store, index }) {
    this.base = base;
    this.next = base;
    this.#folder = folder;
    this.#store = store;
    this.#index = index;
  }

  /**
   * Opens a segment; one that is not there is made, and then on disk. The newest one may end in what a crash has left of a record
   * that nobody was told of: that is cut. In all others everything was acknowledged, so that anything wrong is damage.
   * @param {{ folder: string, base: number, isNewest: boolean }} place
   * @returns {Promise<{ segment: Segment, bytesCut: number }>} Rejects with a DamagedError.
   */
  static async open({ folder, base, isNewest }) {
    const paths = pathsOf(folder, base);
    const store = await open(paths.store, constants.O_RDWR | constants.O_CREAT);
    const segment = new Segment({ folder, base, store, index: await IndexFile.open(paths.index) });
    try {
      return { segment, bytesCut: await segment.#load(isNewest) };
    } catch (thrown) {
      await segment.close();
      throw thrown;
    }
  }

  /**
   * Finds out how many records there are, and gives how many bytes were cut.
   * @param {boolean} isNewest
   */
  async #load(isNewest) {
    const { size } = await this.#store.stat();
    if (size === 0) await syncFolder(this.#folder);
    if (!isNewest && (await this.#believeIndex(size))) return 0;
    await this.#scan(size);
    const bytesCut = size - this.bytes;
    if (bytesCut === 0) return 0;
    if (!isNewest) throw new DamagedError(`record ${this.next} of ${this.#folder} is damaged`);
    await this.#store.truncate(this.bytes);
    await this.#store.datasync();
    return bytesCut;
  }

  /**
   * Takes the number of records from the index, if that leads to a last one which ends with the store; says whether it did.
   * @param {number} size
   */
  async #believeIndex(size) {
    const count = (await this.#index.count()) ?? 0;
    const position = count === 0 ? undefined : await this.#index.positionOf(count - 1);
    if (position === undefined || position >= size) return false;
    const last = await readAt(this.#store, position, size - position);
    const record = decodeRecord(last, { position: 0, offset: this.base + count - 1 });
    if (record?.end !== last.length) return false;
    this.next = this.base + count;
    this.bytes = size;
    return true;
  }

  /**
   * Reads all records, up to the first that is not whole, and writes the index anew.
   * @param {number} size
   */
  async #scan(size) {
    const bytes = await readAt(this.#store, 0, size);
    const positions = [];
    for (;;) {
      const record = decodeRecord(bytes, { position: this.bytes, offset: this.next });
      if (record === undefined) break;
      positions.push(this.bytes);
      this.bytes = record.end;
      this.next++;
    }
    await this.#index.rewrite(positions);
  }

  /**
   * Resolves when the records are on disk, also after a power cut; the first has the offset `next`.
   * @param {readonly Uint8Array[]} values
   */
  async append(values) {
    const records = values.map((value, i) => encodeRecord(this.next + i, value));
    const positions = [];
    let end = this.bytes;
    for (const { length } of records) {
      positions.push(end);
      end += length;
    }
    await writeAt(this.#store, Buffer.concat(records), this.bytes);
    await this.#store.datasync();
    await this.#index.write(this.next - this.base, positions);
    this.bytes = end;
    this.next += records.length;
  }

  /**
   * @param {number} offset One of this segment.
   * @returns {Promise<Buffer>} Rejects with a DamagedError.
   */
  async read(offset) {
    const number = offset - this.base;
    const isLast = offset === this.next - 1;
    const end = this.bytes;
    const position = await this.#index.positionOf(number);
    const recordEnd = isLast ? end : await this.#index.positionOf(number + 1);
    if (position !== undefined && recordEnd !== undefined && recordEnd > position && recordEnd <= end) {
      const record = decodeRecord(await readAt(this.#store, position, recordEnd - position), { position: 0, offset });
      if (record !== undefined) return record.value;
    }
    throw new DamagedError(`record ${offset} is damaged`);
  }

  /** To be called when nothing more is appended: from then on the index is believed. */
  seal() {
    return this.#index.sync();
  }

  async close() {
    await this.#store.close();
    await this.#index.close();
  }

  async remove() {
    const paths = pathsOf(this.#folder, this.base);
    await rm(paths.store);
    await rm(paths.index);
    await syncFolder(this.#folder);
    await this.close();
  }
}
