/**
 * Group commit: requests that arrive together are stored together, and each is answered only after the engine has its rows.
 *
 * `submit` lets a decoder append a request's rows to the open commit. It is closed when it holds `maxBytes`, or when the engine
 * is idle, or when `maxWaitMs` have passed since the one before was begun; up to `maxInFlight` are stored at a time while the
 * next one fills. A commit that holds little is not stored sooner than that even by an idle engine, as each costs it some work;
 * after a pause a request is stored at once. (committer.ts, pipeline.ts, open-commit.ts, store-commit.ts) What has more time
 * (`waitMs`) waits for that long instead, unless something comes that has less.
 *
 * What makes "acknowledged means stored, and a retry is not stored twice" hold, also across a kill -9:
 *
 * 1. Every row carries the number of its commit (`batch`). Before the rows of a commit are inserted, an intent is inserted into
 *    the table `commits`: its number, the rows that each table will get, the fingerprints of its requests, and up to which
 *    number all commits are finished. (journal.ts; the engine in this process has it in a file first: spool.ts)
 * 2. Then the rows go in, those that others refer to first, each insert with a token made of the writer, the commit's number and
 *    the table. An insert that fails for a passing reason (disk full) is repeated with the same token until it succeeds; the
 *    requests that wait are answered `unavailable` after a while, and a client's retry joins the commit that still carries its
 *    rows. After such a fault nothing is believed but a count of the rows (store-commit.ts says why): a commit that lacks any is
 *    removed and stored again. When the engine refuses rows for good, the commit is taken back and its requests fail.
 * 3. At the start the last intents that are not known to be finished are looked at: a commit whose tables hold all rows is done,
 *    any other is taken back (its rows deleted, its rollup slices made anew) before the first request is served. It was never
 *    acknowledged. (recovery.ts)
 * 4. A request whose fingerprint (a hash of tenant, signal and body) is in a stored commit of the last `rememberMs` is answered as
 *    stored without storing it again. (fingerprints.ts)
 */
import type { Counters } from '../base/counters.ts';
import type { Steps } from '../base/steps.ts';
import type { Batch } from '../model/batch.ts';
import type { TableSpec } from '../model/table.ts';

export interface CommitLimits {
  /** A commit is closed this long after the one before was begun to be stored, unless `maxInFlight` are being stored. */
  readonly maxWaitMs: number;
  /** A commit is closed when it holds this much. */
  readonly maxBytes: number;
  /** Bytes in the open commit and all that are in flight; over it `submit` rejects with `overloaded` and a delay. */
  readonly maxBytesInFlight: number;
  /** Commits stored at a time. */
  readonly maxInFlight: number;
  /** A request waits at most this long for its commit; then `unavailable`. */
  readonly maxStallMs: number;
  /** For how long the fingerprints of stored requests are remembered, and at most how many. */
  readonly rememberMs: number;
  readonly rememberRequests: number;
}

/** A request as the commit sees it. */
export interface Submission {
  readonly tenant: string;
  readonly signal: 'traces' | 'logs' | 'metrics';
  /** Of the protocol, for the counters: `otlp_http`, `otlp_grpc`, … */
  readonly protocol: string;
  /**
   * 16 bytes: a hash of tenant, signal and body. Equal fingerprints are the same request sent again. Absent for what is never sent
   * again: nothing of it is remembered.
   */
  readonly fingerprint?: Uint8Array;
  /** How long it may wait for others to be stored with it, where it has more time than `maxWaitMs`. */
  readonly waitMs?: number;
  /** Appends the rows; throws a SondeError when the request is malformed, and then nothing of it stays. Runs at once. */
  readonly decode: (open: OpenCommit) => Outcome;
}

/**
 * A request of our own that may be too large to be decoded in one turn of the event loop. Until it is decoded its rows are no
 * part of a commit; then they join the open one, or are one themselves.
 */
export interface LongSubmission extends Omit<Submission, 'decode' | 'fingerprint'> {
  /** As `decode`, in steps. Of what it appends, nothing stays when it throws. */
  readonly decode: (open: OpenCommit) => Steps<Outcome>;
  /** Throws when the request is malformed, and appends nothing. Asked for before rows of it are stored ahead. */
  readonly check: () => Steps<void>;
}

/** How a request went: rows taken, rows refused and why (OTLP's partial success). */
export interface Outcome {
  readonly accepted: number;
  readonly rejected: number;
  /** Why rows were refused, as a sentence for the sender; empty when none were. */
  readonly reason: string;
}

/** What a decoder appends to. */
export interface OpenCommit {
  /** The number of this commit, for the `batch` column; 0 while it is not known, and filled in later. */
  readonly numberLow: number;
  readonly numberHigh: number;
  /** The open batch of a table. */
  batch<T extends TableSpec>(table: T): Batch<T>;
  /**
   * Whether a row of a `latest` table (resources, scopes, series) has to be written: false when this process has stored (id,
   * day) before. True at least once; may be true again. `day` counts days since 1970-01-01 (UTC).
   */
  isNew(table: TableSpec, idLow: number, idHigh: number, day: number): boolean;
  /**
   * Whether this process is known to have stored a row of such a table. Rows of dictionaries are never taken back, so a decoder may
   * keep a yes for as long as it likes and not ask `isNew` again; a no may mean that it was forgotten.
   */
  isStored(table: TableSpec, idLow: number, idHigh: number, day: number): boolean;
}

export interface Committer {
  /**
   * Resolves when the request is stored. Rejects with `overloaded` or `unavailable` (both retryable), with what `decode` threw,
   * or with `internal` when the engine refuses the rows for good.
   */
  submit(submission: Submission): Promise<Outcome>;
  /** Stores what is open, takes nothing more. */
  close(): Promise<void>;
}

/** The committer of a process, with what its own background work asks. */
export interface OwnCommitter extends Committer {
  /**
   * As `submit`, but decodes in slices of some milliseconds (base/steps.ts). Rejects with `overloaded` also when all that is
   * decoded so holds more than half of `maxBytesInFlight`: the other half is for requests from outside.
   *
   * Rows of `latest` tables that come to more than a fourth of `maxBytes` are stored while the rest is decoded. They stay where
   * that fails in spite of `check`, and mean nothing by themselves: a series without points.
   */
  submitLong(submission: LongSubmission): Promise<Outcome>;
  /** All commits up to this number are stored or taken back. */
  settled(): bigint;
}

/** A commit that is stored. */
export interface StoredCommit {
  readonly number: bigint;
  /** When the rows of a table lie, in Unix milliseconds; undefined when it has none. */
  timesMs(table: TableSpec): { readonly firstMs: number; readonly lastMs: number } | undefined;
  /** Its rows of a table; undefined when it has none. They are gone when the call returns. */
  rowsOf<T extends TableSpec>(table: T): Batch<T> | undefined;
}

export interface CommitterOptions {
  readonly limits: CommitLimits;
  readonly counters: Counters;
  /** Names this process among the writers of one server: recovery looks only at its own commits. */
  readonly writer: string;
  /** Told of every commit that is stored, before its requests are answered. */
  readonly onStored?: (commit: StoredCommit) => void;
}
