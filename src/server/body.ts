/** Reading request bodies within limits: of one body, and of all bodies that are being read at the same time. */
import type { IncomingMessage } from 'node:http';
import { assert } from '../base/assert.ts';
import { SondeError } from '../base/errors.ts';
import { BodyBuffers } from './body-buffers.ts';
import type { BodyBuffer } from './body-buffers.ts';

/** The memory that all bodies in flight may take together, and the buffers that they are read into. */
export class BodyBudget {
  readonly buffers = new BodyBuffers();
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes memory, or throws `overloaded`. */
  take(bytes: number): void {
    if (this.#bytes + bytes > this.#bytesMax) {
      throw new SondeError('overloaded', `Bodies in flight are at most ${this.#bytesMax} bytes together; try again soon.`, {
        retryAfterMs: 1000,
      });
    }
    this.#bytes += bytes;
  }

  give(bytes: number): void {
    this.#bytes -= bytes;
  }
}

export interface BodyLimits {
  readonly bytesMax: number;
  readonly budget: BodyBudget;
}

/**
 * Reads a whole body. Throws `too_large` (as soon as it is known: by Content-Length, else when the limit is passed) or `overloaded`.
 * When `done` is called, what it took from the budget is given back, and the body must not be used any more.
 */
export async function readBody(message: IncomingMessage, limits: BodyLimits): Promise<{ body: Buffer; done: () => void }> {
  const declared = message.headers['content-length'];
  return declared === undefined ? readChunks(message, limits) : readDeclared(message, Number(declared), limits);
}

async function readDeclared(
  message: IncomingMessage,
  declared: number,
  { bytesMax, budget }: BodyLimits,
): Promise<{ body: Buffer; done: () => void }> {
  if (declared > bytesMax) throw tooLarge(bytesMax);
  budget.take(declared);
  let room: BodyBuffer | undefined;
  const done = (): void => {
    room?.done();
    budget.give(declared);
  };
  let whole: Buffer | undefined;
  let size = 0;
  try {
    await eachChunk(message, (chunk) => {
      // Small bodies come in one piece, which is as good as a copy of it.
      if (chunk.length === declared) whole = chunk;
      else chunk.copy((whole ??= (room = budget.buffers.take(declared)).bytes), size);
      size += chunk.length;
    });
    assert(size === declared, 'a body has the length that its request declared');
    return { body: whole ?? Buffer.alloc(0), done };
  } catch (thrown) {
    done();
    throw thrown;
  }
}

async function readChunks(
  message: IncomingMessage,
  { bytesMax, budget }: BodyLimits,
): Promise<{ body: Buffer; done: () => void }> {
  const chunks: Buffer[] = [];
  let size = 0;
  let taken = 0;
  const done = (): void => budget.give(taken);
  try {
    await eachChunk(message, (chunk) => {
      budget.take(chunk.length);
      taken += chunk.length;
      size += chunk.length;
      if (size > bytesMax) throw tooLarge(bytesMax);
      chunks.push(chunk);
    });
    return { body: Buffer.concat(chunks, size), done };
  } catch (thrown) {
    done();
    throw thrown;
  }
}

/** Hands over each chunk of a body until its end. Rejects with what `take` throws, and takes no more then. */
function eachChunk(message: IncomingMessage, take: (chunk: Buffer) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const onData = (chunk: Buffer): void => {
      try {
        take(chunk);
      } catch (thrown) {
        stop(thrown);
      }
    };
    const stop = (thrown: unknown): void => {
      message.off('data', onData);
      reject(thrown);
    };
    message.on('data', onData);
    message.on('end', resolve);
    message.on('error', stop);
    message.on('close', () => {
      if (!message.complete) stop(new SondeError('query_cancelled', 'The client went away before the body ended.'));
    });
  });
}

function tooLarge(bytesMax: number): SondeError {
  return new SondeError('too_large', `The body is at most ${bytesMax} bytes.`);
}
