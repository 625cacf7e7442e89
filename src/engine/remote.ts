/**
 * The engine on a ClickHouse server or cluster, over its HTTP interface. Reads are the statements of the embedded engine,
 * inserts its SELECT over a block in Native format.
 *
 * With a cluster, tables are Replicated and lie behind Distributed ones; an insert returns when the shards have the rows. Its
 * token goes along, so a repeated insert stores on each shard what that shard lacks.
 */
import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ClickHouseLogLevel, createClient } from '@clickhouse/client';
import type { ClickHouseClient } from '@clickhouse/client';
import { SondeError } from '../base/errors.ts';
import type { Batch } from '../model/batch.ts';
import { parseRows, rowFormat, rowSettings } from './answer.ts';
import { killOnAbort, killStatement, throwIfAborted } from './cancel.ts';
import { insertColumns, selectList, wireBatch, wireType } from './encoding.ts';
import type { Block, Columns, Dialect, Engine, EngineFeatures, QueryLimits, Row, Scope } from './engine.ts';
import { readFault, writeFault } from './faults.ts';
import { readBlocks, readNative, writeNative } from './native.ts';
import { toStatement } from './sql.ts';
import type { Sql, Statement } from './sql.ts';
import { featuresOf, featuresQuery, insertSettings, parameterText, scopedRead } from './statement.ts';
import type { ReadContext } from './statement.ts';

export interface RemoteOptions {
  /** `https://host:8443` */
  readonly url: string;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  /** A name of the server's `remote_servers`, for replicated and distributed tables. */
  readonly cluster: string | undefined;
  /** Limits of a read that names none. */
  readonly limits: QueryLimits;
}

/** Longer than any statement may run; reads have limits of their own. */
const requestTimeoutMs = 600_000;
const connections = 32;

/** Makes the database if need be. Throws `unavailable` when the server can not be reached, `config` when it refuses us. */
export async function openRemote(options: RemoteOptions): Promise<Engine> {
  const { url, database, user: username, password, cluster, limits } = options;
  const dialect: Dialect = { onCluster: cluster === undefined ? '' : ` ON CLUSTER '${cluster}'`, cluster };
  const connection = {
    url,
    username,
    password,
    application: 'sonde',
    request_timeout: requestTimeoutMs,
    max_open_connections: connections,
    // What fails is thrown; who asked decides what is said of it.
    log: { level: ClickHouseLogLevel.OFF },
  };
  const first = createClient(connection);
  try {
    await first.command({ query: `CREATE DATABASE IF NOT EXISTS \`${database}\`${dialect.onCluster}` });
    const tableFunctions = new Set(await namesOf(first, 'SELECT lower(name) AS name FROM system.table_functions'));
    const features = featuresOf(await namesOf(first, featuresQuery));
    const context: ReadContext = { database, dialect, limits, tableFunctions, features };
    return new Remote(createClient({ ...connection, database }), context);
  } catch (thrown) {
    const fault = writeFault(thrown);
    if (fault.code === 'unavailable') throw fault;
    throw new SondeError('config', `The ClickHouse server at ${url} refuses Sonde: ${fault.message}`, { cause: thrown });
  } finally {
    await first.close();
  }
}

async function namesOf(client: ClickHouseClient, query: string): Promise<string[]> {
  const { stream } = await client.exec({ query: `${query} FORMAT ${rowFormat}` });
  return parseRows<{ name: string }>(await buffer(stream)).map(({ name }) => name);
}

class Remote implements Engine {
  readonly kind = 'remote';
  readonly dialect: Dialect;
  readonly features: EngineFeatures;
  readonly #client: ClickHouseClient;
  readonly #context: ReadContext;
  readonly #prefix = `sonde-${process.pid}-${Date.now().toString(36)}`;
  #statements = 0;

  constructor(client: ClickHouseClient, context: ReadContext) {
    this.#client = client;
    this.#context = context;
    this.dialect = context.dialect;
    this.features = context.features;
  }

  async insert(batch: Batch, token: string): Promise<void> {
    const wire = wireBatch(batch);
    if (wire.rows === 0) return;
    const { table } = batch;
    const structure = wire.columns.map((column) => `${column.name} ${wireType(column)}`).join(', ');
    const query =
      `INSERT INTO ${table.name} (${insertColumns(table)}) SELECT ${selectList(table, (column) => column)}` +
      ` FROM input('${structure}') ${insertSettings(token, this.dialect)} FORMAT Native`;
    try {
      const { stream } = await this.#client.exec({ query, values: Readable.from(writeNative(wire), { objectMode: false }) });
      await buffer(stream);
    } catch (thrown) {
      throw writeFault(thrown);
    }
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
    const { text, parameters } = scopedRead(this.#context, scope, query, name);
    throwIfAborted(scope.signal);
    const stop = killOnAbort(scope.signal, () => this.#kill(name));
    let ended = false;
    try {
      const answer = await this.#client.query({
        query: text,
        format: rowFormat,
        query_params: parameterValues(parameters),
        use_multipart_params_auto: true,
        clickhouse_settings: rowSettings,
      });
      for await (const lines of answer.stream<R>()) yield lines.map((line) => line.json());
      ended = true;
    } catch (thrown) {
      ended = true;
      throw readFault(thrown);
    } finally {
      stop();
      if (!ended) await this.#kill(name);
    }
  }

  async command(statement: Sql): Promise<void> {
    try {
      await this.#answer(toStatement(statement));
    } catch (thrown) {
      throw writeFault(thrown);
    }
  }

  async adminRows<R extends object = Row>(query: Sql): Promise<R[]> {
    const { text, parameters } = toStatement(query);
    try {
      return parseRows<R>(await this.#answer({ text: `${text} FORMAT ${rowFormat}`, parameters }));
    } catch (thrown) {
      throw readFault(thrown);
    }
  }

  async close(): Promise<void> {
    await this.#client.close();
  }

  async #read(scope: Scope, query: Sql, format: string): Promise<Uint8Array> {
    const name = this.#nextName();
    const { text, parameters } = scopedRead(this.#context, scope, query, name);
    throwIfAborted(scope.signal);
    const stop = killOnAbort(scope.signal, () => this.#kill(name));
    try {
      const answer = await this.#answer({ text: `${text} FORMAT ${format}`, parameters });
      throwIfAborted(scope.signal);
      return answer;
    } catch (thrown) {
      throw readFault(thrown);
    } finally {
      stop();
    }
  }

  /** Runs a statement; its answer comes whole or not at all. */
  async #answer({ text, parameters }: Statement): Promise<Uint8Array> {
    const values = parameterValues(parameters);
    const common = { query: text, clickhouse_settings: { ...rowSettings, wait_end_of_query: 1 as const } };
    const { stream } = await this.#client.exec(
      Object.values(values).flat().join('').length < urlParametersMax
        ? { ...common, query_params: values }
        : { ...common, ...multipart(parameters) },
    );
    return buffer(stream);
  }

  async #kill(name: string): Promise<void> {
    await this.#client.command({ query: killStatement(name, this.dialect.onCluster) });
  }

  #nextName(): string {
    return `${this.#prefix}-${this.#statements++}`;
  }
}

/** Servers refuse long URLs; parameters beyond this travel in the body. */
const urlParametersMax = 4096;

function parameterValues(parameters: Statement['parameters']): Record<string, string | readonly string[]> {
  return Object.fromEntries([...parameters].map(([name, { value }]) => [name, value]));
}

/** Parameters as a form; the statement then travels in the URL. */
function multipart(parameters: Statement['parameters']): {
  readonly values: Readable;
  readonly http_headers: Record<string, string>;
} {
  const boundary = `sonde-${randomUUID()}`;
  const parts = [...parameters].map(
    ([name, bound]) => `--${boundary}\r\nContent-Disposition: form-data; name="param_${name}"\r\n\r\n${parameterText(bound)}\r\n`,
  );
  return {
    values: Readable.from([Buffer.from(`${parts.join('')}--${boundary}--\r\n`, 'utf8')], { objectMode: false }),
    http_headers: { 'Content-Type': `multipart/form-data; boundary=${boundary}` },
  };
}
