/**
 * The contract between Sonde and ClickHouse. `embedded.ts` keeps it with chDB in this process, `remote.ts` with a server over
 * HTTP; one suite (test/engine/engine.contract.ts) holds both to it.
 *
 * Every read passes `rows`, `columns` or `stream` with a scope. The driver adds the tenant, and the time bound if there is one,
 * to every table of the schema in every place of the statement, subqueries and joins included
 * (`additional_table_filters`); a statement cannot leave it out. Statements are read-only.
 */
import type { Batch } from '../model/batch.ts';
import type { Sql } from './sql.ts';

/** Who asks, about when, and how much it may cost. */
export interface Scope {
  readonly tenant: string;
  /**
   * Only rows in [fromNs, toNs) by each table's time column; rollups and day tables by every minute or day that touches it.
   * Absent: all of time, for look-ups by id.
   */
  readonly time?: TimeRange;
  /** Cancels the query in the engine, not just the wait for it. */
  readonly signal?: AbortSignal;
  readonly limits?: Partial<QueryLimits>;
  /** Over in a few milliseconds: the engine spends nothing on threads and compiled code that would not pay. */
  readonly isSmall?: boolean;
}

export interface TimeRange {
  readonly fromNs: bigint;
  readonly toNs: bigint;
}

export interface QueryLimits {
  /** Wall time; over it `query_timeout`. */
  readonly timeMs: number;
  /** Memory of one query; over it `query_too_large`. */
  readonly memoryBytes: number;
  /** Rows read from tables; over it `query_too_large`. */
  readonly rowsRead: number;
  /** Rows in the answer; over it `query_too_large`. */
  readonly rowsOut: number;
}

/**
 * One row: 64-bit integers are decimal strings, NaN and infinities are the strings `nan`, `inf`, `-inf`, and a Map is a list of
 * [key, value] pairs in their order, as keys may repeat.
 */
export type Row = Record<string, unknown>;

/**
 * A column of an answer: numbers as a typed array (8 and 16 bits widened, but for UInt8), the rest as plain values. FixedString
 * comes as lower-case hex, DateTime64 as BigInt64Array of nanoseconds, DateTime as Uint32Array of seconds, Date of days, Nullable
 * as plain values with null, Map as lists of pairs, Array(Float64) and Array(Nullable(Float64)) as a Float64Array per row, null in
 * the latter as `absentDouble`.
 */
export type ColumnValues =
  | Float64Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | Uint8Array
  | readonly unknown[];

/** The bits of the NaN that stands for null in arrays of doubles: Prometheus's stale marker, which is never a value. */
export const absentDouble = { low: 2, high: 0x7ff0_0000 } as const;

export interface Columns {
  readonly rows: number;
  /** By name; without rows there may be none. */
  readonly columns: Readonly<Record<string, ColumnValues>>;
}

/** Some rows of an answer, each column as the bytes of its values: little-endian, one after another, not aligned. */
export interface Block {
  readonly rows: number;
  readonly columns: Readonly<Record<string, Uint8Array>>;
}

export interface Engine {
  readonly kind: 'embedded' | 'remote';
  /**
   * Stores a batch, all or nothing: when this returns, every row is in the engine and survives a kill of the process. A second
   * insert into the same table with the same token stores nothing and succeeds, also after a restart. Throws `unavailable` when
   * it may succeed later (disk full, no connection), and then it is unknown whether the rows are stored: insert again with the
   * same token. The batch must not change meanwhile.
   */
  insert(batch: Batch, token: string): Promise<void>;

  /** Runs a SELECT and gives its rows. */
  rows<R extends object = Row>(scope: Scope, query: Sql): Promise<R[]>;
  /** Runs a SELECT and gives its columns: several times cheaper than rows for many numbers. */
  columns(scope: Scope, query: Sql): Promise<Columns>;
  /** Runs a SELECT of numbers and times and gives their bytes as they came, for whoever puts millions of them elsewhere anyway. */
  blocks(scope: Scope, query: Sql): Promise<readonly Block[]>;
  /** Runs a SELECT and gives its rows as they come, in chunks; leaving the loop cancels it. */
  stream<R extends object = Row>(scope: Scope, query: Sql): AsyncIterable<R[]>;

  /** Runs statements that are no reads: the schema, migrations, recovery, measurements. Not for anything from outside. */
  command(statement: Sql): Promise<void>;
  /** A read without a scope, over all tenants, for migrations, recovery and self-telemetry only. */
  adminRows<R extends object = Row>(query: Sql): Promise<R[]>;

  /** What this engine can do beyond what every one can. */
  readonly features: EngineFeatures;

  /** What to write after a table's name in DDL, such as ` ON CLUSTER '…'`, and which engines it takes. */
  readonly dialect: Dialect;

  /** Waits for what runs, then releases the engine. */
  close(): Promise<void>;
}

/** What newer or fuller engines have; probed when the engine is opened. */
export interface EngineFeatures {
  /** The aggregate functions `timeSeries…ToGrid`, which work out PromQL's rates over a grid of times. */
  readonly gridFunctions: boolean;
}

/** Where the DDL of the drivers differs. */
export interface Dialect {
  /** ` ON CLUSTER 'name'`, or empty. */
  readonly onCluster: string;
  /** The cluster's name when tables are Replicated and Distributed. */
  readonly cluster: string | undefined;
}
