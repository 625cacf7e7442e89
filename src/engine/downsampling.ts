/**
 * Keeps the buckets of model/downsamples.ts up to date, in the background, so that storing samples costs nothing more.
 *
 * Every commit says when its samples lie. Once a bucket is over, the buckets of all commits up to a settled one are made (or
 * made again: late samples), and the number of that commit is noted. So after a kill one knows which commits are not in
 * the buckets, and at any time from when on buckets may lack samples: `completeBefore`. A reader takes buckets before that
 * and samples after it, and its answer is that of the samples alone.
 *
 * Only for the engine in this process, whose commits are all this process's own.
 */
import type { Counters } from '../base/counters.ts';
import { downsampleProgress, downsamples } from '../model/downsamples.ts';
import type { Engine } from './engine.ts';
import { fillFromBuckets, fillFromSamples } from './downsample-sql.ts';
import type { BucketRange } from './downsample-sql.ts';
import { raw, sql, text, uint } from './sql.ts';

/** When the samples of a stored commit lie, in Unix milliseconds. */
export interface SampleTimes {
  readonly number: bigint;
  readonly firstMs: number;
  readonly lastMs: number;
}

export interface DownsamplingOptions {
  readonly engine: Engine;
  readonly writer: string;
  readonly counters: Counters;
  /** All commits up to this number are stored or taken back. */
  readonly settled: () => bigint;
  readonly nowMs: () => number;
  /** What could not be done now is tried again. */
  readonly onFault: (thrown: unknown) => void;
}

const tickMs = 30_000;
const dayMs = 86_400_000;

export class Downsampling {
  readonly #options: DownsamplingOptions;
  /** Stored commits that are not in the buckets yet. */
  #pending: SampleTimes[];
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: DownsamplingOptions, pending: readonly SampleTimes[]) {
    this.#options = options;
    this.#pending = [...pending];
  }

  start(): void {
    this.#timer = setInterval(() => void this.#tryTick(), tickMs);
    this.#timer.unref();
  }

  /** To be told of every commit with samples before its requests are answered. */
  noteStored(times: SampleTimes): void {
    this.#pending.push(times);
  }

  /** Buckets that end before this time, in Unix milliseconds, have all samples that were acknowledged. */
  completeBefore(): number {
    return this.#pending.reduce((least, { firstMs }) => Math.min(least, firstMs), Number.POSITIVE_INFINITY);
  }

  /** Waits for what runs; what is pending is found again at the next start. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#running;
  }

  async #tryTick(): Promise<void> {
    if (this.#running !== undefined) return;
    this.#running = this.tick().catch(this.#options.onFault);
    await this.#running;
    this.#running = undefined;
  }

  /** Makes the buckets of all settled commits but those whose last bucket goes on. */
  async tick(): Promise<void> {
    const { engine, writer, settled, nowMs, counters } = this.#options;
    const narrowest = downsamples[0].widthMs;
    const openEndMs = ceilTo(nowMs(), narrowest);
    const bound = settled();
    const waits = (times: SampleTimes): boolean => times.number > bound || ceilTo(times.lastMs, narrowest) === openEndMs;
    const ordered = this.#pending.toSorted((a, b) => (a.number < b.number ? -1 : 1));
    const until = ordered.findIndex(waits);
    const ready = until === -1 ? ordered : ordered.slice(0, until);
    const last = ready.at(-1);
    if (last === undefined) return;
    const ranges = unite(ready.map(({ firstMs, lastMs }) => wholeBuckets(firstMs, lastMs, narrowest)));
    for (const range of ranges.flatMap(byDay)) await this.#fill(range, last.number);
    await engine.command(
      sql`INSERT INTO ${raw(downsampleProgress.name)} (writer, number, at) SELECT ${text(writer)}, ${uint(last.number)}, now64(9, 'UTC')`,
    );
    this.#pending = this.#pending.filter(({ number }) => number > last.number);
    counters.add('sonde_downsampled_commits_total', {}, ready.length);
  }

  async #fill(range: BucketRange, number: bigint): Promise<void> {
    const { engine } = this.#options;
    await engine.command(fillFromSamples(range, number));
    await engine.command(fillFromBuckets(wholeBuckets(range.fromMs + 1, range.toMs, downsamples[1].widthMs), number));
  }
}

/** Finds the commits that an earlier process stored and did not bring into the buckets. */
export async function pendingSamples(engine: Engine, writer: string): Promise<SampleTimes[]> {
  const [done] = await engine.adminRows<{ number: string }>(
    sql`SELECT max(number) AS number FROM ${raw(downsampleProgress.name)} WHERE writer = ${text(writer)}`,
  );
  const number = BigInt(done?.number ?? 0);
  const [days] = await engine.adminRows<{ commits: string; first: string; last: string }>(
    sql`SELECT count() AS commits, min(first_day) AS first, max(last_day) AS last FROM commits
      WHERE writer = ${text(writer)} AND number > ${uint(number)} AND tables LIKE '%samples=%'`,
  );
  if (days === undefined || Number(days.commits) === 0) return [];
  const rows = await engine.adminRows<{ batch: string; first: string; last: string }>(
    sql`SELECT batch, toUnixTimestamp64Milli(min(time)) AS first, toUnixTimestamp64Milli(max(time)) AS last FROM samples
      WHERE batch > ${uint(number)} AND toDate(time) BETWEEN ${text(days.first)} AND ${text(days.last)} GROUP BY batch`,
  );
  return rows.map(({ batch, first, last }) => ({ number: BigInt(batch), firstMs: Number(first), lastMs: Number(last) }));
}

function ceilTo(ms: number, widthMs: number): number {
  return Math.ceil(ms / widthMs) * widthMs;
}

/** The buckets that hold the samples from `firstMs` to `lastMs`. */
function wholeBuckets(firstMs: number, lastMs: number, widthMs: number): BucketRange {
  return { fromMs: ceilTo(firstMs, widthMs) - widthMs, toMs: ceilTo(lastMs, widthMs) };
}

/** Ranges that touch as one, in order. */
function unite(ranges: readonly BucketRange[]): BucketRange[] {
  const united: BucketRange[] = [];
  for (const range of ranges.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = united.at(-1);
    if (last === undefined || range.fromMs > last.toMs) united.push(range);
    else united[united.length - 1] = { fromMs: last.fromMs, toMs: Math.max(last.toMs, range.toMs) };
  }
  return united;
}

/** A range cut at midnight, so that one statement reads no more than a day. */
function byDay({ fromMs, toMs }: BucketRange): BucketRange[] {
  const parts: BucketRange[] = [];
  for (let at = fromMs; at < toMs;) {
    const next = Math.min(toMs, (Math.floor(at / dayMs) + 1) * dayMs);
    parts.push({ fromMs: at, toMs: next });
    at = next;
  }
  return parts;
}
