/**
 * Rows of a table that gets a few at a time, and often. An insert costs the engine milliseconds of work and a dozen files however little it
 * holds; so such rows go to a file first, and into their table many at a time: when there are many, after a while, before the table
 * is read, and at the end. What is in the file is as safe as a part of a table (docs/decisions/durability.md), and what an
 * earlier process left in one is taken up again. A kill between the insert and the removal of the file brings rows in twice.
 *
 *     file   = record*
 *     record = length:u32 crc:u32 payload     (little-endian; length and CRC-32 of the payload)
 *
 * A payload is a `WireBatch` as `node:v8` serializes it, which later versions of Node read too. What a kill or a full disk left of a
 * record is written over, or the last of its file.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import { concatWire } from './encoding.ts';
import type { WireBatch } from './encoding.ts';

export interface SpoolOptions {
  /** Made when it is not there. Its files have numbers for names. */
  readonly folder: string;
  /** Stores rows in the table. */
  readonly insert: (rows: WireBatch) => Promise<void>;
  /** Whether a record is on the disk itself before `append` resolves. */
  readonly syncToDisk: boolean;
}

/** When there are so many, or a multiple of it, they go to the table at once. */
const recordsMax = 1000;
/** Records wait at most this long. */
const waitMs = 30_000;
const headBytes = 8;

/** Payloads that are not in the table, and the files that they are in. */
interface Held {
  readonly payloads: readonly Buffer[];
  readonly files: readonly string[];
}

export class Spool {
  readonly #options: SpoolOptions;
  #held: Held;
  #nextFile: number;
  #file: FileHandle | undefined;
  /** Where the next record of the file goes. */
  #end = 0;
  #timer: NodeJS.Timeout | undefined;
  /** Records are written one after the other, and moved to the table one lot after the other, while more are written. */
  #written: Promise<unknown> = Promise.resolve();
  #moved: Promise<unknown> = Promise.resolve();

  /** Takes up what is in the folder. */
  constructor(options: SpoolOptions) {
    this.#options = options;
    mkdirSync(options.folder, { recursive: true });
    const numbers = readdirSync(options.folder).map(Number).filter(Number.isInteger);
    const files = numbers.toSorted((a, b) => a - b).map((number) => join(options.folder, String(number)));
    this.#nextFile = Math.max(0, ...numbers) + 1;
    this.#held = { payloads: files.flatMap((file) => payloadsOf(readFileSync(file))), files };
  }

  /** Resolves when the rows are in the file; rejects with what the file system says, and then they are not in it. */
  append(rows: WireBatch): Promise<void> {
    const payload = serialize(rows);
    return this.#afterWrites(async () => {
      await this.#write(payload);
      const { payloads, files } = this.#held;
      this.#held = { payloads: [...payloads, payload], files };
      this.#timer ??= setTimeout(() => this.#flushLater(), waitMs).unref();
      if (this.#held.payloads.length % recordsMax === 0) this.#flushLater();
    });
  }

  /** Moves all that was appended to the table. Rejects when the table does not take it; then it stays for the next time. */
  flush(): Promise<void> {
    const turn = this.#moved.then(() => this.#move());
    this.#moved = turn.catch(() => undefined);
    return turn;
  }

  /** Moves what can be moved; the rest is for the next start. */
  async close(): Promise<void> {
    await this.flush().catch(() => undefined);
    clearTimeout(this.#timer);
    await this.#file?.close();
  }

  /** What can not be moved now stays, and is tried again. */
  #flushLater(): void {
    this.flush().catch(() => undefined);
  }

  #afterWrites<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#written.then(work);
    this.#written = turn.catch(() => undefined);
    return turn;
  }

  async #write(payload: Buffer): Promise<void> {
    const { syncToDisk } = this.#options;
    const file = (this.#file ??= await this.#begin());
    const record = Buffer.alloc(headBytes + payload.length);
    record.writeUInt32LE(payload.length, 0);
    record.writeUInt32LE(crc32(payload), 4);
    payload.copy(record, headBytes);
    for (let written = 0; written < record.length;) {
      written += (await file.write(record, written, record.length - written, this.#end + written)).bytesWritten;
    }
    if (syncToDisk) await file.datasync();
    this.#end += record.length;
  }

  async #begin(): Promise<FileHandle> {
    const { folder, syncToDisk } = this.#options;
    const path = join(folder, String(this.#nextFile++));
    const file = await open(path, 'wx');
    const { payloads, files } = this.#held;
    this.#held = { payloads, files: [...files, path] };
    this.#end = 0;
    if (syncToDisk) await syncFolder(folder);
    return file;
  }

  async #move(): Promise<void> {
    const { payloads, files } = await this.#afterWrites(() => this.#takeAll());
    try {
      const records = payloads.map((payload) => deserialize(payload) as WireBatch);
      if (records.length > 0) await this.#options.insert(concatWire(records));
    } catch (thrown) {
      const since = this.#held;
      this.#held = { payloads: [...payloads, ...since.payloads], files: [...files, ...since.files] };
      throw thrown;
    }
    for (const file of files) rmSync(file);
  }

  /** Takes what is held; what is appended from now on goes to another file. */
  async #takeAll(): Promise<Held> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#file?.close();
    this.#file = undefined;
    const held = this.#held;
    this.#held = { payloads: [], files: [] };
    return held;
  }
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  await handle.sync();
  await handle.close();
}

/** The payloads of a file, up to the first record that is not whole. */
function payloadsOf(bytes: Buffer): Buffer[] {
  const payloads: Buffer[] = [];
  for (let at = 0; at + headBytes <= bytes.length;) {
    const payload = bytes.subarray(at + headBytes, at + headBytes + bytes.readUInt32LE(at));
    if (payload.length < bytes.readUInt32LE(at) || crc32(payload) !== bytes.readUInt32LE(at + 4)) break;
    payloads.push(payload);
    at += headBytes + payload.length;
  }
  return payloads;
}
