/**
 * Removes metrics that are kept for less time than others: docs/decisions/retention.md says why not by TTLs. The TTL of their tables
 * is the longest retention of any metric.
 *
 * A day is over for a metric when its last moment is past the metric's retention. Then the metric's rows of that day are removed
 * from each table in turn, by a rewrite of the day's partition without them. Rows of `series` go last: they say which name an id
 * of a metric has. Two names may share an id: it is kept as long as the longer of them.
 *
 * Days that a commit has touched of which it is not known that it is finished are left for later: a recovery counts its rows
 * (recovery.ts). What can not be done now is tried again at the next tick, and what a kill interrupted the engine goes on with.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Counters } from '../base/counters.ts';
import { SondeError } from '../base/errors.ts';
import type { MetricRetention } from '../model/metric-retention.ts';
import { nameCharactersMax, retentionsMs } from '../model/metric-retention.ts';
import { series } from '../model/metrics.ts';
import type { TableSpec } from '../model/table.ts';
import type { Engine } from './engine.ts';
import { daysUnsettled, journalSettled } from './journal.ts';
import { localName, storedTables } from './schema.ts';
import { raw } from './sql.ts';
import { quoted } from './statement.ts';

export interface ExpiryOptions {
  readonly engine: Engine;
  readonly writer: string;
  readonly retention: MetricRetention;
  readonly counters: Counters;
  /** All commits of the writer up to this number are stored or taken back. */
  readonly settled: () => bigint;
  readonly nowMs: () => number;
  /** What could not be done now is tried again. */
  readonly onFault: (thrown: unknown) => void;
}

/** Metrics that are kept for at most `keptMs` are over on the days from `firstDay` to `lastDay`, in days since 1970-01-01. */
export interface Over {
  readonly keptMs: number;
  readonly firstDay: number;
  readonly lastDay: number;
}

const tickMs = 300_000;
const dayMs = 86_400_000;
const pollMs = 50;
/** Requests that were decoded when their rows were not too old yet have been stored, or announced in the journal, by then. */
const slackMs = 3_600_000;
/** Left free by a rewrite, which for a while holds what stays of a partition twice. */
const roomBytes = 32 << 20;

const tables: readonly TableSpec[] = [
  ...storedTables.filter((table) => table !== series && 'metric_id' in table.columns),
  series,
];

/**
 * What is over at a time: every day at most once, with the longest retention that it is past. Days past the longest retention of
 * all are left out, as the TTL drops them.
 */
export function overAt(retention: MetricRetention, nowMs: number): readonly Over[] {
  const kept = retentionsMs(retention);
  const lastDayOf = (keptMs: number): number => Math.floor((nowMs - slackMs - keptMs) / dayMs) - 1;
  return kept
    .flatMap((keptMs, i) => {
      const longerMs = kept[i + 1];
      return longerMs === undefined
        ? []
        : [{ keptMs, firstDay: Math.max(lastDayOf(longerMs) + 1, 0), lastDay: lastDayOf(keptMs) }];
    })
    .filter(({ firstDay, lastDay }) => firstDay <= lastDay);
}

export class Expiry {
  readonly #options: ExpiryOptions;
  readonly #stop = new AbortController();
  /** What was over when everything was removed that could be. */
  #done = '';
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;

  constructor(options: ExpiryOptions) {
    this.#options = options;
  }

  /** Looks at once, and then at each tick; there is nothing to do but after a day has ended. */
  start(): void {
    this.#timer = setInterval(() => void this.#tryTick(), tickMs);
    this.#timer.unref();
    void this.#tryTick();
  }

  /** Does not wait for a rewrite that runs: the engine ends it, or goes on with it at the next start. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stop.abort();
    await this.#running;
  }

  async #tryTick(): Promise<void> {
    if (this.#running !== undefined) return;
    this.#running = this.tick().catch((thrown: unknown) => {
      if (!this.#stop.signal.aborted) this.#options.onFault(thrown);
    });
    await this.#running;
    this.#running = undefined;
  }

  /** Removes all that is over. */
  async tick(): Promise<void> {
    const over = overAt(this.#options.retention, this.#options.nowMs());
    const key = JSON.stringify(over);
    if (key === this.#done) return;
    let isAll = true;
    for (const table of tables) isAll = (await this.#removeFrom(table, over)) && isAll;
    if (isAll) this.#done = key;
  }

  /** Gives whether all rows that are over are gone. */
  async #removeFrom(table: TableSpec, over: readonly Over[]): Promise<boolean> {
    const { engine, counters, writer, settled } = this.#options;
    await this.#untilRewritten(table);
    let isAll = true;
    for (const each of over) {
      const days = await this.#daysOf(table, each);
      if (days.length === 0) continue;
      // So that the last commit of a store that rests does not keep its days for ever.
      await journalSettled(engine, writer, settled());
      const unsettled = await daysUnsettled(engine);
      for (const { day, rows } of days) {
        if (unsettled.some(({ firstDay, lastDay }) => day >= firstDay && day <= lastDay)) isAll = false;
        else {
          await this.#rewrite(table, day, each.keptMs);
          counters.add('sonde_expired_rows_total', { table: table.name }, rows);
        }
      }
    }
    return isAll;
  }

  /** The days on which a table has rows that are over. */
  async #daysOf(table: TableSpec, { keptMs, firstDay, lastDay }: Over): Promise<{ day: number; rows: number }[]> {
    const rows = await this.#options.engine.adminRows<{ day: number; n: string }>(
      raw(
        `SELECT toUInt16(toDate(${table.time})) AS day, count() AS n FROM ${table.name}` +
          ` WHERE toDate(${table.time}) BETWEEN toDate(${firstDay}) AND toDate(${lastDay})` +
          ` AND metric_id GLOBAL IN (${this.#idsKept(keptMs, series.name)}) GROUP BY day ORDER BY day`,
      ),
    );
    return rows.map(({ day, n }) => ({ day, rows: Number(n) }));
  }

  async #rewrite(table: TableSpec, day: number, keptMs: number): Promise<void> {
    const { engine } = this.#options;
    const { dialect } = engine;
    const local = localName(table.name, dialect);
    const date = new Date(day * dayMs).toISOString().slice(0, 10);
    await this.#checkRoom(local, date);
    await engine.command(
      raw(
        `ALTER TABLE ${local}${dialect.onCluster} DELETE IN PARTITION '${date}'` +
          ` WHERE metric_id IN (${this.#idsKept(keptMs, localName(series.name, dialect))})` +
          ' SETTINGS mutations_sync = 0, allow_nondeterministic_mutations = 1',
      ),
    );
    await this.#untilRewritten(table);
  }

  /** SQL of the ids of metrics that are kept for at most this long. */
  #idsKept(mostMs: number, from: string): string {
    const { rules, otherMs } = this.#options.retention;
    const cases = rules.map(({ pattern, keptMs }) => `match(metric, ${quoted(`^(?s:${pattern})$`)}), ${keptMs}`);
    const kept = `multiIf(lengthUTF8(metric) > ${nameCharactersMax}, ${otherMs}, ${[...cases, otherMs].join(', ')})`;
    return `SELECT metric_id FROM ${from} GROUP BY metric_id HAVING max(${kept}) <= ${mostMs}`;
  }

  async #checkRoom(table: string, date: string): Promise<void> {
    const [disk] = await this.#options.engine.adminRows<{ free: string; bytes: string }>(
      raw(
        'SELECT (SELECT min(free_space) FROM system.disks) AS free, sum(bytes_on_disk) AS bytes FROM system.parts' +
          ` WHERE database = currentDatabase() AND table = '${table}' AND active AND partition = '${date}'`,
      ),
    );
    if (disk === undefined || Number(disk.free) >= Number(disk.bytes) + roomBytes) return;
    throw new SondeError(
      'unavailable',
      `Removing expired rows of ${date} from ${table} takes up to ${disk.bytes} bytes and ${roomBytes} more; ${disk.free} are free.`,
    );
  }

  /** Waits for the rewrites of a table. One that the engine fails at is called off: `unavailable`, with the reason. */
  async #untilRewritten(table: TableSpec): Promise<void> {
    const { engine } = this.#options;
    const { cluster, onCluster } = engine.dialect;
    const local = localName(table.name, engine.dialect);
    const mutations = cluster === undefined ? 'system.mutations' : `clusterAllReplicas('${cluster}', system.mutations)`;
    for (;;) {
      const left = await engine.adminRows<{ database: string; id: string; reason: string }>(
        raw(
          `SELECT database, mutation_id AS id, latest_fail_reason AS reason FROM ${mutations}` +
            ` WHERE database = currentDatabase() AND table = '${local}' AND NOT is_done AND ${isRewrite}`,
        ),
      );
      if (left.length === 0) return;
      const failed = left.find(({ reason }) => reason !== '');
      if (failed !== undefined) {
        const which = `database = ${quoted(failed.database)} AND table = '${local}' AND mutation_id = ${quoted(failed.id)}`;
        await engine.command(raw(`KILL MUTATION${onCluster} WHERE ${which}`));
        throw new SondeError('unavailable', `The engine can not remove expired rows from ${local} right now: ${failed.reason}`);
      }
      // The engine in this process looks for such work up to a second later; being told to go on with it, it looks at once.
      if (engine.kind === 'embedded') await engine.command(raw(`SYSTEM START MERGES ${local}`));
      await sleep(pollMs, undefined, { signal: this.#stop.signal });
    }
  }
}

/** Of a mutation: that it rewrites parts, as the deletes here do and those of recovery.ts, which only mask rows, do not. */
export const isRewrite = "(command LIKE 'DELETE %' OR command LIKE '(DELETE %')";
