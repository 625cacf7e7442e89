/** Bytes of bodies that are held at a time, over all targets: the small ones always fit, the large ones share a bound. */
import { SondeError } from '../base/errors.ts';

const smallBytes = 1024 * 1024;

export class BodyBudget {
  readonly #bytesMax: number;
  #bytes = 0;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Takes room for more bytes of a body that holds `bodyBytes` with them. Throws `overloaded`; they are to be released all the same. */
  take(bytes: number, bodyBytes: number): void {
    this.#bytes += bytes;
    if (bodyBytes > smallBytes && this.#bytes > this.#bytesMax)
      throw new SondeError('overloaded', `All bodies that are scraped at a time are over the limit of ${this.#bytesMax} bytes.`);
  }

  release(bytes: number): void {
    this.#bytes -= bytes;
  }
}
