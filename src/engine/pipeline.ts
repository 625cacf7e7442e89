/**
 * The way of a commit. One is open and fills; those that are full wait in line; up to `maxInFlight` are stored at a time.
 *
 *     open ──full, late, or the engine is idle──▸ line ──a place is free──▸ storing ──▸ stored
 *                                                   ▴                          │ met a fault, or refused for good
 *                                                   │                          ▾
 *                                                   └──────rows missing───── doubtful ──alone──▸ stored, or taken back
 *
 * Late is a commit when `maxWaitMs` have passed since the one before was begun to be stored: at once after a pause. One whose
 * requests all have more time is late that much later, and until then an idle engine is no reason to store it.
 *
 * What is decoded over many turns of the event loop is staged: a commit without a number. When it is decoded its rows move into
 * the open one, or if they are many it is closed in its place.
 *
 * Commits are numbered, closed and begun to be stored in one order; they may finish in another. While every place is taken a
 * late commit stays open, so that a slow engine gets few large commits and not many small ones. Doubtful commits are settled only
 * while no other is stored, because that makes slices of the rollups anew.
 */
import { SondeError, toSondeError } from '../base/errors.ts';
import { mendParts } from './broken-parts.ts';
import type { CommitLimits } from './commit.ts';
import type { Engine } from './engine.ts';
import { isDiskFull } from './faults.ts';
import { journalSettled, nextNumber } from './journal.ts';
import type { Intent } from './journal.ts';
import { Commit, createCommitBuffers, emptyCommitBuffers } from './open-commit.ts';
import type { CommitBuffers } from './open-commit.ts';
import { settle } from './recovery.ts';
import { firstMark, Seen } from './seen.ts';
import { isPassing, storeAhead, storeCommit, untilDone } from './store-commit.ts';

export interface PipelineOptions {
  readonly engine: Engine;
  readonly writer: string;
  readonly limits: CommitLimits;
  /** The highest commit number that this writer has used. */
  readonly last: bigint;
  /** Every row of the commit is stored; called before those that wait for it are answered. */
  readonly onStored: (commit: Commit, tookMs: number) => void;
  /** Its rows of tables that keep the latest are stored, and no others. */
  readonly onStoredAhead: (staged: Commit) => void;
  /** The commit is taken back (`internal`), or given up at the end (`unavailable`). */
  readonly onFailed: (commit: Commit, error: SondeError) => void;
  /** An attempt failed and will be repeated. */
  readonly onFault: (fault: SondeError) => void;
}

/**
 * A commit costs the engine tens of milliseconds of work however little it holds. One that holds less than this part of
 * `maxBytes` is small: it is not stored before it is late, even if the engine is idle.
 */
const smallShare = 128;

/** What was staged and holds at most this part of `maxBytes` joins the open commit: to copy that takes some milliseconds. */
const joinShare = 8;

/** Buffers that nobody used for this long are let go. */
const idleMs = 5000;

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #seen = new Seen();
  readonly #stop = new AbortController();
  #last: bigint;
  #begun = 0;
  readonly #staged = new Set<Commit>();
  /** When a commit was last begun to be stored. */
  #begunMs = Number.NEGATIVE_INFINITY;
  #open: Commit | undefined;
  /** How long the requests of the open commit may wait. */
  #waitMs = Number.POSITIVE_INFINITY;
  #isLate = false;
  #lateTimer: NodeJS.Timeout | undefined;
  #advance: NodeJS.Immediate | undefined;
  readonly #line: Commit[] = [];
  readonly #storing = new Set<Commit>();
  readonly #doubtful: { readonly commit: Commit; readonly refusal?: SondeError }[] = [];
  #isSettling = false;
  /** Closed commits that are neither stored nor taken back, in order. */
  readonly #unfinished: Commit[] = [];
  readonly #spare: CommitBuffers[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #fault: SondeError | undefined;
  /** Since doubtful commits were settled last, there was no room. */
  #wasFull = false;
  #drained: (() => void) | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#last = options.last;
  }

  /** Bytes that are decoded and not stored. */
  get bytesInFlight(): number {
    return this.#unfinished.reduce((bytes, commit) => bytes + commit.bytes, this.#open?.bytes ?? 0) + this.bytesStaged;
  }

  get bytesStaged(): number {
    let bytes = 0;
    for (const commit of this.#staged) bytes += commit.bytes;
    return bytes;
  }

  get commitsInFlight(): number {
    return this.#unfinished.length;
  }

  /** Why nothing could be stored lately; undefined when something could. */
  get fault(): SondeError | undefined {
    return this.#fault;
  }

  /** All commits up to this number are finished. */
  get settled(): bigint {
    const oldest = this.#unfinished[0] ?? this.#open;
    return oldest === undefined ? this.#last : oldest.number - 1n;
  }

  /** The commit to append to. After each request that did, call `appended`. */
  open(): Commit {
    return (this.#open ??= this.#make(this.#nextNumber()));
  }

  /** `waitMs` is how long the request may wait for others. */
  appended(waitMs = this.#options.limits.maxWaitMs): void {
    if (waitMs < this.#waitMs) {
      this.#waitMs = waitMs;
      clearTimeout(this.#lateTimer);
      this.#lateTimer = undefined;
    }
    if (this.open().bytes >= this.#options.limits.maxBytes) this.#close();
    else this.#lateTimer ??= setTimeout(() => this.#late(), this.#earlyMs());
    // Requests that came with the same turn of the event loop go together.
    this.#advance ??= setImmediate(() => this.#move());
  }

  /** A commit to append to over many turns of the event loop; ends with `join` or `unstage`. */
  stage(): Commit {
    const commit = this.#make(0n);
    this.#staged.add(commit);
    return commit;
  }

  /** Stores what the staged commit holds of tables that keep the latest. */
  async storeAhead(staged: Commit): Promise<void> {
    const { engine, writer } = this.#options;
    await storeAhead(staged, { engine, writer, stop: this.#stop.signal, onFault: (fault) => this.#onFault(fault) });
    this.#options.onStoredAhead(staged);
    staged.dropLatest();
  }

  /** Nothing of the staged commit is to be stored. */
  unstage(commit: Commit): void {
    this.#staged.delete(commit);
    commit.release();
    this.#reuse(commit);
  }

  /** Brings what was staged on its way, and gives the commit that it is in. */
  join(staged: Commit, waitMs?: number): Commit {
    if (staged.bytes <= this.#options.limits.maxBytes / joinShare) {
      const open = this.open();
      open.take(staged);
      this.unstage(staged);
      this.appended(waitMs);
      return open;
    }
    this.#staged.delete(staged);
    if (this.#open !== undefined && this.#open.rows > 0) this.#close();
    staged.renumber(this.#open?.number ?? this.#nextNumber());
    this.#open = staged;
    this.#close();
    this.#advance ??= setImmediate(() => this.#move());
    return staged;
  }

  /** Stores what is there, waiting at most `maxStallMs`; what is not stored by then fails with `unavailable`. */
  async close(): Promise<void> {
    if (this.#open !== undefined && this.#open.rows > 0) this.#close();
    const giveUp = setTimeout(() => {
      this.#stop.abort();
      this.#move();
    }, this.#options.limits.maxStallMs);
    await new Promise<void>((resolve) => {
      this.#drained = resolve;
      this.#move();
    });
    clearTimeout(giveUp);
    await this.#settleAll();
    clearTimeout(this.#idleTimer);
    this.#spare.splice(0);
  }

  #nextNumber(): bigint {
    this.#last = nextNumber(this.#last, Date.now());
    return this.#last;
  }

  #make(number: bigint): Commit {
    const mark = firstMark + (this.#begun++ % (2 ** 32 - firstMark));
    return new Commit({ number, mark }, this.#seen, this.#spare.pop() ?? createCommitBuffers());
  }

  /** Puts the open commit into the line. */
  #close(): void {
    if (this.#open === undefined) return;
    this.#line.push(this.#open);
    this.#unfinished.push(this.#open);
    this.#open = undefined;
    this.#waitMs = Number.POSITIVE_INFINITY;
    this.#isLate = false;
    clearTimeout(this.#lateTimer);
    this.#lateTimer = undefined;
  }

  /** How long it is until the open commit is late. */
  #earlyMs(): number {
    return Math.max(0, this.#begunMs + this.#waitMs - performance.now());
  }

  #late(): void {
    // One that was still in line when this one was opened may have begun since.
    const earlyMs = this.#earlyMs();
    if (earlyMs > 0) this.#lateTimer = setTimeout(() => this.#late(), earlyMs);
    else {
      this.#isLate = true;
      this.#move();
    }
  }

  /** Does whatever can be done now. */
  #move(): void {
    clearImmediate(this.#advance);
    this.#advance = undefined;
    if (!this.#stop.signal.aborted) {
      if (this.#doubtful.length > 0) void this.#settleDoubtful();
      else this.#storeMore();
    }
    if (this.#isDrained()) this.#drained?.();
  }

  #storeMore(): void {
    while (this.#storing.size < this.#options.limits.maxInFlight) {
      if (this.#line.length === 0 && this.#isDue()) this.#close();
      const next = this.#line.shift();
      if (next === undefined) return;
      void this.#store(next);
    }
  }

  /** Whether the open commit is to be stored although it is not full. */
  #isDue(): boolean {
    if (this.#open === undefined || this.#open.rows === 0) return false;
    const { maxBytes, maxWaitMs } = this.#options.limits;
    const isWorthIt = this.#waitMs <= maxWaitMs && this.#open.bytes >= maxBytes / smallShare;
    return this.#isLate || (this.#storing.size === 0 && isWorthIt);
  }

  async #store(commit: Commit): Promise<void> {
    this.#storing.add(commit);
    const { engine, writer } = this.#options;
    const beganMs = performance.now();
    this.#begunMs = beganMs;
    const { round } = commit;
    let isDoubtful = false;
    const onFault = (fault: SondeError): void => {
      isDoubtful = true;
      this.#onFault(fault);
    };
    try {
      await storeCommit(commit, { engine, writer, settled: this.settled, round, stop: this.#stop.signal, onFault });
      if (isDoubtful) this.#doubtful.push({ commit });
    } catch (thrown) {
      isDoubtful = true;
      // A passing fault ends the attempts only when everything is stopped: then the next start looks at the commit.
      if (!isPassing(thrown)) this.#doubtful.push({ commit, refusal: toSondeError(thrown) });
    }
    this.#storing.delete(commit);
    if (!isDoubtful) this.#stored(commit, performance.now() - beganMs);
    this.#move();
  }

  async #settleDoubtful(): Promise<void> {
    if (this.#isSettling || this.#storing.size > 0) return;
    this.#isSettling = true;
    const beganMs = performance.now();
    const doubtful = this.#doubtful.map(({ commit, refusal }) => ({ commit, refusal, intent: commit.intent() }));
    let torn: readonly Intent[] = [];
    const attempt = async (): Promise<void> => {
      torn = await this.#settle(doubtful);
    };
    try {
      await untilDone(attempt, this.#stop.signal, (fault) => this.#onFault(fault));
      this.#doubtful.splice(0);
      this.#wasFull = false;
      for (const { commit, refusal, intent } of doubtful.toReversed()) {
        if (refusal !== undefined) this.#refused(commit, refusal);
        else if (torn.includes(intent)) this.#storeAgain(commit);
        else this.#stored(commit, performance.now() - beganMs);
      }
    } catch (thrown) {
      this.#fault = toSondeError(thrown);
    }
    this.#isSettling = false;
    this.#move();
  }

  /**
   * Gives the commits that have to be stored again. Nothing else is stored before this is done, however long it takes: rows that
   * nobody may see are worse than refused requests.
   */
  async #settle(doubtful: readonly { readonly refusal: SondeError | undefined; readonly intent: Intent }[]): Promise<Intent[]> {
    const { engine, writer } = this.#options;
    const refused = doubtful.filter(({ refusal }) => refusal !== undefined).map(({ intent }) => intent);
    const intents = doubtful.map(({ intent }) => intent);
    try {
      if (this.#wasFull) await mendParts(engine);
      const torn = await settle(engine, intents, refused);
      if (refused.length > 0) await journalSettled(engine, writer, this.settled, refused);
      return torn;
    } catch (cause) {
      const { message } = toSondeError(cause);
      throw new SondeError('unavailable', `Commits that met a fault can not be checked: ${message}`, { cause });
    }
  }

  #stored(commit: Commit, tookMs: number): void {
    this.#fault = undefined;
    this.#seen.confirm(commit.buffers.claims);
    this.#options.onStored(commit, tookMs);
    this.#finish(commit);
  }

  #storeAgain(commit: Commit): void {
    commit.round++;
    this.#line.unshift(commit);
  }

  #refused(commit: Commit, refusal: SondeError): void {
    this.#options.onFailed(commit, refusal);
    this.#finish(commit, refusal);
  }

  #onFault(fault: SondeError): void {
    this.#fault = fault;
    this.#wasFull ||= isDiskFull(fault);
    this.#options.onFault(fault);
  }

  #finish(commit: Commit, error?: SondeError): void {
    this.#unfinished.splice(this.#unfinished.indexOf(commit), 1);
    commit.end(error);
    this.#reuse(commit);
  }

  /** Keeps the buffers for a later commit, unless one request has made them huge; lets all go when nothing happens any more. */
  #reuse({ buffers, bytes }: Commit): void {
    const { maxBytes, maxInFlight } = this.#options.limits;
    if (bytes <= 2 * maxBytes && this.#spare.length <= maxInFlight) {
      emptyCommitBuffers(buffers);
      this.#spare.push(buffers);
    }
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => this.#spare.splice(0), idleMs).unref();
  }

  #isDrained(): boolean {
    if (this.#storing.size > 0 || this.#isSettling) return false;
    return this.#unfinished.length === 0 || this.#stop.signal.aborted;
  }

  async #settleAll(): Promise<void> {
    const stopping = new SondeError('unavailable', 'Sonde is stopping and could not store the request.', { cause: this.#fault });
    const left = this.#unfinished.slice();
    const { engine, writer, last, onFailed } = this.#options;
    if (left.length === 0 && this.#last > last) {
      await journalSettled(engine, writer, this.#last).catch((thrown: unknown) => {
        // It only spares the next start the look at the last commits.
        if (!isPassing(thrown)) throw thrown;
      });
    }
    for (const commit of left) {
      onFailed(commit, stopping);
      this.#finish(commit, stopping);
    }
  }
}
