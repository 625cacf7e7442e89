/**
 * The group commit of commit.ts: which requests are let in, and how each is answered. How commits are closed and stored:
 * pipeline.ts.
 */
import { SondeError, toSondeError } from '../base/errors.ts';
import { takeInSlices } from '../base/steps.ts';
import type { CommitterOptions, LongSubmission, Outcome, OwnCommitter, StoredCommit, Submission } from './commit.ts';
import type { Engine } from './engine.ts';
import { fingerprintKey, Fingerprints, storedEarlier } from './fingerprints.ts';
import { readRequests } from './journal.ts';
import type { Commit } from './open-commit.ts';
import { Pipeline } from './pipeline.ts';
import { recover } from './recovery.ts';

/**
 * Checks what an earlier process of this writer left, then takes requests. The schema is there already (migrate.ts). Throws
 * `unavailable` when the engine can not store (disk full).
 */
export async function createCommitter(engine: Engine, options: CommitterOptions): Promise<OwnCommitter> {
  const { counters, limits } = options;
  // Whoever writes to a data directory of its own is its only writer, whatever the host is called now.
  const writer = engine.kind === 'embedded' ? 'local' : options.writer;
  const { last, checked, takenBack } = await recover(engine, writer);
  counters.add('sonde_recovery_commits_checked_total', {}, checked);
  counters.add('sonde_recovery_commits_taken_back_total', {}, takenBack);
  const remembered = new Fingerprints(limits.rememberMs, limits.rememberRequests);
  const requests = await readRequests(engine, writer, Date.now() - limits.rememberMs, limits.rememberRequests);
  for (const { key, atMs } of requests) remembered.remember(key, storedEarlier, atMs);
  return new GroupCommitter(engine, { ...options, writer }, remembered, last);
}

/** Rows of `latest` tables that are more than this part of `maxBytes` are stored ahead. */
const aheadShare = 4;

/** How a request was dealt with, for the counters. */
interface Handled {
  readonly how: 'stored' | 'duplicate' | 'empty';
  readonly outcome: Outcome;
}

type Labels = Readonly<Record<string, string>>;

class GroupCommitter implements OwnCommitter {
  readonly #options: CommitterOptions;
  readonly #remembered: Fingerprints;
  readonly #pipeline: Pipeline;
  /** Requests whose rows are in a commit that is not stored yet, by key. */
  readonly #waiting = new Map<string, { readonly commit: Commit; readonly outcome: Outcome }>();
  #commitMs = 0;
  #closed: Promise<void> | undefined;

  constructor(engine: Engine, options: CommitterOptions, remembered: Fingerprints, last: bigint) {
    const { counters, limits, writer } = options;
    this.#options = options;
    this.#remembered = remembered;
    this.#pipeline = new Pipeline({
      engine,
      writer,
      limits,
      last,
      onStored: (commit, tookMs) => this.#onStored(commit, tookMs),
      onStoredAhead: (staged) => options.onStored?.(aheadOf(staged)),
      onFailed: (commit, error) => this.#onFailed(commit, error),
      onFault: () => counters.add('sonde_commit_retries_total', {}, 1),
    });
    counters.beforeRead(() => {
      counters.set('sonde_commit_bytes_in_flight', {}, this.#pipeline.bytesInFlight);
      counters.set('sonde_commits_in_flight', {}, this.#pipeline.commitsInFlight);
    });
  }

  submit(submission: Submission): Promise<Outcome> {
    return this.#counted(submission, (labels) => this.#handle(submission, labels));
  }

  submitLong(submission: LongSubmission): Promise<Outcome> {
    return this.#counted(submission, (labels) => this.#handleLong(submission, labels));
  }

  async #counted(
    { protocol, signal }: Pick<Submission, 'protocol' | 'signal'>,
    handle: (labels: Labels) => Promise<Handled>,
  ): Promise<Outcome> {
    const { counters } = this.#options;
    const labels: Labels = { protocol, signal };
    try {
      const { how, outcome } = await handle(labels);
      counters.add('sonde_requests_total', { ...labels, outcome: how }, 1);
      if (how === 'duplicate') counters.add('sonde_duplicate_requests_total', labels, 1);
      return outcome;
    } catch (thrown) {
      counters.add('sonde_requests_total', { ...labels, outcome: 'refused' }, 1);
      counters.add('sonde_requests_refused_total', { ...labels, reason: toSondeError(thrown).code }, 1);
      throw thrown;
    }
  }

  settled(): bigint {
    return this.#pipeline.settled;
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#pipeline.close());
  }

  async #handle(submission: Submission, labels: Labels): Promise<Handled> {
    this.#checkOpen();
    const { protocol, signal, fingerprint, waitMs } = submission;
    const key = fingerprint === undefined ? undefined : fingerprintKey(fingerprint);
    const earlier = key === undefined ? undefined : this.#remembered.find(key, Date.now());
    if (earlier !== undefined) return { how: 'duplicate', outcome: earlier };
    const waiting = key === undefined ? undefined : this.#waiting.get(key);
    if (waiting !== undefined) {
      await this.#untilStored(waiting.commit);
      return { how: 'duplicate', outcome: waiting.outcome };
    }
    this.#checkRoom();
    const commit = this.#pipeline.open();
    const rowsBefore = commit.rows;
    const outcome = commit.append(submission.decode);
    this.#count(labels, outcome);
    if (commit.rows === rowsBefore) return { how: 'empty', outcome };
    commit.requests.push({ key, protocol, signal, outcome });
    if (key !== undefined) this.#waiting.set(key, { commit, outcome });
    this.#pipeline.appended(waitMs);
    await this.#untilStored(commit);
    return { how: 'stored', outcome };
  }

  async #handleLong({ decode, check, protocol, signal, waitMs }: LongSubmission, labels: Labels): Promise<Handled> {
    this.#checkOpen();
    this.#checkRoom();
    const staged = this.#pipeline.stage();
    let outcome: Outcome;
    try {
      let isChecked = false;
      outcome = await takeInSlices(decode(staged), async () => {
        this.#checkOpen();
        if (this.#isAheadDue(staged)) {
          if (!isChecked) await takeInSlices(check());
          isChecked = true;
          await this.#pipeline.storeAhead(staged);
        }
        this.#checkStaged();
      });
      this.#checkOpen();
      staged.noteSize(true);
    } catch (thrown) {
      this.#pipeline.unstage(staged);
      throw thrown;
    }
    this.#count(labels, outcome);
    if (staged.rows === 0) {
      this.#pipeline.unstage(staged);
      return { how: 'empty', outcome };
    }
    staged.requests.push({ key: undefined, protocol, signal, outcome });
    await this.#untilStored(this.#pipeline.join(staged, waitMs));
    return { how: 'stored', outcome };
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw new SondeError('unavailable', 'Sonde is stopping.', { retryAfterMs: 1000 });
  }

  #isAheadDue(staged: Commit): boolean {
    staged.noteSize(false);
    return staged.latestBytes > this.#options.limits.maxBytes / aheadShare;
  }

  #checkStaged(): void {
    const limit = this.#options.limits.maxBytesInFlight / 2;
    if (this.#pipeline.bytesStaged > limit)
      throw new SondeError('overloaded', `Rows that are decoded over a while are over the limit of ${limit} bytes.`);
  }

  #checkRoom(): void {
    const { maxBytesInFlight } = this.#options.limits;
    const { bytesInFlight, fault } = this.#pipeline;
    if (bytesInFlight < maxBytesInFlight) return;
    const why = fault === undefined ? '' : ` ${fault.message}`;
    throw new SondeError(
      'overloaded',
      `${bytesInFlight} bytes wait to be stored, over the limit of ${maxBytesInFlight}; send again later.${why}`,
      { retryAfterMs: fault?.retryAfterMs ?? Math.min(5000, Math.max(100, Math.ceil(2 * this.#commitMs))) },
    );
  }

  /** Waits for the commit, but not longer than `maxStallMs`. */
  #untilStored(commit: Commit): Promise<void> {
    const { maxStallMs } = this.#options.limits;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const { fault } = this.#pipeline;
        const message =
          `The request could not be stored within ${maxStallMs} ms; send it again. ${fault?.message ?? ''}`.trimEnd();
        reject(new SondeError('unavailable', message, { retryAfterMs: fault?.retryAfterMs ?? 1000, cause: fault }));
      }, maxStallMs);
      commit.stored.then(resolve, reject).finally(() => clearTimeout(timer));
    });
  }

  #count(labels: Labels, { accepted, rejected }: Outcome): void {
    const { counters } = this.#options;
    if (accepted > 0) counters.add('sonde_rows_accepted_total', labels, accepted);
    if (rejected > 0) counters.add('sonde_rows_refused_total', { ...labels, reason: 'invalid' }, rejected);
  }

  #onStored(commit: Commit, tookMs: number): void {
    const { counters, onStored } = this.#options;
    const nowMs = Date.now();
    onStored?.(commit);
    for (const { key, outcome, protocol, signal } of commit.requests) {
      if (key !== undefined) {
        this.#waiting.delete(key);
        this.#remembered.remember(key, outcome, nowMs);
      }
      counters.add('sonde_rows_stored_total', { protocol, signal }, outcome.accepted);
    }
    this.#commitMs = tookMs;
    counters.add('sonde_commits_total', { outcome: 'stored' }, 1);
    counters.add('sonde_commit_seconds_total', {}, tookMs / 1000);
  }

  #onFailed(commit: Commit, error: SondeError): void {
    const { counters } = this.#options;
    for (const { key, outcome, protocol, signal } of commit.requests) {
      if (key !== undefined) this.#waiting.delete(key);
      counters.add('sonde_rows_refused_total', { protocol, signal, reason: error.code }, outcome.accepted);
    }
    counters.add('sonde_commits_total', { outcome: error.code === 'unavailable' ? 'given_up' : 'taken_back' }, 1);
  }
}

/** What is stored of a commit of which only the tables that keep the latest are. */
function aheadOf(staged: Commit): StoredCommit {
  return {
    number: staged.number,
    rowsOf: (table) => (table.keeps === 'latest' ? staged.rowsOf(table) : undefined),
    timesMs: () => undefined,
  };
}
