/**
 * Samples in time buckets: what PromQL's functions need of five minutes or an hour of a series, so that a query over months
 * reads a row instead of hundreds of samples. Made by the engine in the background (engine/downsampling.ts), by whole buckets:
 * a bucket that gets samples later is made again, and the row of the highest `version` counts.
 *
 * A bucket holds the samples in (end - width, end], as PromQL's ranges do. Stale markers are left out, as ranges pass over them; of
 * samples at one time the greatest counts.
 *
 * Of a counter that never falls the least value is the first, the greatest the last, and the increase the difference of the two. So these
 * three are stored as the bits in which they differ from that: mostly none, which takes next to nothing on the disk, and every
 * value comes back exactly. `unpacked` reads them.
 */
import { defineTable } from './table.ts';
import type { ColumnSpec } from './table.ts';

const columns = {
  tenant: { kind: 'string', type: 'LowCardinality(String)', doc: 'The tenant.' },
  metric_id: { kind: 'u32', doc: 'As in samples.' },
  series_id: { kind: 'u64', doc: 'The series.' },
  bucket: { kind: 'u32', type: "DateTime('UTC')", codec: 'Delta(4), ZSTD(1)', doc: 'The end of the bucket.' },
  version: { kind: 'u64', doc: 'The number of the last commit whose samples it counts.' },
  samples: { kind: 'u32', doc: 'How many.' },
  not_numbers: { kind: 'u32', doc: 'How many of them are NaN.' },
  sum: { kind: 'f64', codec: 'Delta(8), ZSTD(1)', doc: 'Their sum.' },
  minimum_differs: { kind: 'u64', doc: 'The least: bits in which it differs from `first`.' },
  maximum_differs: { kind: 'u64', doc: 'The greatest: bits in which it differs from `last`.' },
  first_time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'The time of the first, in whole milliseconds.' },
  first: { kind: 'f64', codec: 'Delta(8), ZSTD(1)', doc: 'The first.' },
  last_time: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'The time of the last.' },
  last: { kind: 'f64', codec: 'Delta(8), ZSTD(1)', doc: 'The last.' },
  increase_differs: {
    kind: 'u64',
    doc: 'What a counter grew from the first to the last, a fall being a new start from zero: bits in which that differs from `last - first`.',
  },
} as const satisfies Record<string, ColumnSpec>;

/** SQL of the bits in which two doubles differ. */
export function differs(value: string, beside: string): string {
  return `bitXor(reinterpretAsUInt64(${value}), reinterpretAsUInt64(${beside}))`;
}

/** SQL of the values `minimum`, `maximum` and `increase` of a row. */
export const unpacked = [
  'reinterpretAsFloat64(bitXor(minimum_differs, reinterpretAsUInt64(first))) AS minimum',
  'reinterpretAsFloat64(bitXor(maximum_differs, reinterpretAsUInt64(last))) AS maximum',
  'reinterpretAsFloat64(bitXor(increase_differs, reinterpretAsUInt64(last - first))) AS increase',
].join(', ');

const shape = {
  keeps: 'latest',
  orderBy: ['tenant', 'metric_id', 'series_id', 'bucket'],
  time: 'bucket',
  retention: 'metrics',
  columns,
} as const;

export const samples5m = defineTable({ name: 'samples_5m', doc: 'Samples in buckets of five minutes.', ...shape });
export const samples1h = defineTable({ name: 'samples_1h', doc: 'Samples in buckets of an hour.', ...shape });

/** From the narrowest; each is made from the one before. */
export const downsamples = [
  { table: samples5m, widthMs: 300_000 },
  { table: samples1h, widthMs: 3_600_000 },
] as const;

export const downsampleProgress = defineTable({
  name: 'downsample_progress',
  doc: 'Up to which commit samples are in the buckets.',
  keeps: 'rows',
  orderBy: ['writer', 'number'],
  time: 'at',
  retention: 'longest',
  columns: {
    writer: { kind: 'string', type: 'LowCardinality(String)', doc: 'The process whose commits they are.' },
    number: { kind: 'u64', doc: 'The number of the commit; all before it are in the buckets too.' },
    at: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'When the row was written.' },
  },
});
