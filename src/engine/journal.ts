/**
 * The journal of group commits, in the table `commits`: what is written to it and how it is read at the next start.
 *
 * - An intent is stored before the first row of its commit, perhaps more than once. It says how many rows each table will get,
 *   on which days they lie, and which requests they answer.
 * - Every row carries `settled`: all commits of this writer up to that number are finished, that is stored with all their
 *   rollups, or taken back. So the commits that a kill may have torn are those above the highest `settled`: a few, or none
 *   after an orderly end, whose last row is of state `settled`.
 * - A commit that was taken back gets a row that says so. Its number is never used again.
 *
 * A commit's number is the time in milliseconds (42 bits) and 22 random bits, and higher than all numbers that the writer used
 * before: so it is unique, in order, and says when it was begun.
 */
import { createBatch } from '../model/batch.ts';
import type { Batch } from '../model/batch.ts';
import { commits, commitState } from '../model/commits.ts';
import type { Engine } from './engine.ts';
import { fingerprintBytes, fingerprintKeys } from './fingerprints.ts';
import { raw, sql, text, uint } from './sql.ts';

/** A commit as it was announced. */
export interface Intent {
  readonly number: bigint;
  /** Rows by the name of each table whose rows carry commit numbers. */
  readonly rows: ReadonlyMap<string, number>;
  /** UTC days of the rows, the first and the last, in days since 1970-01-01. */
  readonly firstDay: number;
  readonly lastDay: number;
}

export interface JournalRow {
  readonly writer: string;
  readonly number: bigint;
  readonly state: keyof typeof commitState;
  readonly settled: bigint;
  readonly intent?: Intent;
  /** Keys of the requests that the commit answers (fingerprints.ts). */
  readonly requests?: readonly string[];
}

export type JournalBatch = Batch<typeof commits>;

export function createJournalBatch(): JournalBatch {
  return createBatch(commits);
}

export function appendJournalRow({ columns }: JournalBatch, row: JournalRow): void {
  const { intent, requests = [] } = row;
  columns.writer.appendText(row.writer);
  columns.number.appendBig(row.number);
  columns.at.appendBig(BigInt(Date.now()) * 1_000_000n);
  columns.state.append(commitState[row.state]);
  columns.settled.appendBig(row.settled);
  columns.tables.appendText([...(intent?.rows ?? [])].map(([table, rows]) => `${table}=${rows}`).join(' '));
  const fingerprints = fingerprintBytes(requests);
  columns.fingerprints.append(fingerprints, 0, fingerprints.length);
  columns.first_day.append(intent?.firstDay ?? 0);
  columns.last_day.append(intent?.lastDay ?? 0);
}

/** Notes that all commits up to `settled` are finished, and which of them were taken back. */
export async function journalSettled(
  engine: Engine,
  writer: string,
  settled: bigint,
  takenBack: readonly Intent[] = [],
): Promise<void> {
  const batch = createJournalBatch();
  for (const { number } of takenBack) appendJournalRow(batch, { writer, number, state: 'takenBack', settled });
  appendJournalRow(batch, { writer, number: settled, state: 'settled', settled });
  await engine.insert(batch, `${writer}-settled-${settled.toString(16)}-${Date.now()}`);
}

const randomBits = 22;

/** A number for a commit that begins now; `last` is the highest that the writer has used. */
export function nextNumber(last: bigint, nowMs: number): bigint {
  const number = firstNumberAt(nowMs) | BigInt(Math.floor(Math.random() * 2 ** randomBits));
  return number > last ? number : last + 1n;
}

/** No commit that began at or after this time has a lower number. */
function firstNumberAt(ms: number): bigint {
  return BigInt(Math.max(0, Math.floor(ms))) << BigInt(randomBits);
}

export interface Journal {
  /** The highest number used, 0 when none was. */
  readonly last: bigint;
  /** Commits that are not known to be finished, in order. */
  readonly unsettled: readonly Intent[];
}

/** How many of the last rows are looked at for the highest `settled`; more than there ever are commits in flight. */
const lastRows = 1000;

export async function readJournal(engine: Engine, writer: string): Promise<Journal> {
  const [head] = await engine.adminRows<{ last: string; settled: string }>(
    sql`SELECT max(number) AS last, max(settled) AS settled FROM
      (SELECT number, settled FROM commits WHERE writer = ${text(writer)} ORDER BY number DESC LIMIT ${raw(String(lastRows))})`,
  );
  const last = BigInt(head?.last ?? 0);
  const settled = BigInt(head?.settled ?? 0);
  if (last === settled) return { last, unsettled: [] };
  const rows = await engine.adminRows<IntentRow>(
    sql`SELECT number, tables, toUInt16(first_day) AS first, toUInt16(last_day) AS last
      FROM commits WHERE writer = ${text(writer)} AND number > ${uint(settled)} AND state = ${state('intent')}
        AND number NOT IN (${takenBackSince(writer, settled)})
      ORDER BY number LIMIT 1 BY number`,
  );
  return { last, unsettled: rows.map(intentOf) };
}

interface IntentRow {
  readonly number: string;
  readonly tables: string;
  readonly first: number;
  readonly last: number;
}

function intentOf({ number, tables, first, last }: IntentRow): Intent {
  const rows = new Map<string, number>();
  for (const [, table = '', count] of tables.matchAll(/(\w+)=(\d+)/g)) rows.set(table, Number(count));
  return { number: BigInt(number), rows, firstDay: first, lastDay: last };
}

/** The UTC days on which rows of commits lie that are not known to be finished, of all writers; a range for each commit. */
export async function daysUnsettled(engine: Engine): Promise<Pick<Intent, 'firstDay' | 'lastDay'>[]> {
  return engine.adminRows(
    sql`SELECT toUInt16(first_day) AS firstDay, toUInt16(last_day) AS lastDay FROM commits
      GLOBAL INNER JOIN (SELECT writer, max(settled) AS finished FROM commits GROUP BY writer) AS heads USING (writer)
      WHERE number > finished AND state = ${state('intent')}`,
  );
}

/** A request of an earlier process. */
export interface StoredRequest {
  readonly key: string;
  readonly atMs: number;
}

/** Requests of commits that began since then and were not taken back, the oldest first, at most `requestsMax` of the newest. */
export async function readRequests(
  engine: Engine,
  writer: string,
  sinceMs: number,
  requestsMax: number,
): Promise<StoredRequest[]> {
  const since = firstNumberAt(sinceMs);
  // A commit without data rows proves nothing by their being there, so its requests may come again.
  const rows = await engine.adminRows<{ hex: string; ms: string }>(
    sql`SELECT hex(fingerprints) AS hex, toUnixTimestamp64Milli(at) AS ms FROM commits
      WHERE writer = ${text(writer)} AND number >= ${uint(since)} AND state = ${state('intent')} AND tables != ''
        AND number NOT IN (${takenBackSince(writer, since)})
      ORDER BY number DESC LIMIT ${raw(String(requestsMax))}`,
  );
  const requests: StoredRequest[] = [];
  for (const { hex, ms } of rows) {
    for (const key of fingerprintKeys(Buffer.from(hex, 'hex')).toReversed()) {
      if (requests.length < requestsMax) requests.push({ key, atMs: Number(ms) });
    }
  }
  return requests.toReversed();
}

function takenBackSince(writer: string, number: bigint): ReturnType<typeof sql> {
  return sql`SELECT number FROM commits WHERE writer = ${text(writer)} AND number >= ${uint(number)} AND state = ${state('takenBack')}`;
}

function state(name: keyof typeof commitState): ReturnType<typeof raw> {
  return raw(String(commitState[name]));
}
