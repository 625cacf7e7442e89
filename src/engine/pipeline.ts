/**
 * The way of a commit. One is open and fills; those that are full wait in line; up to `maxInFlight` are stored at a time.
 *
 *     open ──full, late, or the engine is idle──▸ line ──a place is free──▸ storing ──▸ stored
 *                                                                              │ refused for good
 *                                                                              ▾
 *                                                                            broken ──alone──▸ taken back
 *
 * Late is a commit when `maxWaitMs` have passed since the one before was begun to be stored: at once after a pause.
 *
 * Commits are numbered, closed and begun to be stored in one order; they may finish in another. While every place is taken a
 * late commit stays open, so that a slow engine gets few large commits and not many small ones. A commit is taken back only
 * while no other is stored, because that makes slices of the rollups anew.
 */
import { SondeError, toSondeError } from '../base/errors.ts';
import type { CommitLimits } from './commit.ts';
import type { Engine } from './engine.ts';
import { journalSettled, nextNumber } from './journal.ts';
import { Commit, createCommitBuffers, emptyCommitBuffers } from './open-commit.ts';
import type { CommitBuffers } from './open-commit.ts';
import { takeBack } from './recovery.ts';
import { firstMark, Seen } from './seen.ts';
import { isPassing, storeCommit, untilDone } from './store-commit.ts';

export interface PipelineOptions {
  readonly engine: Engine;
  readonly writer: string;
  readonly limits: CommitLimits;
  /** The highest commit number that this writer has used. */
  readonly last: bigint;
  /** Every row of the commit is stored; called before those that wait for it are answered. */
  readonly onStored: (commit: Commit, tookMs: number) => void;
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

/** Buffers that nobody used for this long are let go. */
const idleMs = 5000;

export class Pipeline {
  readonly #options: PipelineOptions;
  readonly #seen = new Seen();
  readonly #stop = new AbortController();
  #last: bigint;
  #begun = 0;
  /** When a commit was last begun to be stored. */
  #begunMs = Number.NEGATIVE_INFINITY;
  #open: Commit | undefined;
  #isLate = false;
  #lateTimer: NodeJS.Timeout | undefined;
  #advance: NodeJS.Immediate | undefined;
  readonly #line: Commit[] = [];
  readonly #storing = new Set<Commit>();
  readonly #broken: { readonly commit: Commit; readonly error: SondeError }[] = [];
  #isTakingBack = false;
  /** Closed commits that are neither stored nor taken back, in order. */
  readonly #unfinished: Commit[] = [];
  readonly #spare: CommitBuffers[] = [];
  #idleTimer: NodeJS.Timeout | undefined;
  #fault: SondeError | undefined;
  #drained: (() => void) | undefined;

  constructor(options: PipelineOptions) {
    this.#options = options;
    this.#last = options.last;
  }

  /** Bytes that are decoded and not stored. */
  get bytesInFlight(): number {
    return this.#unfinished.reduce((bytes, commit) => bytes + commit.bytes, this.#open?.bytes ?? 0);
  }

  get commitsInFlight(): number {
    return this.#unfinished.length;
  }

  /** Why nothing could be stored lately; undefined when something could. */
  get fault(): SondeError | undefined {
    return this.#fault;
  }

  /** The commit to append to. After each request that did, call `appended`. */
  open(): Commit {
    return (this.#open ??= this.#begin());
  }

  appended(): void {
    if (this.open().bytes >= this.#options.limits.maxBytes) this.#close();
    else this.#lateTimer ??= setTimeout(() => this.#late(), this.#earlyMs());
    // Requests that came with the same turn of the event loop go together.
    this.#advance ??= setImmediate(() => this.#move());
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

  #begin(): Commit {
    this.#last = nextNumber(this.#last, Date.now());
    const mark = firstMark + (this.#begun++ % (2 ** 32 - firstMark));
    return new Commit({ number: this.#last, mark }, this.#seen, this.#spare.pop() ?? createCommitBuffers());
  }

  /** Puts the open commit into the line. */
  #close(): void {
    if (this.#open === undefined) return;
    this.#line.push(this.#open);
    this.#unfinished.push(this.#open);
    this.#open = undefined;
    this.#isLate = false;
    clearTimeout(this.#lateTimer);
    this.#lateTimer = undefined;
  }

  /** How long it is until the open commit is late. */
  #earlyMs(): number {
    return Math.max(0, this.#begunMs + this.#options.limits.maxWaitMs - performance.now());
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
      if (this.#broken.length > 0) void this.#takeBackBroken();
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
    return this.#isLate || (this.#storing.size === 0 && this.#open.bytes >= this.#options.limits.maxBytes / smallShare);
  }

  async #store(commit: Commit): Promise<void> {
    this.#storing.add(commit);
    const { engine, writer } = this.#options;
    const beganMs = performance.now();
    this.#begunMs = beganMs;
    const onFault = (fault: SondeError): void => this.#onFault(fault);
    try {
      await storeCommit(commit, { engine, writer, settled: this.#settled(), stop: this.#stop.signal, onFault });
    } catch (thrown) {
      this.#storing.delete(commit);
      // A passing fault ends the attempts only when everything is stopped: then the next start looks at the commit.
      if (!isPassing(thrown)) this.#broken.push({ commit, error: toSondeError(thrown) });
      this.#move();
      return;
    }
    this.#storing.delete(commit);
    this.#fault = undefined;
    this.#seen.confirm(commit.buffers.claims);
    this.#options.onStored(commit, performance.now() - beganMs);
    this.#finish(commit);
    this.#move();
  }

  async #takeBackBroken(): Promise<void> {
    if (this.#isTakingBack || this.#storing.size > 0) return;
    this.#isTakingBack = true;
    const { engine, writer } = this.#options;
    const intents = this.#broken.map(({ commit }) => commit.intent());
    // Nothing is stored before this is done: rows that nobody may see are worse than refused requests.
    const attempt = (): Promise<void> =>
      takeBack(engine, writer, intents, this.#settled()).catch((cause: unknown) => {
        const { message } = toSondeError(cause);
        throw new SondeError('unavailable', `Rows that were refused can not be removed: ${message}`, { cause });
      });
    try {
      await untilDone(attempt, this.#stop.signal, (fault) => this.#onFault(fault));
      for (const { commit, error } of this.#broken.splice(0)) {
        this.#options.onFailed(commit, error);
        this.#finish(commit, error);
      }
      this.#fault = undefined;
    } catch (thrown) {
      this.#fault = toSondeError(thrown);
    }
    this.#isTakingBack = false;
    this.#move();
  }

  #onFault(fault: SondeError): void {
    this.#fault = fault;
    this.#options.onFault(fault);
  }

  /** All commits up to this number are finished. */
  #settled(): bigint {
    const [oldest] = this.#unfinished;
    return oldest === undefined ? this.#last : oldest.number - 1n;
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
    if (this.#storing.size > 0 || this.#isTakingBack) return false;
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
