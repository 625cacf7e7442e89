/**
 * The engine in this process: chDB on a data directory. Inserts and reads have sessions of their own, so that neither waits
 * for the other; so have commands, and cancels, which must not wait for anything.
 *
 * Each session that runs a statement holds one of libuv's threads: whoever starts the process sets UV_THREADPOOL_SIZE to more
 * than `threadsNeeded(options)` before anything else, or file and DNS calls of the process wait behind queries.
 */
import { randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { assert } from '../base/assert.ts';
import { SondeError } from '../base/errors.ts';
import type { Batch } from '../model/batch.ts';
import { commits } from '../model/commits.ts';
import type { TableSpec } from '../model/table.ts';
import { parseRows, rowFormat, rowSettings } from './answer.ts';
import { arrowColumns } from './arrow.ts';
import { killOnAbort, killStatement, throwIfAborted } from './cancel.ts';
import { lendColumns, letGo, openSession, run } from './chdb.ts';
import type { Session } from './chdb.ts';
import { insertColumns, selectList, wireBatch } from './encoding.ts';
import type { WireBatch } from './encoding.ts';
import type { Block, Columns, Dialect, Engine, EngineFeatures, QueryLimits, Row, Scope } from './engine.ts';
import { readFault, writeFault } from './faults.ts';
import { readBlocks, readNative } from './native.ts';
import { closedError, Pool } from './pool.ts';
import { Spool } from './spool.ts';
import type { SpoolOptions } from './spool.ts';
import { toStatement } from './sql.ts';
import type { Sql, Statement } from './sql.ts';
import { featuresOf, featuresQuery, insertSettings, parameterText, quoted, scopedRead, withLiterals } from './statement.ts';
import type { ReadContext } from './statement.ts';

export interface EmbeddedOptions {
  /** The data directory; made when it is not there. */
  readonly path: string;
  /** What the engine may allocate in all. */
  readonly memoryBytesMax: number;
  /** Limits of a read that names none. */
  readonly limits: QueryLimits;
  /** Inserts that run at a time. */
  readonly insertSessions?: number;
  /** Reads that run at a time; more wait in line. */
  readonly readSessions?: number;
  /** Whether what goes to the spool is on the disk itself before its insert returns, as `migrate` has it for tables. */
  readonly syncToDisk?: boolean;
}

const database = 'sonde';
const controlSessions = 2;
/** Parameters count as text of a statement. */
const queryBytesMax = 64 << 20;

/** Of every session, as what stands in a statement is read anew each time. */
const sessionSettings = Object.entries({
  max_query_size: queryBytesMax,
  ...rowSettings,
  // Threads and timers of each statement, which cost a short one more than they give.
  output_format_parallel_formatting: 0,
  query_profiler_real_time_period_ns: 0,
  query_profiler_cpu_time_period_ns: 0,
})
  .map(([name, value]) => `${name} = ${value}`)
  .join(', ');

const dialect: Dialect = { onCluster: '', cluster: undefined };

/** How many of libuv's threads the engine may hold at a time. */
function threadsNeeded({ insertSessions = 2, readSessions = 4 }: Partial<EmbeddedOptions>): number {
  return insertSessions + readSessions + controlSessions + 1;
}

/** Throws `data_directory_locked` when another process has the directory open, `config` when it can not be made or read. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Engine> {
  const { insertSessions = 2, readSessions = 4 } = options;
  const sessions: Session[] = [];
  try {
    for (let i = 0; i < threadsNeeded(options); i++) sessions.push(openAt(options));
    const rest = [...sessions];
    const [canceller] = rest;
    assert(canceller !== undefined, 'there are sessions');
    await run(canceller, `CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic`);
    for (const session of sessions) await run(session, `USE ${database}; SET ${sessionSettings}`);
    return new Embedded({
      spool: { folder: join(options.path, 'spool'), syncToDisk: options.syncToDisk ?? false },
      canceller: new Pool(rest.splice(0, 1)),
      control: new Pool(rest.splice(0, controlSessions)),
      inserts: new Pool(rest.splice(0, insertSessions)),
      reads: new Pool(rest.splice(0, readSessions)),
      context: {
        database,
        dialect,
        limits: options.limits,
        tableFunctions: new Set(await namesOf(canceller, tableFunctionsQuery)),
        features: featuresOf(await namesOf(canceller, featuresQuery)),
      },
    });
  } catch (thrown) {
    for (const session of sessions) session.close();
    throw thrown;
  }
}

function openAt({ path, memoryBytesMax }: EmbeddedOptions): Session {
  try {
    mkdirSync(path, { recursive: true });
    return openSession(path, engineArguments(memoryBytesMax));
  } catch (cause) {
    const holder = holderOf(path);
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (holder === undefined)
      throw new SondeError('config', `The data directory ${path} can not be opened: ${reason}`, { cause });
    throw new SondeError(
      'data_directory_locked',
      `Process ${holder} has the data directory ${path} open. Stop it, or start with another directory (--data).`,
      { cause },
    );
  }
}

/** The living process that has a data directory open, by the engine's file `status`; the engine itself says it to stderr only. */
function holderOf(path: string): number | undefined {
  try {
    const pid = Number(/^PID: (\d+)/m.exec(readFileSync(join(path, 'status'), 'utf8'))?.[1]);
    if (pid === process.pid) return undefined;
    process.kill(pid, 0);
    return pid;
  } catch {
    return undefined;
  }
}

const mebibyte = 1 << 20;

/** The engine's own caches and pools, sized for a process that shares a small machine with us. */
function engineArguments(memoryBytesMax: number): string[] {
  const settings: Readonly<Record<string, number>> = {
    max_server_memory_usage: memoryBytesMax,
    mark_cache_size: 64 * mebibyte,
    uncompressed_cache_size: 0,
    index_mark_cache_size: 32 * mebibyte,
    index_uncompressed_cache_size: 0,
    primary_index_cache_size: 64 * mebibyte,
    text_index_tokens_cache_size: 16 * mebibyte,
    text_index_header_cache_size: 32 * mebibyte,
    text_index_postings_cache_size: 32 * mebibyte,
    query_condition_cache_size: 16 * mebibyte,
    compiled_expression_cache_size: 32 * mebibyte,
    background_pool_size: 2,
    background_schedule_pool_size: 2,
    max_active_parts_loading_thread_pool_size: 4,
    max_outdated_parts_loading_thread_pool_size: 2,
    max_parts_cleaning_thread_pool_size: 2,
  };
  return Object.entries(settings).map(([name, value]) => `--${name}=${value}`);
}

const tableFunctionsQuery = 'SELECT lower(name) AS name FROM system.table_functions';

async function namesOf(session: Session, query: string): Promise<string[]> {
  return parseRows<{ name: string }>(await run(session, query, rowFormat)).map(({ name }) => name);
}

interface Parts {
  readonly spool: Omit<SpoolOptions, 'insert'>;
  readonly canceller: Pool<Session>;
  readonly control: Pool<Session>;
  readonly inserts: Pool<Session>;
  readonly reads: Pool<Session>;
  readonly context: ReadContext;
}

class Embedded implements Engine {
  readonly kind = 'embedded';
  readonly dialect = dialect;
  readonly features: EngineFeatures;
  readonly #parts: Parts;
  /** Rows of the journal, of which every commit has one. */
  readonly #spool: Spool;
  #statements = 0;
  #isClosed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.features = parts.context.features;
    const insert = (rows: WireBatch): Promise<void> => this.#insert(commits, rows, randomUUID());
    this.#spool = new Spool({ ...parts.spool, insert });
  }

  async insert(batch: Batch, token: string): Promise<void> {
    const wire = wireBatch(batch);
    if (this.#isClosed) throw closedError();
    if (wire.rows === 0) return;
    if (batch.table === commits) await this.#spool.append(wire).catch(throwWriteFault);
    else await this.#insert(batch.table, wire, token);
  }

  async #insert(table: TableSpec, wire: WireBatch, token: string): Promise<void> {
    const lent = `lent${this.#statements++}`;
    const select = selectList(table, (column) => `assumeNotNull(${column})`);
    const text = `INSERT INTO ${table.name} (${insertColumns(table)}) SELECT ${select} FROM arrowstream('${lent}') ${insertSettings(token, dialect)}`;
    await this.#parts.inserts.use(async (session) => {
      await lendColumns(session, lent, arrowColumns(wire), () => run(session, text)).catch(throwWriteFault);
    });
  }

  async rows<R extends object = Row>(scope: Scope, query: Sql): Promise<R[]> {
    return parseRows<R>(await this.#read(scope, query, rowFormat));
  }

  async columns(scope: Scope, query: Sql): Promise<Columns> {
    return readNative(await this.#read(scope, query, 'Native'));
  }

  async blocks(scope: Scope, query: Sql): Promise<readonly Block[]> {
    return readBlocks(await this.#read(scope, query, 'Native'));
  }

  async *stream<R extends object = Row>(scope: Scope, query: Sql): AsyncIterable<R[]> {
    const name = this.#nextName();
    const { text, parameters } = withLiterals(scopedRead(this.#parts.context, scope, query, name));
    const session = await this.#parts.reads.take(scope.signal);
    const stop = this.#cancelOnAbort(name, scope.signal);
    try {
      if (parameters.size > 0) await run(session, setParameters(parameters));
      for await (const chunk of session.queryStream(text, { format: rowFormat })) {
        throwIfAborted(scope.signal);
        yield parseRows<R>(chunk.raw());
      }
      throwIfAborted(scope.signal);
    } catch (thrown) {
      await letGo(session);
      throw readFault(thrown);
    } finally {
      stop();
      this.#parts.reads.give(session);
    }
  }

  async command(statement: Sql): Promise<void> {
    const text = withParameters(toStatement(statement));
    await this.#parts.control.use((session) => run(session, text).catch(throwWriteFault));
  }

  async adminRows<R extends object = Row>(query: Sql): Promise<R[]> {
    const text = withParameters(toStatement(query));
    if (/\bcommits\b/.test(text)) await this.#spool.flush();
    const answer = await this.#parts.control.use((session) => run(session, text, rowFormat).catch(throwReadFault));
    return parseRows<R>(answer);
  }

  async close(): Promise<void> {
    const { canceller, control, inserts, reads } = this.#parts;
    this.#isClosed = true;
    const closing = [reads.close(), control.close()];
    // It stores what it holds.
    await this.#spool.close();
    const sessions = await Promise.all([...closing, inserts.close()]);
    for (const session of [...sessions.flat(), ...(await canceller.close())]) session.close();
  }

  async #read(scope: Scope, query: Sql, format: string): Promise<Uint8Array> {
    const name = this.#nextName();
    const text = withParameters(scopedRead(this.#parts.context, scope, query, name));
    return this.#parts.reads.use(async (session) => {
      const stop = this.#cancelOnAbort(name, scope.signal);
      try {
        const answer = await run(session, text, format).catch(throwReadFault);
        throwIfAborted(scope.signal);
        return answer;
      } finally {
        stop();
      }
    }, scope.signal);
  }

  #nextName(): string {
    return `sonde-${process.pid}-${this.#statements++}`;
  }

  /** Cancels the named query in the engine when the signal aborts; gives what ends that. */
  #cancelOnAbort(name: string, signal: AbortSignal | undefined): () => void {
    const text = killStatement(name, '');
    return killOnAbort(signal, () => this.#parts.canceller.use((session) => run(session, text)));
  }
}

/** The statement with what is left of its parameters set before it, in the same call on the same session: nothing comes between. */
function withParameters(statement: Statement): string {
  const { text, parameters } = withLiterals(statement);
  return parameters.size === 0 ? text : `${setParameters(parameters)}; ${text}`;
}

function setParameters(parameters: Statement['parameters']): string {
  const assignments = [...parameters].map(([name, bound]) => `param_${name} = ${quoted(parameterText(bound))}`);
  return `SET ${assignments.join(', ')}`;
}

function throwReadFault(thrown: unknown): never {
  throw readFault(thrown);
}

function throwWriteFault(thrown: unknown): never {
  throw writeFault(thrown);
}
