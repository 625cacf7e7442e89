/** What a read API is: a record with its routes, made from the engine. To add one: a folder, and a line in apis.ts. */
import type { Counters } from '../base/counters.ts';
import type { Route } from '../base/http.ts';
import type { Engine, QueryLimits } from '../engine/engine.ts';

export interface ReadContext {
  readonly engine: Engine;
  readonly counters: Counters;
  readonly limits: QueryLimits;
  /** Now in Unix nanoseconds; a test sets it. */
  readonly nowNs: () => bigint;
  readonly version: string;
}

export interface ReadApi {
  readonly name: string;
  readonly doc: string;
  readonly routes: (context: ReadContext) => readonly Route[];
}
