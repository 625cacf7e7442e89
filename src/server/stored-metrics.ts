/**
 * What this process knows of the metrics that it has stored, so that queries need not ask: series found before, answers given
 * before, samples gathered into buckets. It is told of every commit before the commit's requests are answered. Only for the
 * engine in this process: others write to a server too.
 */
import type { Counters } from '../base/counters.ts';
import type { OwnCommitter, StoredCommit } from '../engine/commit.ts';
import { Downsampling, pendingSamples } from '../engine/downsampling.ts';
import type { Engine } from '../engine/engine.ts';
import { histograms, nativeHistograms, samples, summaries } from '../model/metrics.ts';
import type { QuerySettings } from '../promql/query.ts';
import { ResultCache } from '../promql/result-cache.ts';
import { KnownSeries } from '../promql/store/known-series.ts';
import type { Log } from './log.ts';
import type { Config } from './settings.ts';

export interface StoredMetrics {
  readonly onStored: (commit: StoredCommit) => void;
  /** What queries use of it. */
  readonly settings: Pick<QuerySettings, 'bucketsCompleteBefore' | 'lookup' | 'results'>;
  /** The commits are of this committer. */
  readonly start: (committer: OwnCommitter) => void;
  readonly stop: () => Promise<void>;
}

interface Parts {
  readonly counters: Counters;
  readonly log: Log;
}

/** To be opened before the committer is, so that no commit is missed. */
export async function openStoredMetrics(config: Config, engine: Engine, parts: Parts): Promise<StoredMetrics | undefined> {
  if (engine.kind === 'remote') return undefined;
  const series = new KnownSeries(engine);
  await series.open();
  const results = new ResultCache(config.queryCachePoints);
  const buckets = config.downsampling && engine.features.gridFunctions ? await openBuckets(engine, parts) : undefined;
  return {
    onStored: (commit) => {
      series.noteStored(commit);
      results.noteStored(firstPointMs(commit));
      buckets?.noteStored(commit);
    },
    settings: { lookup: series, results, bucketsCompleteBefore: buckets?.completeBefore },
    start: (committer) => buckets?.start(committer),
    stop: async () => buckets?.stop(),
  };
}

const pointTables = [samples, histograms, nativeHistograms, summaries];

/** When the first point of a commit lies; infinity when it has none. */
function firstPointMs(commit: StoredCommit): number {
  return Math.min(...pointTables.map((table) => commit.timesMs(table)?.firstMs ?? Number.POSITIVE_INFINITY));
}

interface Buckets {
  readonly noteStored: (commit: StoredCommit) => void;
  readonly completeBefore: () => number;
  readonly start: (committer: OwnCommitter) => void;
  readonly stop: () => Promise<void>;
}

/** The writer of an embedded engine. */
const writer = 'local';

async function openBuckets(engine: Engine, { counters, log }: Parts): Promise<Buckets> {
  let settled = (): bigint => 0n;
  const downsampling = new Downsampling(
    {
      engine,
      writer,
      counters,
      settled: () => settled(),
      nowMs: Date.now,
      onFault: (thrown) => log.error('downsampling failed, and will be tried again', thrown),
    },
    await pendingSamples(engine, writer),
  );
  return {
    noteStored: (commit) => {
      const times = commit.timesMs(samples);
      if (times !== undefined) downsampling.noteStored({ number: commit.number, ...times });
    },
    completeBefore: () => downsampling.completeBefore(),
    start: (committer) => {
      settled = () => committer.settled();
      downsampling.start();
    },
    stop: () => downsampling.stop(),
  };
}
