/** The scripts of PromQL over a real engine, with push-down on and off: the same answers as over samples in memory. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Counters } from '../../src/base/counters.ts';
import type { Committer } from '../../src/engine/commit.ts';
import { openEmbedded } from '../../src/engine/embedded.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { migrate } from '../../src/engine/migrate.ts';
import { ResultCache } from '../../src/promql/result-cache.ts';
import { KnownSeries } from '../../src/promql/store/known-series.ts';
import { openCommitter, temporaryDirectory } from '../commit/store.ts';
import { engineSubject } from '../promql/engine-subject.ts';
import { knownFailures } from '../promql/known-failures.ts';
import { runScript } from '../promql/run-script.ts';

const own = join(import.meta.dirname, '../scripts/promql');
const prometheus = join(import.meta.dirname, '../../../shared/conformance/promql');
const dayMs = 86_400_000;
/** Over samples in memory the queries are asked in other words as well; here that takes a quarter of an hour. */
const replays = process.env['SONDE_PROMQL_REPLAYS'] === 'true';
/** The scripts begin in 1970. */
const retentionMs = { traces: dayMs, logs: dayMs, metrics: 36_500 * dayMs };

const directory = temporaryDirectory('promql');
let engine: Engine;
let committer: Committer;
let series: KnownSeries;
const results = new ResultCache(1_000_000);
beforeAll(async () => {
  const limits = { timeMs: 100_000, memoryBytes: 512 << 20, rowsRead: 1e9, rowsOut: 1e7 };
  engine = await openEmbedded({ path: directory.path, memoryBytesMax: 1 << 30, limits });
  await migrate(engine, { retentionMs });
  series = new KnownSeries(engine);
  await series.open();
  committer = await openCommitter(engine, { maxWaitMs: 1 }, new Counters(), (commit) => {
    series.noteStored(commit);
    // The scripts ask again for what they have loaded since.
    results.noteStored(-Infinity);
  });
});
afterAll(async () => {
  await committer.close();
  await engine.close();
  directory.remove();
});

describe.each([{ pushDown: true }, { pushDown: false }])('with push-down and memory $pushDown', ({ pushDown }) => {
  const runs = (folder: string, file: string): void => {
    test(`${file} comes out as it says`, { timeout: 300_000 }, async () => {
      const means = pushDown ? { pushDown, lookup: series, results } : { pushDown };
      const subject = engineSubject(engine, committer, means);
      const outcomes = await runScript(readFileSync(join(folder, file), 'utf8'), subject, { replays });
      const known = new Set(knownFailures.filter((failure) => failure.file === file).map(({ line }) => line));
      const failed = outcomes.filter(({ line, fault }) => fault !== undefined && !known.has(line));
      expect(outcomes.length).toBeGreaterThan(0);
      expect(failed.map(({ line, text, fault }) => `line ${line}: ${text}: ${fault}`)).toEqual([]);
    });
  };
  for (const file of scriptsIn(own)) runs(own, file);
  // Prometheus's scripts are not part of the repository: they are run where a copy lies beside it.
  describe.skipIf(!existsSync(prometheus))('the scripts of Prometheus', () => {
    for (const file of existsSync(prometheus) ? scriptsIn(prometheus) : []) runs(prometheus, file);
  });
});

function scriptsIn(folder: string): string[] {
  return readdirSync(folder).filter((file) => file.endsWith('.test'));
}
