/**
 * Storing on its own: what an insert into the embedded engine costs, and where: in each rollup, each index, and the rest, by
 * leaving one after the other away. Merges stand still meanwhile; what they cost is measured at the end of the full table.
 *
 * Processor time per row in µs, the least of many inserts, so that a busy machine disturbs little.
 *
 *     npm run bench -- inserts [--rows 16000] [--inserts 20] [--signals traces,logs,metrics]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openEmbedded } from '../src/engine/embedded.ts';
import type { Engine } from '../src/engine/engine.ts';
import { migrate } from '../src/engine/migrate.ts';
import { Commit, createCommitBuffers } from '../src/engine/open-commit.ts';
import { Seen } from '../src/engine/seen.ts';
import { raw } from '../src/engine/sql.ts';
import { services } from '../src/ingest/otlp/services.ts';
import type { Batch } from '../src/model/batch.ts';
import { rowCount } from '../src/model/batch.ts';
import { rollups } from '../src/model/rollups.ts';
import { freshen, makeRequest } from './load/requests.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string', default: '16000' },
    inserts: { type: 'string', default: '20' },
    signals: { type: 'string', default: 'traces,logs,metrics' },
  },
});
const rowsPerInsert = Number(values.rows);
const inserts = Number(values.inserts);
const tableOf = { traces: 'spans', logs: 'logs', metrics: 'samples' };
type Signal = keyof typeof tableOf;

const dayMs = 86_400_000;
const hourNs = 3_600_000_000_000n;
const limits = { timeMs: 600_000, memoryBytes: 1e9, rowsRead: 1e12, rowsOut: 1e9 };
let tokens = 0;

/** Rows of the signal's main table, as decoded from requests. */
function decodedRows(signal: Signal): Batch {
  const service = services.find((each) => each.signal === signal);
  if (service === undefined) throw new Error(`no service for ${signal}`);
  const commit = new Commit({ number: 1n, mark: 3 }, new Seen(), createCommitBuffers());
  const nowNs = BigInt(Date.now()) * 1_000_000n;
  const context = { tenant: 'default', nowNs, oldestNs: nowNs - hourNs, newestNs: nowNs + hourNs };
  for (let seed = 1; ; seed++) {
    const request = makeRequest(signal, 1000, seed);
    freshen(request);
    commit.append((open) => service.decode(request.body, open, context));
    const batch = commit.filled('rows').find(({ table }) => table.name === tableOf[signal]);
    if (batch !== undefined && rowCount(batch) >= rowsPerInsert) return batch;
  }
}

async function processorUs(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

async function leastInsertUs(engine: Engine, batches: readonly Batch[]): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let i = 0; i < inserts; i++) {
    const batch = batches[i % batches.length];
    if (batch === undefined) throw new Error('no batch');
    const us = await processorUs(() => engine.insert(batch, `bench-${tokens++}`));
    least = Math.min(least, us / rowCount(batch));
  }
  return least;
}

async function benchSignal(engine: Engine, signal: Signal): Promise<string[]> {
  const table = tableOf[signal];
  const command = (text: string): Promise<void> => engine.command(raw(text));
  const batches = Array.from({ length: 4 }, () => decodedRows(signal));
  await command('SYSTEM STOP MERGES');
  const all = await leastInsertUs(engine, batches);
  const mergedRows = inserts * rowsPerInsert;
  await command('SYSTEM START MERGES');
  const mergeUs = (await processorUs(() => command(`OPTIMIZE TABLE ${table} FINAL`))) / mergedRows;
  const lines = [
    `${signal}: ${all.toFixed(2)} µs per row of ${table}, and ${mergeUs.toFixed(2)} µs each time it is merged; of these`,
  ];
  let before = all;
  const parts = [
    ...rollups.filter(({ source }) => source === table).map(({ name }) => [`rollup ${name}`, `DROP VIEW ${name}_view`] as const),
    ...(batches[0]?.table.indexes ?? []).map((index) => {
      const name = index.split(' ')[0] ?? '';
      return [`index ${name}`, `ALTER TABLE ${table} DROP INDEX ${name}`] as const;
    }),
  ];
  for (const [name, drop] of parts) {
    await command('SYSTEM START MERGES');
    await command(`TRUNCATE TABLE ${table}`);
    await command(drop);
    await command('SYSTEM STOP MERGES');
    const rest = await leastInsertUs(engine, batches);
    lines.push(`  ${name}: ${(before - rest).toFixed(2)}`);
    before = rest;
  }
  await command('SYSTEM START MERGES');
  return [...lines, `  the table itself: ${before.toFixed(2)}`];
}

const path = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
const engine = await openEmbedded({ path, memoryBytesMax: 2e9, limits });
await migrate(engine, { retentionMs: { traces: 14 * dayMs, logs: 14 * dayMs, metrics: 30 * dayMs } });
for (const signal of values.signals.split(',') as Signal[]) {
  for (const line of await benchSignal(engine, signal)) process.stdout.write(`${line}\n`);
}
await engine.close();
rmSync(path, { recursive: true });
