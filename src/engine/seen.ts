/**
 * Which rows of the tables that keep the latest (resources, scopes, series) this process has stored: exact, bounded, and fast
 * enough to be asked for every metric point. A key is a table, an id of 64 bits and a day.
 *
 * One open-addressing table serves all tables, so that few scopes and a million series need no tuning. A slot is
 * four 32-bit words:
 *
 *     id low | id high | table << 16 | day | mark        mark: 0 free, 1 known, 2 forgotten, from 3 on claimed by that commit
 *
 * It grows as it fills. At its largest it is put aside as the old generation and an empty one is begun; a key that is found in
 * the old one moves to the young one, so what is used stays and what is not is forgotten with the next change. The last
 * `entriesMax / 2` keys asked for are always remembered, and there are never more than `entriesMax`. Slots are at most half
 * full: 32 bytes of memory per entry, so at most 64 MiB for the 2^21 entries that are the default.
 */
import { assert } from '../base/assert.ts';

const slotWords = 4;
const slotsAtFirst = 1024;
const free = 0;
const known = 1;
const forgotten = 2;
/** Marks of commits begin here. */
export const firstMark = 3;

/** What one commit has claimed, in order: three words per key. Reused from commit to commit. */
export class Claims {
  words = new Uint32Array(3 * 64);
  length = 0;

  append(low: number, high: number, place: number): void {
    if (this.length + 3 > this.words.length) this.#grow();
    this.words[this.length++] = low;
    this.words[this.length++] = high;
    this.words[this.length++] = place;
  }

  #grow(): void {
    const larger = new Uint32Array(this.words.length * 2);
    larger.set(this.words);
    this.words = larger;
  }
}

interface Generation {
  /** A power of two of slots. */
  readonly words: Uint32Array;
  entries: number;
}

export class Seen {
  readonly #slotsMax: number;
  #young: Generation;
  #old: Generation;

  /** `entriesMax`: how many keys at most, a power of two; half of them at least. */
  constructor(entriesMax = 1 << 21) {
    assert(Number.isInteger(Math.log2(entriesMax)) && entriesMax >= 2, `${entriesMax} entries are a power of two`);
    this.#slotsMax = entriesMax;
    this.#young = generation(Math.min(slotsAtFirst, entriesMax));
    this.#old = generation(1);
  }

  /** Bytes of memory held. */
  get byteLength(): number {
    return this.#young.words.byteLength + this.#old.words.byteLength;
  }

  /**
   * Whether a row has to be written: false when it is known to be stored, or when the commit `mark` has claimed it already;
   * else true, and then this commit has claimed it, which is noted in `claims`. `table` is below 65536, `day` a day since 1970.
   */
  claim(claims: Claims, mark: number, table: number, idLow: number, idHigh: number, day: number): boolean {
    // Halves may come as signed numbers; the table gives them back unsigned.
    const low = idLow >>> 0;
    const high = idHigh >>> 0;
    const place = ((table << 16) | (day & 0xffff)) >>> 0;
    const { words } = this.#young;
    const at = find(words, low, high, place);
    const found = words[at + 3];
    if (found === known || found === mark) return false;
    if (found === free) return this.#claimAnew(claims, mark, low, high, place, at);
    words[at + 3] = mark;
    claims.append(low, high, place);
    return true;
  }

  /** Claims for the commit `mark` what another one has claimed, which it hands over. */
  claimAll(claims: Claims, mark: number, { words, length }: Claims): void {
    for (let i = 0; i < length; i += 3) {
      const place = words[i + 2] ?? 0;
      this.claim(claims, mark, place >>> 16, words[i] ?? 0, words[i + 1] ?? 0, place & 0xffff);
    }
  }

  /** Whether a row is known to be stored. Once it is, it stays so, even when it is forgotten here. */
  has(table: number, idLow: number, idHigh: number, day: number): boolean {
    const place = ((table << 16) | (day & 0xffff)) >>> 0;
    const isKnown = ({ words }: Generation): boolean => words[find(words, idLow >>> 0, idHigh >>> 0, place) + 3] === known;
    return isKnown(this.#young) || isKnown(this.#old);
  }

  /** The rows that were claimed are stored: they are known from now on. */
  confirm(claims: Claims): void {
    this.#mark(claims, 0, known, undefined);
  }

  /** Takes back what the commit `mark` has claimed since `claims` was `length` long. */
  release(claims: Claims, length: number, mark: number): void {
    this.#mark(claims, length, forgotten, mark);
    claims.length = length;
  }

  /** Claims a key that the young generation does not have; it belongs into the slot `at`. */
  #claimAnew(claims: Claims, mark: number, low: number, high: number, place: number, at: number): boolean {
    const old = this.#old.words;
    const was = old[find(old, low, high, place) + 3];
    const isNew = was !== known && was !== mark;
    put(this.#young, at, low, high, place, was === known ? known : mark);
    if (isNew) claims.append(low, high, place);
    if (this.#young.entries * 2 * slotWords >= this.#young.words.length) this.#makeRoom();
    return isNew;
  }

  #mark(claims: Claims, from: number, mark: number, onlyIf: number | undefined): void {
    const keys = claims.words;
    for (let i = from; i < claims.length; i += 3) {
      for (const { words } of [this.#young, this.#old]) {
        const at = find(words, keys[i] ?? 0, keys[i + 1] ?? 0, keys[i + 2] ?? 0);
        const found = words[at + 3];
        if (found !== free && (onlyIf === undefined || found === onlyIf)) words[at + 3] = mark;
      }
    }
  }

  #makeRoom(): void {
    const { words } = this.#young;
    const slots = words.length / slotWords;
    if (slots >= this.#slotsMax) {
      const reusable = this.#old.words.length === words.length ? this.#old.words.fill(0) : undefined;
      this.#old = this.#young;
      this.#young = { words: reusable ?? new Uint32Array(words.length), entries: 0 };
      return;
    }
    const larger = generation(slots * 2);
    for (let at = 0; at < words.length; at += slotWords) {
      const mark = words[at + 3] ?? free;
      if (mark === free) continue;
      const low = words[at] ?? 0;
      const high = words[at + 1] ?? 0;
      const place = words[at + 2] ?? 0;
      put(larger, find(larger.words, low, high, place), low, high, place, mark);
    }
    this.#young = larger;
  }
}

function generation(slots: number): Generation {
  return { words: new Uint32Array(slots * slotWords), entries: 0 };
}

/** Where a key is, or the free slot where it belongs. There always is a free slot. */
function find(words: Uint32Array, low: number, high: number, place: number): number {
  const last = words.length - slotWords;
  // The ids are hashes already; the day and the table only have to move them apart.
  let at = ((low ^ Math.imul(place, 0x9e3779b1)) << 2) & last;
  while (words[at + 3] !== free) {
    if (words[at] === low && words[at + 1] === high && words[at + 2] === place) return at;
    at = (at + slotWords) & last;
  }
  return at;
}

function put(into: Generation, at: number, low: number, high: number, place: number, mark: number): void {
  const { words } = into;
  words[at] = low;
  words[at + 1] = high;
  words[at + 2] = place;
  words[at + 3] = mark;
  into.entries++;
}
