/**
 * The requests that were stored lately, by fingerprint, each with how it went: a request that is sent again within that time
 * is answered without being stored again. Bounded by age and by number; the oldest go first.
 */
import { assert } from '../base/assert.ts';
import type { Outcome } from './commit.ts';

interface Remembered {
  readonly outcome: Outcome;
  readonly atMs: number;
}

/** How a request went that was stored before this process began: nothing is known but that it was. */
export const storedEarlier: Outcome = { accepted: 0, rejected: 0, reason: '' };

const fingerprintSize = 16;

/** A fingerprint as a key: its 16 bytes, one per character. */
export function fingerprintKey(fingerprint: Uint8Array): string {
  assert(fingerprint.length === fingerprintSize, `a fingerprint has ${fingerprintSize} bytes`);
  return Buffer.from(fingerprint.buffer, fingerprint.byteOffset, fingerprintSize).toString('latin1');
}

/** The fingerprints of keys, one after another. */
export function fingerprintBytes(keys: readonly string[]): Uint8Array {
  return Buffer.from(keys.join(''), 'latin1');
}

/** The keys of fingerprints that lie one after another. */
export function fingerprintKeys(bytes: Uint8Array): string[] {
  const count = Math.floor(bytes.length / fingerprintSize);
  return Array.from({ length: count }, (_, i) => fingerprintKey(bytes.subarray(i * fingerprintSize, (i + 1) * fingerprintSize)));
}

export class Fingerprints {
  readonly #rememberMs: number;
  readonly #requestsMax: number;
  /** In the order of `atMs`. */
  readonly #remembered = new Map<string, Remembered>();

  constructor(rememberMs: number, requestsMax: number) {
    this.#rememberMs = rememberMs;
    this.#requestsMax = requestsMax;
  }

  get size(): number {
    return this.#remembered.size;
  }

  find(key: string, nowMs: number): Outcome | undefined {
    const found = this.#remembered.get(key);
    return found !== undefined && found.atMs > nowMs - this.#rememberMs ? found.outcome : undefined;
  }

  /** `atMs` does not fall from call to call. */
  remember(key: string, outcome: Outcome, atMs: number): void {
    // A key that is remembered anew goes to the end.
    this.#remembered.delete(key);
    this.#remembered.set(key, { outcome, atMs });
    for (const [oldest, { atMs: since }] of this.#remembered) {
      if (this.#remembered.size <= this.#requestsMax && since > atMs - this.#rememberMs) break;
      this.#remembered.delete(oldest);
    }
  }
}
