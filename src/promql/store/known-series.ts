/**
 * Series that this process has found before. A dashboard asks for the same series again and again, and new ones are rare: an answer
 * is kept until a commit stores a series of a name that it may mean. Only where every row is stored by this process, which is told
 * of each commit before its requests are answered.
 */
import { decodeUtf8 } from '../../base/utf8.ts';
import { raw, sql } from '../../engine/sql.ts';
import type { Engine, Scope } from '../../engine/engine.ts';
import type { Matcher } from '../../lang/matchers.ts';
import type { Batch } from '../../model/batch.ts';
import { nativeHistograms, series } from '../../model/metrics.ts';
import type { TableSpec } from '../../model/table.ts';
import { pointSuffixes } from './conditions.ts';
import type { SeriesLookup } from './lookup.ts';
import { findSeries } from './series.ts';
import type { StoredSeries } from './series.ts';

/** Rows of a commit; undefined when it has none of that table. */
export interface StoredRows {
  rowsOf<T extends TableSpec>(table: T): Batch<T> | undefined;
}

/** Series in all answers together. */
const seriesMax = 300_000;
/** Answers with more are not kept. */
const seriesPerAnswerMax = 100_000;

interface Answer {
  /** The name that the matchers demand; undefined when they leave it open. */
  readonly name: string | undefined;
  readonly found: readonly StoredSeries[];
}

const dayNs = 86_400_000_000_000n;

export class KnownSeries implements SeriesLookup {
  readonly #engine: Engine;
  /** By tenant, days and matchers, the one used last at the end. */
  readonly #answers = new Map<string, Answer>();
  #kept = 0;
  /** Of commits with new series: an answer that was being read meanwhile is not kept. */
  #changes = 0;
  /** Metrics with native histograms, of all tenants; undefined until they were read. */
  #histogramMetrics: Set<number> | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /** Reads what was stored before. To be called once, before the first commit. */
  async open(): Promise<void> {
    const rows = await this.#engine.adminRows<{ metric_id: number }>(
      sql`SELECT DISTINCT metric_id FROM ${raw(nativeHistograms.name)}`,
    );
    this.#histogramMetrics = new Set(rows.map(({ metric_id }) => metric_id));
  }

  /** To be told of every commit, before its requests are answered. */
  noteStored(commit: StoredRows): void {
    const histograms = commit.rowsOf(nativeHistograms)?.columns.metric_id;
    if (histograms !== undefined) {
      for (const id of histograms.values.subarray(0, histograms.length)) this.#histogramMetrics?.add(id);
    }
    const names = commit.rowsOf(series)?.columns.name;
    if (names === undefined || names.length === 0) return;
    this.#changes++;
    if (this.#answers.size > 0) this.#forget(textsOf(names));
  }

  mayHaveHistograms(metricId: number): boolean {
    return this.#histogramMetrics?.has(metricId) ?? true;
  }

  async find(scope: Scope, matchers: readonly Matcher[]): Promise<readonly StoredSeries[]> {
    const key = keyOf(scope, matchers);
    const known = this.#answers.get(key);
    if (known !== undefined) {
      this.#answers.delete(key);
      this.#answers.set(key, known);
      return known.found;
    }
    const changes = this.#changes;
    const found = await findSeries(this.#engine, wholeDays(scope), matchers);
    if (changes === this.#changes && found.length <= seriesPerAnswerMax) this.#keep(key, { name: nameOf(matchers), found });
    return found;
  }

  #keep(key: string, answer: Answer): void {
    if (this.#answers.has(key)) return;
    this.#answers.set(key, answer);
    this.#kept += answer.found.length + 1;
    for (const oldest of this.#answers.keys()) {
      if (this.#kept <= seriesMax) break;
      this.#drop(oldest);
    }
  }

  #forget(names: ReadonlySet<string>): void {
    for (const [key, { name }] of this.#answers) if (name === undefined || names.has(name)) this.#drop(key);
  }

  #drop(key: string): void {
    this.#kept -= (this.#answers.get(key)?.found.length ?? 0) + 1;
    this.#answers.delete(key);
  }
}

/** The names in a column, and those that histograms and summaries under them answer to. */
function textsOf(column: Batch<typeof series>['columns']['name']): Set<string> {
  const view = new DataView(column.bytes.buffer, column.bytes.byteOffset);
  const names = new Set<string>();
  for (let row = 0; row < column.length; row++) {
    const name = decodeUtf8(view, column.offsets[row] ?? 0, column.offsets[row + 1] ?? 0);
    if (names.has(name)) continue;
    names.add(name);
    for (const suffix of pointSuffixes) names.add(name + suffix);
  }
  return names;
}

function nameOf(matchers: readonly Matcher[]): string | undefined {
  return matchers.find(({ name, operator }) => name === '__name__' && operator === '=')?.value;
}

/** Series are stored by day, so an answer is that of the days that the time touches. */
function keyOf({ tenant, time }: Scope, matchers: readonly Matcher[]): string {
  const days = time === undefined ? '' : `${time.fromNs / dayNs} ${(time.toNs - 1n) / dayNs}`;
  return JSON.stringify([tenant, days, matchers.map(({ name, operator, value }) => [name, operator, value])]);
}

function wholeDays(scope: Scope): Scope {
  if (scope.time === undefined) return scope;
  const fromNs = (scope.time.fromNs / dayNs) * dayNs;
  return { ...scope, time: { fromNs, toNs: ((scope.time.toNs - 1n) / dayNs + 1n) * dayNs } };
}
