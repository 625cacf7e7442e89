/**
 * Series by the bytes that name them on the wire, so that a line of a known one makes no text. A series may have several names: its
 * tags in another order, or characters that come to the same in Prometheus.
 *
 * Names are found by a hash with a seed of this process, and compared byte by byte. Their number is limited, so are their bytes in
 * all, and how many share a hash: more do only when somebody looks for such names.
 */
import { randomBytes } from 'node:crypto';
import { Hash } from '../../base/hash.ts';
import type { LineKind, LineReader } from './decode.ts';

/** A name on the wire, and the series that it names. */
export interface Name<S> {
  readonly series: S;
  /** The flush before the last line with it, Unix milliseconds. */
  heardMs: number;
  readonly kind: LineKind;
  /** The name with the tags in it, then the tags behind the `#`. */
  readonly bytes: Uint8Array;
  readonly headBytes: number;
  next: Name<S> | undefined;
}

/** On average; one name may have more. */
const bytesPerName = 512;

export class Names<S> {
  /** How many there are. */
  count = 0;
  #bytes = 0;
  readonly #countMax: number;
  readonly #sameHashMax: number;
  readonly #byHash = new Map<number, Name<S>>();
  readonly #hash = new Hash();
  readonly #seedLow: number;
  readonly #seedHigh: number;

  constructor(countMax: number, sameHashMax = 8) {
    this.#countMax = countMax;
    this.#sameHashMax = sameHashMax;
    const seed = randomBytes(8);
    this.#seedLow = seed.readInt32LE(0);
    this.#seedHigh = seed.readInt32LE(4);
  }

  /** The name of a line, if it is known. */
  find(line: LineReader): Name<S> | undefined {
    let name = this.#byHash.get(this.#hashOf(line));
    while (name !== undefined && !isNamed(line, name)) name = name.next;
    return name;
  }

  /** Whether there is room for the name of a line. */
  hasRoom(line: LineReader): boolean {
    if (this.count >= this.#countMax || this.#bytes + sizeOf(line) > this.#countMax * bytesPerName) return false;
    let same = 0;
    for (let name = this.#byHash.get(this.#hashOf(line)); name !== undefined; name = name.next) same++;
    return same < this.#sameHashMax;
  }

  /** Adds the name of a line, for which there is room and which is not there. */
  add(line: LineReader, series: S, heardMs: number): Name<S> {
    const hash = this.#hashOf(line);
    const bytes = new Uint8Array(sizeOf(line));
    const headBytes = line.headEnd - line.headStart;
    bytes.set(line.bytes.subarray(line.headStart, line.headEnd));
    bytes.set(line.bytes.subarray(line.tagsStart, line.tagsEnd), headBytes);
    const name = { series, heardMs, kind: line.kind, bytes, headBytes, next: this.#byHash.get(hash) };
    this.#byHash.set(hash, name);
    this.count++;
    this.#bytes += bytes.length;
    return name;
  }

  /** Forgets the names that `isOver` says. */
  forget(isOver: (name: Name<S>) => boolean): void {
    for (const [hash, first] of this.#byHash) {
      let kept: Name<S> | undefined;
      for (let name: Name<S> | undefined = first; name !== undefined;) {
        const { next }: Name<S> = name;
        if (isOver(name)) {
          this.count--;
          this.#bytes -= name.bytes.length;
        } else {
          name.next = kept;
          kept = name;
        }
        name = next;
      }
      if (kept === undefined) this.#byHash.delete(hash);
      else this.#byHash.set(hash, kept);
    }
  }

  #hashOf({ view, headStart, headEnd, tagsStart, tagsEnd }: LineReader): number {
    const hash = this.#hash.begin(this.#seedLow, this.#seedHigh).addBytes(view, headStart, headEnd);
    return hash.addBytes(view, tagsStart, tagsEnd).finish().low;
  }
}

function sizeOf({ headStart, headEnd, tagsStart, tagsEnd }: LineReader): number {
  return headEnd - headStart + tagsEnd - tagsStart;
}

function isNamed<S>(line: LineReader, name: Name<S>): boolean {
  const { bytes, headStart, headEnd, tagsStart } = line;
  const headBytes = headEnd - headStart;
  if (name.kind !== line.kind || name.headBytes !== headBytes || name.bytes.length !== sizeOf(line)) return false;
  for (let i = 0; i < headBytes; i++) if (name.bytes[i] !== bytes[headStart + i]) return false;
  const behind = tagsStart - headBytes;
  for (let i = headBytes; i < name.bytes.length; i++) if (name.bytes[i] !== bytes[behind + i]) return false;
  return true;
}
