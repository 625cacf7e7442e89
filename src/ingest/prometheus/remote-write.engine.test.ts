/** What remote write stores is in the engine as it was sent, from 1970 to today, and is found by its labels. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openCommitter, temporaryDirectory } from '../../../test/commit/store.ts';
import { exactly } from '../../../test/engine/fill.ts';
import type { Value } from '../../../test/engine/fill.ts';
import { limits } from '../../../test/engine/store.ts';
import { rowsOf } from '../../../test/otlp/rows.ts';
import { readRemoteWriteFixtures } from '../../../test/remote-write/fixtures.ts';
import { writeV2 } from '../../../test/remote-write/messages.ts';
import type { Committer } from '../../engine/commit.ts';
import { openEmbedded } from '../../engine/embedded.ts';
import type { Engine } from '../../engine/engine.ts';
import { migrate } from '../../engine/migrate.ts';
import { Commit, createCommitBuffers } from '../../engine/open-commit.ts';
import { Seen } from '../../engine/seen.ts';
import { raw, sql, text } from '../../engine/sql.ts';
import { labelHashes } from '../../model/attributes.ts';
import { exemplars, metricMetadata, nativeHistograms, samples, series } from '../../model/metrics.ts';
import type { TableSpec } from '../../model/table.ts';
import { decodeV2 } from './decode-v2.ts';
import type { DecodeContext } from './decoding.ts';

const dayMs = 86_400_000;
const longMs = 200 * 365 * dayMs;
const nowNs = BigInt(Date.now()) * 1_000_000n;
const context: DecodeContext = { tenant: 'shop', nowNs, oldestNs: nowNs - BigInt(longMs) * 1_000_000n, newestNs: nowNs };

const directory = temporaryDirectory('remote-write');
let engine: Engine;
let committer: Committer;
let requests = 0;

beforeAll(async () => {
  engine = await openEmbedded({ path: directory.path, memoryBytesMax: 1 << 30, limits });
  await migrate(engine, { retentionMs: { traces: dayMs, logs: dayMs, metrics: longMs } });
  committer = await openCommitter(engine);
});

afterAll(async () => {
  await committer.close();
  await engine.close();
  directory.remove();
});

async function store(decode: typeof decodeV2, body: Uint8Array): Promise<void> {
  const fingerprint = Buffer.alloc(16);
  fingerprint.writeUInt32LE(++requests, 0);
  const outcome = await committer.submit({
    tenant: 'shop',
    signal: 'metrics',
    protocol: 'test',
    fingerprint,
    decode: (open) => decode(body, open, context),
  });
  expect(outcome.rejected).toBe(0);
}

/** Rows of a table as text, but for the number of the commit, sorted. */
async function stored(table: TableSpec): Promise<string[]> {
  const columns = Object.entries(table.columns).filter(([name]) => name !== 'batch');
  const list = columns.map(([name, spec]) => exactly(name, spec).select).join(', ');
  const rows = await engine.adminRows<{ row: string }>(
    raw(`SELECT arrayStringConcat([${list}], ' ') AS row FROM ${table.name}${table.keeps === 'latest' ? ' FINAL' : ''}`),
  );
  return rows.map(({ row }) => row).toSorted();
}

/** The same of rows that a decoder made. */
function expectedRows(table: TableSpec, commit: Commit): string[] {
  const columns = Object.entries(table.columns).filter(([name]) => name !== 'batch');
  return rowsOf(commit.batch(table))
    .map((row) => columns.map(([name, spec]) => exactly(name, spec).show(shown(row[name], spec.kind))).join(' '))
    .toSorted();
}

function shown(value: unknown, kind: string): Value {
  if (kind === 'bytes8' || kind === 'bytes16') return Buffer.from(String(value), 'hex');
  return value as Value;
}

test('every row of real requests comes back as it was', async () => {
  const commit = new Commit({ number: 1n, mark: 3 }, new Seen(), createCommitBuffers());
  for (const { decode, body } of readRemoteWriteFixtures()) {
    commit.append((open) => decode(body, open, context));
    await store(decode, body);
  }
  for (const table of [samples, nativeHistograms, exemplars, series, metricMetadata]) {
    const expected = expectedRows(table, commit);
    expect(expected.length, table.name).toBeGreaterThan(0);
    expect(await stored(table), table.name).toEqual(expected);
  }
});

test('samples of 1970 and of today are kept when metrics are kept for very long', async () => {
  const nowMs = Number(nowNs / 1_000_000n);
  const points = [0, 1, nowMs].map((timeMs, value) => ({ timeMs, value }));
  await store(decodeV2, writeV2([{ labels: ['__name__', 'old'], samples: points }]));
  await engine.command(raw('OPTIMIZE TABLE samples FINAL'));
  const rows = await engine.adminRows<{ ms: string; value: number }>(
    sql`SELECT toUnixTimestamp64Milli(time) AS ms, value FROM samples WHERE metric_id IN (SELECT metric_id FROM series WHERE metric = 'old') ORDER BY time`,
  );
  expect(rows.map(({ ms, value }) => [Number(ms), value])).toEqual(points.map(({ timeMs, value }) => [timeMs, value]));
});

test('series are found by a label through the index', async () => {
  const isFound = sql`indexHint(has(${raw(labelHashes)}, cityHash64(${text('code')}, ${text('500')}))) AND labels[${text('code')}] = ${text('500')}`;
  const rows = await engine.adminRows<{ name: string }>(sql`SELECT name FROM series WHERE ${isFound}`);
  expect(rows).toEqual([{ name: 'requests_total' }]);
});
