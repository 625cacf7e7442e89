/** A committer that keeps the rows in memory: what handlers are tested with where the engine does not matter. */
import type { Committer, OpenCommit, Outcome, Submission } from '../../src/engine/commit.ts';
import { assertWhole, createBatch, truncateBatch } from '../../src/model/batch.ts';
import type { Batch } from '../../src/model/batch.ts';
import type { TableSpec } from '../../src/model/table.ts';
import { rowsOf } from './rows.ts';
import type { Row } from './rows.ts';

export class MemoryCommitter implements Committer {
  readonly submissions: Submission[] = [];
  /** What `submit` rejects with, before it decodes. */
  failure: Error | undefined;
  readonly #batches = new Map<TableSpec, Batch>();
  readonly #seen = new Set<string>();

  async submit(submission: Submission): Promise<Outcome> {
    this.submissions.push(submission);
    if (this.failure !== undefined) throw this.failure;
    const before = new Map([...this.#batches].map(([table, batch]) => [table, rowsOf(batch).length]));
    try {
      const outcome = submission.decode(this.#open());
      for (const batch of this.#batches.values()) assertWhole(batch);
      return outcome;
    } catch (thrown) {
      for (const [table, batch] of this.#batches) truncateBatch(batch, before.get(table) ?? 0);
      throw thrown;
    }
  }

  async close(): Promise<void> {
    this.#batches.clear();
  }

  /** All rows by table; tables without rows are left out. */
  rows(): Record<string, Row[]> {
    const filled = [...this.#batches].map(([table, batch]) => [table.name, rowsOf(batch)] as const);
    return Object.fromEntries(filled.filter(([, rows]) => rows.length > 0).toSorted(([a], [b]) => (a < b ? -1 : 1)));
  }

  #open(): OpenCommit {
    const batches = this.#batches;
    const seen = this.#seen;
    return {
      numberLow: 7,
      numberHigh: 1,
      batch<T extends TableSpec>(table: T): Batch<T> {
        const batch = batches.get(table) ?? createBatch(table);
        batches.set(table, batch);
        return batch as Batch<T>;
      },
      isNew(table, idLow, idHigh, day) {
        const key = `${table.name} ${idLow} ${idHigh} ${day}`;
        if (seen.has(key)) return false;
        seen.add(key);
        return true;
      },
      isStored: (table, idLow, idHigh, day) => seen.has(`${table.name} ${idLow} ${idHigh} ${day}`),
    };
  }
}
