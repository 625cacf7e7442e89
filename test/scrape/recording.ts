/** A committer that stores nothing and keeps what was appended as points of series, through the commit that the engine gets. */
import { Commit, createCommitBuffers } from '../../src/engine/open-commit.ts';
import { firstMark, Seen } from '../../src/engine/seen.ts';
import { takeInSlices } from '../../src/base/steps.ts';
import type { Committer, LongSubmission, Outcome, Submission } from '../../src/engine/commit.ts';
import { rowsOf } from '../otlp/rows.ts';
import type { Row } from '../otlp/rows.ts';

export interface Point {
  readonly timeMs: number;
  /** `stale` for the mark that a series ended. */
  readonly value: number | 'stale';
}

export class Recording implements Committer {
  /** What `submit` rejects with before it decodes. */
  failure: Error | undefined;
  /** How often `submitLong` was called. */
  long = 0;
  /** Called before and after rows are collected. */
  onStore: (isBusy: boolean) => void = () => undefined;
  /** All rows by table. */
  readonly rows: Record<string, Row[]> = {};
  readonly #seen = new Seen();
  #number = 0n;
  /** By id: the name and labels as in PromQL. */
  readonly #names = new Map<unknown, string>();
  readonly #points = new Map<string, Point[]>();

  async submit({ decode }: Submission): Promise<Outcome> {
    const commit = this.#begin();
    const outcome = commit.append(decode);
    this.#store(commit);
    return outcome;
  }

  async submitLong({ decode }: LongSubmission): Promise<Outcome> {
    this.long++;
    const commit = this.#begin();
    const outcome = await takeInSlices(decode(commit));
    commit.noteSize(true);
    this.#store(commit);
    return outcome;
  }

  #begin(): Commit {
    if (this.failure !== undefined) throw this.failure;
    this.#number++;
    return new Commit({ number: this.#number, mark: firstMark + Number(this.#number) }, this.#seen, createCommitBuffers());
  }

  #store({ buffers }: Commit): void {
    this.#seen.confirm(buffers.claims);
    this.onStore(true);
    this.#collect(Object.fromEntries([...buffers.parts.values()].map(({ batch }) => [batch.table.name, rowsOf(batch)])));
    this.onStore(false);
  }

  async close(): Promise<void> {
    this.#points.clear();
  }

  /** Names of all series that begin so, sorted. */
  series(prefix = ''): string[] {
    return [...this.#points.keys()].filter((name) => name.startsWith(prefix)).toSorted();
  }

  /** Points of a series, as `name{label="value"}`, labels sorted. */
  points(name: string): readonly Point[] {
    return this.#points.get(name) ?? [];
  }

  values(name: string): (number | 'stale')[] {
    return this.points(name).map(({ value }) => value);
  }

  /** The last value of a series. */
  last(name: string): number | 'stale' | undefined {
    return this.values(name).at(-1);
  }

  #collect(batches: Readonly<Record<string, readonly Row[]>>): void {
    for (const row of batches['series'] ?? []) this.#names.set(row['id'], nameOf(row));
    for (const row of [...(batches['samples'] ?? []), ...(batches['native_histograms'] ?? [])]) {
      const name = this.#names.get(row['series_id']);
      if (name === undefined) throw new Error(`the series ${String(row['series_id'])} has points and no row`);
      const points = this.#points.get(name) ?? [];
      this.#points.set(name, points);
      const value = Number(row['flags']) === 1 ? 'stale' : Number(row['value'] ?? row['count']);
      points.push({ timeMs: Number((row['time'] as bigint) / 1_000_000n), value });
    }
    for (const [table, rows] of Object.entries(batches)) (this.rows[table] ??= []).push(...rows);
  }
}

function nameOf(row: Row): string {
  const labels = row['labels'] as readonly (readonly [string, string, string])[];
  const pairs = labels.map(([name, value]) => `${name}=${JSON.stringify(value)}`).toSorted();
  return `${String(row['name'])}{${pairs.join(',')}}`;
}
