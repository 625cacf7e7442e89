/** Reading request bodies within limits: of one body, and of all bodies that are being read at the same time. */
import type { IncomingMessage } from 'node:http';
import { SondeError } from '../base/errors.ts';

/** The memory that all bodies in flight may take together. */
export class BodyBudget {
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
 * What it took from the budget is given back when `done` is called.
 */
export async function readBody(message: IncomingMessage, limits: BodyLimits): Promise<{ body: Buffer; done: () => void }> {
  const declared = Number(message.headers['content-length'] ?? Number.NaN);
  if (declared > limits.bytesMax) throw tooLarge(limits.bytesMax);
  let taken = 0;
  const take = (bytes: number): void => {
    limits.budget.take(bytes);
    taken += bytes;
  };
  try {
    if (Number.isFinite(declared)) take(declared);
    const body = await collect(message, declared, limits.bytesMax, take);
    return { body, done: () => limits.budget.give(taken) };
  } catch (thrown) {
    limits.budget.give(taken);
    throw thrown;
  }
}

function collect(message: IncomingMessage, declared: number, bytesMax: number, take: (bytes: number) => void): Promise<Buffer> {
  const known = Number.isFinite(declared);
  let whole: Buffer | undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  return new Promise((resolve, reject) => {
    message.on('data', (chunk: Buffer) => {
      if (known) {
        // Most bodies come in one piece, which is as good as a copy of it.
        if (chunk.length === declared) whole = chunk;
        else chunk.copy((whole ??= Buffer.allocUnsafeSlow(declared)), size);
      } else {
        try {
          take(chunk.length);
          if (size + chunk.length > bytesMax) throw tooLarge(bytesMax);
        } catch (thrown) {
          message.removeAllListeners('data');
          reject(thrown);
          return;
        }
        chunks.push(chunk);
      }
      size += chunk.length;
    });
    message.on('end', () => resolve(whole ?? Buffer.concat(chunks, size)));
    message.on('error', reject);
    message.on('close', () => {
      if (!message.complete) reject(new SondeError('query_cancelled', 'The client went away before the body ended.'));
    });
  });
}

function tooLarge(bytesMax: number): SondeError {
  return new SondeError('too_large', `The body is at most ${bytesMax} bytes.`);
}
