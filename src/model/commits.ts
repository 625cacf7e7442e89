/**
 * The journal of group commits: one row when a commit is about to be stored (its intent), one more when all of it is. What
 * the rows mean and who reads them: engine/commit.ts and engine/recovery.ts. It belongs to no tenant, so reads with a scope
 * see nothing of it.
 */
import { defineTable } from './table.ts';

/** `commits.state`. */
export const commitState = { intent: 0, stored: 1 } as const;

export const commits = defineTable({
  name: 'commits',
  doc: 'Group commits of the last days: intents, and those that are stored.',
  keeps: 'rows',
  orderBy: ['writer', 'number'],
  time: 'at',
  retention: 'week',
  columns: {
    writer: { kind: 'string', type: 'LowCardinality(String)', doc: 'The process that wrote it, as its `writer` option says.' },
    number: { kind: 'u64', doc: 'The number of the commit, in the column `batch` of its rows.' },
    at: { kind: 'time', codec: 'Delta(8), ZSTD(1)', doc: 'When this row was written.' },
    state: { kind: 'u8', doc: 'One of `commitState`.' },
    tables: {
      kind: 'string',
      type: 'Map(LowCardinality(String), UInt64)',
      doc: "Rows per table, as text: `{'spans':12,'logs':3}`.",
    },
    fingerprints: { kind: 'string', doc: 'The fingerprints of its requests, 16 bytes each, one after another.' },
    first_day: { kind: 'u16', type: 'Date', doc: 'The first UTC day that its rows belong to, in days since 1970-01-01.' },
    last_day: { kind: 'u16', type: 'Date', doc: 'The last one.' },
  },
});
