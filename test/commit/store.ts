/** A store on a directory, with its schema, and the limits of committers in tests. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Counters } from '../../src/base/counters.ts';
import type { CommitLimits, OwnCommitter, StoredCommit } from '../../src/engine/commit.ts';
import { createCommitter } from '../../src/engine/committer.ts';
import { openEmbedded } from '../../src/engine/embedded.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { migrate } from '../../src/engine/migrate.ts';

const testLimits: CommitLimits = {
  maxWaitMs: 50,
  maxBytes: 1 << 20,
  maxBytesInFlight: 32 << 20,
  maxInFlight: 2,
  maxStallMs: 5000,
  rememberMs: 3_600_000,
  rememberRequests: 100_000,
};

const dayMs = 86_400_000;

export async function openStore(path: string): Promise<Engine> {
  const engine = await openEmbedded({
    path,
    memoryBytesMax: 1 << 30,
    limits: { timeMs: 30_000, memoryBytes: 512 << 20, rowsRead: 1e9, rowsOut: 1e7 },
  });
  await migrate(engine, { retentionMs: { traces: 14 * dayMs, logs: 14 * dayMs, metrics: 30 * dayMs } });
  return engine;
}

export function openCommitter(
  engine: Engine,
  limits: Partial<CommitLimits> = {},
  counters = new Counters(),
  onStored: (commit: StoredCommit) => void = () => undefined,
): Promise<OwnCommitter> {
  return createCommitter(engine, { writer: 'test', counters, limits: { ...testLimits, ...limits }, onStored });
}

/** A new directory, and what removes it. */
export function temporaryDirectory(name: string): { readonly path: string; readonly remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), `sonde-${name}-`));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
