/** Removing metrics that are kept for less time than others, as the settings say. */
import type { Counters } from '../base/counters.ts';
import type { OwnCommitter } from '../engine/commit.ts';
import type { Engine } from '../engine/engine.ts';
import { Expiry } from '../engine/expiry.ts';
import type { Log } from './log.ts';
import { metricRetention } from './metric-retention.ts';
import type { Config } from './settings.ts';

export interface ExpiryParts {
  readonly engine: Engine;
  readonly committer: OwnCommitter;
  readonly counters: Counters;
}

/** Undefined where all metrics are kept alike: then the TTL of their tables is all. */
export function startExpiry(config: Config, { engine, committer, counters }: ExpiryParts, log: Log): Expiry | undefined {
  if (config.retentionMetricsByName.length === 0) return undefined;
  const expiry = new Expiry({
    engine,
    writer: engine.kind === 'embedded' ? 'local' : config.writer,
    retention: metricRetention(config),
    counters,
    settled: () => committer.settled(),
    nowMs: Date.now,
    onFault: (thrown) => log.error('expired metrics were not all removed, which will be tried again', thrown),
  });
  expiry.start();
  return expiry;
}
