/** MongoDB by its own driver, by OpenTelemetry's instrumentation. That counts sessions as connections; here the pools are asked. */
import { SpanStatusCode } from '@opentelemetry/api';
import type { Span } from '@opentelemetry/api';
import type { MongoDBInstrumentation } from '@opentelemetry/instrumentation-mongodb';
import type { PackagePatch, Patch } from '../modules/instrumentations.ts';
import { noteError } from './errors.ts';
import { replaceMethod, restoreMethod, textOf } from './library.ts';
import type { DatabaseLibrary, Method } from './library.ts';
import { mongodbText } from './mongodb-command.ts';
import type { PoolReader, Pools } from './pools.ts';

export const mongodb: DatabaseLibrary = {
  name: 'mongodb',
  packages: ['mongodb'],
  instrument(require) {
    const loaded = require('@opentelemetry/instrumentation-mongodb') as { MongoDBInstrumentation: typeof MongoDBInstrumentation };
    return new loaded.MongoDBInstrumentation({
      enabled: false,
      requireParentSpan: false,
      dbStatementSerializer: (command) => `${collectionOf(command)}\n${mongodbText(command)}`,
      responseHook: (span, { data }) => tellWriteError(span, data),
    });
  },
  patches: (pools) => [patches(pools)],
  isOwn: (spanName) => ownCommands.has(spanName.split(' ', 1)[0] ?? ''),
  read(_, attributes) {
    const [named, text] = textOf(attributes, 'db.query.text')?.split('\n') ?? [];
    const collection = textOf(attributes, 'db.collection.name');
    return {
      operation: textOf(attributes, 'db.operation.name'),
      collection: (collection === '$cmd' ? named : collection) || undefined,
      text,
    };
  },
  answerCodes: /^\d+$/,
};

/** Commands that say in their first field what they are about; the driver itself knows that of reads and writes alone. */
const aboutCollection = new Set(
  'aggregate collMod collStats count create createIndexes distinct drop dropIndexes findAndModify listIndexes mapReduce validate'.split(
    ' ',
  ),
);

function collectionOf(command: Readonly<Record<string, unknown>>): string {
  const [field = '', value] = Object.entries(command)[0] ?? [];
  return aboutCollection.has(field) && typeof value === 'string' ? value.replaceAll('\n', ' ') : '';
}

/** Commands by which the driver keeps its connections and sessions. */
const ownCommands = new Set(['authenticate', 'endSessions', 'hello', 'isMaster', 'ismaster', 'saslContinue', 'saslStart']);

/** Writes that failed are within an answer that says `ok`. */
function tellWriteError(span: Span, answer: unknown): void {
  const { writeErrors, writeConcernError } = readAnswer(answer);
  const fault: unknown = Array.isArray(writeErrors) ? writeErrors[0] : writeConcernError;
  const { code, errmsg } = (fault ?? {}) as { readonly code?: unknown; readonly errmsg?: unknown };
  if (typeof code !== 'number') return;
  const message = typeof errmsg === 'string' ? errmsg : `code ${code}`;
  noteError(Object.assign(new Error(message), { code }));
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

/** Since 6.7 the driver reads of an answer what it needs: the whole of it only where something failed. */
function readAnswer(answer: unknown): Readonly<Record<string, unknown>> {
  const { has, toObject } = (answer ?? {}) as { readonly has?: unknown; readonly toObject?: unknown };
  if (typeof has !== 'function' || typeof toObject !== 'function') return (answer ?? {}) as Readonly<Record<string, unknown>>;
  const isFailed = ['writeErrors', 'writeConcernError'].some((field) => Reflect.apply(has, answer, [field]));
  return isFailed ? (Reflect.apply(toObject, answer, []) as Readonly<Record<string, unknown>>) : {};
}

interface MongoPool {
  readonly address: string;
  readonly closed: boolean;
  readonly currentCheckedOutCount: number;
  readonly availableConnectionCount: number;
  readonly waitQueueSize: number;
  readonly options: { readonly maxPoolSize?: number };
}

const reader: PoolReader<MongoPool> = {
  name: ({ address }) => address,
  state: (pool) =>
    pool.closed
      ? undefined
      : {
          used: pool.currentCheckedOutCount,
          idle: pool.availableConnectionCount,
          waiting: pool.waitQueueSize,
          max: pool.options.maxPoolSize || undefined,
        },
};

/** Methods answer by a callback before 6.4, and by a promise since. */
const versions = { callback: ['>=4.0.0 <6.4'], promise: ['>=6.4.0 <8'] } as const;

function patches(pools: Pools): PackagePatch {
  return {
    name: 'mongodb',
    supportedVersions: ['>=4.0.0 <8'],
    files: (['callback', 'promise'] as const).flatMap((by) => [
      methodPatch(by, { file: 'connection_pool', of: 'ConnectionPool', method: 'checkOut' }, (pool) =>
        pools.asked(pool as MongoPool, reader),
      ),
      methodPatch(by, { file: 'connection', of: 'Connection', method: 'command' }, () => noteError),
    ]),
  };
}

interface Place {
  readonly file: string;
  readonly of: string;
  readonly method: string;
}

/** What `begun` gives is called with the error, if any, when the method has answered; before anyone else is told. */
function methodPatch(by: keyof typeof versions, place: Place, begun: (self: object) => (error?: unknown) => void): Patch {
  const replace = (method: Method): Method =>
    function watched(this: object, ...args: never[]) {
      const tell = begun(this);
      if (by === 'callback') return Reflect.apply(method, this, withCallback(args, tell));
      const result = Reflect.apply(method, this, args) as Promise<unknown>;
      result.then(() => tell(), tell);
      return result;
    };
  const prototypeOf = (exports: Readonly<Record<string, { readonly prototype: object }>>): object => {
    const owner = exports[place.of];
    if (owner === undefined) throw new Error(`there is no ${place.of}`);
    return owner.prototype;
  };
  return {
    name: `mongodb/lib/cmap/${place.file}.js`,
    supportedVersions: versions[by],
    patch: (exports: never) => replaceMethod(prototypeOf(exports), place.method, replace),
    unpatch: (exports: never) => restoreMethod(prototypeOf(exports), place.method),
  };
}

function withCallback(args: unknown[], tell: (error?: unknown) => void): unknown[] {
  const callback = args.at(-1);
  if (typeof callback !== 'function') return args;
  const called = (...results: unknown[]): unknown => {
    tell(results[0]);
    return Reflect.apply(callback, undefined, results);
  };
  return [...args.slice(0, -1), called];
}
