/**
 * Lines in a row of files: one after the other by size and age, the oldest removed. What is written is in the file, whole, as the call
 * returns: into the memory of the system, which a killed process does not take with it, for less than it costs to hand it to another
 * thread. (A power cut does: nothing is forced onto the disk.)
 */
import { closeSync, fstatSync, ftruncateSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Signal } from '../send/signals.ts';
import { fileName, hasStart, startOfName } from './file-name.ts';

export interface FileRowOptions {
  readonly folder: string;
  readonly service: string;
  readonly signal: Signal;
  /** A file holds so many bytes at most, or one line. */
  readonly bytesMax: number;
  /** A file is written for so long at most. */
  readonly ageMaxMs: number;
  /** Files of the service and signal that are kept, the one that is written among them. */
  readonly kept: number;
  readonly warn: (message: string) => void;
}

/** A file of another process may still be written until it was left alone for so long; it is not removed before. */
const idleMs = 600_000;
/** Who else begins files in the same millisecond under the same number of a process: one in a container beside. */
const attempts = 100;

interface OpenFile {
  readonly descriptor: number;
  readonly begunMs: number;
  bytes: number;
}

export class FileRow {
  readonly #options: FileRowOptions;
  readonly #nameStart: string;
  /** Files that were begun here. */
  readonly #own = new Set<string>();
  #file: OpenFile | undefined;
  #lastBegunMs = 0;

  constructor(options: FileRowOptions) {
    this.#options = options;
    this.#nameStart = startOfName(options.service, options.signal);
  }

  /** Writes a line with its end, whole or not at all. Throws what the system says. */
  append(line: Uint8Array): void {
    const file = this.#fileFor(line.length);
    let at = 0;
    try {
      while (at < line.length) at += writeSync(file.descriptor, line, at);
    } catch (thrown) {
      if (at > 0) this.#takeBack(file);
      throw thrown;
    }
    file.bytes += line.length;
  }

  close(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file !== undefined) closeSync(file.descriptor);
  }

  /** The one that is written, unless it has become too large, too old, or was removed. */
  #fileFor(bytes: number): OpenFile {
    const { bytesMax, ageMaxMs } = this.#options;
    const file = this.#file;
    if (file !== undefined) {
      const isFull = file.bytes > 0 && file.bytes + bytes > bytesMax;
      const isOld = file.bytes > 0 && Date.now() - file.begunMs >= ageMaxMs;
      if (!isFull && !isOld && fstatSync(file.descriptor).nlink > 0) return file;
      this.close();
    }
    this.#file = this.#begin();
    this.#removeOld();
    return this.#file;
  }

  #begin(): OpenFile {
    const { folder } = this.#options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    for (let attempt = 1; ; attempt++) {
      const begunMs = Math.max(Date.now(), this.#lastBegunMs + 1);
      this.#lastBegunMs = begunMs;
      const name = fileName(this.#nameStart, begunMs);
      try {
        const descriptor = openSync(join(folder, name), 'ax', 0o600);
        this.#own.add(name);
        return { descriptor, begunMs, bytes: 0 };
      } catch (thrown) {
        if ((thrown as NodeJS.ErrnoException).code !== 'EEXIST' || attempt === attempts) throw thrown;
      }
    }
  }

  /** The start of a line, as the disk is full: without it the next one is whole. If it stays, the next line is in a file of its own. */
  #takeBack(file: OpenFile): void {
    try {
      ftruncateSync(file.descriptor, file.bytes);
    } catch {
      this.close();
    }
  }

  #removeOld(): void {
    const { folder, kept, warn } = this.#options;
    try {
      const names = readdirSync(folder).filter((name) => hasStart(name, this.#nameStart));
      const over = names.filter((name) => this.#own.has(name) || isIdle(join(folder, name))).toSorted();
      for (const name of over.slice(0, -Math.max(1, kept))) {
        this.#own.delete(name);
        // Another process may be faster.
        rmSync(join(folder, name), { force: true });
      }
    } catch (thrown) {
      warn(`old files could not be removed: ${(thrown as Error).message}`);
    }
  }
}

function isIdle(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  return found !== undefined && Date.now() - found.mtimeMs > idleMs;
}
