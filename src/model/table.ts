/**
 * What a table is: its columns and how each travels from a decoder to the engine, its order, its partitions, what it keeps
 * and for how long. One value describes a table for the schema (DDL), the insert (column encoding) and the reader (types).
 *
 * Every table starts with `tenant`, which is also first in every sort key; only `commits` belongs to no tenant. Data tables
 * carry `batch`, the number of the group commit that wrote the row: after a crash a commit that was not finished is found by
 * it and taken back (engine/commit.ts).
 */

/**
 * How a column is built in memory and sent. `attributes` is one logical column that is stored as two: `name` (a Map) and
 * `name_types` (see model/attributes.ts). `times` are Unix nanoseconds. `u64s`, `f64s` and `i32s` are arrays, one per row.
 */
export type ColumnKind =
  | 'string'
  | 'u8'
  | 'u16'
  | 'u32'
  | 'i32'
  | 'i64'
  | 'u64'
  | 'f64'
  | 'bytes8'
  | 'bytes16'
  | 'time'
  | 'attributes'
  | 'u64s'
  | 'f64s'
  | 'i32s';

export interface ColumnSpec {
  readonly kind: ColumnKind;
  /**
   * The engine's type; the kind's own when absent (String, UInt8, DateTime64(9,'UTC'), Map(LowCardinality(String),String), …).
   * A column of kind `string` and another type than text travels in the engine's text form of that type.
   */
  readonly type?: string;
  /** The engine's codec expression, `ZSTD(1)` when absent. */
  readonly codec?: string;
  readonly doc: string;
}

/** Which retention setting a table obeys: that of a signal, the longest of them, or none: a week. */
export type Retention = 'traces' | 'logs' | 'metrics' | 'longest' | 'week';

export interface TableSpec {
  readonly name: string;
  readonly doc: string;
  readonly columns: Readonly<Record<string, ColumnSpec>>;
  /**
   * `rows` keeps every row (MergeTree); `latest` keeps one row per sort key (ReplacingMergeTree).
   */
  readonly keeps: 'rows' | 'latest';
  /** Sort key expressions, `tenant` first. */
  readonly orderBy: readonly string[];
  /** The column of kind `time`, or of type Date, by which the table is partitioned by day, bounded in queries and expired. */
  readonly time: string;
  /** Skip indexes as DDL: `name expression TYPE … GRANULARITY n`. */
  readonly indexes?: readonly string[];
  /** MergeTree settings of its own, beside those of every table. */
  readonly settings?: Readonly<Record<string, number>>;
  readonly retention: Retention;
}

/** Whether rows of a kind are lists of numbers, which travel as text in brackets. */
export function isListKind(kind: ColumnKind): boolean {
  return kind === 'u64s' || kind === 'f64s' || kind === 'i32s';
}

/** Gives a table its exact type. */
export function defineTable<const T extends TableSpec>(table: T): T {
  return table;
}
