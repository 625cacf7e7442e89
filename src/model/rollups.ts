/**
 * Rollups: small tables that the engine fills from a data table as rows arrive (materialized views), so that a page over days
 * reads minutes instead of spans. A reader takes whole minutes from the rollup and the ragged ends of its range from the data
 * table with the same expressions, so counts are exact for any range.
 *
 * After a crash the minutes of an unfinished commit are made anew from the data table (engine/recovery.ts): so each rollup
 * names the expression that says which slice of it a row belongs to.
 */
import { entrySpan } from './spans.ts';
import type { Retention } from './table.ts';

/**
 * Durations fall into buckets that grow by 2^(1/8), 9 % wide (as native histograms of schema 3): bucket b holds
 * (2^((b-1)/8), 2^(b/8)] ns. A quantile interpolated in one is off by less than 4.5 %.
 */
export const bucketsPerOctave = 8;
export const durationBucket = `toInt16(ceil(log2(greatest(duration_ns, 1)) * ${bucketsPerOctave}))`;

/** When a span ended; of durations beyond 73 years, which a sender may claim, as much as a time can hold. */
const spanEnd =
  "fromUnixTimestamp64Nano(toUnixTimestamp64Nano(start_time) + least(greatest(duration_ns, 0), 2305843009213693952), 'UTC')";

export interface RollupSpec {
  readonly name: string;
  readonly doc: string;
  /** The data table that feeds it. */
  readonly source: string;
  /** Column name to engine type, in order. */
  readonly columns: Readonly<Record<string, string>>;
  readonly engine: 'SummingMergeTree' | 'AggregatingMergeTree';
  readonly orderBy: readonly string[];
  /** The column by which it is partitioned by day, bounded in queries and expired: a DateTime or Date. */
  readonly time: string;
  /** SELECT list and clauses that turn source rows into rollup rows; `FROM` and a `WHERE` are put between by the schema. */
  readonly select: string;
  readonly where?: string;
  readonly groupBy: string;
  /** Over source rows: the slice a row falls into; over rollup rows: the same slice. Redone as a whole in a recovery. */
  readonly slice: { readonly source: string; readonly rollup: string };
  readonly retention: Retention;
}

export const rollups: readonly RollupSpec[] = [
  {
    name: 'service_minutes',
    doc: 'Entry spans per service and minute, by failure and duration bucket: the golden signals of services.',
    source: 'spans',
    engine: 'SummingMergeTree',
    columns: {
      tenant: 'LowCardinality(String)',
      service: 'LowCardinality(String)',
      minute: "DateTime('UTC')",
      failed: 'UInt8',
      bucket: 'Int16',
      spans: 'UInt64',
      duration_ns: 'UInt64',
    },
    orderBy: ['tenant', 'service', 'minute', 'failed', 'bucket'],
    time: 'minute',
    select: `tenant, service, toStartOfMinute(start_time) AS minute, toUInt8(status = 2) AS failed, ${durationBucket} AS bucket, count() AS spans, sum(toUInt64(greatest(duration_ns, 0))) AS duration_ns`,
    where: entrySpan,
    groupBy: 'tenant, service, minute, failed, bucket',
    slice: { source: 'toStartOfMinute(start_time)', rollup: 'minute' },
    retention: 'traces',
  },
  {
    name: 'operation_minutes',
    doc: 'Spans per service, operation and minute, by kind, failure and duration bucket: the operations of a service.',
    source: 'spans',
    engine: 'SummingMergeTree',
    columns: {
      tenant: 'LowCardinality(String)',
      service: 'LowCardinality(String)',
      minute: "DateTime('UTC')",
      name: 'LowCardinality(String)',
      kind: 'UInt8',
      entry: 'UInt8',
      failed: 'UInt8',
      bucket: 'Int16',
      spans: 'UInt64',
      duration_ns: 'UInt64',
    },
    orderBy: ['tenant', 'service', 'minute', 'name', 'kind', 'entry', 'failed', 'bucket'],
    time: 'minute',
    select: `tenant, service, toStartOfMinute(start_time) AS minute, name, kind, toUInt8(${entrySpan}) AS entry, toUInt8(status = 2) AS failed, ${durationBucket} AS bucket, count() AS spans, sum(toUInt64(greatest(duration_ns, 0))) AS duration_ns`,
    groupBy: 'tenant, service, minute, name, kind, entry, failed, bucket',
    slice: { source: 'toStartOfMinute(start_time)', rollup: 'minute' },
    retention: 'traces',
  },
  {
    name: 'traces',
    doc: 'One summary per trace (one more per UTC day that it crosses): what a list shows and where its spans are.',
    source: 'spans',
    engine: 'AggregatingMergeTree',
    columns: {
      tenant: 'LowCardinality(String)',
      day: 'Date',
      trace_id: 'FixedString(16)',
      start_time: "SimpleAggregateFunction(min, DateTime64(9, 'UTC'))",
      end_time: "SimpleAggregateFunction(max, DateTime64(9, 'UTC'))",
      last_start_time: "SimpleAggregateFunction(max, DateTime64(9, 'UTC'))",
      spans: 'SimpleAggregateFunction(sum, UInt64)',
      errors: 'SimpleAggregateFunction(sum, UInt64)',
      root_service: 'SimpleAggregateFunction(max, String)',
      root_name: 'SimpleAggregateFunction(max, String)',
      services: 'SimpleAggregateFunction(groupUniqArrayArray, Array(String))',
    },
    orderBy: ['tenant', 'trace_id'],
    time: 'day',
    select: `tenant, toDate(start_time) AS day, trace_id, min(start_time) AS start_time, max(${spanEnd}) AS end_time, max(start_time) AS last_start_time, count() AS spans, countIf(status = 2) AS errors, maxIf(toString(service), parent_span_id = x'0000000000000000') AS root_service, maxIf(toString(name), parent_span_id = x'0000000000000000') AS root_name, groupUniqArray(toString(service)) AS services`,
    groupBy: 'tenant, day, trace_id',
    slice: { source: 'trace_id', rollup: 'trace_id' },
    retention: 'traces',
  },
  {
    name: 'log_minutes',
    doc: 'Log records per service, level and minute.',
    source: 'logs',
    engine: 'SummingMergeTree',
    columns: {
      tenant: 'LowCardinality(String)',
      service: 'LowCardinality(String)',
      minute: "DateTime('UTC')",
      level: 'LowCardinality(String)',
      records: 'UInt64',
    },
    orderBy: ['tenant', 'service', 'minute', 'level'],
    time: 'minute',
    select: 'tenant, service, toStartOfMinute(time) AS minute, level, count() AS records',
    groupBy: 'tenant, service, minute, level',
    slice: { source: 'toStartOfMinute(time)', rollup: 'minute' },
    retention: 'logs',
  },
];
