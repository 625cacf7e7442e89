/**
 * Lines on their way to stdout. They are written at once, by the system's own call: what Node's stream has not written yet is lost when
 * the process exits. A pipe that is full, as whoever reads it is slow, does not stop the process: lines wait, and are written as it
 * drains, or at the end.
 */
import { writeSync } from 'node:fs';

/** Lines that wait take no more than this; what comes then is dropped, and told. */
const bytesMax = 8 << 20;
const retryMs = 10;
/** How long the end of the process waits for the reader. */
const endTimeoutMs = 5000;

/** Writes what there is room for, and says how many bytes; throws what the system says. */
export type WriteBytes = (bytes: Uint8Array) => number;

export class Stdout {
  readonly #warn: (message: string) => void;
  readonly #writeBytes: WriteBytes;
  readonly #waiting: Uint8Array[] = [];
  #bytes = 0;
  #dropped = 0;
  #isClosed = false;
  #isEnding = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(warn: (message: string) => void, writeBytes: WriteBytes = toStdout) {
    this.#warn = warn;
    this.#writeBytes = writeBytes;
  }

  /** Takes a line without its end. Never throws. */
  write(line: string): void {
    if (this.#isClosed) return;
    const bytes = Buffer.from(`${line}\n`);
    if (this.#bytes + bytes.length > bytesMax) {
      this.#dropped++;
      return;
    }
    this.#waiting.push(bytes);
    this.#bytes += bytes.length;
    if (this.#isEnding) this.drain();
    else if (this.#waiting.length === 1) this.#pump();
    if (this.#waiting.length > 0) this.#timer ??= setInterval(() => this.#pump(), retryMs).unref();
  }

  /** Writes what waits while everything else stands still; gives up when the reader takes too long. */
  drain(): void {
    const deadlineMs = performance.now() + endTimeoutMs;
    for (this.#pump(); this.#waiting.length > 0 && performance.now() < deadlineMs; this.#pump()) standStill(retryMs);
  }

  /** As the process exits: from now on lines are waited for as they come. */
  end(): void {
    this.#isEnding = true;
    this.drain();
  }

  /** Writes until nothing waits, or there is no room. */
  #pump(): void {
    for (let line = this.#waiting[0]; line !== undefined; line = this.#waiting[0]) {
      const written = this.#attempt(line);
      this.#bytes -= written;
      if (written < line.length) {
        this.#waiting[0] = line.subarray(written);
        return;
      }
      this.#waiting.shift();
    }
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#dropped > 0) this.#warn(`nobody read stdout for a while: ${this.#dropped} lines of logs were dropped`);
    this.#dropped = 0;
  }

  #attempt(line: Uint8Array): number {
    if (this.#isClosed) return line.length;
    try {
      return this.#writeBytes(line);
    } catch (thrown) {
      if ((thrown as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
      // Nobody reads any more (EPIPE), or there is no stdout (EBADF): there is nothing to be done, and nobody to be told.
      this.#isClosed = true;
      return line.length;
    }
  }
}

let isOpen = false;

function toStdout(bytes: Uint8Array): number {
  // As Node opens it as a stream, a pipe becomes one that does not block.
  isOpen ||= process.stdout.writable;
  return writeSync(1, bytes);
}

function standStill(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
