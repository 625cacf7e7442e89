/** What a read API is: a record with its routes, made from the engine. To add one: a folder, and a line in apis.ts. */
import type { Counters } from '../base/counters.ts';
import type { Route } from '../base/http.ts';
import type { Engine, QueryLimits } from '../engine/engine.ts';
import type { QuerySettings } from '../promql/query.ts';
import type { ScrapeStatus } from '../scrape/status.ts';

export interface ReadContext {
  readonly engine: Engine;
  readonly counters: Counters;
  readonly limits: QueryLimits;
  /** Now in Unix nanoseconds; a test sets it. */
  readonly nowNs: () => bigint;
  readonly version: string;
  /** How PromQL queries run. */
  readonly promql: QuerySettings;
  /** PromQL queries that run at a time; others wait. */
  readonly queriesMax: number;
  /** What is scraped; undefined when nothing is. */
  readonly scrape: ScrapeStatus | undefined;
  readonly process: ProcessInfo;
}

/** The process that answers, for status pages. */
export interface ProcessInfo {
  readonly startedNs: bigint;
  readonly hostname: string;
  /** The directory it was started in. */
  readonly directory: string;
  /** How long metrics are kept. */
  readonly retentionMs: number;
}

export interface ReadApi {
  readonly name: string;
  readonly doc: string;
  readonly routes: (context: ReadContext) => readonly Route[];
}
