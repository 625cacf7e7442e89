/**
 * Sonde is killed at random moments under load, start-ups included, again and again on one data directory. At the end every
 * request is acknowledged, as clients repeat what was not, and the store holds each of their rows once. SONDE_TEST_SEED repeats
 * a run's load and moments, as far as two machines can be made to agree on moments.
 */
import { afterAll, expect, it } from 'vitest';
import { startClients } from '../commit/clients.ts';
import { faultsOf } from '../commit/load.ts';
import { compileProgram, startProgram } from '../commit/program.ts';
import type { RunningProgram } from '../commit/program.ts';
import { openStore, temporaryDirectory } from '../commit/store.ts';
import { readJournal } from '../../src/engine/journal.ts';
import { storedTables } from '../../src/engine/schema.ts';
import { raw } from '../../src/engine/sql.ts';
import { rollups } from '../../src/model/rollups.ts';
import { randomOf } from '../otlp/wild-wire.ts';

const kills = Number(process.env['SONDE_TEST_KILLS'] ?? 55);
const seed = Number(process.env['SONDE_TEST_SEED'] ?? Date.now() % 2 ** 31);

/** Several commits are stored at a time. */
const smallCommits = ['--commit-bytes', '32KiB', '--commits-in-flight', '3'];

const program = compileProgram();
const directory = temporaryDirectory('crash');

afterAll(() => {
  program.remove();
  directory.remove();
}, 120_000);

it(`keeps what it acknowledged, once, through ${kills} kills`, { timeout: 600_000 }, async () => {
  await removeOldPartsSoon();
  const random = randomOf(seed);
  const clients = startClients({ count: 6, rowsMax: 300, random });
  const tally: Tally = { startsKilled: 0, checked: 0, takenBack: 0, duplicates: 0, slowestStartMs: 1000 };
  for (let kill = 0; kill < kills; kill++) {
    const run = startProgram(program, directory.path, random(2) === 0 ? [] : smallCommits);
    if (random(5) === 0) {
      await pause(random(tally.slowestStartMs));
      tally.startsKilled++;
    } else {
      await readyFor(run, tally);
      const enough = clients.acknowledged.length + random(30);
      clients.send((await run.ready).otlp);
      for (let waits = 0; waits < 20 && clients.acknowledged.length < enough; waits++) await pause(100);
      await addCounters(run, tally);
      await pause(random(200));
    }
    run.process.kill('SIGKILL');
    clients.send(undefined);
    await run.ended;
  }
  const last = startProgram(program, directory.path);
  await readyFor(last, tally);
  clients.send((await last.ready).otlp);
  await clients.finish();
  await addCounters(last, tally);
  last.process.kill('SIGTERM');
  await last.ended;
  expect(last.process.exitCode).toBe(0);

  const { acknowledged, refused } = clients;
  const rows = acknowledged.reduce((sum, request) => sum + request.rows, 0);
  console.log({ seed, kills, requests: acknowledged.length, rows, refused: Object.fromEntries(refused), ...tally });
  const engine = await openStore(directory.path);
  const faults = await faultsOf(engine, acknowledged);
  const { unsettled } = await readJournal(engine, 'local');
  await engine.close();
  expect(faults).toEqual([]);
  expect(unsettled).toEqual([]);
  // The kills did hit commits, and clients did repeat what was stored already.
  expect(tally.takenBack).toBeGreaterThan(0);
  expect(tally.checked).toBeGreaterThan(tally.takenBack);
  expect(tally.duplicates).toBeGreaterThan(0);
});

/** Parts that were merged or rewritten stay for minutes, which here would be hundreds of thousands of files. */
async function removeOldPartsSoon(): Promise<void> {
  const engine = await openStore(directory.path);
  for (const { name } of [...storedTables, ...rollups]) {
    await engine.command(raw(`ALTER TABLE ${name} MODIFY SETTING old_parts_lifetime = 5`));
  }
  await engine.close();
}

interface Tally {
  startsKilled: number;
  checked: number;
  takenBack: number;
  duplicates: number;
  slowestStartMs: number;
}

async function readyFor(run: RunningProgram, tally: Tally): Promise<void> {
  const beganMs = performance.now();
  await run.ready;
  tally.slowestStartMs = Math.max(tally.slowestStartMs, Math.round(performance.now() - beganMs));
}

async function addCounters(run: RunningProgram, tally: Tally): Promise<void> {
  const text = await (await fetch(`${(await run.ready).main}/metrics`)).text();
  tally.checked += sumOf(text, 'sonde_recovery_commits_checked_total');
  tally.takenBack += sumOf(text, 'sonde_recovery_commits_taken_back_total');
  tally.duplicates += sumOf(text, 'sonde_duplicate_requests_total');
}

function sumOf(text: string, name: string): number {
  const values = [...text.matchAll(new RegExp(`^${name}(?:\\{.*\\})? (\\S+)`, 'gm'))].map(([, value]) => Number(value));
  return values.reduce((sum, value) => sum + value, 0);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
