/**
 * Queries of databases: spans within the request that makes them, durations and pools. The instrumentation of a library is loaded with
 * the library, and no sooner.
 */
import { createRequire } from 'node:module';
import { createNoopMeter } from '@opentelemetry/api';
import { kit } from '../kit.ts';
import type { Meters } from '../metric/meters.ts';
import { unhooked, watchLazily } from '../modules/instrumentations.ts';
import type { PackagePatch } from '../modules/instrumentations.ts';
import type { Watchable } from '../settings.ts';
import type { Scope } from '../trace/span.ts';
import type { Tracing } from '../trace/tracer.ts';
import type { DatabaseLibrary } from './library.ts';
import { mongodb } from './mongodb.ts';
import { mysql2 } from './mysql2.ts';
import { pg } from './pg.ts';
import { Pools, poolWait } from './pools.ts';
import { ioredis, redis } from './redis.ts';
import { databaseTracers, operationDuration, operationMeasurer } from './spans.ts';

const libraries: readonly DatabaseLibrary[] = [pg, mysql2, redis, ioredis, mongodb];

export interface DatabaseOptions {
  readonly tracing: Tracing;
  readonly meters: Meters;
  readonly watched: ReadonlySet<Watchable>;
  readonly warn: (message: string) => void;
}

const scope: Scope = { name: `${kit.name}/database`, version: kit.version, schemaUrl: '' };

/** Watches every copy of the libraries that is loaded; returns what ends that. */
export function watchDatabases({ tracing, meters, watched, warn }: DatabaseOptions): () => void {
  const measure = operationMeasurer(meters.distribution(scope, operationDuration));
  const pools = new Pools(meters.provider.getMeter(scope.name, scope.version), meters.distribution(scope, poolWait));
  const require = createRequire(import.meta.url);
  const load = (library: DatabaseLibrary): readonly PackagePatch[] => {
    const instrumentation = unhooked(() => library.instrument(require));
    instrumentation.setTracerProvider(databaseTracers({ ...tracing, library, measure }));
    // What is to be measured, the kit measures: for all libraries the same.
    instrumentation.setMeterProvider({ getMeter: createNoopMeter });
    return [...(library.patches?.(pools) ?? []), ...instrumentation.getModuleDefinitions()];
  };
  const ends = libraries
    .filter(({ name }) => watched.has(name))
    .map((library) => watchLazily({ packages: library.packages, load: () => load(library), warn }));
  return () => {
    for (const end of ends) end();
    pools.stop();
  };
}
