/**
 * Stores one commit: its intent, then its rows. What refers to other rows comes after them: resources, scopes and series (and
 * with them the intent, which they do not need), then the rows that carry the commit's number. Inserts of one step run side by
 * side, as far as the engine lets them.
 *
 * An insert that meets a passing fault is repeated. Rows that carry the commit's number go with the same token again, so that
 * what was stored in spite of the fault is not stored twice. But the engine notes a token before it has the rows: after a fault
 * in between it takes the repeated insert for done, and stores nothing. So a commit that met a fault is not done when its inserts
 * are: its rows are counted (recovery.ts), and if any are missing all are removed and it is stored again, in another round with
 * other tokens. The intent and the dictionaries, which may be there twice, are repeated with another token at once.
 */
import { randomUUID } from 'node:crypto';
import { SondeError } from '../base/errors.ts';
import { truncateBatch } from '../model/batch.ts';
import type { Batch } from '../model/batch.ts';
import type { Engine } from './engine.ts';
import { appendJournalRow } from './journal.ts';
import type { Commit } from './open-commit.ts';

export interface StoreOptions {
  readonly engine: Engine;
  readonly writer: string;
  /** See journal.ts. */
  readonly settled: bigint;
  /** How often the commit was stored before and removed again. */
  readonly round: number;
  /** Ends the attempts. */
  readonly stop: AbortSignal;
  /** An attempt failed for a passing reason. */
  readonly onFault: (fault: SondeError) => void;
}

/**
 * Resolves when every row is stored. Rejects with `unavailable` when it was stopped, with anything else when the engine refuses
 * the rows for good; then some of them may be stored. Nothing of the commit is under way any more in any case.
 */
export async function storeCommit(commit: Commit, options: StoreOptions): Promise<void> {
  const { writer, settled, round } = options;
  const { journal } = commit.buffers;
  const { number } = commit;
  const requests = commit.requests.flatMap(({ key }) => key ?? []);
  truncateBatch(journal, 0);
  appendJournalRow(journal, { writer, number, state: 'intent', settled, intent: commit.intent(), requests });
  const prefix = `${writer}-${number.toString(16)}-${round}`;
  await insertAll([journal, ...commit.filled('latest')], (table, attempt) => `${prefix}-${table}-${attempt}`, options);
  await insertAll(commit.filled('rows'), (table) => `${prefix}-${table}`, options);
}

/** Stores the rows of a commit that others refer to before the rest of it is known. Rejects as `storeCommit`. */
export async function storeAhead(commit: Commit, options: Omit<StoreOptions, 'settled' | 'round'>): Promise<void> {
  const prefix = `${options.writer}-ahead-${randomUUID()}`;
  await insertAll(commit.filled('latest'), (table, attempt) => `${prefix}-${table}-${attempt}`, options);
}

async function insertAll(
  batches: readonly Batch[],
  token: (table: string, attempt: number) => string,
  { engine, stop, onFault }: Pick<StoreOptions, 'engine' | 'stop' | 'onFault'>,
): Promise<void> {
  const inserts = batches.map((batch) =>
    untilDone((attempt) => engine.insert(batch, token(batch.table.name, attempt)), stop, onFault),
  );
  const failed = (await Promise.allSettled(inserts)).filter((result) => result.status === 'rejected');
  // One that is refused for good decides, whatever happened to the others.
  const worst = failed.find(({ reason }) => !isPassing(reason)) ?? failed[0];
  if (worst !== undefined) throw worst.reason;
}

const firstDelayMs = 50;
const delayMsMax = 2000;

/** Repeats what fails for a passing reason, after growing delays, until it is done, stopped, or fails for good. */
export async function untilDone(
  attempt: (attempts: number) => Promise<void>,
  stop: AbortSignal,
  onFault: (fault: SondeError) => void,
): Promise<void> {
  for (let attempts = 0; ; attempts++) {
    try {
      return await attempt(attempts);
    } catch (thrown) {
      if (!isPassing(thrown)) throw thrown;
      onFault(thrown);
      await pause(Math.min(firstDelayMs * 2 ** attempts, delayMsMax), stop);
      if (stop.aborted) throw thrown;
    }
  }
}

export function isPassing(thrown: unknown): thrown is SondeError {
  return thrown instanceof SondeError && thrown.code === 'unavailable';
}

/** Waits that long, or until it is stopped. */
function pause(delayMs: number, stop: AbortSignal): Promise<void> {
  if (stop.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      stop.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, delayMs);
    stop.addEventListener('abort', end, { once: true });
  });
}
