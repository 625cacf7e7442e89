/**
 * A commit while requests append to it, and until it is stored. Its rows are whole requests only: what a request appended
 * before it turned out malformed is cut off again, in every table and in what it claimed of the dictionaries.
 *
 * Column buffers are large, so a stored commit leaves its own to a later one.
 */
import { known } from '../base/assert.ts';
import type { SondeError } from '../base/errors.ts';
import { appendBatch } from '../model/append-batch.ts';
import { assertWhole, byteCount, createBatch, rowCount, truncateBatch } from '../model/batch.ts';
import type { Batch } from '../model/batch.ts';
import { LongColumn } from '../model/columns.ts';
import { tables } from '../model/signals.ts';
import type { TableSpec } from '../model/table.ts';
import type { OpenCommit, Outcome, StoredCommit, Submission } from './commit.ts';
import { createJournalBatch } from './journal.ts';
import type { Intent, JournalBatch } from './journal.ts';
import { Claims } from './seen.ts';
import type { Seen } from './seen.ts';

/** What a commit holds and the next one may use again. */
export interface CommitBuffers {
  readonly parts: Map<TableSpec, Part>;
  readonly claims: Claims;
  readonly journal: JournalBatch;
}

interface Part {
  readonly batch: Batch;
  /** Rows of whole requests. */
  rows: number;
  bytes: number;
  /** Commits in a row that did not need it. */
  unneeded: number;
}

/** Buffers that this many commits in a row did not need are let go. */
const unneededMax = 16;

export function createCommitBuffers(): CommitBuffers {
  return { parts: new Map(), claims: new Claims(), journal: createJournalBatch() };
}

/** Empties buffers for the next commit; they keep their size. Those that are hardly needed are let go. */
export function emptyCommitBuffers({ parts, claims, journal }: CommitBuffers): void {
  for (const [table, part] of parts) {
    part.unneeded = part.rows === 0 ? part.unneeded + 1 : 0;
    if (part.unneeded > unneededMax) parts.delete(table);
    truncateBatch(part.batch, 0);
    part.rows = 0;
    part.bytes = 0;
  }
  claims.length = 0;
  truncateBatch(journal, 0);
}

/** A request whose rows are in the commit. */
export interface Taken {
  /** Of its fingerprint; undefined when it is not to be remembered. */
  readonly key: string | undefined;
  readonly protocol: string;
  readonly signal: Submission['signal'];
  readonly outcome: Outcome;
}

export interface CommitIdentity {
  readonly number: bigint;
  /** Its mark among what was seen. */
  readonly mark: number;
}

const tablePlaces: ReadonlyMap<TableSpec, number> = new Map(tables.map((table, place) => [table, place]));

function placeOf(table: TableSpec): number {
  return known(tablePlaces.get(table), 'a table of the schema');
}

export class Commit implements OpenCommit, StoredCommit {
  number = 0n;
  numberLow = 0;
  numberHigh = 0;
  readonly buffers: CommitBuffers;
  readonly requests: Taken[] = [];
  /** Bytes and rows of whole requests. */
  bytes = 0;
  rows = 0;
  /** How often it was stored and removed again. */
  round = 0;
  /** Settles when every row is stored, or can not be. */
  readonly stored: Promise<void>;
  /** Answers those that wait for `stored`. */
  readonly end: (error?: SondeError) => void;
  readonly #mark: number;
  readonly #seen: Seen;

  constructor({ number, mark }: CommitIdentity, seen: Seen, buffers: CommitBuffers) {
    this.buffers = buffers;
    this.renumber(number);
    this.#mark = mark;
    this.#seen = seen;
    let end: (error?: SondeError) => void = () => undefined;
    this.stored = new Promise((resolve, reject) => (end = (error) => (error === undefined ? resolve() : reject(error))));
    this.end = end;
    // Requests that gave up waiting leave nobody to hear of a failure.
    this.stored.catch(() => undefined);
  }

  batch<T extends TableSpec>(table: T): Batch<T> {
    let part = this.buffers.parts.get(table);
    if (part === undefined) this.buffers.parts.set(table, (part = { batch: createBatch(table), rows: 0, bytes: 0, unneeded: 0 }));
    // The map holds for each table a batch of just that table, which its type can not say.
    return part.batch as Batch<T>;
  }

  isNew(table: TableSpec, idLow: number, idHigh: number, day: number): boolean {
    return this.#seen.claim(this.buffers.claims, this.#mark, placeOf(table), idLow, idHigh, day);
  }

  isStored(table: TableSpec, idLow: number, idHigh: number, day: number): boolean {
    return this.#seen.has(placeOf(table), idLow, idHigh, day);
  }

  /** Lets a request append its rows. When that throws, nothing of the request stays. */
  append(decode: Submission['decode']): Outcome {
    const { claims, parts } = this.buffers;
    const claimed = claims.length;
    try {
      const outcome = decode(this);
      for (const { batch } of parts.values()) assertWhole(batch);
      this.#count();
      return outcome;
    } catch (thrown) {
      for (const { batch, rows } of parts.values()) truncateBatch(batch, rows);
      this.#seen.release(claims, claimed, this.#mark);
      throw thrown;
    }
  }

  /** Counts what a request has appended that is not decoded at once, whole rows of it. Throws when columns differ in length at its end. */
  noteSize(isWhole: boolean): void {
    if (isWhole) for (const { batch } of this.buffers.parts.values()) assertWhole(batch);
    this.#count();
  }

  /** Bytes of the tables that keep the latest. */
  get latestBytes(): number {
    let bytes = 0;
    for (const [table, part] of this.buffers.parts) if (table.keeps === 'latest') bytes += part.bytes;
    return bytes;
  }

  /** Drops the rows of tables that keep the latest: they are stored already. */
  dropLatest(): void {
    for (const { batch } of this.buffers.parts.values()) if (batch.table.keeps === 'latest') truncateBatch(batch, 0);
    this.#seen.confirm(this.buffers.claims);
    this.buffers.claims.length = 0;
    this.#count();
  }

  /** Gives the commit another number, and its rows. */
  renumber(number: bigint): void {
    this.number = number;
    this.numberLow = Number(number & 0xffff_ffffn);
    this.numberHigh = Number(number >> 32n);
    for (const { batch } of this.buffers.parts.values()) this.#stamp(batch, 0);
  }

  /** Takes over the rows and requests of a commit that is not stored itself. */
  take(other: Commit): void {
    for (const [table, { batch: from, rows }] of other.buffers.parts) {
      if (rows === 0) continue;
      const batch = this.batch(table);
      const before = rowCount(batch);
      appendBatch(batch, from);
      this.#stamp(batch, before);
    }
    this.#seen.claimAll(this.buffers.claims, this.#mark, other.buffers.claims);
    this.requests.push(...other.requests);
    this.#count();
  }

  /** Gives back what it has claimed: it is not stored. */
  release(): void {
    this.#seen.release(this.buffers.claims, 0, this.#mark);
  }

  #stamp({ table, columns }: Batch, row: number): void {
    const numbers = columns['batch'];
    if (table.keeps === 'rows' && numbers instanceof LongColumn) numbers.fill(this.numberLow, this.numberHigh, row);
  }

  /** Parts with rows. */
  filled(keeps: TableSpec['keeps']): Batch[] {
    return [...this.buffers.parts.values()]
      .filter(({ batch, rows }) => rows > 0 && batch.table.keeps === keeps)
      .map((p) => p.batch);
  }

  rowsOf<T extends TableSpec>(table: T): Batch<T> | undefined {
    const part = this.buffers.parts.get(table);
    return part === undefined || part.rows === 0 ? undefined : (part.batch as Batch<T>);
  }

  timesMs(table: TableSpec): { firstMs: number; lastMs: number } | undefined {
    const times = this.buffers.parts.get(table)?.batch.columns[table.time];
    return times instanceof LongColumn && times.length > 0 ? timesMsOf(times) : undefined;
  }

  intent(): Intent {
    const batches = this.filled('rows');
    const rows = new Map(batches.map((batch) => [batch.table.name, rowCount(batch)]));
    return { number: this.number, rows, ...daysOf(batches) };
  }

  #count(): void {
    this.bytes = 0;
    this.rows = 0;
    for (const part of this.buffers.parts.values()) {
      const rows = rowCount(part.batch);
      if (rows !== part.rows) part.bytes = byteCount(part.batch);
      part.rows = rows;
      this.rows += rows;
      this.bytes += part.bytes;
    }
  }
}

const two32 = 2 ** 32;
const nsPerMs = 1e6;

/** The whole milliseconds that the first and the last time lie in. */
function timesMsOf({ halves, length }: LongColumn): { firstMs: number; lastMs: number } {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (let i = 0; i < length * 2; i += 2) {
    const ns = (halves[i + 1] ?? 0) * two32 + (halves[i] ?? 0);
    if (ns < first) first = ns;
    if (ns > last) last = ns;
  }
  // Doubles this large are a multiple of some hundred nanoseconds: a millisecond more on either side covers that.
  return { firstMs: Math.floor(first / nsPerMs) - 1, lastMs: Math.ceil(last / nsPerMs) + 1 };
}

const dayNs = 86_400e9;
const highNs = 2 ** 32;

/** The first and the last day of rows, or a day more on either side: only the high halves of their times are looked at. */
function daysOf(batches: readonly Batch[]): { firstDay: number; lastDay: number } {
  let first = 0xffff_ffff;
  let last = 0;
  for (const { table, columns } of batches) {
    const times = columns[table.time];
    if (!(times instanceof LongColumn)) continue;
    for (let i = 1; i < times.length * 2; i += 2) {
      const high = times.halves[i] ?? 0;
      if (high < first) first = high;
      if (high > last) last = high;
    }
  }
  return { firstDay: dayOf(Math.min(first, last) * highNs), lastDay: dayOf((last + 1) * highNs) };
}

function dayOf(ns: number): number {
  return Math.min(Math.floor(ns / dayNs), 0xffff);
}
