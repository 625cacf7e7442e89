/**
 * The engine in this process: chDB on a data directory. Inserts and reads have sessions of their own, so that neither waits
 * for the other; one more session serves commands and cancels.
 *
 * Each session that runs a statement holds one of libuv's threads: whoever starts the process sets UV_THREADPOOL_SIZE to more
 * than `threadsNeeded(options)` before anything else, or file and DNS calls of the process wait behind queries.
 */
import { mkdirSync } from 'node:fs';
import { SondeError } from '../base/errors.ts';
import type { Batch } from '../model/batch.ts';
import { arrowColumns } from './arrow.ts';
import { lendColumns, openSession } from './chdb.ts';
import type { Session } from './chdb.ts';
import { insertColumns, selectList, wireBatch } from './encoding.ts';
import type { Columns, Dialect, Engine, QueryLimits, Row, Scope } from './engine.ts';
import { readFault, writeFault } from './faults.ts';
import { cancelledError, Pool } from './pool.ts';
import { raw, toStatement } from './sql.ts';
import type { Sql, Statement } from './sql.ts';
import { insertSettings, parameterText, quoted, scopedRead } from './statement.ts';
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
}

const database = 'sonde';
const dialect: Dialect = { onCluster: '', cluster: undefined };

/** How many of libuv's threads the engine may hold at a time. */
export function threadsNeeded({ insertSessions = 2, readSessions = 4 }: Partial<EmbeddedOptions>): number {
  return insertSessions + readSessions + 1;
}

/** Throws `data_directory_locked` when another process has the directory open, `config` when it can not be made or read. */
export async function openEmbedded(options: EmbeddedOptions): Promise<Engine> {
  const { insertSessions = 2, readSessions = 4 } = options;
  const open = (count: number): Session[] => Array.from({ length: count }, () => openAt(options));
  const [control, ...others] = open(1 + insertSessions + readSessions);
  if (control === undefined) throw new SondeError('config', 'The engine needs at least one session.');
  await control.queryAsync(`CREATE DATABASE IF NOT EXISTS ${database} ENGINE = Atomic`, { format: 'Null' });
  const sessions = [control, ...others];
  for (const session of sessions) await session.queryAsync(`USE ${database}; SET max_query_size = 67108864`, { format: 'Null' });
  const tableFunctions = await tableFunctionsOf(control);
  return new Embedded({
    control: new Pool([control]),
    inserts: new Pool(others.slice(0, insertSessions)),
    reads: new Pool(others.slice(insertSessions)),
    context: { database, dialect, limits: options.limits, tableFunctions },
  });
}

function openAt({ path, memoryBytesMax }: EmbeddedOptions): Session {
  try {
    mkdirSync(path, { recursive: true });
    return openSession(path, engineArguments(memoryBytesMax));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    if (/Cannot lock file/.test(message)) {
      throw new SondeError(
        'data_directory_locked',
        `Another process has the data directory ${path} open. Stop it, or start with another directory (--data).`,
        { cause: error },
      );
    }
    throw new SondeError('config', `The data directory ${path} can not be opened: ${message}`, { cause: error });
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

async function tableFunctionsOf(session: Session): Promise<Set<string>> {
  const answer = await session.queryAsync('SELECT lower(name) FROM system.table_functions', { format: 'TSV' });
  return new Set(answer.text().split('\n'));
}

interface Parts {
  readonly control: Pool<Session>;
  readonly inserts: Pool<Session>;
  readonly reads: Pool<Session>;
  readonly context: ReadContext;
}

class Embedded implements Engine {
  readonly kind = 'embedded';
  readonly dialect = dialect;
  readonly #parts: Parts;
  #statements = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async insert(batch: Batch, token: string): Promise<void> {
    const wire = wireBatch(batch);
    if (wire.rows === 0) return;
    const { table } = batch;
    const lent = `lent${this.#statements++}`;
    const select = selectList(table, (column) => `assumeNotNull(${column})`);
    const text = `INSERT INTO ${table.name} (${insertColumns(table)}) SELECT ${select} FROM arrowstream('${lent}') ${insertSettings(token)}`;
    await this.#parts.inserts.use(async (session) => {
      await lendColumns(session, lent, arrowColumns(wire), () => session.queryAsync(text, { format: 'Null' })).catch(
        throwWriteFault,
      );
    });
  }

  async rows<R extends object = Row>(scope: Scope, query: Sql): Promise<R[]> {
    const bytes = await this.#read(scope, query, 'JSONEachRow');
    return parseRows<R>(bytes);
  }

  async columns(scope: Scope, query: Sql): Promise<Columns> {
    const rows = await this.rows(scope, query);
    const names = Object.keys(rows[0] ?? {});
    return { rows: rows.length, columns: Object.fromEntries(names.map((name) => [name, rows.map((row) => row[name])])) };
  }

  async *stream<R extends object = Row>(scope: Scope, query: Sql): AsyncIterable<R[]> {
    yield await this.rows<R>(scope, query);
  }

  async command(statement: Sql): Promise<void> {
    const text = withParameters(toStatement(statement));
    await this.#parts.control.use((session) => session.queryAsync(text, { format: 'Null' }).catch(throwWriteFault));
  }

  async adminRows<R extends object = Row>(query: Sql): Promise<R[]> {
    const text = withParameters(toStatement(query), jsonSettings);
    const answer = await this.#parts.control.use((session) =>
      session.queryAsync(text, { format: 'JSONEachRow' }).catch(throwReadFault),
    );
    return parseRows<R>(answer.bytes());
  }

  async close(): Promise<void> {
    const { control, inserts, reads } = this.#parts;
    const sessions = await Promise.all([inserts.close(), reads.close()]);
    for (const session of [...sessions.flat(), ...(await control.close())]) session.close();
  }

  async #read(scope: Scope, query: Sql, format: string): Promise<Uint8Array> {
    const name = `sonde-${process.pid}-${this.#statements++}`;
    const statement = scopedRead(this.#parts.context, scope, query, name);
    return this.#parts.reads.use(async (session) => {
      const cancel = (): void => void this.#cancel(name);
      scope.signal?.addEventListener('abort', cancel, { once: true });
      try {
        const answer = await session.queryAsync(withParameters(statement, jsonSettings), { format }).catch(throwReadFault);
        if (scope.signal?.aborted === true) throw cancelledError();
        return answer.bytes();
      } finally {
        scope.signal?.removeEventListener('abort', cancel);
      }
    }, scope.signal);
  }

  async #cancel(name: string): Promise<void> {
    await this.command(raw(`KILL QUERY WHERE Settings['log_comment'] = '${name}' ASYNC`));
  }
}

const jsonSettings =
  'output_format_json_quote_64bit_integers = 1, output_format_json_quote_denormals = 1, output_format_json_map_as_array_of_tuples = 1, output_format_json_named_tuples_as_objects = 0';

/** The statement with its parameters set before it, in the same call on the same session: nothing comes between. */
function withParameters({ text, parameters }: Statement, settings = ''): string {
  const assignments = [...parameters].map(([name, bound]) => `param_${name} = ${quoted(parameterText(bound))}`);
  if (settings !== '') assignments.unshift(settings);
  return assignments.length === 0 ? text : `SET ${assignments.join(', ')}; ${text}`;
}

function throwReadFault(thrown: unknown): never {
  throw readFault(thrown);
}

function throwWriteFault(thrown: unknown): never {
  throw writeFault(thrown);
}

const textDecoder = new TextDecoder();

function parseRows<R>(bytes: Uint8Array): R[] {
  const lines = textDecoder.decode(bytes).trimEnd();
  return lines === '' ? [] : (JSON.parse(`[${lines.replaceAll('\n', ',')}]`) as R[]);
}
