/**
 * The DDL of the tables in src/model: data tables, rollups with the views that fill them, and what a read may see of each.
 *
 * On a cluster a table `spans` is a Distributed table in front of `spans_local` on every shard; rollup views run per shard,
 * from local table to local table.
 */
import { commits } from '../model/commits.ts';
import { downsampleProgress, downsamples } from '../model/downsamples.ts';
import { rollups } from '../model/rollups.ts';
import type { RollupSpec } from '../model/rollups.ts';
import { tables } from '../model/signals.ts';
import type { ColumnKind, ColumnSpec, Retention, TableSpec } from '../model/table.ts';
import type { Dialect } from './engine.ts';

/** How long rows are kept, by signal. */
export type RetentionMs = Readonly<Record<'traces' | 'logs' | 'metrics', number>>;

/** What the DDL depends on besides the model. */
export interface SchemaOptions {
  readonly dialect: Dialect;
  readonly retentionMs: RetentionMs;
  /** Settings of MergeTree tables that this engine knows: older servers lack some. */
  readonly knows: (mergeTreeSetting: string) => boolean;
}

/** All tables with rows of their own: those that requests fill, the journal of commits, and what is made of samples later. */
export const storedTables: readonly TableSpec[] = [
  ...tables,
  commits,
  ...downsamples.map(({ table }) => table),
  downsampleProgress,
];

const weekSeconds = 7 * 86_400;

/** A TTL is counted in seconds of 32 bits, which end in 2106: rows that are kept for longer than this are as good as kept for ever. */
const retentionSecondsMax = 70 * 365 * 86_400;

const kindTypes: Readonly<Record<ColumnKind, string>> = {
  string: 'String',
  u8: 'UInt8',
  u16: 'UInt16',
  u32: 'UInt32',
  i32: 'Int32',
  i64: 'Int64',
  u64: 'UInt64',
  f64: 'Float64',
  bytes8: 'FixedString(8)',
  bytes16: 'FixedString(16)',
  time: "DateTime64(9, 'UTC')",
  attributes: 'Map(LowCardinality(String), String)',
  u64s: 'Array(UInt64)',
  f64s: 'Array(Float64)',
  i32s: 'Array(Int32)',
};

/** The engine's type of a column. */
export function columnType(column: ColumnSpec): string {
  return column.type ?? kindTypes[column.kind];
}

/** The name under which a table's rows lie on one server. */
export function localName(name: string, dialect: Dialect): string {
  return dialect.cluster === undefined ? name : `${name}_local`;
}

/** Statements that make all tables, each safe to run again. */
export function createStatements(options: SchemaOptions): string[] {
  return [
    ...storedTables.flatMap((table) => createTable(table, options)),
    ...rollups.flatMap((rollup) => createRollup(rollup, options)),
  ];
}

/** Half of what a row costs is its merges: there are fewer of eight parts at a time than of five, as the engine would have it. */
const rowMerges = { merge_selector_base: 8 };

function createTable(table: TableSpec, options: SchemaOptions): string[] {
  const columns = Object.entries(table.columns).flatMap(([name, spec]) => columnDefinitions(name, spec));
  return create({
    name: table.name,
    body: [...columns, ...(table.indexes ?? []).map((index) => `INDEX ${index}`)],
    engine: table.keeps === 'latest' ? 'ReplacingMergeTree' : 'MergeTree',
    time: table.time,
    orderBy: table.orderBy,
    retention: table.retention,
    shardBy: shardKey(table),
    granularity: 'trace_id' in table.columns ? granule.byId : granule.byRange,
    settings: { ...rowMerges, ...table.settings },
    options,
  });
}

function createRollup(rollup: RollupSpec, options: SchemaOptions): string[] {
  const target = localName(rollup.name, options.dialect);
  const source = localName(rollup.source, options.dialect);
  return [
    ...create({
      name: rollup.name,
      body: Object.entries(rollup.columns).map(([name, type]) => `${name} ${type} CODEC(ZSTD(1))`),
      engine: rollup.engine,
      time: rollup.time,
      orderBy: rollup.orderBy,
      retention: rollup.retention,
      shardBy: shardKey(rollup),
      granularity: 'trace_id' in rollup.columns ? granule.byId : granule.byRange,
      settings: {},
      options,
    }),
    `CREATE MATERIALIZED VIEW IF NOT EXISTS ${rollup.name}_view${options.dialect.onCluster} TO ${target} AS ${rollupSelect(rollup, source)}`,
  ];
}

/**
 * The SELECT that turns rows of `source` into rows of a rollup, with a condition of ours on them. Aliases of it have the names
 * of source columns: names mean the columns.
 */
export function rollupSelect(rollup: RollupSpec, source: string, condition?: string): string {
  const conditions = [rollup.where, condition].filter((part) => part !== undefined);
  const where = conditions.length === 0 ? '' : ` WHERE ${conditions.map((part) => `(${part})`).join(' AND ')}`;
  return `SELECT ${rollup.select} FROM ${source}${where} GROUP BY ${rollup.groupBy} SETTINGS prefer_column_name_to_alias = 1`;
}

interface TableDdl {
  readonly name: string;
  readonly body: readonly string[];
  readonly engine: 'MergeTree' | 'ReplacingMergeTree' | 'SummingMergeTree' | 'AggregatingMergeTree';
  readonly time: string;
  readonly orderBy: readonly string[];
  readonly retention: Retention;
  readonly shardBy: string;
  readonly granularity: Granularity;
  readonly settings: Readonly<Record<string, number>>;
  readonly options: SchemaOptions;
}

function create(table: TableDdl): string[] {
  const { dialect } = table.options;
  const local = localName(table.name, dialect);
  const statements = [
    `CREATE TABLE IF NOT EXISTS ${local}${dialect.onCluster} (\n  ${table.body.join(',\n  ')}\n)` +
      ` ENGINE = ${dialect.cluster === undefined ? '' : 'Replicated'}${table.engine}` +
      ` PARTITION BY toDate(${table.time}) ORDER BY (${table.orderBy.join(', ')})` +
      ` TTL ${ttl(table.time, table.retention, table.options.retentionMs)}` +
      ` SETTINGS ${tableSettings(table)}`,
  ];
  if (dialect.cluster !== undefined) {
    statements.push(
      `CREATE TABLE IF NOT EXISTS ${table.name}${dialect.onCluster} AS ${local}` +
        ` ENGINE = Distributed('${dialect.cluster}', currentDatabase(), ${local}, ${table.shardBy})`,
    );
  }
  return statements;
}

function columnDefinitions(name: string, spec: ColumnSpec): string[] {
  const codec = `CODEC(${spec.codec ?? 'ZSTD(1)'})`;
  if (spec.kind !== 'attributes') return [`${name} ${columnType(spec)} ${codec}`];
  return [`${name} ${columnType(spec)} ${codec}`, `${name}_types LowCardinality(String) ${codec}`];
}

/**
 * Where on a cluster a row lies: always in the same place, or a repeated insert would not be recognised; and rows that are read
 * together in one, a series, a trace.
 */
function shardKey({ name, columns, orderBy }: { name: string; columns: object; orderBy: readonly string[] }): string {
  if ('series_id' in columns) return 'series_id';
  if ('id' in columns) return 'id';
  if ('writer' in columns) return 'cityHash64(writer)';
  return `cityHash64(${name.startsWith('span') || name === 'traces' ? 'trace_id' : orderBy.join(', ')})`;
}

/** The TTL expression of a table, as the engine itself writes it, so that it can be compared with what is in force. */
export function ttl(time: string, retention: Retention, retentionMs: RetentionMs): string {
  return `toDateTime(${time}) + toIntervalSecond(${retentionSeconds(retention, retentionMs)})`;
}

function retentionSeconds(retention: Retention, retentionMs: RetentionMs): number {
  if (retention === 'week') return weekSeconds;
  const ms = retention === 'longest' ? Math.max(...Object.values(retentionMs)) : retentionMs[retention];
  return Math.min(Math.ceil(ms / 1000), retentionSecondsMax);
}

/**
 * Rows per granule, the least that is read, and bytes per compressed block, the least that is inflated: small where rows are
 * looked up by the id of their trace.
 */
const granule = { byId: 1024, byRange: 8192 } as const;
type Granularity = (typeof granule)[keyof typeof granule];
const blockBytes = { [granule.byId]: 16_384, [granule.byRange]: 65_536 } as const;

/**
 * Expired data goes by whole days, and a repeated insert with the same token is recognised, in rollups too. Attributes are plain
 * maps, texts are in one stream: docs/decisions/attributes.md says why.
 */
function tableSettings({ granularity, settings, options }: TableDdl): string {
  const wanted: Readonly<Record<string, number | string>> = {
    index_granularity: granularity,
    min_compress_block_size: blockBytes[granularity],
    ttl_only_drop_parts: 1,
    materialize_ttl_recalculate_only: 1,
    non_replicated_deduplication_window: 1000,
    // The engine would keep the lengths of texts in files of their own, for queries that ask for lengths alone: ours read whole rows.
    string_serialization_version: "'single_stream'",
    // Made by every merge and read before every query, for a choice of orders and indexes that our reads do not leave.
    auto_statistics_types: "''",
    // A delete that met a full disk is begun again at once when there is room: the engine waits for up to five minutes by itself.
    max_postpone_time_for_failed_mutations_ms: 1000,
    ...settings,
  };
  return Object.entries(wanted)
    .filter(([name]) => options.knows(name))
    .map(([name, value]) => `${name} = ${value}`)
    .join(', ');
}
