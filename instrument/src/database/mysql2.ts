/**
 * MySQL and MariaDB by `mysql2`, by OpenTelemetry's instrumentation. Besides that, a query that waits for a connection of a pool stays
 * in the context of who made it: the pool calls back in that of whoever gives a connection back.
 */
import { context } from '@opentelemetry/api';
import type { MySQL2Instrumentation } from '@opentelemetry/instrumentation-mysql2';
import type { PackagePatch, Patch } from '../modules/instrumentations.ts';
import { noteError } from './errors.ts';
import { replaceMethod, restoreMethod, textOf } from './library.ts';
import type { DatabaseLibrary, Method } from './library.ts';
import type { PoolReader, Pools } from './pools.ts';
import { readStatement } from './sql.ts';

export const mysql2: DatabaseLibrary = {
  name: 'mysql2',
  packages: ['mysql2'],
  instrument(require) {
    const loaded = require('@opentelemetry/instrumentation-mysql2') as { MySQL2Instrumentation: typeof MySQL2Instrumentation };
    // Unmasked, it would put the values into the text; literals are taken out of it later.
    return new loaded.MySQL2Instrumentation({ enabled: false, maskStatement: true, maskStatementHook: (query) => query });
  },
  patches: (pools) => [patches(pools)],
  isOwn: () => false,
  read: (_, attributes) => readStatement(textOf(attributes, 'db.query.text') ?? '', 'mysql'),
  answerCodes: /^ER_/,
};

const versions = ['>=1.4.2 <4'];

function patches(pools: Pools): PackagePatch {
  return {
    name: 'mysql2',
    supportedVersions: versions,
    files: [
      // Methods moved from `lib` to `lib/base` with 3.11.5.
      ...['mysql2/lib/pool.js', 'mysql2/lib/base/pool.js'].map((file) => methodPatch(file, 'getConnection', watchPool(pools))),
      ...['mysql2/lib/connection.js', 'mysql2/lib/base/connection.js'].map((file) =>
        methodPatch(file, '_notifyError', watchFailure),
      ),
      methodPatch('mysql2/lib/packets/packet.js', 'asError', watchAnswer),
    ],
  };
}

function methodPatch(file: string, method: string, replace: (original: Method) => Method): Patch {
  return {
    name: file,
    supportedVersions: versions,
    patch: ({ prototype }: { readonly prototype: object }) => replaceMethod(prototype, method, replace),
    unpatch: ({ prototype }: { readonly prototype: object }) => restoreMethod(prototype, method),
  };
}

/** Errors that the server answers with. */
const watchAnswer = (asError: Method): Method =>
  function watchedAsError(this: object, ...args: never[]) {
    const error = Reflect.apply(asError, this, args);
    noteError(error);
    return error;
  };

/** Errors that end a connection, and all that was asked over it. */
const watchFailure = (notifyError: Method): Method =>
  function watchedNotifyError(this: object, ...args: never[]) {
    noteError(args[0]);
    return Reflect.apply(notifyError, this, args);
  };

interface MysqlPool {
  readonly config: {
    readonly connectionLimit?: number;
    readonly connectionConfig: {
      readonly host?: string;
      readonly port?: number;
      readonly socketPath?: string;
      readonly database?: string;
    };
  };
  readonly _closed: boolean;
  readonly _allConnections: { readonly length: number };
  readonly _freeConnections: { readonly length: number };
  readonly _connectionQueue: { readonly length: number };
}

const reader: PoolReader<MysqlPool> = {
  name({ config: { connectionConfig } }) {
    const { host, port, socketPath, database = '' } = connectionConfig;
    return socketPath === undefined ? `${host}:${port}/${database}` : `${socketPath}/${database}`;
  },
  state({ _closed: isClosed, _allConnections: all, _freeConnections: free, _connectionQueue: queue, config }) {
    if (isClosed) return undefined;
    return { used: all.length - free.length, idle: free.length, waiting: queue.length, max: config.connectionLimit || undefined };
  },
};

type Connected = (...args: unknown[]) => void;

const watchPool =
  (pools: Pools) =>
  (getConnection: Method): Method =>
    function watchedGetConnection(this: MysqlPool, callback: Connected, ...rest: never[]) {
      const obtained = pools.asked(this, reader);
      const called: Connected = (...args) => {
        obtained();
        callback(...args);
      };
      return Reflect.apply(getConnection, this, [context.bind(context.active(), called), ...rest]);
    };
