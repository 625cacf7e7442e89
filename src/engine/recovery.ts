/**
 * What is done about commits that may be torn: at the start about those that a kill may have torn, before the first request is
 * served, and later about those whose inserts met a fault of the engine.
 *
 * At the start the journal names them (journal.ts). One whose tables hold all announced rows is kept; any other is taken back:
 * it was never acknowledged, and its requests will come again. An insert stores the rows of a data table first and then what the rollups
 * make of them, so a rollup may lack rows that are there, but never has rows that are not: the slices of the rollups that these
 * commits touched are therefore found in the data tables, deleted, and made anew from the rows that stay. Only then the rows of
 * the torn commits are deleted, and last the journal is told. So each step finds what it needs when a kill in between makes
 * everything be done again, and doing it again changes nothing.
 *
 * Deletes are masks over rows (`DELETE FROM`), a day's partition at a time: a rewrite of a day of 20 M spans would take a minute.
 * The engine works them off in its own time, so all are begun before any is waited for. A delete concerns only rows that are
 * there when it is begun: what is made anew right after it stays.
 *
 * The journal is kept for a week: a store that was killed is to be opened again within that time.
 *
 * While this runs no commit of this writer is in flight. Other writers of the same store must not store rows of the same slices
 * meanwhile, or those slices count them twice or not at all.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { known } from '../base/assert.ts';
import { SondeError } from '../base/errors.ts';
import { rollups } from '../model/rollups.ts';
import type { RollupSpec } from '../model/rollups.ts';
import { tables } from '../model/signals.ts';
import type { TableSpec } from '../model/table.ts';
import { checkRoom } from './disk-room.ts';
import type { Engine } from './engine.ts';
import { isRewrite } from './expiry.ts';
import { journalSettled, readJournal } from './journal.ts';
import type { Intent } from './journal.ts';
import { localName, rollupSelect } from './schema.ts';
import { raw, sql, text } from './sql.ts';

export interface Recovered {
  /** The highest commit number used so far. */
  readonly last: bigint;
  /** How many commits were looked at, and how many of them were taken back. */
  readonly checked: number;
  readonly takenBack: number;
}

/** Throws `unavailable` when the engine can not do it now (disk full); it is to be done again then. */
export async function recover(engine: Engine, writer: string): Promise<Recovered> {
  const { last, unsettled } = await readJournal(engine, writer);
  if (unsettled.length === 0) return { last, checked: 0, takenBack: 0 };
  if (engine.kind === 'remote') await endInserts(engine, writer);
  const torn = await settle(engine, unsettled);
  await journalSettled(engine, writer, last, torn);
  return { last, checked: unsettled.length, takenBack: torn.length };
}

/**
 * Keeps the commits that have all their rows and makes their rollups whole; of the others, and of those that are `refused`,
 * every row is removed. Gives these.
 */
export async function settle(engine: Engine, intents: readonly Intent[], refused: readonly Intent[] = []): Promise<Intent[]> {
  const found = await findRows(engine, intents);
  const torn = intents.filter((intent) => refused.includes(intent) || !isWhole(intent, found));
  await remakeSlices(engine, found, torn);
  await deleteRows(engine, found, torn);
  return torn;
}

/** A server may still be at an insert of the process that died: it ends before anything is counted. */
async function endInserts(engine: Engine, writer: string): Promise<void> {
  const its = sql`startsWith(Settings['insert_deduplication_token'], ${text(`${writer}-`)})`;
  await engine.command(sql`KILL QUERY${raw(engine.dialect.onCluster)} WHERE ${its} SYNC`);
}

/** Rows of some commits that are there, by table, day and commit. */
interface Found {
  readonly table: TableSpec;
  /** As `2026-01-31`. */
  readonly day: string;
  readonly number: bigint;
  readonly rows: number;
}

async function findRows(engine: Engine, intents: readonly Intent[]): Promise<Found[]> {
  const names = new Set(intents.flatMap((intent) => [...intent.rows.keys()]));
  const firstDay = Math.min(...intents.map((intent) => intent.firstDay));
  const lastDay = Math.max(...intents.map((intent) => intent.lastDay));
  const found: Found[] = [];
  for (const name of names) {
    const table = tableNamed(name);
    const rows = await engine.adminRows<{ number: string; day: string; n: string }>(
      raw(
        `SELECT batch AS number, toString(toDate(${table.time})) AS day, count() AS n FROM ${name}` +
          ` WHERE ${inCommits(intents)} AND toDate(${table.time}) BETWEEN toDate(${firstDay}) AND toDate(${lastDay})` +
          ' GROUP BY number, day ORDER BY number, day',
      ),
    );
    for (const { number, day, n } of rows) found.push({ table, day, number: BigInt(number), rows: Number(n) });
  }
  return found;
}

function isWhole(intent: Intent, found: readonly Found[]): boolean {
  const stored = new Map<string, number>();
  for (const { table, number, rows } of found) {
    if (number === intent.number) stored.set(table.name, (stored.get(table.name) ?? 0) + rows);
  }
  return [...intent.rows].every(([name, rows]) => stored.get(name) === rows);
}

async function remakeSlices(engine: Engine, found: readonly Found[], without: readonly Intent[]): Promise<void> {
  for (const rollup of rollups) {
    const here = found.filter(({ table }) => table.name === rollup.source);
    const days = distinct(here.map(({ day }) => day));
    if (days.length === 0) continue;
    await remakeRollup(engine, rollup, { days, numbers: distinct(here.map(({ number }) => number)), without });
  }
  await untilDeleted(engine);
}

interface Slices {
  readonly days: readonly string[];
  /** Commits that touched them. */
  readonly numbers: readonly bigint[];
  /** Commits whose rows do not count. */
  readonly without: readonly Intent[];
}

async function remakeRollup(engine: Engine, rollup: RollupSpec, { days, numbers, without }: Slices): Promise<void> {
  const { time } = tableNamed(rollup.source);
  const onDays = `toDate(${time}) IN (${days.map((day) => `'${day}'`).join(', ')})`;
  const touched = `SELECT ${rollup.slice.source} FROM ${rollup.source} WHERE batch IN (${numbers.join(', ')}) AND ${onDays}`;
  for (const day of days) {
    await beginDelete(engine, rollup.name, day, `${rollup.slice.rollup} GLOBAL IN (${touched})`);
  }
  const stays = without.length === 0 ? '1' : `NOT ${inCommits(without)}`;
  const select = rollupSelect(rollup, rollup.source, `${onDays} AND ${rollup.slice.source} GLOBAL IN (${touched}) AND ${stays}`);
  // Slices that come out as they were before must not be taken for a repeated insert.
  await engine.command(raw(`INSERT INTO ${rollup.name} ${select}, insert_deduplicate = 0, distributed_foreground_insert = 1`));
}

async function deleteRows(engine: Engine, found: readonly Found[], torn: readonly Intent[]): Promise<void> {
  const numbers = new Set(torn.map(({ number }) => number));
  const places = new Map<string, { readonly table: TableSpec; readonly day: string }>();
  for (const { table, day, number } of found) if (numbers.has(number)) places.set(`${table.name} ${day}`, { table, day });
  for (const { table, day } of places.values()) {
    await beginDelete(engine, table.name, day, inCommits(torn));
  }
  await untilDeleted(engine);
}

/** Begins a delete; `untilDeleted` waits for it. */
async function beginDelete(engine: Engine, table: string, day: string, condition: string): Promise<void> {
  await checkRoom(engine);
  const { dialect } = engine;
  const target = `${localName(table, dialect)}${dialect.onCluster} IN PARTITION '${day}'`;
  const settings = 'lightweight_deletes_sync = 0, allow_nondeterministic_mutations = 1';
  await engine.command(raw(`DELETE FROM ${target} WHERE ${condition} SETTINGS ${settings}`));
}

const pollMs = 10;

/** Waits until all deletes are done; throws `unavailable` with the reason when the engine fails at one. */
async function untilDeleted(engine: Engine): Promise<void> {
  const { cluster } = engine.dialect;
  const mutations = cluster === undefined ? 'system.mutations' : `clusterAllReplicas('${cluster}', system.mutations)`;
  for (;;) {
    const left = await engine.adminRows<{ table: string; reason: string }>(
      raw(
        `SELECT table, latest_fail_reason AS reason FROM ${mutations} WHERE database = currentDatabase() AND NOT is_done AND NOT ${isRewrite}`,
      ),
    );
    if (left.length === 0) return;
    // Also those that failed: nobody else would have the engine try them again soon.
    if (engine.kind === 'embedded') await hurry(engine, distinct(left.map(({ table }) => table)));
    const failed = left.find(({ reason }) => reason !== '');
    if (failed !== undefined) {
      throw new SondeError('unavailable', `The engine can not delete from ${failed.table} right now: ${failed.reason}`);
    }
    await sleep(pollMs);
  }
}

/** The engine looks for such work up to a second later; being told to go on with it, it looks at once. */
async function hurry(engine: Engine, tables: readonly string[]): Promise<void> {
  for (const table of tables) await engine.command(raw(`SYSTEM START MERGES ${table}`));
}

function inCommits(intents: readonly Intent[]): string {
  return `batch IN (${intents.map(({ number }) => number).join(', ')})`;
}

function tableNamed(name: string): TableSpec {
  return known(
    tables.find((table) => table.name === name),
    `the table ${name}`,
  );
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
