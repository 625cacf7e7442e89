// @ts-check
/**
 * An append-only log in a folder of its own, as segments one after another.
 *
 * - Offsets count from 0, without gaps, and none is ever given twice.
 * - A record is acknowledged, and can be read, once it is on disk: what comes while the disk is busy is written together, and one
 *   fdatasync (2) is for all of it. After a crash every acknowledged record is there.
 * - When a write fails, nobody knows what is on disk: the log takes nothing more until it is opened again, and can still be read.
 * - A segment is followed by the next once it has `segmentBytes`. While all of them have more than `bytesMax`, the oldest goes; the
 *   newest stays.
 *
 * Opening reads the newest segment into memory. One process has the folder for itself; nothing here keeps a second one out.
 */
import { EventEmitter, once, setMaxListeners } from 'node:events';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { DamagedError, EndedError, OutOfRangeError, TooLargeError } from './errors.js';
import { syncFolder } from './file.js';
import { Segment, baseOf } from './segment.js';

/** Bytes of values that are written in one go; one more value may come on top. */
const batchBytesMax = 1 << 20;

/**
 * @typedef {object} LogOptions
 * @property {string} folder
 * @property {number} [segmentBytes] At most 1 GiB: positions in a segment are numbers of 32 bits.
 * @property {number} [bytesMax] Of the records of all segments.
 * @property {number} [valueBytesMax]
 *
 * @typedef {{ value: Uint8Array, resolve: (offset: number) => void, reject: (reason: unknown) => void }} Waiting
 */

export class CommitLog {
  /** Bytes that a crash had left of a record that was not acknowledged, and that were cut when the log was opened. */
  bytesCut = 0;
  /** @type {Required<LogOptions>} */
  #options;
  /** @type {Segment[]} Oldest first, at least one. */
  #segments = [];
  /** @type {Waiting[]} */
  #waiting = [];
  /** @type {Promise<void> | undefined} While records are being written. */
  #writing;
  /** @type {EndedError | undefined} Why nothing more is taken. */
  #ended;
  #news = new EventEmitter();

  /** @param {Required<LogOptions>} options */
  constructor(options) {
    this.#options = options;
    setMaxListeners(0, this.#news);
  }

  /**
   * Opens the log of a folder, or begins one.
   * @param {LogOptions} options
   * @returns {Promise<CommitLog>} Rejects with a DamagedError when an acknowledged record is missing.
   */
  static async open({ folder, segmentBytes = 16 << 20, bytesMax = 1 << 30, valueBytesMax = 2 << 20 }) {
    if (!(segmentBytes > 0 && segmentBytes <= 2 ** 30)) throw new RangeError(`a segment of ${segmentBytes} bytes cannot be`);
    const log = new CommitLog({ folder, segmentBytes, bytesMax, valueBytesMax });
    try {
      await makeFolder(folder);
      await log.#openSegments(await findSegments(folder));
      return log;
    } catch (thrown) {
      await log.close();
      throw thrown;
    }
  }

  /** @param {readonly number[]} bases */
  async #openSegments(bases) {
    const { folder } = this.#options;
    for (const [i, base] of bases.entries()) {
      const { segment, bytesCut } = await Segment.open({ folder, base, isNewest: i === bases.length - 1 });
      const expected = this.#segments.at(-1)?.next ?? base;
      this.#segments.push(segment);
      this.bytesCut += bytesCut;
      if (base !== expected) throw new DamagedError(`after record ${expected - 1} of ${folder} comes record ${base}`);
    }
  }

  /** The offsets of the oldest record and of the next one to come; the same when there is none. */
  get bounds() {
    return { oldest: this.#segments[0]?.base ?? 0, next: this.#newest.next };
  }

  get #newest() {
    const newest = this.#segments.at(-1);
    if (newest === undefined) throw new Error('a log has a segment');
    return newest;
  }

  /**
   * @param {Uint8Array} value
   * @returns {Promise<number>} Its offset, once it is on disk. Rejects with a TooLargeError or an EndedError.
   */
  append(value) {
    const { valueBytesMax } = this.#options;
    if (value.length > valueBytesMax)
      return Promise.reject(new TooLargeError(`a record has at most ${valueBytesMax} bytes, this one has ${value.length}`));
    if (this.#ended !== undefined) return Promise.reject(this.#ended);
    return new Promise((resolve, reject) => {
      this.#waiting.push({ value, resolve, reject });
      this.#writing ??= this.#writeWaiting();
    });
  }

  async #writeWaiting() {
    // What is appended in the same turn goes in one batch.
    await new Promise((resolve) => setImmediate(resolve));
    for (let batch = this.#takeBatch(); batch.length > 0; batch = this.#takeBatch()) {
      try {
        const first = await this.#write(batch.map(({ value }) => value));
        for (const [i, { resolve }] of batch.entries()) resolve(first + i);
        await this.#removeOldest();
      } catch (thrown) {
        this.#ended = new EndedError('the log cannot be written', { cause: thrown });
        for (const { reject } of [...batch, ...this.#waiting.splice(0)]) reject(this.#ended);
        this.#news.emit('change');
      }
    }
    this.#writing = undefined;
  }

  #takeBatch() {
    let bytes = 0;
    const full = this.#waiting.findIndex(({ value }) => (bytes += value.length) >= batchBytesMax);
    return this.#waiting.splice(0, full === -1 ? this.#waiting.length : full + 1);
  }

  /** @param {Uint8Array[]} values @returns {Promise<number>} The offset of the first. */
  async #write(values) {
    if (this.#newest.bytes >= this.#options.segmentBytes) await this.#roll();
    const first = this.#newest.next;
    await this.#newest.append(values);
    this.#news.emit('change');
    return first;
  }

  async #roll() {
    const { folder } = this.#options;
    await this.#newest.seal();
    const { segment } = await Segment.open({ folder, base: this.#newest.next, isNewest: true });
    this.#segments.push(segment);
  }

  async #removeOldest() {
    let bytes = this.#segments.reduce((sum, segment) => sum + segment.bytes, 0);
    let count = 0;
    for (; bytes > this.#options.bytesMax && count < this.#segments.length - 1; count++)
      bytes -= this.#segments[count]?.bytes ?? 0;
    for (const oldest of this.#segments.splice(0, count)) await oldest.remove();
  }

  /**
   * @param {number} offset
   * @returns {Promise<Buffer>} Rejects with an OutOfRangeError, or with a DamagedError.
   */
  async read(offset) {
    try {
      return await this.#segmentOf(offset).read(offset);
    } catch (thrown) {
      // It may have been removed meanwhile: then that is the reason.
      this.#segmentOf(offset);
      throw thrown;
    }
  }

  /** @param {number} offset */
  #segmentOf(offset) {
    const segment = this.#segments.findLast(({ base }) => base <= offset);
    if (segment === undefined || !Number.isInteger(offset) || offset >= segment.next)
      throw new OutOfRangeError(offset, this.bounds);
    return segment;
  }

  /**
   * The records from an offset on, and then those that come, until the signal says that nobody wants more. The offset may be that of
   * the next record.
   * @param {number} from
   * @param {AbortSignal} signal
   * @returns {AsyncGenerator<{ offset: number, value: Buffer }, void>} Throws what `read` rejects with, and an
   *   EndedError when there is nothing left to wait for.
   */
  async *follow(from, signal) {
    for (let offset = from; ; offset++) {
      while (offset === this.bounds.next) {
        if (signal.aborted) return;
        if (this.#ended !== undefined) throw this.#ended;
        // Rejects when nobody wants more: the loop sees that itself.
        await once(this.#news, 'change', { signal }).catch(() => undefined);
      }
      const value = await this.read(offset);
      if (signal.aborted) return;
      yield { offset, value };
    }
  }

  /** Takes nothing more, and resolves once everything that it had taken is on disk. */
  async close() {
    this.#ended ??= new EndedError('the log is closed');
    this.#news.emit('change');
    await this.#writing;
    for (const segment of this.#segments) await segment.close();
  }
}

/**
 * Makes a folder that is still there after a power cut.
 * @param {string} folder
 */
async function makeFolder(folder) {
  const topmost = await mkdir(folder, { recursive: true });
  if (topmost === undefined) return;
  for (let made = resolve(folder); made !== dirname(resolve(topmost)); made = dirname(made)) await syncFolder(dirname(made));
}

/**
 * The offsets that segments begin with, in order; that of the first one for an empty folder. A removal that was not finished is.
 * @param {string} folder
 */
async function findSegments(folder) {
  const names = await readdir(folder);
  const bases = names.map(baseOf).filter((base) => base !== undefined);
  const left = names.filter((name) => name.endsWith('.index') && !names.includes(name.replace(/index$/, 'store')));
  for (const name of left) await rm(join(folder, name));
  return bases.length === 0 ? [0] : bases.toSorted((a, b) => a - b);
}
