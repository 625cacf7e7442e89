/**
 * Buffers for bodies, used again when a request is done with its body. Every 64 MiB of buffers made, V8 marks its whole heap, as
 * it can not know which are still in use: at some hundred requests a second that was a sixth of all the processor's time.
 */

/** Smaller bodies are cheap to make room for. */
const pooledBytesMin = 16 << 10;
const pooledBytesMax = 4 << 20;
/** Lengths are rounded up to it, so that bodies of about the same length fit into each other's buffers. */
const stepBytes = 16 << 10;
/** What is kept for later requests at most. */
const idleBytesMax = 32 << 20;

/** Not to be used after `done`: the next request writes over it. */
export interface BodyBuffer {
  readonly bytes: Buffer;
  readonly done: () => void;
}

export class BodyBuffers {
  /** Given back last at the end. */
  readonly #idle: ArrayBuffer[] = [];
  #idleBytes = 0;

  /** Bytes that wait to be used again. */
  get idleBytes(): number {
    return this.#idleBytes;
  }

  /** Room for exactly `size` bytes, of any content. */
  take(size: number): BodyBuffer {
    if (size < pooledBytesMin || size > pooledBytesMax) return { bytes: Buffer.allocUnsafeSlow(size), done: () => undefined };
    const buffer = this.#find(size) ?? new ArrayBuffer(Math.ceil(size / stepBytes) * stepBytes);
    let isTaken = true;
    const done = (): void => {
      if (isTaken) this.#give(buffer);
      isTaken = false;
    };
    return { bytes: Buffer.from(buffer, 0, size), done };
  }

  /** The one given back last that fits and is not more than twice as large. */
  #find(size: number): ArrayBuffer | undefined {
    const at = this.#idle.findLastIndex(({ byteLength }) => byteLength >= size && byteLength <= size * 2);
    if (at === -1) return undefined;
    const [found] = this.#idle.splice(at, 1);
    this.#idleBytes -= found?.byteLength ?? 0;
    return found;
  }

  #give(buffer: ArrayBuffer): void {
    this.#idle.push(buffer);
    this.#idleBytes += buffer.byteLength;
    // The longest unused go first: bodies may be of another length by now.
    while (this.#idleBytes > idleBytesMax) this.#idleBytes -= this.#idle.shift()?.byteLength ?? 0;
  }
}
