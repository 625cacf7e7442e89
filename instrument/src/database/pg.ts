/** PostgreSQL by `pg` and `pg-pool`, by OpenTelemetry's instrumentation. Its metrics of pools mix up several pools; ours are asked for. */
import type { PgInstrumentation } from '@opentelemetry/instrumentation-pg';
import type { PackagePatch } from '../modules/instrumentations.ts';
import { replaceMethod, restoreMethod, textOf } from './library.ts';
import type { DatabaseLibrary, Method } from './library.ts';
import type { PoolReader, Pools } from './pools.ts';
import { readStatement } from './sql.ts';

export const pg: DatabaseLibrary = {
  name: 'pg',
  packages: ['pg', 'pg-pool'],
  instrument(require) {
    const loaded = require('@opentelemetry/instrumentation-pg') as { PgInstrumentation: typeof PgInstrumentation };
    return new loaded.PgInstrumentation({ enabled: false });
  },
  patches: (pools) => [poolPatch(pools)],
  isOwn: isConnect,
  read: (spanName, attributes) =>
    isConnect(spanName) ? 'connection' : readStatement(textOf(attributes, 'db.query.text') ?? '', 'standard'),
  // SQLSTATE (PostgreSQL, appendix A).
  answerCodes: /^[0-9FHPX][0-9A-Z]{4}$/,
};

function isConnect(spanName: string): boolean {
  return spanName === 'pg.connect' || spanName === 'pg-pool.connect';
}

interface PgPool {
  readonly options: {
    readonly connectionString?: string;
    readonly host?: string;
    readonly port?: number | string;
    readonly database?: string;
    readonly max?: number;
  };
  readonly totalCount: number;
  readonly idleCount: number;
  readonly waitingCount: number;
  readonly ended: boolean;
}

const reader: PoolReader<PgPool> = {
  name({ options }) {
    const url = parse(options.connectionString);
    const host = url?.hostname || options.host || 'localhost';
    const port = url?.port || options.port || 5432;
    return `${host}:${port}/${url?.pathname.slice(1) || options.database || ''}`;
  },
  state: ({ ended, totalCount, idleCount, waitingCount, options }) =>
    ended ? undefined : { used: totalCount - idleCount, idle: idleCount, waiting: waitingCount, max: options.max },
};

function parse(url: string | undefined): URL | undefined {
  return url !== undefined && URL.canParse(url) ? new URL(url) : undefined;
}

type Connected = (...args: unknown[]) => void;

function poolPatch(pools: Pools): PackagePatch {
  const watch = (connect: Method): Method =>
    function watchedConnect(this: PgPool, callback?: Connected) {
      const obtained = pools.asked(this, reader);
      if (typeof callback !== 'function') {
        const connecting = Reflect.apply(connect, this, []) as Promise<unknown> | undefined;
        connecting?.then(obtained, obtained);
        return connecting;
      }
      const called: Connected = (...args) => {
        obtained();
        callback(...args);
      };
      return Reflect.apply(connect, this, [called]);
    };
  return {
    name: 'pg-pool',
    supportedVersions: ['>=2.0.0 <4'],
    patch: ({ prototype }: { readonly prototype: object }) => replaceMethod(prototype, 'connect', watch),
    unpatch: ({ prototype }: { readonly prototype: object }) => restoreMethod(prototype, 'connect'),
    files: [],
  };
}
